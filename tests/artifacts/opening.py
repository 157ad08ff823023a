"""Opening the checkpoint ``m`` of the current directory, and changing its files."""

from __future__ import annotations

from bnlint.artifacts.locate import locate
from bnlint.artifacts.places import BundleFiles
from bnlint.artifacts.tensor_bundle import open_bundle

DATA = "m.data-00000-of-00001"


def opened(*paths, storage=None):
    (files,) = locate(paths or ["m"], storage)
    assert isinstance(files, BundleFiles)
    return open_bundle(files, storage)


def everything(artifact):
    return artifact.read(list(artifact.saved or ()))


def replace(name, data):
    with open(name, "wb") as file:
        file.write(data)


def content(name):
    with open(name, "rb") as file:
        return file.read()
