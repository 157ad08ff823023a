from __future__ import annotations

import pytest

from bnlint.artifacts.artifact import LayerRecord, SavedVariable
from bnlint.artifacts.keras_inbound import Fed
from bnlint.layers.configured import configured_feeder
from bnlint.layers.layer import Feeder
from bnlint.layers.recorded import recorded_layers

CONV = Fed("c", "Conv2D", {"filters": 5, "data_format": "channels_last", "groups": 1})
FIRST = Fed("c", "Conv2D", {"filters": 5, "data_format": "channels_first"})
DENSE = Fed("c", "Dense", {"units": 5})

SHAPES = {
    "the last axis": (CONV, -1, 5, (None, None, None, 5)),
    "the last axis, as Keras 2 writes it": (CONV, [3], 5, (None, None, None, 5)),
    "rows": (CONV, 1, 4, (None, 4, None, 5)),
    "rows, as Keras 2 writes it": (CONV, [1], 4, (None, 4, None, 5)),
    "columns, counted from the end": (CONV, -2, 4, (None, None, 4, 5)),
    "channels first": (FIRST, 1, 5, (None, 5, None, None)),
    "channels first, the last axis": (FIRST, -1, 4, (None, 5, None, 4)),
    "channels first in Keras 1": (
        Fed("c", "Convolution2D", {"nb_filter": 5, "dim_ordering": "th"}),
        -1,
        4,
        (None, 5, None, 4),
    ),
    "one dimension": (Fed("c", "Conv1D", {"filters": 5}), 1, 4, (None, 4, 5)),
    "three dimensions": (Fed("c", "Conv3D", {"filters": 5}), 1, 4, (None, 4, None, None, 5)),
    "dense": (DENSE, -1, 5, (None, 5)),
    "dense, as Keras 2 writes it": (DENSE, [1], 5, (None, 5)),
    "dense on sequences, as Keras 2 writes it": (DENSE, [2], 5, (None, None, 5)),
    "dense on sequences, words": (DENSE, 1, 4, (None, 4, 5)),
    "dense on sequences, words counted from the end": (DENSE, -2, 4, (None, 4, 5)),
    "a format that is no word": (Fed("c", "Conv2D", {"filters": 5, "data_format": []}), 1, 4, (None, 4, None, 5)),
    "dense in Keras 1": (Fed("c", "Dense", {"output_dim": 5}), -1, 5, (None, 5)),
}


@pytest.mark.parametrize(("fed", "axis", "length", "shape"), SHAPES.values(), ids=SHAPES)
def test_what_is_known_of_the_output(fed: Fed, axis: object, length: int, shape: tuple[int | None, ...]) -> None:
    record = LayerRecord("bn", {}, "BatchNormalization", {"axis": axis}, fed_by=fed)
    assert configured_feeder(record, length, ()) == Feeder("c", "c/kernel", 5, shape)


UNKNOWN = {
    "fed by nothing known": (None, -1),
    "several axes": (CONV, [1, 2]),
    "an axis that is no number": (CONV, "x"),
    "an axis beyond every rank": (CONV, 10**6),
    "grouped": (Fed("c", "Conv2D", {"filters": 5, "groups": 5}), -1),
    "no number of channels": (Fed("c", "Conv2D", {"filters": None}), -1),
    "no number of channels, but a list": (Fed("c", "Conv2D", {"filters": [5]}), -1),
    "an axis that it does not have": (Fed("c", "Conv1D", {"filters": 5}), 4),
}


@pytest.mark.parametrize(("fed", "axis"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_not_said_plainly(fed: Fed | None, axis: object) -> None:
    record = LayerRecord("bn", {}, "BatchNormalization", {"axis": axis}, fed_by=fed)
    assert configured_feeder(record, 4, ()) is None


@pytest.mark.parametrize(
    ("variables", "kernel"),
    [({"kernel": "k", "bias": "b"}, "k"), ({"0": "k", "1": "b"}, "k"), ({"W": "k"}, "k"), ({}, "c/kernel")],
)
def test_the_kernel_is_that_of_the_record(variables: dict[str, str], kernel: str) -> None:
    record = LayerRecord("bn", {}, "BatchNormalization", {}, fed_by=CONV)
    found = configured_feeder(record, 5, (record, LayerRecord("model/c", variables)))
    assert found is not None
    assert found.kernel == kernel


def test_the_statistics_say_how_long_the_axis_is() -> None:
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    record = LayerRecord("bn", {n: n for n in names}, "BatchNormalization", {"axis": 1}, fed_by=CONV)
    saved = {n: SavedVariable(n, "float32", (4,)) for n in names}
    ((_, layer),) = recorded_layers((record,), saved)
    assert layer.feeder == Feeder("c", "c/kernel", 5, (None, 4, None, 5))
