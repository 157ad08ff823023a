"""Paths that lead nowhere, and what is said about them."""

from __future__ import annotations

import os
import pickle

import pytest

from bnlint.artifacts.locate import locate
from bnlint.findings import Problem, ProblemKind
from tests.artifacts.places import DATA, LFS, V2, checkpoint, problem, state, touch

NOT = "not a TensorFlow checkpoint"
UNKNOWN = "is no checkpoint: expected a prefix, one of its files, a Keras or a graph file, or a directory"


@pytest.mark.parametrize(
    ("passed", "meant"),
    [
        ("d/model.ckpt", "d/model.ckpt-18000"),
        ("d/model.ckpt.", "d/model.ckpt-18000"),
        ("d/model.ckpt.index", "d/model.ckpt-18000"),
        ("d/model.ckpt-1800", "d/model.ckpt-18000"),
        ("d/Model.ckpt-9000", "d/model.ckpt-9000"),
        ("d/model.ckpt-18000.", "d/model.ckpt-18000"),
        ("d/model.ckpt-18000.data-00000-of-00004", "d/model.ckpt-18000"),
        ("d/genrator", "d/generator"),
        ("d/readme.text", "d/readme.txt"),
    ],
)
def test_what_was_probably_meant(passed, meant):
    for name in ("model.ckpt-9000", "model.ckpt-18000", "model.ckpt-17000", "generator"):
        checkpoint(f"d/{name}")
    touch("d/readme.txt")
    assert problem(passed) == (ProblemKind.MISSING, f"does not exist; did you mean {meant}?")


def test_nothing_alike():
    touch("d/x")
    assert problem("d/model.ckpt") == (ProblemKind.MISSING, "does not exist")
    assert problem("nowhere/model.ckpt") == (ProblemKind.MISSING, "does not exist: there is no directory nowhere")
    assert problem("d/x/model.ckpt") == (ProblemKind.MISSING, "does not exist: there is no directory d/x")
    assert problem("")[0] is ProblemKind.MISSING
    assert problem("a\0b")[0] is ProblemKind.MISSING


def test_an_unfinished_save_is_named():
    touch("d/m-5_temp_0123abcd/part-00000-of-00001.data-00000-of-00001")
    why = "does not exist; m-5_temp_0123abcd is what an unfinished save of it left behind"
    assert problem("d/m-5") == (ProblemKind.MISSING, why)
    assert problem("d") == (
        ProblemKind.NO_CHECKPOINT,
        "holds no checkpoint, only what an unfinished save left behind (m-5_temp_0123abcd)",
    )


def test_tensor_data_alone_says_nothing():
    touch("d/m-5" + DATA)
    for path in ("d/m-5", "d/m-5" + DATA):
        kind, message = problem(path)
        assert kind is ProblemKind.NO_CHECKPOINT
        assert message.startswith("only tensor data (m-5.data-00000-of-00001) is there; without m-5.index nothing says")
    assert problem("d")[1].startswith("holds no checkpoint: only tensor data")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("m.h5", b"<!DOCTYPE html><html>", f"is an HTML page, {NOT}; the download returned a web page"),
        ("m.ckpt", pickle.dumps({"w": [1]}), f"is a pickle, as PyTorch saves, {NOT}"),
        ("m.pb", b"\x08\x07\x12\x07pytorch\x1a\x032.1", f"is an ONNX model, {NOT}"),
        ("m.keras", b"\x40\x00\x00\x00\x00\x00\x00\x00" + b'{"w":{}}', f"is a safetensors file, {NOT}"),
        ("m.h5", b"\x1c\x00\x00\x00TFL3\x14\x00", f"is a TensorFlow Lite model, {NOT}"),
        ("m.txt", b"hello", UNKNOWN),
        ("m.h5", b"\x07" * 600, UNKNOWN),
        ("m.index.1", V2, "is the index of a checkpoint; its name must end in .index"),
        (
            "m.zip",
            LFS,
            f"is a Git LFS pointer (oid sha256:{'4d7a' * 16}), not a TensorFlow checkpoint; run 'git lfs pull'",
        ),
        ("m", b"", "is empty, not a TensorFlow checkpoint"),
        (
            "._m.index",
            b"\x00\x05\x16\x07" + bytes(20),
            "is an AppleDouble file (macOS metadata), not a TensorFlow checkpoint; delete it; did you mean m.index?",
        ),
    ],
)
def test_a_file_that_is_no_checkpoint_is_named(name, content, message):
    touch(name, content=content)
    assert problem(name) == (ProblemKind.FOREIGN, message)


def test_a_pipe_is_not_waited_for():
    os.mkfifo("pipe")
    assert problem("pipe") == (ProblemKind.FOREIGN, "is no regular file: expected a regular file")


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        ([], "holds no checkpoint"),
        (["d/model.tflite"], "holds no TensorFlow checkpoint, only model.tflite"),
        (["d/data.csv", "d/a/notes.txt", "d/.hidden/m.index"], "holds no checkpoint"),
    ],
)
def test_a_directory_without_a_checkpoint(paths, message):
    os.makedirs("d")
    touch(*paths)
    assert problem("d") == (ProblemKind.NO_CHECKPOINT, message)


def test_a_state_file_alone():
    state("d", "/runs/m-5")
    message = "holds no checkpoint: its state file names m-5, of which nothing is here"
    assert problem("d") == problem("d") == (ProblemKind.NO_CHECKPOINT, message)
    assert problem("d/checkpoint") == (ProblemKind.NO_CHECKPOINT, message)


def test_a_directory_that_cannot_be_listed(monkeypatch):
    os.makedirs("d")
    real = os.listdir

    def refuse(path):
        if path == "d/":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "listdir", refuse)
    assert problem("d") == (ProblemKind.DAMAGED, "cannot be listed: Permission denied")


def test_a_link_that_leads_nowhere(tmp_path):
    (tmp_path / "model.h5").symlink_to(tmp_path / "gone")
    (found,) = locate([str(tmp_path / "model.h5")])
    assert found == Problem(str(tmp_path / "model.h5"), "is a link that leads nowhere", ProblemKind.MISSING)


def test_where_nobody_may_look(tmp_path, monkeypatch):
    path, stat = str(tmp_path / "private" / "model.h5"), os.stat

    def refuse(name, *arguments, **options):
        if str(name) == path:
            raise PermissionError(13, "Permission denied", name)
        return stat(name, *arguments, **options)

    monkeypatch.setattr(os, "stat", refuse)
    assert locate([path]) == (Problem(path, "cannot be read: Permission denied"),)
