from __future__ import annotations

import gzip
import io
import json
import pickle
import tarfile
import zipfile

import numpy as np
import pytest

from bnlint.formats.identify import HEAD_SIZE, Identity, identify
from tests.formats.writing import table

OID = "sha256:" + "4d7a" * 16


def _zip():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo("metadata.json"), "{}")  # with a fixed date: it becomes part of a test's name
    return out.getvalue()


def _tar():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("model.ckpt.index"))
    return out.getvalue()


def _npy():
    out = io.BytesIO()
    np.save(out, np.zeros(3))
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "noun"),
    [
        (b"", "empty"),
        (bytes(4096), "filled with zero bytes"),
        (
            f"version https://git-lfs.github.com/spec/v1\noid {OID}\nsize 12345\n".encode(),
            f"a Git LFS pointer (oid {OID})",
        ),
        (
            f"version https://git-lfs.github.com/spec/v1\next-0-foo {OID}\noid {OID[:-4]}0000\nsize 1\n".encode(),
            f"a Git LFS pointer (oid {OID[:-4]}0000)",
        ),
        (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"),
        (b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        ", "an AppleDouble file (macOS metadata)"),
        (b"\n\n<!DOCTYPE html>\n<html lang=en>", "an HTML page"),
        (b"<!-- hi -->\n<HTML><head>", "an HTML page"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><Error><Code>AccessDenied", "an XML document"),
        (json.dumps({"message": "Not Found"}).encode(), "a JSON document"),
        (json.dumps([{"a": 1}], indent=1).encode(), "a JSON document"),
        (_zip(), "a zip archive, such as .keras, .npz or a PyTorch checkpoint"),
        (b"\x89HDF\r\n\x1a\n\x00\x00", "an HDF5 file, as Keras saves"),
        (gzip.compress(b"x", mtime=0), "gzip-compressed"),
        (_tar(), "a tar archive"),
        (_npy(), "a NumPy array"),
        (b"\x1c\x00\x00\x00TFL3\x14\x00", "a TensorFlow Lite model"),
        *[(pickle.dumps({"state": [1, 2]}, protocol), "a pickle, as PyTorch saves") for protocol in (2, 3, 4, 5)],
        (
            pickle.dumps(119547037146038801333356, 2),
            "a pickle, as PyTorch saves",
        ),  # how a PyTorch file began before zip
    ],
)
def test_names_what_it_is(data, noun):
    found = identify(data[:HEAD_SIZE])
    assert found is not None
    assert found.noun == noun


@pytest.mark.parametrize(
    "data",
    [
        table([(b"", b"\x08\x01\x1a\x02\x08\x01"), (b"w", b"\x08\x01")]),
        np.random.default_rng(0).normal(size=100).astype("<f4").tobytes(),
        bytes(8),  # two float32 zeros are a shard
        b"meta_info_def {\n  stripped_op_list {\n",
        b'model_checkpoint_path: "model.ckpt-5"\n',
        b"\x0a\x9a\x11\x0a\x02v1",
        b"import tensorflow as tf\n",
    ],
)
def test_names_nothing_that_is_what_it_should_be(data):
    assert identify(data[:HEAD_SIZE]) is None


def test_advises_to_fetch_an_lfs_file():
    found = identify(b"version https://git-lfs.github.com/spec/v1\n")
    assert found == Identity("a Git LFS pointer", "run 'git lfs pull'")
