"""From a place to its artifact: one opener per format, each loaded when the first such file is met."""

from __future__ import annotations

from bnlint.artifacts.artifact import Artifact
from bnlint.artifacts.places import (
    BundleFiles,
    GraphFile,
    HDF5File,
    KerasArchive,
    KerasDirectory,
    Place,
    SavedModelFiles,
)
from bnlint.artifacts.storage import Storage

# ruff: noqa: PLC0415 - h5py alone takes 60 ms


def open_artifact(place: Place, storage: Storage) -> Artifact:
    """Open what ``place`` holds. Never raises for anything that is wrong with the files."""
    match place:
        case BundleFiles():
            from bnlint.artifacts.tensor_bundle import open_bundle

            return open_bundle(place, storage)
        case SavedModelFiles():
            from bnlint.artifacts.saved_model import open_saved_model

            return open_saved_model(place, storage)
        case GraphFile():
            from bnlint.artifacts.frozen_graph import open_frozen_graph

            return open_frozen_graph(place, storage)
        case HDF5File():
            from bnlint.artifacts.keras_hdf5 import open_hdf5

            return open_hdf5(place, storage)
        case KerasArchive():
            from bnlint.artifacts.keras_archive import open_keras_archive

            return open_keras_archive(place, storage)
        case KerasDirectory():
            from bnlint.artifacts.keras_archive import open_keras_directory

            return open_keras_directory(place, storage)
