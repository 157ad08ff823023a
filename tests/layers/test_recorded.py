"""Layers from the framework's own records: which are batch norm, what their variables are, what they start at."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from bnlint.artifacts.artifact import LayerRecord, SavedVariable
from bnlint.layers.layer import Layer
from bnlint.layers.recorded import biases, lost_layers, recorded_layers

ALL = ("gamma", "beta", "moving_mean", "moving_variance")


def record(
    attributes: str,
    class_name: str | None = None,
    *,
    name: str = "net/bn",
    config: Mapping[str, object] | None = None,
    trainable: bool | None = None,
) -> LayerRecord:
    variables = {attribute: f"{name}/{attribute}" for attribute in attributes.split()}
    return LayerRecord(name, variables, class_name, config or {}, trainable)


def saved(*records: LayerRecord, shape: tuple[int, ...] = (3,)) -> dict[str, SavedVariable]:
    return {key: SavedVariable(key, "float32", shape) for r in records for key in r.variables.values()}


def found(*records: LayerRecord, shape: tuple[int, ...] = (3,)) -> list[Layer]:
    return [layer for _, layer in recorded_layers(records, saved(*records, shape=shape))]


def roles(layer: Layer) -> list[str]:
    variables = (layer.gamma, layer.beta, layer.moving_mean, layer.moving_variance)
    return ["-" if v is None else v.name.rpartition("/")[2] for v in variables]


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (record("gamma beta moving_mean moving_variance"), "gamma beta moving_mean moving_variance"),
        (record("beta moving_mean moving_variance"), "- beta moving_mean moving_variance"),
        (record("moving_mean moving_variance", name="anything"), "- - moving_mean moving_variance"),
        (record("gamma beta running_mean running_std", "BatchNormalization"), "gamma beta running_mean running_std"),
        (record("scale offset running_mean running_var", "MyNorm"), "scale offset running_mean running_var"),
        # of the statistics nothing was saved: the class says what it is, else the name
        (record("gamma beta", "BatchNormalization"), "gamma beta moving_mean moving_variance"),
        (record("gamma beta", "Custom>SyncBatchNormalization", name="n"), "gamma beta moving_mean moving_variance"),
        (record("beta", name="net/batch_normalization_3"), "- beta moving_mean moving_variance"),
        (record("gamma", name="conv1_bn"), "gamma - moving_mean moving_variance"),
        # positions
        (record("0 1 2 3", "BatchNormalization"), "0 1 2 3"),
        (record("0 1", "BatchNormalization"), "- - 0 1"),
        (record("0 1 2", "BatchNormalization", config={"center": False}), "0 - 1 2"),
        (record("0 1 2", "BatchNormalization", config={"scale": False}), "- 0 1 2"),
        (record("0 1 2 3", name="layers/batch_normalization_1"), "0 1 2 3"),
        (record("0 1", name="layers/batch_normalization_1"), "- - 0 1"),
        (record("0 1 2 3", name="whiten"), "0 1 2 3"),
    ],
)
def test_batch_norm_by_attribute_class_name_or_position(layer: LayerRecord, expected: str) -> None:
    (only,) = found(layer)
    assert roles(only) == expected.split()
    assert only.name == layer.name


@pytest.mark.parametrize(
    "other",
    [
        record("gamma beta", "LayerNormalization", name="bn"),
        record("gamma beta", "GroupNormalization"),
        record("gamma beta", name="layer_normalization"),
        record("gamma beta", name="carbon"),
        record("mean variance count", "Normalization", name="bn"),
        record("0 1 2", "Normalization", name="normalization"),
        record("0 1", "Dense", name="bn_dense"),
        record("0 1", "LayerNormalization", name="layer_normalization"),
        record("kernel bias", "Dense"),
        record("0 1 2 3", "Ensemble", name="whiten"),
        record("0 1", name="whiten"),
        record("moving_mean moving_variance", "SpectralNormalization"),
        record("", "BatchNormalization"),
    ],
)
def test_what_is_no_batch_norm(other: LayerRecord) -> None:
    assert found(other) == []


def test_positions_of_other_shapes_are_no_batch_norm() -> None:
    assert found(record("0 1 2 3", "BatchNormalization"), shape=(3, 3)) == []


def test_positions_of_a_batch_norm_over_several_axes() -> None:
    layer = record("0 1 2 3", "BatchNormalization", config={"axis": [1, 2, 3]})
    assert roles(found(layer, shape=(1, 8, 8, 4))[0]) == ["0", "1", "2", "3"]
    assert not found(record("0 1 2 3", "BatchNormalization", config={"axis": [3]}), shape=(1, 8, 8, 4))


@pytest.mark.parametrize(
    ("positions", "config", "expected"),
    [
        ("0 1 2 3 4 5 6", {}, ["0", "1", "2", "3"]),
        ("0 1 2 3 4 5", {"scale": False}, ["-", "0", "1", "2"]),
        ("0 1 2 3 4", {"scale": False, "center": False}, ["-", "-", "0", "1"]),
    ],
)
def test_positions_of_renormalization(positions: str, config: Mapping[str, object], expected: list[str]) -> None:
    layer = record(positions, "BatchNormalization", config={"renorm": True, **config})
    assert roles(found(layer)[0]) == expected
    assert not found(record("0 1 2 3 4 5 6", "BatchNormalization"))


def test_variables_that_two_records_share_are_one_layer() -> None:
    first, second = record("gamma beta moving_mean moving_variance"), record("moving_mean", name="other")
    second = second._replace(variables=first.variables)
    assert [layer.name for layer in found(first, second)] == ["net/bn"]


@pytest.mark.parametrize(
    ("names", "layers"),
    [
        ("net/bn_1/gamma net/bn_1/beta dense/kernel", ["net/bn_1 gamma beta"]),
        ("batch_normalization/beta:0", ["batch_normalization - beta"]),
        ("net/bn/gamma net/bn/beta net/bn/moving_mean", []),
        ("layer_normalization/gamma layer_normalization/beta", []),
        ("gamma beta", []),
    ],
)
def test_layers_of_which_only_gamma_and_beta_were_saved(names: str, layers: list[str]) -> None:
    labels = {f"variables/{number}": name for number, name in enumerate(names.split())}
    shown = []
    for layer in lost_layers(labels):
        parameters = (layer.gamma, layer.beta)
        roles = ["-" if v is None else labels[v.name].rpartition("/")[2].removesuffix(":0") for v in parameters]
        shown.append(" ".join([layer.name, *roles]))
    assert shown == layers


@pytest.mark.parametrize(
    ("config", "initial", "is_assumed"),
    [
        ({}, 1.0, True),
        ({"momentum": 0.9}, 1.0, False),
        ({"gamma_initializer": "ones"}, 1.0, False),
        ({"gamma_initializer": {"class_name": "Zeros", "config": {}}}, 0.0, False),
        ({"gamma_initializer": {"class_name": "Constant", "config": {"value": 0.5}}}, 0.5, False),
        ({"gamma_initializer": {"class_name": "RandomNormal", "config": {"mean": 1.0}}}, None, False),
        ({"gamma_init": "one"}, 1.0, False),
        ({"gamma_init": "uniform"}, None, False),
        ({"gamma_initializer": {"class_name": "Constant", "config": {"value": "much"}}}, None, False),
        ({"gamma_initializer": 7}, None, False),
    ],
)
def test_initial_values_are_those_of_the_configuration(
    config: Mapping[str, object],
    initial: float | None,
    is_assumed: bool,  # noqa: FBT001
) -> None:
    (layer,) = found(record("gamma beta moving_mean moving_variance", "BatchNormalization", config=config))
    assert layer.gamma is not None
    assert (None if layer.gamma.initial is None else float(layer.gamma.initial)) == initial
    assert layer.gamma.is_initial_assumed is is_assumed


def test_configuration_gives_momentum_epsilon_and_the_flag() -> None:
    config = {"momentum": 0.9, "epsilon": 1e-3}
    (layer,) = found(record("moving_mean moving_variance", config=config, trainable=False))
    assert (layer.momentum, layer.epsilon, layer.trainable) == (0.9, 1e-3, False)
    (layer,) = found(record("moving_mean moving_variance", config={"momentum": "high", "epsilon": True}))
    assert (layer.momentum, layer.epsilon, layer.trainable) == (None, None, None)


@pytest.mark.parametrize("training", [True, False, None])
def test_configuration_gives_the_mode_that_the_model_calls_it_in(training: bool | None) -> None:  # noqa: FBT001
    (layer,) = found(record("moving_mean moving_variance")._replace(training=training))
    assert layer.declared_training is training


@pytest.mark.parametrize("momentum", [10**400, -(10**400), float("nan"), float("inf")])
def test_a_momentum_that_is_no_number(momentum: float) -> None:
    (layer,) = found(record("moving_mean moving_variance", config={"momentum": momentum}))
    assert layer.momentum is None


def test_statistics_start_at_zero_and_one() -> None:
    (layer,) = found(record("moving_mean moving_variance"))
    assert [np.asarray(v.initial).tolist() for v in layer.statistics] == [0.0, 1.0]


def test_averages_that_are_objects_start_at_zero() -> None:
    layer = record("moving_mean moving_variance")
    layer = layer._replace(variables={role: f"bn/{role}/average" for role in layer.variables})
    assert [np.asarray(v.initial).tolist() for v in found(layer)[0].statistics] == [0.0, 0.0]


@pytest.mark.parametrize(
    ("layer", "keys"),
    [
        (record("kernel bias", "Dense"), ["net/bn/bias"]),
        (record("0 1", "Conv2D"), ["net/bn/1"]),
        (record("0 1", "DepthwiseConv2D"), ["net/bn/1"]),
        (record("0 1", "Whatever"), []),
        (record("0", "Dense"), []),
        (record("kernel bias", "Dense", config={"bias_initializer": {"class_name": "Zeros"}}), ["net/bn/bias"]),
        (record("kernel bias", "Dense", config={"bias_initializer": {"class_name": "RandomUniform"}}), []),
        (record("kernel bias", "Dense", config={"bias_initializer": "zeros"}), ["net/bn/bias"]),
    ],
)
def test_biases_that_start_at_a_constant(layer: LayerRecord, keys: list[str]) -> None:
    assert list(biases([layer], saved(layer))) == keys


def test_a_bias_that_no_record_knows_is_known_by_what_the_program_called_it() -> None:
    listed = {key: SavedVariable(key, "float32", (3,), name) for key, name in (("v/0", "out/bias"), ("v/1", "bias"))}
    assert list(biases([], listed)) == ["v/0"]
    recorded = record("1", "Whatever")._replace(variables={"1": "v/0"})
    assert list(biases([recorded], listed)) == []


def test_the_only_parameter_of_an_unknown_layer_may_start_at_zero_or_at_one() -> None:
    (layer,) = found(record("0 1 2", "BatchNormalization"))
    assert layer.beta is not None
    assert layer.beta.initial is None
    (layer,) = found(record("0 1 2", "BatchNormalization", config={"scale": False}))
    assert layer.beta is not None
    assert layer.beta.initial is not None


def test_integers_are_no_biases() -> None:
    layer = record("kernel bias", "Dense")
    assert list(biases([layer], {key: SavedVariable(key, "int64", (3,)) for key in layer.variables.values()})) == []
