"""Directories that are one artifact, whichever of their files is passed."""

from __future__ import annotations

import os

import pytest

from bnlint.artifacts.locate import locate
from bnlint.artifacts.places import BundleFiles, KerasDirectory, SavedModelFiles
from tests.artifacts.places import DATA, checkpoint, one, touch


@pytest.mark.parametrize("graph", ["saved_model.pb", "saved_model.pbtxt"])
@pytest.mark.parametrize(
    "path",
    [
        "d/sm",
        "d/sm/",
        "d/sm/saved_model.pb",
        "d/sm/keras_metadata.pb",
        "d/sm/variables",
        "d/sm/variables/",
        "d/sm/variables/variables",
        "d/sm/variables/variables.index",
        "d/sm/variables/variables" + DATA,
    ],
)
def test_a_saved_model_and_each_of_its_files(path, graph):
    touch(f"d/sm/{graph}", "d/sm/keras_metadata.pb")
    checkpoint("d/sm/variables/variables", ".index", DATA)
    path = path.replace("saved_model.pb", graph)
    prefix = "d/sm/variables/variables"
    assert one(path) == SavedModelFiles(
        path=path,
        name="sm",
        graph=f"d/sm/{graph}",
        variables=BundleFiles(path, prefix, "variables", prefix + ".index", None, (prefix + DATA,)),
        metadata="d/sm/keras_metadata.pb",
    )


def test_a_saved_model_in_parts():
    touch("graph/saved_model.pb")
    assert one("graph").variables is None
    checkpoint("values/variables/variables", ".index", DATA)
    for path in ("values", "values/variables", "values/variables/variables.index"):
        found = one(path)
        assert (type(found), found.graph, found.variables.index) == (
            SavedModelFiles,
            None,
            "values/variables/variables.index",
        )
    assert len(locate(["values", "values/variables", "values/variables/variables"])) == 1


def test_a_saved_model_from_within(monkeypatch):
    touch("sm/saved_model.pb")
    checkpoint("sm/variables/variables", ".index", DATA)
    monkeypatch.chdir("sm/variables")
    for path in ("variables.index", "variables", ".", "..", "../saved_model.pb", os.path.abspath("variables")):
        assert (type(one(path)), one(path).name) == (SavedModelFiles, "sm"), path
    assert len(locate(["variables.index", "..", "."])) == 1


def test_a_prefix_called_variables_elsewhere_is_a_checkpoint():
    checkpoint("d/variables")
    assert isinstance(one("d/variables"), BundleFiles)
    assert isinstance(one("d"), BundleFiles)


def test_an_unpacked_keras_archive():
    touch("m/config.json", "m/metadata.json", "m/model.weights.h5")
    assert one("m") == KerasDirectory("m", "m", ("m/model.weights.h5",), None, "m/config.json", "m/metadata.json")


def test_weights_in_several_files():
    touch("d/m.weights.json", "d/m_00000.weights.h5", "d/m_00001.weights.h5", "d/other_00000.weights.h5")
    shards = ("d/m_00000.weights.h5", "d/m_00001.weights.h5")
    for path in ("d/m.weights.json", "d/m_00001.weights.h5"):
        assert one(path) == KerasDirectory(path, "m.weights.json", shards, "d/m.weights.json")
    assert len(locate(["d/m.weights.json", "d/m_00001.weights.h5"])) == 1
