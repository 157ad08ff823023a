"""Every fixture that holds values, against the reader of the library that wrote them: TensorFlow's or h5py's own.

V1 checkpoints, which TensorFlow reads in parts only, are in `test_v1_fixtures`.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from google.protobuf import text_format

from bnlint.artifacts.artifact import Artifact
from bnlint.artifacts.locate import locate
from bnlint.artifacts.opening import open_artifact
from bnlint.artifacts.places import BundleFiles, GraphFile, HDF5File, KerasArchive, KerasDirectory, SavedModelFiles
from bnlint.artifacts.storage import LocalStorage
from tests.artifacts.opening import everything
from tests.formats.oracle import assert_same
from tests.situations import FIXTURES, fixtures

PLACES: dict[str, Any] = {fixture: locate([str(FIXTURES / fixture)])[0] for fixture in fixtures()}
BUNDLES: dict[str, Any] = {
    fixture: place.variables if isinstance(place, SavedModelFiles) else place
    for fixture, place in PLACES.items()
    if isinstance(place, SavedModelFiles) or (isinstance(place, BundleFiles) and place.index is not None)
}
NO_TEXT = "tf1.15/hostile_names"
"""Some of its keys are no text, which TensorFlow can read one by one and not list."""
KERAS = [f for f, place in PLACES.items() if isinstance(place, (HDF5File, KerasArchive, KerasDirectory))]
GRAPHS = [f for f, place in PLACES.items() if isinstance(place, GraphFile) and "training_graph" not in f]


def opened(fixture: str) -> Artifact:
    place = PLACES[fixture]
    return open_artifact(place, LocalStorage())


@pytest.mark.parametrize("fixture", [fixture for fixture in BUNDLES if fixture != NO_TEXT])
def test_a_bundle_is_read_as_tensorflow_reads_it(tf, fixture):
    files = BUNDLES[fixture]
    assert files is not None
    artifact = opened(fixture)
    reader = tf.train.load_checkpoint(files.prefix)
    dtypes = reader.get_variable_to_dtype_map()
    listed = {name: (dtypes[name].name, tuple(shape)) for name, shape in reader.get_variable_to_shape_map().items()}
    assert {name: (v.dtype, v.shape) for name, v in (artifact.saved or {}).items()} == listed
    values = everything(artifact)
    assert values.problems == ()
    assert values.arrays.keys() == listed.keys()
    for name, value in values.arrays.items():
        assert_same(value, reader.get_tensor(name))


def test_keys_that_are_no_text_are_read_as_tensorflow_reads_them(tf):
    artifact = opened(NO_TEXT)
    values = everything(artifact)
    assert values.arrays.keys() == (artifact.saved or {}).keys()
    written, raw = rb"\xff\xfe\x80", b"\xff\xfe\x80"
    assert sum(written in name.encode() for name in values.arrays) == 5
    for name, value in values.arrays.items():
        key = name.encode().replace(written, raw)
        (read,) = tf.raw_ops.RestoreV2(
            prefix=BUNDLES[NO_TEXT].prefix, tensor_names=[key], shape_and_slices=[""], dtypes=[value.dtype]
        )
        assert_same(value, read.numpy())


def datasets(path: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Yield every dataset of an HDF5 file, or of those in an archive or a directory, as h5py reads it."""
    if path.is_dir():
        for inner in sorted(path.iterdir()):
            if inner.suffix == ".h5":
                yield from datasets(inner)
        return
    source: Path | io.BytesIO = path
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            source = io.BytesIO(archive.read("model.weights.h5"))
    found: list[str] = []
    with h5py.File(source) as file:
        file.visititems(lambda name, item: found.append(name) if isinstance(item, h5py.Dataset) else None)
        for name in found:
            yield name, file[name][()]


@pytest.mark.parametrize("fixture", KERAS)
def test_a_keras_file_is_read_as_h5py_reads_it(fixture):
    place = PLACES[fixture]
    path = Path(place.path) if isinstance(place, KerasDirectory) else Path(place.file)
    artifact = opened(fixture)
    expected = dict(datasets(path))
    assert expected
    assert (artifact.saved or {}).keys() == expected.keys()
    values = everything(artifact)
    assert values.problems == ()
    assert values.arrays.keys() == expected.keys()
    for name, value in values.arrays.items():
        assert (artifact.saved or {})[name].shape == expected[name].shape
        if expected[name].dtype.kind != "V":  # bfloat16, which h5py hands out as bytes
            assert_same(value, np.asarray(expected[name]))
        else:
            assert (np.asarray(value, np.float32).view("u4") >> 16).tolist() == expected[name].view("u2").tolist()


@pytest.mark.parametrize("fixture", GRAPHS)
def test_a_frozen_graph_has_the_values_of_its_constants(tf, fixture):
    place = PLACES[fixture]
    graph = tf.compat.v1.GraphDef()
    data = Path(place.file).read_bytes()
    if place.file.endswith(".pbtxt"):
        text_format.Parse(data.decode(), graph)
    else:
        graph.ParseFromString(data)
    constants = {n.name: tf.make_ndarray(n.attr["value"].tensor) for n in graph.node if n.op == "Const"}
    values = everything(opened(fixture))
    assert values.arrays
    for name, value in values.arrays.items():
        assert_same(value, constants[name])


def test_every_fixture_with_values_has_an_oracle():
    without = set(PLACES) - set(BUNDLES) - set(KERAS) - set(GRAPHS)
    assert {name.partition("/")[2].partition("_")[0] for name in without} <= {"v1", "training"}
