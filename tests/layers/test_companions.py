from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from bnlint.artifacts.artifact import MetaGraph
from bnlint.layers.build import build_subject
from bnlint.layers.companions import Companions, averaged_weights, companions, with_companions
from bnlint.layers.layer import Layer, Variable
from tests.graph.build import graph
from tests.layers.artifacts import INIT, TRAINED, artifact
from tests.layers.build import X, averages, meta, moments, normalized, parameters, statistics, trained

EMA = "ExponentialMovingAverage"
OBJECT = "/.ATTRIBUTES/VARIABLE_VALUE"


def found(*names: str, recorded: Mapping[str, tuple[str, ...]] | None = None) -> Companions:
    return companions({name: name for name in names}, recorded or {}, names)


@pytest.mark.parametrize(
    "slot",
    [
        "bn/moving_mean/Adam",
        "bn/moving_mean/Adam_1",
        "bn/moving_mean/Momentum",
        "bn/moving_mean/RMSProp_1",
        "bn/moving_mean/Adagrad",
        "bn/moving_mean/adam_v",
        "bn/moving_mean/AdamWeightDecay_1",
        "train/bn/moving_mean/Adam",
        "training/Adam/bn/moving_mean/m",
        "training_1/SGD/bn/moving_mean/momentum",
    ],
)
def test_a_slot_is_called_after_its_variable(slot: str) -> None:
    assert found("bn/moving_mean", "gamma", slot) == Companions({"bn/moving_mean": (slot,)}, {})


@pytest.mark.parametrize(
    "name",
    [
        "bn/moving_mean/biased",
        "bn/moving_mean/local_step",
        "bn/moving_mean/m",
        "bn/moving_mean/part_0",
        "other/Adam",
        "Adam/m",
        "bn/moving_mean_1",
        "bn/moving_mean/avg",
        f"bn/moments/Squeeze/{EMA}",
        f"loss/{EMA}",
    ],
)
def test_what_is_no_slot_and_no_average_of_a_variable(name: str) -> None:
    assert found("bn/moving_mean", "bn/moving_variance", name) == Companions()


@pytest.mark.parametrize("shadow", [f"bn/gamma/{EMA}", f"bn/gamma/{EMA}_1", f"train/averages/bn/gamma/{EMA}"])
def test_an_average_is_called_after_its_variable(shadow: str) -> None:
    assert found("bn/gamma", "kernel", shadow) == Companions({}, {"bn/gamma": shadow})


def test_the_longest_name_is_the_variable_s() -> None:
    names = (f"a/bn/gamma/{EMA}", "a/bn/gamma/Adam")
    assert found("bn/gamma", "a/bn/gamma", *names) == Companions({"a/bn/gamma": names[1:]}, {"a/bn/gamma": names[0]})


def test_of_several_averages_the_first_speaks() -> None:
    assert found("w", f"w/{EMA}", f"w/{EMA}_1").shadows == {"w": f"w/{EMA}"}


@pytest.mark.parametrize(
    ("name", "is_average"),
    [
        ("Adam/average/bn/gamma", True),
        ("adam/bn_gamma_average", True),
        ("bn/gamma/average", True),
        ("Adam/m/bn/gamma", False),
        ("adam/bn_gamma_velocity", False),
        ("RMSprop/average_gradient/bn/gamma", False),
        ("rmsprop/bn_gamma_average_gradient", False),
        ("bn/gamma/slow", False),
    ],
)
def test_the_averages_of_keras_stand_among_the_slots(name: str, is_average: bool) -> None:  # noqa: FBT001
    labels = {"g": "bn/gamma", "s": name}
    expected = Companions({}, {"g": name}) if is_average else Companions({"g": (name,)}, {})
    assert companions(labels, {"g": ("s",)}, ["g"]) == expected


def test_slots_of_nobody_known_are_nobody_s() -> None:
    assert companions({"g": "bn/gamma", "s": "count"}, {"": ("s",)}, ["g"]) == Companions()
    assert companions({"g": "bn/gamma", "s": "Adam/average/kernel"}, {"": ("s",)}, ["g"]) == Companions()


def test_a_slot_that_is_recorded_and_named_stands_once() -> None:
    labels = {"g": "bn/gamma", "s": "training/Adam/bn/gamma/m"}
    assert companions(labels, {"g": ("s",)}, ["g"]).slots == {"g": ("training/Adam/bn/gamma/m",)}


def test_the_slots_of_other_variables_are_left_out_and_their_averages_are_not() -> None:
    labels = {
        name: name for name in ("gamma", "kernel", "ln/gamma", "ln/gamma/Adam", "gamma/Adam", f"kernel/{EMA}", "s")
    }
    beside = companions(labels, {"kernel": ("s",)}, ["gamma"])
    assert beside == Companions({"gamma": ("gamma/Adam",)}, {"kernel": f"kernel/{EMA}"})


def layer(mean: Variable | None = None) -> Layer:
    mean = mean or Variable("bn/moving_mean")
    return Layer("bn", mean, Variable("bn/moving_variance"), gamma=Variable("bn/gamma"))


def test_the_variables_of_a_layer_know_their_companions() -> None:
    beside = Companions({"bn/moving_mean": ("bn/moving_mean/Adam",)}, {"bn/gamma": "average"})
    (known,) = with_companions((layer(),), beside)
    assert (known.moving_mean.slots, known.moving_mean.shadow) == (("bn/moving_mean/Adam",), None)
    assert known.gamma is not None
    assert (known.gamma.slots, known.gamma.shadow) == ((), "average")


@pytest.mark.parametrize(
    ("key", "before", "after"),
    [
        (f"optimizer/_trainable_variables/3{OBJECT}", None, True),
        (f"model/_operations/2/moving_mean{OBJECT}", None, None),
        ("bn/moving_mean", None, None),
        (f"optimizer/_trainable_variables/3{OBJECT}", False, False),
    ],
)
def test_what_keras_3_lists_as_trained_is_trainable(key: str, before: bool | None, after: bool | None) -> None:  # noqa: FBT001
    (known,) = with_companions((layer(Variable(key, is_trainable=before)),), Companions())
    assert known.moving_mean.is_trainable is after


def test_averaged_are_the_weights_outside_the_layers_but_no_counters_and_no_moments() -> None:
    layers = (layer(Variable(f"Variable/{EMA}")),)
    shadows = {name: f"{name}/{EMA}" for name in ("kernel", "accuracy", "Variable", "bn/gamma", "unknown")}
    shapes = {"kernel": (3, 3), "accuracy": (), "Variable": (4,), "bn/gamma": (4,)}
    assert averaged_weights(layers, Companions({}, shadows), shapes) == {"kernel", "unknown"}


# In a subject

NET = (*X, *statistics(), *parameters(), *moments(), *averages(), *normalized("n", "m/mean", "m/variance"))
GRAPH = meta(graph(*NET, *trained("n/out")))


@pytest.mark.parametrize("about", [None, GRAPH], ids=["names", "graph"])
def test_a_subject_has_them_with_and_without_a_graph(about: MetaGraph | None) -> None:
    values = {
        f"bn/moving_mean/{EMA}": [0.0] * 3,
        "bn/moving_mean/Momentum": [0.0] * 3,
        f"kernel/{EMA}": np.zeros((2, 2)),
    }
    made, _ = artifact(INIT | TRAINED | {"kernel": np.zeros((2, 2))} | values, about)
    subject = build_subject(made).subject
    (known,) = subject.layers
    assert known.moving_mean.shadow == f"bn/moving_mean/{EMA}"
    assert known.moving_mean.slots == ("bn/moving_mean/Momentum",)
    assert known.moving_variance.shadow is None
    assert subject.averaged == frozenset({"kernel"})


@pytest.mark.parametrize(
    ("slots", "averaged"), [({}, frozenset()), ({"": ("a",)}, None), ({"": ("a",), "bn/gamma": ("b",)}, frozenset())]
)
def test_slots_that_nobody_owns_leave_open_what_is_averaged(
    slots: dict[str, tuple[str, ...]], averaged: frozenset[str] | None
) -> None:
    made, _ = artifact(INIT | TRAINED)
    assert build_subject(replace(made, slots=slots)).subject.averaged == averaged
