"""Files that are something else: one sentence and exit code 2 where they were passed, silence where they were met."""

from __future__ import annotations

import io
import pickle
import shutil
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.running import WIRED, invoke


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in names:
            packed.writestr(name, "x")
    return out.getvalue()


def hdf5() -> bytes:
    out = io.BytesIO()
    with h5py.File(out, "w") as file:
        file["images"] = np.zeros(3)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("model.h5", b"<!DOCTYPE html><html>", "is an HTML page"),
        ("model.ckpt", archive("archive/data.pkl", "archive/version"), "PyTorch"),
        ("model.ckpt", pickle.dumps({"w": [1.0]}), "PyTorch"),
        ("weights.keras", archive("a.txt"), "zip"),
        ("data.npz", archive("a.npy"), "NumPy"),
        ("._model.h5", b"\x00\x05\x16\x07" + bytes(30), "AppleDouble"),
        ("model.h5", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n", "Git LFS pointer"),
        ("data.h5", hdf5(), "HDF5"),
        ("model.pb", b"", "is empty"),
        ("model.tflite", b"\x1c\x00\x00\x00TFL3" + bytes(30), "TensorFlow Lite"),
        ("notes.txt", b"hello\n", "is no checkpoint"),
    ],
)
def test_a_file_that_was_passed_gets_one_sentence(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    result = invoke("check", str(path), "--format", "json")
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"bnlint: error: {path}: ")
    assert words in line
    assert '"kind": "foreign"' in result.stdout


def test_a_data_set_beside_a_checkpoint_is_passed_over(tmp_path: Path) -> None:
    shutil.copytree(WIRED, tmp_path / "run")
    (tmp_path / "run" / "data.h5").write_bytes(hdf5())
    (tmp_path / "run" / "cache").write_bytes(hdf5())
    for words in ([str(tmp_path)], [str(tmp_path / "run" / "*")], [str(tmp_path), "--jobs", "2"]):
        result = invoke("check", *words)
        assert (result.exit_code, result.stderr) == (0, ""), words
        assert "1 checkpoint, " in result.stdout


@pytest.mark.parametrize("pattern", ["", "*"])
def test_a_data_set_alone_is_no_checkpoint(tmp_path: Path, pattern: str) -> None:
    for name in ("a.h5", "b.h5"):
        (tmp_path / name).write_bytes(hdf5())
    result = invoke("check", str(tmp_path / pattern), WIRED)
    assert result.exit_code == 3
    assert result.stderr == f"bnlint: error: {tmp_path / pattern}: holds no checkpoint\n"
