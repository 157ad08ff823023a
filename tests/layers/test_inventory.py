from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bnlint.layers.inventory import distribution, inventory, summary
from bnlint.layers.layer import Layer, Variable
from bnlint.layers.numbers import Numbers
from bnlint.layers.subject import Need
from bnlint.results import Distribution, TensorSummary
from tests.rules.build import (
    ABSENT,
    INIT,
    MOVED,
    OFF,
    SWITCHED,
    TRAINING,
    UNREAD,
    UNWIRED,
    WIRED,
    layer,
    subject,
    update,
)

LARGEST, TINIEST = float(np.finfo(np.float64).max), float(np.finfo(np.float64).smallest_subnormal)


@pytest.mark.parametrize(
    ("values", "initial", "expected"),
    [
        ([1, 2, 4], 1.0, TensorSummary(1.0, 2.0, 4.0, 0, 1)),
        ([4, 1, 2, 3], 1.0, TensorSummary(1.0, 2.5, 4.0, 0, 1)),
        ([1, 2, 4], None, TensorSummary(1.0, 2.0, 4.0, 0, None)),
        ([1, 2, 4], [1.0, 2.0], TensorSummary(1.0, 2.0, 4.0, 0, None)),
        ([float("nan"), 3, float("inf")], 3.0, TensorSummary(3.0, 3.0, 3.0, 2, 1)),
        ([float("nan")], 0.0, TensorSummary(None, None, None, 1, 0)),
        ([], 0.0, TensorSummary(None, None, None, 0, 0)),
    ],
)
def test_the_distribution_of_a_tensor(values: list[float], initial: object, expected: TensorSummary) -> None:
    start = None if initial is None else np.asarray(initial, np.float32)
    assert summary(Variable("v", values=np.asarray(values, np.float32), initial=start)) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0], Distribution(0.0, 0.0, (1,))),
        ([2.5, 2.5, 2.5], Distribution(2.5, 2.5, (3,))),
        ([0.0, 24.0], Distribution(0.0, 24.0, (1, *[0] * 22, 1))),
        ([23.0, 0.5, 1.0, 24.0, 0.0], Distribution(0.0, 24.0, (2, 1, *[0] * 21, 2))),
        ([-LARGEST, 0.0, LARGEST], Distribution(-LARGEST, LARGEST, (1, *[0] * 11, 1, *[0] * 10, 1))),
        ([0.0, TINIEST], Distribution(0.0, TINIEST, (1, *[0] * 22, 1))),
        ([1.0, np.nextafter(1.0, 2.0)], Distribution(1.0, float(np.nextafter(1.0, 2.0)), (1, *[0] * 22, 1))),
    ],
)
def test_how_values_are_spread(values: list[float], expected: Distribution) -> None:
    assert distribution(np.asarray(values)) == expected


@given(arrays(np.float64, st.integers(1, 50), elements=st.floats(allow_nan=False, allow_infinity=False)))
def test_whatever_the_values_each_lies_in_a_bin_between_the_least_and_the_largest(values: Numbers) -> None:
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        low, high, counts = distribution(values)
    assert (low, high) == (values.min(), values.max())
    assert sum(counts) == values.size
    assert len(counts) == (1 if low == high else 24)
    assert counts[0]
    assert counts[-1]


def test_values_that_are_not_finite_are_not_spread() -> None:
    bn = layer()
    held = replace(bn, moving_mean=replace(bn.moving_mean, values=np.array([np.nan, 1, 3, np.inf], np.float32)))
    (found,) = inventory(subject(held), distributions=True)
    assert found.distributions["moving_mean"] == Distribution(1.0, 3.0, (1, *[0] * 22, 1))


def test_a_layer_with_everything() -> None:
    (found,) = inventory(
        subject(layer(INIT, MOVED, TRAINING, TRAINING, OFF + SWITCHED, updates=WIRED, variance_updates=UNWIRED))
    )
    assert found.name == "bn"
    assert found.variables == {role: f"bn/{role}" for role in ("gamma", "beta", "moving_mean", "moving_variance")}
    assert (found.momentum, found.momentum_source) == (0.9, "graph")
    assert found.wired == {"moving_mean": True, "moving_variance": False}
    assert found.modes == {"training": 2, "inference": 0, "switched": 1, "learning-phase": 0}
    assert found.statistics["moving_mean"] == TensorSummary(0.0, 0.0, 0.0, 0, 3)
    assert found.statistics["gamma"] == TensorSummary(1.25, 1.5, 1.75, 0, 0)


def test_what_is_not_there_or_not_read_is_left_open() -> None:
    (found,) = inventory(subject(layer(UNREAD, ABSENT), missing=[Need.TRAINING]))
    assert found.variables["gamma"] is None
    assert found.statistics == {}
    assert found.wired == {"moving_mean": None, "moving_variance": None}
    assert found.channels is None


def test_wiring_means_nothing_in_a_graph_that_does_not_train() -> None:
    (found,) = inventory(subject(layer(updates=WIRED), missing=[Need.TRAINING]))
    assert found.wired == {"moving_mean": None, "moving_variance": None}


def test_the_number_of_channels_is_that_of_the_statistics() -> None:
    bn = layer()
    shaped = replace(bn, moving_variance=replace(bn.moving_variance, shape=(1, 1, 1, 7)))
    assert inventory(subject(shaped))[0].channels == 7


@pytest.mark.parametrize(
    ("bn", "expected"),
    [
        (layer(updates=WIRED, declared_momentum=0.99), (0.9, "graph")),
        (layer(declared_momentum=0.99), (0.99, "config")),
        (layer(updates=(update(momentum=None),), declared_momentum=0.99), (0.99, "config")),
        (layer(updates=(update(momentum=None),)), (None, None)),
        (layer(), (None, None)),
    ],
)
def test_the_momentum_is_of_the_graph_or_of_the_configuration(
    bn: Layer, expected: tuple[float | None, str | None]
) -> None:
    (found,) = inventory(subject(bn))
    assert (found.momentum, found.momentum_source) == expected
