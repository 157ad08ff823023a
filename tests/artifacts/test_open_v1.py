"""V1 checkpoints as artifacts: in one file or in shards, some of which may be missing or damaged."""

from __future__ import annotations

from dataclasses import replace as replaced

import numpy as np
import pytest

from bnlint.artifacts.artifact import Part
from bnlint.artifacts.places import BundleFiles
from bnlint.artifacts.storage import LocalStorage
from bnlint.artifacts.tensor_bundle import open_bundle
from bnlint.findings import Problem
from bnlint.formats.source import LocalFile
from tests.artifacts import saving
from tests.artifacts.opening import content, everything, replace
from tests.formats.oracle import assert_same
from tests.formats.v1_writing import Tensor, shard
from tests.formats.writing import table

P = np.arange(24, dtype="f4").reshape(4, 6)
HALVES = [((0, 2), (0, 6)), ((2, 2), (0, 6))]


def opened(*paths, storage=None, meta=None):
    """Open the checkpoint ``m`` that consists of ``paths``."""
    return open_bundle(BundleFiles(path="m", prefix="m", name="m", index=None, meta=meta, shards=(), v1=paths), storage)


def name(number, total=3):
    return f"m-{number:05d}-of-{total:05d}"


@pytest.fixture
def shards(here):
    """Three shards: a variable in each, and one that is cut into halves, in the second and the third."""
    cut = [[], [HALVES[0]], [HALVES[1]]]
    for number, letter in enumerate("abc"):
        tensors = [Tensor(letter, "float32", np.full(3, number, "f4"))]
        tensors += [Tensor("p", "float32", P, part) for part in [cut[number]] if part]
        replace(name(number), shard(tensors))
    return tuple(name(number) for number in range(3))


@pytest.mark.parametrize("sharded", [False, True])
def test_what_a_saver_saved(tf, here, sharded):
    v1 = tf.compat.v1
    with saving.graph(tf).as_default(), v1.Session() as session:
        session.run(v1.global_variables_initializer())
        session.run("Adam", {"x:0": np.arange(8, dtype="f4").reshape(2, 4)})
        v1.train.Saver(sharded=sharded, write_version=v1.train.SaverDef.V1).save(session, "m")
        expected = {v.op.name: session.run(v) for v in v1.global_variables() if "part_" not in v.op.name}
        partitioned = np.concatenate([session.run(f"emb/w/part_{number}:0") for number in range(3)])
    artifact = opened(name(0, 1) if sharded else "m", meta="m.meta")
    assert (artifact.format, artifact.name, artifact.problems, dict(artifact.absent)) == ("v1-checkpoint", "m", (), {})
    assert artifact.meta_graph.graph.nodes
    values = everything(artifact)
    assert (values.problems, dict(values.absent)) == ((), {})
    for variable, value in expected.items():
        assert artifact.saved[variable].shape == value.shape
        assert artifact.saved[variable].dtype == value.dtype.name
        assert_same(values.arrays[variable], value)
    assert_same(values.arrays["emb/w"], partitioned)
    assert {n for n in artifact.saved if not n.startswith("emb/")} == set(expected)


def test_shards_are_one_checkpoint(shards):
    artifact = opened(*shards)
    assert (artifact.problems, dict(artifact.absent)) == ((), {Part.GRAPH: "there is no m.meta"})
    assert sorted(artifact.saved) == ["a", "b", "c", "p"]
    values = everything(artifact)
    assert (values.problems, dict(values.absent)) == ((), {})
    assert_same(values.arrays["p"], P)
    assert [float(values.arrays[letter][0]) for letter in "abc"] == [0, 1, 2]


def test_reads_only_what_is_asked_for_and_saved(shards):
    values = opened(*shards).read(["a", "a", "not/saved"])
    assert list(values.arrays) == ["a"]
    assert values.problems == ()


@pytest.mark.parametrize(
    ("there", "reason"),
    [
        ([0, 1], "m-00002-of-00003 is not there"),
        ([1, 2], "m-00000-of-00003 is not there"),
        ([1], "m-00000-of-00003 is not there, nor is the other"),
    ],
)
def test_names_and_slices_in_missing_shards_are_absent(shards, there, reason):
    artifact = opened(*(shards[number] for number in there))
    assert artifact.problems == ()
    assert artifact.absent[Part.NAMES] == reason
    assert Part.VALUES not in artifact.absent
    values = everything(artifact)
    whole = {"abc"[number] for number in there} | ({"p"} if {1, 2} <= set(there) else set())
    assert set(values.arrays) == whole
    assert values.problems == ()
    assert values.absent == ({} if "p" in whole else {"p": reason})


def test_most_shards_missing(here):
    replace(name(7, 10**17), shard([Tensor("a", "float32", np.zeros(1, "f4"))]))
    assert opened(name(7, 10**17)).absent[Part.NAMES] == (
        f"{name(0, 10**17)} is not there, nor are the {10**17 - 2} others"
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty, not a V1 checkpoint"),
        (
            b"<!DOCTYPE html>\n<html></html>" * 9,
            "is an HTML page, not a V1 checkpoint; the download returned a web page",
        ),
        (
            b"\x01" * 60,
            "offset 52: expected the table magic 0xdb4775248b80fb57, found 0x101010101010101; is the file cut short?",
        ),
        (table([(b"a", b"")]), "key '': expected the list of a V1 checkpoint's tensors as the first key"),
        (
            shard([Tensor("a", "int32", P.astype("i4"))]),
            "key 'a': is int32 (4, 6) here, and float32 (3,) in another shard",
        ),
    ],
)
def test_a_damaged_shard_is_told_and_the_others_are_read(shards, data, message):
    replace(shards[1], data)
    artifact = opened(*shards)
    assert artifact.problems == (Problem(shards[1], message),)
    assert artifact.absent[Part.NAMES] == f"{shards[1]} is damaged"
    values = everything(artifact)
    assert set(values.arrays) == {"a", "c"}
    assert values.absent == {"p": f"{shards[1]} is damaged"}
    assert values.problems == ()


def test_nothing_is_known_where_every_shard_is_damaged(here):
    replace("m", b"")
    artifact = opened("m")
    assert artifact.saved is None
    assert artifact.problems == (Problem("m", "is empty, not a V1 checkpoint"),)
    assert {artifact.absent[part] for part in (Part.NAMES, Part.VALUES)} == {"m is damaged"}
    assert artifact.read(["a"]).arrays == {}


def test_damaged_values_are_one_problem_per_shard(here):
    tensors = [Tensor(letter, "float32", np.arange(3, dtype="f4")) for letter in "abcdefgh"]
    data = bytearray(shard(tensors))
    damaged = data.rindex(b"\x01g")  # in the last block
    data[damaged] ^= 1
    replace("m", bytes(data))
    values = everything(opened("m"))
    assert "".join(values.arrays) == "abcde"
    (problem,) = values.problems
    assert problem.path == "m"
    assert problem.message.startswith("block at offset ")
    assert problem.message.endswith("(and 2 more like it)")


def test_a_damaged_slice_is_a_problem_of_the_shard_that_holds_it(shards):
    others = [Tensor(letter, "float32", np.zeros(3, "f4")) for letter in "cdef"]
    data = bytearray(shard([*others, Tensor("p", "float32", P, HALVES[1:])]))
    data[data.rindex(b"\x01p")] ^= 1  # in the last block, and not in the list in the first
    replace(shards[2], bytes(data))
    values = opened(*shards).read(["p", "c"])
    assert set(values.arrays) == {"c"}
    (problem,) = values.problems
    assert problem.path == shards[2]
    assert problem.message.startswith("block at offset ")


def test_a_missing_slice_is_a_problem_of_its_shard(shards):
    replace(shards[2], shard([Tensor("c", "float32", np.zeros(3, "f4"))]))
    values = everything(opened(*shards))
    assert set(values.arrays) == {"a", "b", "c"}
    (problem,) = values.problems
    assert (problem.path, problem.message) == (
        shards[1],
        "key 'p': the slices do not cover the shape (4, 6) exactly once",
    )


def test_an_unsupported_dtype_is_absent_and_no_problem(here):
    from bnlint.formats.ordered_code import FULL, Extent, slice_key
    from tests.formats.v1_writing import edited

    def relabel(record):
        record.meta.tensor[0].type = 29

    data = edited(shard([Tensor("a", "int32", np.zeros(3, "i4"))]), b"", relabel)
    assert slice_key(b"a", [Extent(0, FULL)])[0] == 0
    replace("m", data)
    values = opened("m").read(["a"])
    assert (values.arrays, values.problems) == ({}, ())
    assert values.absent == {"a": "key 'a': unsupported dtype int4"}


def test_leftovers_of_another_save_are_let_be(shards):
    replace(name(0, 5), b"left over")
    artifact = opened(name(0, 5), *shards)
    assert artifact.problems == ()
    assert artifact.notes == (f"{name(0, 5)} is of another save than {name(0)}, and was not read",)
    assert len(everything(artifact).arrays) == 4


@pytest.mark.parametrize("at", [1, 2])
def test_a_shard_that_cannot_be_opened(shards, at):
    class Refusing(LocalStorage):
        count = 0

        def open(self, path, /):
            if path == shards[1]:
                self.count += 1
                if self.count >= at:
                    raise PermissionError(13, "Permission denied")
            return super().open(path)

    artifact = opened(*shards, storage=Refusing())
    problems = (*artifact.problems, *everything(artifact).problems)
    assert len(problems) == 1
    assert problems[0].path == shards[1]
    assert "Permission denied" in problems[0].message


class Counting(LocalStorage):
    """Counts the bytes read and the files opened."""

    def __init__(self):
        self.bytes = 0
        self.opened = []
        self.open_now = self.most = 0

    def open(self, path, /):
        self.opened.append(path)
        self.open_now += 1
        self.most = max(self.most, self.open_now)
        storage = self

        class CountedFile(LocalFile):
            def read(self, offset, length, /):
                storage.bytes += length
                return super().read(offset, length)

            def close(self):
                storage.open_now -= self._descriptor >= 0
                super().close()

        return CountedFile(path)


def test_reads_the_blocks_that_hold_what_is_asked_for(here):
    big = [Tensor(f"weights{n}", "float32", np.zeros(100_000, "f4")) for n in range(9)]
    small = [Tensor(f"bn/{n}", "float32", np.zeros(8, "f4")) for n in range(9)]
    replace("m", shard([*big, *small]))
    storage = Counting()
    artifact = opened("m", storage=storage)
    assert set(artifact.read([f"bn/{n}" for n in range(9)]).arrays) == {f"bn/{n}" for n in range(9)}
    assert storage.bytes < len(content("m")) / 3
    assert len(artifact.saved) == 18


def test_a_thousand_shards_are_opened_twice_at_most(here):
    paths = [name(number, 1000) for number in range(1000)]
    for number, path in enumerate(paths):
        replace(path, shard([Tensor(f"v{number:04}", "float32", np.float32(number))]))
    storage = Counting()
    artifact = opened(*paths, storage=storage)
    assert len(storage.opened) == 1000
    wanted = [f"v{number:04}" for number in range(0, 1000, 2)]
    values = artifact.read(wanted)
    assert {variable: float(value) for variable, value in values.arrays.items()} == {v: float(v[1:]) for v in wanted}
    assert len(storage.opened) == 1500
    assert storage.most < 16
    assert storage.open_now == 0


def test_an_index_beats_tables_of_the_same_name():
    files = BundleFiles(path="m", prefix="m", name="m", index=None, meta=None, shards=(), v1=("m",))
    assert files.is_v1
    assert not replaced(files, index="m.index").is_v1
    assert not replaced(files, v1=()).is_v1
