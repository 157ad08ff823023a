"""What a directory means: the newest artifact of every run below it, or every artifact."""

from __future__ import annotations

import os

import pytest

from bnlint.artifacts import walk
from bnlint.artifacts.places import BundleFiles, GraphFile, HDF5File, KerasArchive, KerasDirectory, SavedModelFiles
from bnlint.findings import Problem, ProblemKind
from tests.artifacts.places import DATA, V1, checkpoint, located, state, touch

HDF5 = b"\x89HDF\r\n\x1a\n" + bytes(8)
ZIP = b"PK\x03\x04" + bytes(30)
GRAPH = b"\x0a\x09\x0a\x01x\x12\x04Relu"


def newest(path="runs"):
    return [found.path for found in located([path])]


def every(path="runs"):
    return [found.path for found in located([path], every=True)]


def test_runs_in_subdirectories():
    for prefix in ("a/model.ckpt-9", "a/model.ckpt-10", "b/model.ckpt-3", "b/deep/er/m"):
        checkpoint(f"runs/{prefix}")
    assert newest() == ["runs/a/model.ckpt-10", "runs/b/model.ckpt-3", "runs/b/deep/er/m"]
    assert every() == ["runs/a/model.ckpt-9", "runs/a/model.ckpt-10", "runs/b/model.ckpt-3", "runs/b/deep/er/m"]
    assert newest("runs/a") == ["runs/a"]
    assert newest("runs/b/deep") == ["runs/b/deep/er/m"]


def test_a_directory_with_checkpoints_of_its_own_and_below():
    checkpoint("runs/m-1")
    checkpoint("runs/m-2")
    checkpoint("runs/eval/m-2")
    state("runs", "m-1", "m-1", "m-2")
    assert newest() == ["runs/m-1", "runs/eval/m-2"]


def test_every_format_once_however_many_files_it_has():
    touch("runs/saved/saved_model.pb", "runs/saved/keras_metadata.pb", "runs/saved/assets/vocab.h5", content=GRAPH)
    checkpoint("runs/saved/variables/variables", ".index", DATA)
    touch("runs/unpacked/config.json", "runs/unpacked/metadata.json", "runs/unpacked/model.weights.h5", content=HDF5)
    touch("runs/w.01-0.5.h5", "runs/w.02-0.4.h5", "runs/noext", content=HDF5)
    touch("runs/m.keras", content=ZIP)
    touch("runs/frozen.pb", content=GRAPH)
    touch("runs/v1-5", "runs/v1-6", "runs/s-00000-of-00002", "runs/s-00001-of-00002", content=V1)
    touch("runs/big.weights.json", "runs/big_00000.weights.h5", "runs/big_00001.weights.h5", content=HDF5)
    checkpoint("runs/m-5")
    found = {f.path.removeprefix("runs/"): type(f) for f in located(["runs"], every=True)}
    assert found == {
        "saved": SavedModelFiles,
        "unpacked": KerasDirectory,
        "w.01-0.5.h5": HDF5File,
        "w.02-0.4.h5": HDF5File,
        "noext": HDF5File,
        "m.keras": KerasArchive,
        "frozen.pb": GraphFile,
        "v1-5": BundleFiles,
        "v1-6": BundleFiles,
        "s": BundleFiles,
        "big.weights.json": KerasDirectory,
        "m-5": BundleFiles,
    }
    assert {*every()} - {*newest()} == {"runs/w.01-0.5.h5", "runs/v1-5"}
    big = next(f for f in located(["runs"]) if f.path.endswith(".json"))
    assert big.weights == ("runs/big_00000.weights.h5", "runs/big_00001.weights.h5")


def test_exports_are_numbered_by_the_time():
    for time in (1500000000, 1600000000, 900000000):
        touch(f"runs/export/{time}/saved_model.pb")
    touch("runs/export/temp-1700000000/variables/variables.index")
    assert newest() == ["runs/export/1600000000"]
    assert len(every()) == 3


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", b"<!DOCTYPE html>"),
        ("config.json", b"{}"),
        ("photo.jpg", b"\xff\xd8\xff"),
        ("events.out.tfevents.1", bytes(64)),
        ("graph.pbtxt", b"node {\n}\n"),
        ("label_map.pbtxt", b"item {\n}\n"),
        ("other.pb", b"\x00\x01\x02"),
        ("model.pt", ZIP),
        ("weights.ckpt", ZIP),
        ("weights", b"\x80\x02}q\x00."),
        ("._m-5.index", b"\x00\x05\x16\x07" + bytes(20)),
        ("._model.h5", b"\x00\x05\x16\x07" + bytes(20)),
        ("texture.png.meta", b"fileFormatVersion: 2\nguid: 0\n"),
        (".hidden/m.index", b""),
        ("__pycache__/m.index", b""),
        ("m-6_temp_0123abcd/part-00000-of-00001.index", b""),
        ("m-6.index.tempstate123", b""),
        ("m-6" + DATA, b"1234"),
        ("notes", b"hello"),
        ("data.mat", HDF5),
        ("temp-17/variables/variables.index", b""),
    ],
)
def test_other_files_are_passed_over(name, content):
    checkpoint("runs/a/m-5")
    touch(f"runs/a/{name}", content=content)
    assert newest() == every() == ["runs/a/m-5"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("model.h5", b"<!DOCTYPE html>", "is an HTML page, not a TensorFlow checkpoint; the download returned"),
        ("model.keras", b"", "is empty, not a TensorFlow checkpoint"),
        ("model.hdf5", b"\x07" * 40, "is no checkpoint"),
    ],
)
def test_a_name_that_promises_a_model_is_kept_to_it(name, content, message):
    checkpoint("runs/m-5")
    touch(f"runs/z/{name}", content=content)
    found, broken = located(["runs"])
    assert found.path == "runs/m-5"
    assert (broken.path, broken.kind) == (f"runs/z/{name}", ProblemKind.FOREIGN)
    assert broken.message.startswith(message)


def test_damaged_checkpoints_are_found():
    touch("runs/a/m-5.index", content=b"\x01\x02\x03")
    touch("runs/b/m-6.meta")
    touch("runs/c/saved_model.pb")
    assert newest() == ["runs/c", "runs/a/m-5", "runs/b/m-6"]


def test_links_that_lead_back():
    checkpoint("runs/a/m-5")
    os.symlink("..", "runs/a/up")
    os.symlink("a", "runs/again")
    os.symlink("nowhere", "runs/broken")
    os.symlink("self", "runs/self")
    assert newest() == every() == ["runs/a/m-5"]


def test_special_files_are_not_waited_for():
    checkpoint("runs/m-5")
    os.mkfifo("runs/pipe")
    os.mkfifo("runs/pipe.keras")
    assert [type(f) for f in located(["runs"])] == [BundleFiles, Problem]


def test_a_subdirectory_that_cannot_be_listed_is_told(monkeypatch):
    checkpoint("runs/m-5")
    checkpoint("runs/secret/m-6")
    real = os.listdir

    def refuse(path):
        if path == "runs/secret/":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "listdir", refuse)
    assert located(["runs"])[1] == Problem("runs/secret", "cannot be listed: Permission denied")
    assert located(["runs/secret/m-6"])[0].index == "runs/secret/m-6.index"  # who knows the name needs no list


@pytest.mark.parametrize(("limit", "value"), [("MAX_DEPTH", 1), ("MAX_DIRECTORIES", 2)])
def test_there_is_an_end(monkeypatch, limit, value):
    monkeypatch.setattr(walk, limit, value)
    checkpoint("runs/m-1")
    checkpoint("runs/a/m-1")
    for number in range(3):
        checkpoint(f"runs/a/{number}/m-1")
    found = located(["runs"])
    assert [f.path for f in found[:2]] == ["runs/m-1", "runs/a/m-1"]
    (told,) = found[2:]
    assert told.path == "runs/a/0"
    assert told.message.startswith("was not entered: ")


def test_overlapping_paths_give_each_artifact_once():
    checkpoint("runs/a/m-5")
    checkpoint("runs/b/m-5")
    assert [f.path for f in located(["runs/a/m-5.index", "runs", "runs/b", "./runs/a/"])] == [
        "runs/a/m-5.index",
        "runs/b/m-5",
    ]
