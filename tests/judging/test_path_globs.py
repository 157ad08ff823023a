"""Globs of paths: what matches what. Nothing of it is on a disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnlint.judging.path_globs import PathGlob, rebased

ROOT = "/home/team/project"


@pytest.mark.parametrize(
    ("pattern", "path", "name"),
    [
        ("runs/legacy/**", f"{ROOT}/runs/legacy/1/model.ckpt-9", None),
        ("runs/legacy/**", f"{ROOT}/runs/legacy/", None),
        ("runs/legacy", f"{ROOT}/runs/legacy/1/model.ckpt-9", None),
        ("runs/legacy/", f"{ROOT}/runs/legacy", None),
        ("./runs//legacy", f"{ROOT}/runs/legacy", None),
        (r"runs\legacy\**", f"{ROOT}/runs/legacy/model.ckpt-9", None),
        ("runs/*/model.ckpt-9", f"{ROOT}/runs/1/model.ckpt-9", None),
        ("runs/*/model.ckpt-?", f"{ROOT}/runs/1/model.ckpt-9", None),
        ("runs/[0-9]", f"{ROOT}/runs/1/model.ckpt-9", None),
        ("**/model.ckpt-9", f"{ROOT}/runs/1/2/model.ckpt-9", None),
        ("runs/**/9", f"{ROOT}/runs/9", None),
        ("runs/**/9", f"{ROOT}/runs/1/2/3/9", None),
        ("runs/**/**/9", f"{ROOT}/runs/1/9", None),
        ("**/legacy", "/elsewhere/legacy/model.ckpt-9", None),
        ("**/legacy", "gs://bucket/legacy/model.ckpt-9", None),
        ("**", "/elsewhere/model.ckpt-9", None),
        ("*", f"{ROOT}/.hidden", None),
        (".", f"{ROOT}/runs/1", None),
        ("../other/*", "/home/team/other/model.ckpt-9", None),
        ("/data/runs/**", "/data/runs/1", None),
        ("gs://bucket/run/**", "gs://bucket/run/model.ckpt-9", None),
        ("gs://bucket/run", "gs://bucket/run/", None),
        ("gs://*/run/*", "gs://bucket/run/model.ckpt-9", None),
        ("runs/1/model.ckpt-9", f"{ROOT}/runs/1", "model.ckpt-9"),
        ("runs/1/model.ckpt-9", f"{ROOT}/runs/1/model.ckpt-9.index", "model.ckpt-9"),
        ("gs://bucket/1/model.ckpt-9", "gs://bucket/1", "model.ckpt-9"),
    ],
)
def test_what_matches(pattern: str, path: str, name: str | None) -> None:
    assert PathGlob(pattern, ROOT).matches(path, name)


@pytest.mark.parametrize(
    ("pattern", "path", "name"),
    [
        ("runs/legacy/**", f"{ROOT}/runs/legacy-2/model.ckpt-9", None),
        ("runs/legacy/**", f"{ROOT}/runs", None),
        ("runs/legacy/**", "/elsewhere/runs/legacy/model.ckpt-9", None),
        ("runs/*/model.ckpt-9", f"{ROOT}/runs/1/2/model.ckpt-9", None),
        ("runs/model.ckpt", f"{ROOT}/runs/model.ckpt-9", None),
        ("RUNS", f"{ROOT}/runs", None),
        ("runs/**/9", f"{ROOT}/runs/1", None),
        ("*/model.ckpt-9", "gs://bucket/model.ckpt-9", None),
        ("gs://bucket/run/**", "s3://bucket/run/model.ckpt-9", None),
        ("gs://bucket/run/**", f"{ROOT}/gs:/bucket/run", None),
        ("/data/runs", f"{ROOT}/data/runs", None),
        ("runs/1/model.ckpt-8", f"{ROOT}/runs/1", "model.ckpt-9"),
    ],
)
def test_what_does_not(pattern: str, path: str, name: str | None) -> None:
    assert not PathGlob(pattern, ROOT).matches(path, name)


def test_paths_are_relative_to_the_working_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    assert PathGlob("sub/runs/**", str(tmp_path)).matches("runs/1")
    assert PathGlob("runs/**", None).matches("./runs/1")
    assert PathGlob("other/**", str(tmp_path)).matches("../other/1")


def test_a_directory_with_characters_of_a_glob_is_meant_as_it_is_called() -> None:
    assert PathGlob("runs/**", "/home/[team]*").matches("/home/[team]*/runs/1")
    assert not PathGlob("runs/**", "/home/[team]*").matches("/home/t/runs/1")


def test_a_link_is_not_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert PathGlob("link/**", str(tmp_path)).matches(str(tmp_path / "link" / "model.ckpt-9"))
    assert not PathGlob("real/**", str(tmp_path)).matches(str(tmp_path / "link" / "model.ckpt-9"))


@pytest.mark.parametrize(
    ("pattern", "directory", "expected"),
    [
        ("runs/**", ROOT, "runs/**"),
        ("runs/**", f"{ROOT}/[sub]", "[[]sub]/runs/**"),
        ("runs/**", "/home/team/base", "../base/runs/**"),
        ("**/runs", "/home/team/shared", "**/runs"),
        ("/data/runs", "/home/team/shared", "/data/runs"),
        ("gs://bucket/runs", "/home/team/shared", "gs://bucket/runs"),
    ],
)
def test_a_pattern_of_another_directory(pattern: str, directory: str, expected: str) -> None:
    assert rebased(pattern, directory, ROOT) == expected


@pytest.mark.parametrize("directory", [ROOT, f"{ROOT}/[sub]*", "/home/team/sha?red", "/"])
def test_it_means_the_same_there(directory: str) -> None:
    moved = PathGlob(rebased("runs/*", directory, ROOT), ROOT)
    assert moved.matches(f"{directory}/runs/1")
    assert not moved.matches("/home/team/shaXred/runs/1")


PIECES = st.lists(
    st.sampled_from(["**", "*", "..", ".", "/", "//", "\\", "a", "[", "[!", "]", "?", "gs://", "C:", "\0", "\udcff"]),
    max_size=8,
).map("".join)


@given(PIECES, PIECES, PIECES)
def test_any_pattern_has_an_answer_for_any_path(pattern: str, path: str, directory: str) -> None:
    found = PathGlob(pattern, ROOT).matches(path, "model.ckpt-9")
    assert found in (True, False)
    assert PathGlob(rebased(pattern, ROOT, ROOT), ROOT).matches(path, "model.ckpt-9") is found
    rebased(pattern, directory, ROOT)


@given(st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=4))
def test_a_path_is_matched_by_itself_and_by_what_is_above(names: list[str]) -> None:
    path = "/".join([ROOT, *names])
    for length in range(1, len(names) + 1):
        above = names[:length]
        assert PathGlob("/".join(above), ROOT).matches(path)
        assert PathGlob("/".join(["**", *above[-1:]]), ROOT).matches(path)
        assert not PathGlob("/".join([*above[:-1], "d"]), ROOT).matches(path)
