"""The V1 checkpoints among the fixtures, which TensorFlow 1.4 and 1.15 wrote, against TensorFlow's reader."""

from __future__ import annotations

import pytest

from bnlint.artifacts.artifact import Part
from bnlint.artifacts.locate import locate
from bnlint.artifacts.opening import open_artifact
from bnlint.artifacts.places import BundleFiles
from bnlint.artifacts.storage import LocalStorage
from tests.artifacts.opening import everything
from tests.formats.oracle import assert_same
from tests.formats.v1_oracle import restore
from tests.situations import FIXTURES

DIRECTORIES = sorted(FIXTURES.glob("tf1.*/v1_*"))


@pytest.mark.parametrize("directory", DIRECTORIES, ids=[f"{path.parent.name}/{path.name}" for path in DIRECTORIES])
def test_names_shapes_dtypes_and_values_are_those_of_tensorflow(tf, directory):
    (place,) = locate([str(directory)])
    assert isinstance(place, BundleFiles)
    artifact = open_artifact(place, LocalStorage())
    assert artifact.format == "v1-checkpoint"
    assert artifact.problems == ()
    assert artifact.absent.keys() <= {Part.GRAPH}
    sharded = "sharded" in directory.name
    shards = len(list(directory.glob("*-of-*")))
    assert shards == (2 if sharded else 0)
    pattern = f"{place.prefix}-?????-of-{shards:05d}" if sharded else place.prefix
    reader = tf.train.load_checkpoint(pattern)
    dtypes = reader.get_variable_to_dtype_map()
    listed = {name: (dtypes[name].name, tuple(shape)) for name, shape in reader.get_variable_to_shape_map().items()}
    assert {name: (v.dtype, v.shape) for name, v in (artifact.saved or {}).items()} == listed
    values = everything(artifact)
    assert (values.problems, dict(values.absent)) == ((), {})
    for name, value in values.arrays.items():
        assert_same(value, restore(tf, place.prefix, name, dtypes[name], shards or 1))


def test_there_are_fixtures_of_every_kind():
    names = {path.name for path in DIRECTORIES}
    assert {"v1_wired", "v1_sharded_wired", "v1_partitioned_wired", "v1_half_wired"} <= names
