"""HDF5 files, zip archives and other things that are called like Keras's: one sentence says what each is."""

from __future__ import annotations

import os
import zipfile

import h5py
import numpy as np
import pytest

from bnlint.artifacts.artifact import Part
from bnlint.findings import Problem
from tests.artifacts.keras_models import opened, opened_directory
from tests.artifacts.places import LFS, touch


def sentence(path):
    artifact = opened(path)
    assert artifact.saved is None
    assert artifact.records == ()
    assert artifact.read(["anything"]).arrays == {}
    (problem,) = artifact.problems
    assert problem.path == path
    assert artifact.absent[Part.NAMES] == artifact.absent[Part.VALUES] == f"{path} {problem.message}"
    return problem.message


def hdf5(fill):
    with h5py.File("m.h5", "w") as file:
        fill(file)
    return sentence("m.h5")


def test_pandas():
    def fill(file):
        file.attrs["PYTABLES_FORMAT_VERSION"] = "2.1"
        file.create_group("df").attrs["pandas_type"] = "frame"
        file["df/block0_values"] = np.ones((3, 2))

    assert hdf5(fill) == "is an HDF5 file that pandas wrote, not a Keras model"


@pytest.mark.parametrize(
    ("attribute", "noun"),
    [
        ("PYTABLES_FORMAT_VERSION", "an HDF5 file that PyTables wrote"),
        ("_NCProperties", "a NetCDF file"),
        ("encoding-type", "an AnnData file"),
        ("LOOM_SPEC_VERSION", "a Loom file"),
        ("DEEPDISH_IO_VERSION", "an HDF5 file that deepdish wrote"),
        ("NX_class", "a NeXus file"),
    ],
)
def test_those_that_say_who_wrote_them(attribute, noun):
    assert hdf5(lambda f: f.attrs.__setitem__(attribute, "1")) == f"is {noun}, not a Keras model"


def test_matlab():
    with h5py.File("m.h5", "w", userblock_size=512) as file:
        file["x"] = np.ones(3)
    with open("m.h5", "r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64")
    assert sentence("m.h5") == "is a MATLAB file, not a Keras model"


def test_data_sets():
    assert hdf5(lambda f: f.create_dataset("x", data=[1])) == "is an HDF5 file of 1 dataset (x), not a Keras model"
    names = ["train/x", "train/y", "test/x", "test/y"]
    expected = "is an HDF5 file of 4 datasets (test/x, test/y, train/x, …), not a Keras model"
    assert hdf5(lambda f: [f.create_dataset(name, data=[1]) for name in names]) == expected


def test_nothing_in_it():
    assert hdf5(lambda f: None) == "is an HDF5 file without any dataset, not a Keras model"


def test_a_group_that_happens_to_be_called_vars():
    assert "1 dataset (vars/height)" in hdf5(lambda f: f.create_dataset("vars/height", data=[1]))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<!doctype html><html></html>", "is an HTML page, not a Keras model; the download returned a web page"),
        (LFS, f"is a Git LFS pointer (oid sha256:{'4d7a' * 16}), not a Keras model; run 'git lfs pull'"),
        (b"", "is empty, not a Keras model"),
        (b"\x00\x05\x16\x07" + bytes(100), "is an AppleDouble file (macOS metadata), not a Keras model; delete it"),
    ],
)
def test_no_hdf5_at_all(content, message):
    touch("m.h5", content=content)
    assert sentence("m.h5") == message


def test_not_there():
    assert sentence("m.h5") == "cannot be read: No such file or directory"
    assert sentence("m.keras") == "cannot be read: No such file or directory"


def archive(*names):
    with zipfile.ZipFile("m.keras", "w") as file:
        for name in names:
            file.writestr(name, b"{}")
    return sentence("m.keras")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["archive/data.pkl", "archive/data/0"], "is a PyTorch checkpoint, not a Keras model"),
        (["a.npy", "b.npy"], "is a NumPy archive (.npz), not a Keras model"),
        (["[Content_Types].xml", "word/document.xml"], "is a Word document, not a Keras model"),
        (["META-INF/MANIFEST.MF", "A.class"], "is a Java archive, not a Keras model"),
        (["export/saved_model.pb"], "is a zip archive that holds a SavedModel, not a Keras model; unpack it first"),
        (["a/b.keras"], "is a zip archive that holds a Keras model, not a Keras model; unpack it first"),
        (["one.txt"], "is a zip archive of 1 file, not a Keras model"),
        (["one.txt", "two.txt"], "is a zip archive of 2 files, not a Keras model"),
        ([], "is an empty zip archive, not a Keras model"),
        (["config.json", "metadata.json"], "holds no model.weights.h5"),
        (
            ["config.json", "metadata.json", "model.weights.npz"],
            "has its weights in model.weights.npz, which bnlint does not read; save it with weights_format='h5'",
        ),
    ],
)
def test_archives(names, message):
    assert archive(*names) == message


def test_no_archive():
    touch("m.keras", content=b"<html>")
    assert sentence("m.keras") == "is an HTML page, not a .keras archive; the download returned a web page"


def test_an_archive_whose_weights_are_none():
    with zipfile.ZipFile("m.keras", "w") as file:
        file.writestr("model.weights.h5", b"{}")
    assert sentence("m.keras").startswith("the file: HDF5 cannot read it")


def test_a_directory_with_nothing_in_it():
    os.mkdir("d")
    assert opened_directory().problems == (Problem("d", "there is no model.weights.h5"),)
