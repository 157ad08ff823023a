"""Checkpoints that are undamaged; parts of them may be absent."""

from __future__ import annotations

import os

import numpy as np
import pytest

from bnlint.artifacts.artifact import Part
from bnlint.artifacts.storage import LocalStorage
from bnlint.formats.source import LocalFile
from tests.artifacts.opening import DATA, everything, opened, replace
from tests.formats.oracle import Saved, assert_same, save
from tests.formats.v1_writing import Tensor, shard


def test_an_undamaged_checkpoint(expected):
    artifact = opened()
    assert (artifact.path, artifact.name, artifact.format) == ("m", "m", "tensor-bundle")
    assert artifact.problems == ()
    assert artifact.absent == {}
    assert artifact.saved.keys() == expected.keys()
    assert artifact.saved["emb/w"].shape == (7, 4)
    assert artifact.saved["global_step"].dtype == "int64"
    values = everything(artifact)
    assert values.problems == ()
    assert values.absent == {}
    for name, value in expected.items():
        assert_same(values.arrays[name], value)
    assert "bn/moving_mean/read" in [node.name for node in artifact.meta_graph.graph.nodes]


def test_reads_only_what_is_asked_for_and_saved(expected):
    values = opened().read(["bn/gamma", "bn/gamma", "not/saved"])
    assert list(values.arrays) == ["bn/gamma"]
    assert values.problems == ()


class Counting(LocalStorage):
    """Counts the bytes read and the files opened, by name."""

    def __init__(self):
        self.bytes = {}
        self.opened = []

    def open(self, path, /):
        self.opened.append(path)
        storage = self

        class CountedFile(LocalFile):
            def read(self, offset, length, /):
                storage.bytes[path] = storage.bytes.get(path, 0) + length
                return super().read(offset, length)

        return CountedFile(path)


def test_reads_no_byte_too_many(expected):
    storage = Counting()
    artifact = opened(storage=storage)
    index, meta = os.path.getsize("m.index"), os.path.getsize("m.meta")
    assert storage.bytes == {"m.index": index, "m.meta": meta}
    artifact.read(["bn/moving_mean", "emb/w"])
    assert storage.bytes == {"m.index": index, "m.meta": meta, DATA: 4 * 4 + 7 * 4 * 4}


def test_a_thousand_shards_are_opened_once_each_and_only_if_needed(tf, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save(tf, "m", [Saved(f"v{number:04}".encode(), np.float32(number)) for number in range(1000)], shards=1000)
    storage = Counting()
    artifact = opened(storage=storage)
    assert storage.opened == ["m.index"]
    wanted = [f"v{number:04}" for number in range(0, 1000, 2)]
    assert {name: float(value) for name, value in artifact.read(wanted).arrays.items()} == {
        name: float(name[1:]) for name in wanted
    }
    assert len(storage.opened) == 1 + 500
    assert len(os.listdir("/dev/fd")) < 60


# ---- parts that are not there


def test_without_a_graph(expected):
    os.remove("m.meta")
    artifact = opened()
    assert artifact.meta_graph is None
    assert artifact.absent == {Part.GRAPH: "there is no m.meta"}
    assert artifact.problems == ()
    assert everything(artifact).arrays.keys() == expected.keys()


def test_without_tensor_data(expected):
    os.remove(DATA)
    artifact = opened()
    assert artifact.absent == {Part.VALUES: f"{DATA} is not there"}
    assert artifact.problems == ()
    assert artifact.saved.keys() == expected.keys()
    values = artifact.read(["bn/gamma"])
    assert values.arrays == {}
    assert values.problems == ()
    assert values.absent == {"bn/gamma": f"{DATA} is not there"}


def test_without_an_index(expected):
    os.remove("m.index")
    artifact = opened()
    reason = "there is no m.index"
    assert artifact.absent == {Part.NAMES: reason, Part.VALUES: reason}
    assert artifact.saved is None
    assert artifact.problems == ()
    assert artifact.read(["bn/gamma"]).arrays == {}
    assert artifact.meta_graph is not None


def test_an_index_is_read_rather_than_a_v1_file_of_the_same_name(expected):
    replace("m", shard([Tensor("bn/gamma", "float32", np.zeros(4, "f4"))]))
    artifact = opened()
    assert artifact.format == "tensor-bundle"
    assert_same(artifact.read(["bn/gamma"]).arrays["bn/gamma"], expected["bn/gamma"])


def test_without_an_index_a_v1_file_is_read(expected):
    os.remove("m.index")
    replace("m", shard([Tensor("bn/gamma", "float32", np.zeros(4, "f4"))]))
    artifact = opened()
    assert (artifact.format, list(artifact.saved)) == ("v1-checkpoint", ["bn/gamma"])
    assert artifact.absent == {}
    assert artifact.meta_graph is not None


@pytest.fixture
def three_shards(tf, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tensors = [Saved(name.encode(), np.full(3, number, "f4")) for number, name in enumerate("abcdef")]
    save(tf, "m", tensors, shards=3)


@pytest.mark.usefixtures("three_shards")
def test_one_shard_of_three_missing():
    os.remove("m.data-00001-of-00003")
    artifact = opened()
    assert artifact.problems == ()
    assert Part.VALUES not in artifact.absent
    values = everything(artifact)
    assert "".join(sorted(values.arrays)) == "acdf"
    assert values.problems == ()
    assert values.absent == dict.fromkeys("be", "m.data-00001-of-00003 is not there")


@pytest.mark.usefixtures("three_shards")
def test_all_shards_missing():
    for number in range(3):
        os.remove(f"m.data-0000{number}-of-00003")
    replace("m.data-00000-of-00001", b"left over from another save")
    artifact = opened()
    assert artifact.absent[Part.VALUES] == "m.data-00000-of-00003 is not there, nor are the 2 others"
    assert artifact.problems == ()


@pytest.mark.usefixtures("three_shards")
def test_leftovers_of_another_save_are_let_be():
    replace("m.data-00000-of-00001", b"left over from another save")
    replace("m.data-00007-of-00003", b"and this")
    artifact = opened()
    assert artifact.problems == ()
    assert len(everything(artifact).arrays) == 6
