"""The file of a baseline: what is written, and that nothing else is read."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bnlint.baseline import file as baseline_file
from bnlint.baseline.file import Baseline, BaselineError, Entry, pieces, read_baseline
from bnlint.commandline import terminal
from bnlint.fingerprints import fingerprint_of
from tests.running import UNWIRED, process


def entry(
    path: str, rule: str = "BN101", layer: str | None = "conv/bn", *, run: str = "model.ckpt", times: int = 1
) -> Entry:
    return Entry(path, run, rule, layer, times, fingerprint_of(rule, layer, run))


def written(file: Path, *entries: Entry) -> str:
    runs = tuple({entry.path for entry in entries})
    terminal.write_file(pieces(Baseline(runs, entries), str(file)), str(file))
    return file.read_text("utf-8")


def test_what_a_file_looks_like(tmp_path: Path) -> None:
    home = str(tmp_path)
    entries = (
        entry(f"{home}/runs/b/model.ckpt", times=2),
        entry("gs://bucket/runs/model.ckpt"),
        entry(f"{home}/runs/a/model.ckpt", "BN501")._replace(is_compared=True),
        entry("/elsewhere/model.ckpt"),
        entry(f"{home}/runs/a/model.ckpt", layer=None),
        entry(f"{home}/runs/a/model.ckpt"),
    )
    text = written(tmp_path / "baseline.json", *entries)
    assert text == written(tmp_path / "baseline.json", *reversed(entries))
    assert text.splitlines()[:11] == [
        "{",
        '  "baseline_version": 1,',
        '  "tool": "bnlint",',
        '  "runs": [',
        '    "/elsewhere/model.ckpt",',
        '    "gs://bucket/runs/model.ckpt",',
        '    "runs/a/model.ckpt",',
        '    "runs/b/model.ckpt"',
        "  ],",
        '  "entries": [',
        (
            '    {"path": "/elsewhere/model.ckpt", "run": "model.ckpt", "rule": "BN101", "layer": "conv/bn", '
            '"times": 1, "fingerprint": "eab170b585b17da2"},'
        ),
    ]
    listed = [(one["path"], one["rule"], one["layer"], one["times"]) for one in json.loads(text)["entries"]]
    assert listed == [
        ("/elsewhere/model.ckpt", "BN101", "conv/bn", 1),
        ("gs://bucket/runs/model.ckpt", "BN101", "conv/bn", 1),
        ("runs/a/model.ckpt", "BN101", None, 1),
        ("runs/a/model.ckpt", "BN101", "conv/bn", 1),
        ("runs/a/model.ckpt", "BN501", "conv/bn", 1),
        ("runs/b/model.ckpt", "BN101", "conv/bn", 2),
    ]
    again = read_baseline(str(tmp_path / "baseline.json"))
    assert set(again.entries) == set(entries)
    assert set(again.runs) == {entry.path for entry in entries}


def test_an_empty_baseline(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    assert json.loads(written(file)) == {"baseline_version": 1, "tool": "bnlint", "runs": [], "entries": []}
    assert read_baseline(str(file)) == Baseline()


HOSTILE = ["\udcff\udc80", 'a"b\\c', "\x1b[31m\x00\n\u2028", "[bold]<b>&amp;%0A", "größe/层", "x" * 10_000]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_every_name_comes_back(tmp_path: Path, name: str) -> None:
    entries = (entry(f"{tmp_path}/{name}/model.ckpt".replace("\0", ""), layer=name, run=name),)
    text = written(tmp_path / "baseline.json", *entries)
    assert len(text.split("\n")) == 11
    assert read_baseline(str(tmp_path / "baseline.json")).entries == entries
    assert ("größe/层" in text) == (name == "größe/层"), "what can be read is written as it is"


def test_a_baseline_is_the_same_wherever_its_directory_is(tmp_path: Path) -> None:
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    text = written(tmp_path / "here" / "b.json", entry(f"{tmp_path}/here/runs/model.ckpt"))
    (tmp_path / "there" / "b.json").write_text(text)
    (moved,) = read_baseline(str(tmp_path / "there" / "b.json")).entries
    assert moved.path == f"{tmp_path}/there/runs/model.ckpt"


def test_a_link_to_its_directory_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "data")
    for home, path in (("link", "data"), ("data", "link")):
        text = written(tmp_path / home / "b.json", entry(f"{tmp_path}/{path}/runs/model.ckpt"))
        assert json.loads(text)["runs"] == ["runs/model.ckpt"]


def test_a_link_that_leads_nowhere_beside_a_run_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "model.ckpt").symlink_to("model.ckpt")
    text = written(tmp_path / "b.json", entry(f"{tmp_path}/model.ckpt"))
    assert json.loads(text)["runs"] == ["model.ckpt"]


def test_where_a_run_is_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def spelled(_: Path, path: str) -> str:
        asked.append(path)
        return path

    monkeypatch.setattr(baseline_file, "_from", spelled)
    run = f"{tmp_path}/model.ckpt"
    written(tmp_path / "b.json", *(entry(run, layer=f"bn_{number}") for number in range(9)))
    assert asked == [run]


def _with(**changes: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda document: {**document, **changes}


def _entry_with(**changes: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda document: {**document, "entries": [document["entries"][0], {**document["entries"][1], **changes}]}


def _without(key: str) -> Callable[[dict[str, Any]], Any]:
    return lambda document: {name: value for name, value in document.items() if name != key}


def _entry_without(key: str) -> Callable[[dict[str, Any]], Any]:
    return lambda document: {**document, "entries": [_without(key)(document["entries"][0])]}


def _twice(document: dict[str, Any]) -> Any:
    return {**document, "entries": [*document["entries"], document["entries"][0]]}


DEFECTS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "a list": (lambda _: [], "is no baseline: an object with baseline_version was expected"),
    "another tool's report": (
        lambda _: {"results": []},
        "is no baseline: an object with baseline_version was expected",
    ),
    "a newer version": (_with(baseline_version=2), "baseline_version: is 2, of a newer bnlint; this one reads 1"),
    "version 0": (_with(baseline_version=0), "baseline_version: must be 1, not 0"),
    "a version that is true": (_with(baseline_version=True), "baseline_version: must be 1, not True"),
    "a version with a fraction": (_with(baseline_version=1.0), "baseline_version: must be 1, not 1.0"),
    "another tool": (_with(tool="pylint"), "tool: must be 'bnlint', not 'pylint'"),
    "no tool": (_without("tool"), "tool: is missing"),
    "no entries": (_without("entries"), "entries: is missing"),
    "no runs": (_without("runs"), "runs: is missing"),
    "runs by name": (_with(runs={}), "runs: must be a list"),
    "a run that is a number": (_with(runs=["a", 1]), "runs[1]: must be a string, not 1"),
    "a run without a path": (_with(runs=[""]), "runs[0]: is empty"),
    "a run that no path can lead to": (_with(runs=["a\0b"]), "runs[0]: holds a NUL, and no path can"),
    "a run twice": (_with(runs=["a/model.ckpt", "./a/model.ckpt"]), "runs[1]: says the same as runs[0]"),
    "an entry of another run": (_entry_with(path="b/model.ckpt"), "entries[1].path: is not among the runs"),
    "entries by name": (_with(entries={}), "entries: must be a list"),
    "another key": (_with(findings=[]), "findings: is a key that no baseline has"),
    "an entry that is a word": (_with(entries=["BN101"]), "entries[0]: must be an object"),
    "an entry without a rule": (_entry_without("rule"), "entries[0]: has no 'rule'"),
    "an entry without a layer": (_entry_without("layer"), "entries[0]: has no 'layer'"),
    "an entry without times": (_entry_without("times"), "entries[0]: has no 'times'"),
    "an entry with another key": (_entry_with(reason=""), "entries[1].reason: is a key that no baseline has"),
    "a path that is a number": (_entry_with(path=1), "entries[1].path: must be a string, not 1"),
    "no path": (_entry_with(path=""), "entries[1].path: is empty"),
    "a path that is null": (_entry_with(path=None), "entries[1].path: must be a string, not None"),
    "no rule": (_entry_with(rule=""), "entries[1].rule: is empty"),
    "a layer that is a number": (_entry_with(layer=1), "entries[1].layer: must be a string, not 1"),
    "never": (_entry_with(times=0), "entries[1].times: must be a whole number from 1, not 0"),
    "once and a half": (_entry_with(times=1.5), "entries[1].times: must be a whole number from 1, not 1.5"),
    "times that are true": (_entry_with(times=True), "entries[1].times: must be a whole number from 1, not True"),
    "a mark that is a word": (_entry_with(compared="no"), "entries[1].compared: must be true or false, not 'no'"),
    "a mark that is null": (_entry_with(compared=None), "entries[1].compared: must be true or false, not None"),
    "no fingerprint": (_entry_with(fingerprint="BN101"), "entries[1].fingerprint: must be 16 hexadecimal digits"),
    "a layer that was renamed by hand": (
        _entry_with(layer="dense/bn2"),
        "entries[1].fingerprint: is that of another rule, layer or run than this entry names",
    ),
    "an entry twice": (_twice, "entries[2]: says the same as entries[0]; times says how often"),
    "an entry twice, spelled in two ways": (
        lambda d: _twice({**d, "entries": [{**d["entries"][0], "path": "./x/../a/model.ckpt"}, d["entries"][0]]}),
        "entries[1]: says the same as entries[0]",
    ),
}


@pytest.mark.parametrize(("broken", "says"), DEFECTS.values(), ids=DEFECTS)
def test_every_defect_is_told_with_its_place(
    tmp_path: Path, broken: Callable[[dict[str, Any]], Any], says: str
) -> None:
    file = tmp_path / "baseline.json"
    written(file, entry(f"{tmp_path}/a/model.ckpt"), entry(f"{tmp_path}/a/model.ckpt", layer="dense/bn"))
    file.write_text(json.dumps(broken(json.loads(file.read_text()))))
    with pytest.raises(BaselineError, match=f"^{re.escape(f'{file}: {says}')}"):
        read_baseline(str(file))


TEXTS: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "line 1, column 1: the baseline is no JSON: Expecting value"),
    "a conflict of a merge": (b'{\n<<<<<<< HEAD\n"baseline_version": 1\n', "line 2, column 1: the baseline is no JSON"),
    "no UTF-8": (b'{"a": "\xff"}', "is no baseline: byte 7 is not UTF-8"),
    "a key twice": (
        b'{"tool": "bnlint", "tool": "bnlint"}',
        "is no baseline: the key 'tool' stands twice in one object",
    ),
    "not a number": (b'{"baseline_version": NaN}', "is no baseline: NaN is no number of JSON"),
    "nested": (b"[" * 200_000, "is no baseline: it is nested too deeply"),
    "a number of many digits": (b'{"baseline_version": ' + b"1" * 10_000 + b"}", "is no baseline: "),
}


@pytest.mark.parametrize(("data", "says"), TEXTS.values(), ids=TEXTS)
def test_what_is_no_json_is_told_with_its_place(tmp_path: Path, data: bytes, says: str) -> None:
    file = tmp_path / "baseline.json"
    file.write_bytes(data)
    with pytest.raises(BaselineError, match=f"^{re.escape(f'{file}: {says}')}") as raised:
        read_baseline(str(file))
    assert "\n" not in str(raised.value)


def test_many_runs_are_read_in_little_time(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    written(file, *(entry(f"{tmp_path}/{number}/model.ckpt") for number in range(20_000)))
    began = time.process_time()
    assert len(read_baseline(str(file)).entries) == 20_000
    assert time.process_time() - began < 5


def test_a_file_that_an_editor_marked_as_utf_8_is_read(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    file.write_text(written(file, entry(f"{tmp_path}/a/model.ckpt")), "utf-8-sig")
    assert len(read_baseline(str(file)).entries) == 1


def test_a_huge_file_is_not_taken_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "baseline.json"
    text = written(file, entry(f"{tmp_path}/a/model.ckpt"))
    monkeypatch.setattr(baseline_file, "MOST_BYTES", len(text))
    assert len(read_baseline(str(file)).entries) == 1
    monkeypatch.setattr(baseline_file, "MOST_BYTES", len(text) - 1)
    with pytest.raises(BaselineError, match="is no baseline: it is larger than 0 MiB"):
        read_baseline(str(file))


@pytest.mark.parametrize(
    ("name", "says"),
    [("none.json", "No such file or directory; --write-baseline writes one"), (".", "Is a directory")],
)
def test_what_cannot_be_read_is_wrong_usage(tmp_path: Path, name: str, says: str) -> None:
    file = str(tmp_path / name)
    done = process("check", UNWIRED, "--baseline", file)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"bnlint: error: {file}: the baseline cannot be read: {says}\n"


def test_an_entry_that_means_something_else_is_wrong_usage(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    file.write_text(written(file, entry(f"{tmp_path}/a/model.ckpt")).replace('"times": 1', '"times": -1'))
    done = process("check", UNWIRED, "--baseline", str(file))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"bnlint: error: {file}: entries[0].times: must be a whole number from 1, not -1\n"


def test_the_file_that_the_docs_show_is_one(tmp_path: Path) -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "baseline.md").read_text("utf-8")
    (shown,) = re.findall(r"```json\n(.+?)```", page, re.DOTALL)
    file = tmp_path / "baseline.json"
    file.write_text(shown)
    baseline = read_baseline(str(file))
    assert "".join(pieces(baseline, str(file))) == shown
