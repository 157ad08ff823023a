"""Checkpoints with one damaged part: what is wrong is said once, and the rest is read."""

from __future__ import annotations

import os

import numpy as np
import pytest

from bnlint.artifacts.artifact import Part
from bnlint.artifacts.storage import LocalStorage
from bnlint.findings import Problem, ProblemKind
from tests.artifacts import saving
from tests.artifacts.opening import DATA, content, everything, opened, replace
from tests.artifacts.places import LFS
from tests.formats.oracle import Saved, assert_same, save
from tests.formats.writing import edited

HTML = b"<!DOCTYPE html>\n<html><body>404</body></html>"

IMPOSTORS = [
    (b"", "is empty, not {}"),
    (LFS, f"is a Git LFS pointer (oid sha256:{'4d7a' * 16}), not {{}}; run 'git lfs pull'"),
    (HTML, "is an HTML page, not {}; the download returned a web page"),
    (b"\x00\x05\x16\x07" + bytes(60), "is an AppleDouble file (macOS metadata), not {}; delete it"),
]


@pytest.mark.parametrize(("data", "message"), IMPOSTORS)
def test_an_index_that_is_something_else(expected, data, message):
    replace("m.index", data)
    artifact = opened()
    assert artifact.problems == (Problem("m.index", message.format("the index of a checkpoint"), ProblemKind.DAMAGED),)
    assert artifact.absent == dict.fromkeys([Part.NAMES, Part.VALUES], "m.index is damaged")
    assert artifact.saved is None
    assert artifact.meta_graph is not None


@pytest.mark.parametrize(("data", "message"), IMPOSTORS)
def test_a_meta_that_is_something_else(expected, data, message):
    replace("m.meta", data)
    artifact = opened()
    assert artifact.problems == (Problem("m.meta", message.format("a graph (MetaGraphDef)")),)
    assert artifact.absent == {Part.GRAPH: "m.meta is damaged"}
    assert everything(artifact).arrays.keys() == expected.keys()


@pytest.mark.parametrize(("data", "message"), IMPOSTORS)
def test_a_shard_that_is_something_else(expected, data, message):
    replace(DATA, data)
    artifact = opened()
    assert artifact.problems == (Problem(DATA, message.format("tensor data")),)
    values = everything(artifact)
    assert values.arrays == {}
    assert values.problems == ()
    assert set(values.absent.values()) == {f"{DATA} {message.format('tensor data')}"}


@pytest.mark.parametrize(
    ("name", "edit", "message"),
    [
        ("m.index", lambda data: data[:-1], "offset "),
        ("m.index", lambda data: data[:20], "offset 0: expected a table of at least 48 bytes, found 20"),
        ("m.index", lambda data: b"\x01" + data[1:], "block at offset 0: expected checksum 0x"),
        (
            "m.index",
            lambda data: edited(data, {b"": {"version": {"min_consumer": 3}}}),
            "key '': written in a version from the future: it asks for readers of version 3",
        ),
        (
            "m.index",
            lambda data: edited(data, {b"bn/gamma": {"offset": 0}}),
            "key 'bn/gamma': begins at 0, inside 'beta1_power', which ends at 4",
        ),
        (
            "m.meta",
            lambda data: data[:-10],
            "offset 0: expected a MetaGraphDef message that is neither cut short nor damaged (",
        ),
        ("m.meta", lambda data: data.replace(b"bn/gamma/read", b"bn/gamma/raed", 1), "node "),
        ("m.meta", lambda data: data.replace(b"bn/moving_mean", b"bn/moving_maen", 1), "node "),
    ],
)
def test_a_damaged_part_is_told_by_place_and_expectation(expected, name, edit, message):
    replace(name, edit(content(name)))
    artifact = opened()
    (problem,) = artifact.problems
    assert (problem.path, problem.kind) == (name, ProblemKind.DAMAGED)
    assert problem.message.startswith(message)
    assert "\n" not in problem.message
    assert (artifact.saved is None) == (name == "m.index")
    assert (artifact.meta_graph is None) == (name == "m.meta")


def test_a_short_shard_is_one_problem_and_what_is_left_is_read(expected):
    data = content(DATA)
    replace(DATA, data[: len(data) // 2])
    artifact = opened()
    (problem,) = artifact.problems
    assert problem.path == DATA
    assert problem.message.startswith(
        f"offset {len(data) // 2}: the file ends here, 'res/bias/Adam_1' reaches to {len(data)}"
    )
    values = everything(artifact)
    assert 0 < len(values.arrays) < len(expected)
    assert len(values.arrays) + len(values.absent) == len(expected)
    assert set(values.absent.values()) == {f"{DATA} ends before it"}
    assert values.problems == ()
    for name, value in values.arrays.items():
        assert_same(value, expected[name])


def test_damaged_tensors_are_one_problem_per_shard(expected):
    data = bytearray(content(DATA))
    for position in range(len(data)):
        data[position] ^= 1
    replace(DATA, bytes(data))
    values = everything(opened())
    assert values.arrays == {}
    (problem,) = values.problems
    assert problem.path == DATA
    assert problem.message.startswith("'beta1_power' at offset 0: expected checksum 0x")
    assert problem.message.endswith(f"(and {len(expected) - 1} more like it)")


def test_a_shard_of_another_save_is_noticed_by_its_checksums(expected):
    replace("m.index", edited(content("m.index"), {b"bn/gamma": {"crc32c": 1}}))
    values = opened().read(["bn/gamma", "bn/moving_mean"])
    assert list(values.arrays) == ["bn/moving_mean"]
    assert values.problems[0].message.startswith("'bn/gamma' at offset")


def test_an_unsupported_dtype_is_absent_and_no_problem(expected):
    replace("m.index", edited(content("m.index"), {b"bn/gamma": {"dtype": 29}}))
    artifact = opened()
    assert artifact.problems == ()
    assert artifact.saved["bn/gamma"].dtype == "int4"
    values = artifact.read(["bn/gamma", "bn/moving_mean"])
    assert list(values.arrays) == ["bn/moving_mean"]
    assert values.problems == ()
    assert "unsupported dtype int4" in values.absent["bn/gamma"]


def test_a_slice_without_an_entry_is_a_problem_of_its_variable(expected):
    from bnlint.formats.ordered_code import FULL, Extent, slice_key

    keys = [key for key in _keys("m.index") if key.startswith(b"\x00") and b"emb" in key and b"Adam" not in key]
    assert (
        slice_key(b"emb/w", [Extent(0, 3), Extent(0, 4)]) in keys
        or slice_key(b"emb/w", [Extent(0, 3), Extent(0, FULL)]) in keys
    )
    replace("m.index", edited(content("m.index"), {keys[1]: None}))
    values = opened().read(["emb/w", "bn/gamma"])
    assert list(values.arrays) == ["bn/gamma"]
    assert values.problems[0].message == "key 'emb/w': a slice of the partitioned variable has no entry of its own"


def _keys(path):
    from bnlint.formats.source import BytesSource
    from bnlint.formats.table import read_table

    return [key for key, _ in read_table(BytesSource(content(path)))]


@pytest.mark.parametrize("name", ["m.index", "m.meta", DATA])
def test_a_file_that_cannot_be_opened(expected, name):
    class Refusing(LocalStorage):
        def open(self, path, /):
            if path == name:
                raise PermissionError(13, "Permission denied")
            return super().open(path)

    artifact = opened(storage=Refusing())
    problems = (*artifact.problems, *everything(artifact).problems)
    assert len(problems) == 1
    assert problems[0].path == name
    assert "Permission denied" in problems[0].message


@pytest.mark.parametrize("name", ["m.index", "m.meta", DATA])
def test_a_part_that_is_a_directory(expected, name):
    os.remove(name)
    os.mkdir(name)
    artifact = opened()
    problems = (*artifact.problems, *everything(artifact).problems)
    assert problems
    assert {problem.path for problem in problems} == {name}


def test_names_that_are_not_utf_8_are_escaped(tf, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save(tf, "m", [Saved(b"caf\xe9", np.float32(1)), Saved("é\\".encode(), np.float32(2))])
    artifact = opened()
    assert sorted(artifact.saved) == ["caf\\xe9", "é\\"]
    assert float(artifact.read(["caf\\xe9"]).arrays["caf\\xe9"]) == 1


@pytest.mark.parametrize("sharded", [False, True])
def test_a_saver_of_either_kind(tf, tmp_path, sharded):
    expected = saving.checkpoint(tf, f"{tmp_path}/m-1", sharded=sharded)
    artifact = opened(f"{tmp_path}/m-1")
    values = everything(artifact)
    assert artifact.problems == values.problems == ()
    for name, value in expected.items():
        assert_same(values.arrays[name], value)
