from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bnlint.layers.convergence import (
    DEAD_CHANNEL,
    Count,
    averaging_momentum,
    ceiling,
    contradiction,
    counts,
    dead_channels,
    exponent,
    has_constant_variance,
)
from bnlint.layers.layer import Layer, Repeats
from bnlint.layers.subject import Subject
from bnlint.results import Step
from tests.rules.build import INIT, MOVED, NAN, TRAINING, UNREAD, Values, layer, subject, update


def left(momentum: float, updates: int) -> float:
    """Return what a float32 holds after so many updates by a variance of 0, in the arithmetic of TensorFlow."""
    value, decay = np.float32(1), np.float32(1 - momentum)
    for _ in range(updates):
        value = np.float32(value - np.float32(value * decay))
    return float(value)


@pytest.mark.parametrize("momentum", [0.5, 0.9, 0.97, 0.99, 0.997, 0.999, 0.9997])
@pytest.mark.parametrize("updates", [1, 2, 40, 60, 200, 2000])
def test_a_power_is_told_through_the_rounding_of_its_factors(momentum: float, updates: int) -> None:
    value = left(momentum, updates)
    found = exponent(value, momentum)
    if value > 1e-37:
        assert found is not None
        assert found == pytest.approx(updates, rel=1e-3)
    assert updates > 200 or value < 1e-37 or found == updates


@pytest.mark.parametrize(
    ("value", "momentum"),
    [(0.85, 0.9), (0.547, 0.9), (0.0, 0.9), (1.0, 0.9), (1.1, 0.9), (-0.5, 0.9), (0.5, 1.0), (0.5, 0)],
)
def test_what_is_no_power(value: float, momentum: float) -> None:
    assert exponent(value, momentum) is None


def averaged(mean: Values = MOVED, variance: Values = MOVED, momentum: float = 0.99) -> Layer:
    return layer(MOVED, MOVED, TRAINING, mean=mean, variance=variance, updates=(update(wired=True, momentum=momentum),))


SIXTY = left(0.99, 60)

DEAD: dict[str, tuple[Layer, int | None]] = {
    "one": (averaged((0, 1, 2), (SIXTY, 2, 3)), 60),
    "several": (averaged((0, 0, 2), (SIXTY, SIXTY, 3)), 60),
    "all": (averaged((0, 0, 0), (SIXTY,) * 3), 60),
    "several that differ": (averaged((0, 0, 2), (SIXTY, 0.5, 3)), None),
    "none": (averaged((1, 1, 2), (SIXTY, 2, 3)), None),
    "no power": (averaged((0, 1, 2), (0.55, 2, 3)), None),
    "pruned, a variance of 1": (averaged((0, 1, 2), (1, 2, 3)), None),
    "pruned, a variance of 0": (averaged((0, 1, 2), (0, 2, 3)), None),
    "padded beside dead ones": (averaged((0, 0, 2), (SIXTY, 1, 3)), 60),
    "died later, and has all but underflowed": (averaged((0, 1, 2), (0.99**8000, 2, 3)), None),
    "one whose power rounding has blurred": (averaged((0, 1, 2), (left(0.999, 8000), 2, 3), 0.999), None),
    "several alike, all the same": (averaged((0, 0, 2), (left(0.999, 8000),) * 2 + (3,), 0.999), 8000),
    "a mean that started elsewhere": (
        replace(layer(MOVED, mean=(0, 1, 2), variance=(SIXTY, 2, 3), start=(0.5, 1))),
        None,
    ),
    "a variance that started elsewhere": (layer(MOVED, mean=(0, 1, 2), variance=(SIXTY, 2, 3), start=(0, 0)), None),
    "not read": (averaged(variance=UNREAD), None),
}


@pytest.mark.parametrize(("bn", "updates"), DEAD.values(), ids=DEAD)
def test_the_clock_of_a_dead_channel(bn: Layer, updates: int | None) -> None:
    found = dead_channels(bn, averaging_momentum(bn) or 0.99)
    assert (None if found is None else found.value) == (None if updates is None else pytest.approx(updates, rel=1e-3))


def test_half_precision_tells_no_power() -> None:
    bn = averaged((0, 0, 2), (0.9, 0.9, 3), 0.9)
    assert dead_channels(bn, 0.9) == Step(1, DEAD_CHANNEL)
    assert bn.moving_variance.values is not None
    halved = replace(bn.moving_variance, values=bn.moving_variance.values.astype(np.float16))
    assert dead_channels(replace(bn, moving_variance=halved), 0.9) is None


@pytest.mark.parametrize(
    ("bn", "expected"),
    [
        (averaged(variance=(0.25, 2, 3)), 0.25),
        (averaged(variance=(float("nan"), 2, 3)), 2.0),
        (averaged(variance=(-0.5, 2, 3)), -0.5),
        (averaged(variance=UNREAD), None),
        (layer(start=(0, 0)), None),
        (layer(variance=(float("nan"),) * 3), None),
    ],
)
def test_no_more_can_be_left_than_the_smallest_variance(bn: Layer, expected: float | None) -> None:
    assert ceiling(bn) == expected
    assert ceiling(replace(bn, moving_variance=replace(bn.moving_variance, is_root_averaged=True))) is None
    assert ceiling(replace(bn, moving_variance=replace(bn.moving_variance, is_debiased=True))) is None


def momenta(mean: tuple[float | None, ...], variance: tuple[float | None, ...], declared: float | None = None) -> Layer:
    own, others = (tuple(update(momentum=m) for m in values) for values in (mean, variance))
    return layer(updates=own, variance_updates=others, declared_momentum=declared)


@pytest.mark.parametrize(
    ("bn", "expected"),
    [
        (momenta((0.9,), (0.9,)), 0.9),
        (momenta((0.9,), (0.99,)), 0.99),
        (momenta((0.99,), (0.9,)), 0.99),
        (momenta((0.9, 0.99), (0.99, 0.9)), 0.9),
        (momenta((1.0, 0.9), (1.0, 0.9)), 0.9),
        (momenta((1.0,), (1.0,)), 1.0),
        (momenta((1.0,), (1.0,), 0.99), 0.99),
        (momenta((), (), 0.99), 0.99),
        (momenta((), ()), None),
        (momenta((None,), (0.9,)), None),
        (momenta((None, 0.9), (0.9,)), None),
        (momenta((None,), (None,), 0.99), 0.99),
        (momenta((0.9,), ()), None),
    ],
)
def test_the_momentum_that_leaves_most(bn: Layer, expected: float | None) -> None:
    assert averaging_momentum(bn) == expected


def test_a_corrected_mean_leaves_nothing() -> None:
    bn = momenta((0.99,), (0.9,))
    assert averaging_momentum(replace(bn, moving_mean=replace(bn.moving_mean, is_debiased=True))) == 0.9


def clocked(bn: Layer, *clocks: Step) -> Subject:
    return replace(subject(bn, clock=None), clocks=clocks)


def test_every_clock_counts_updates_the_most_trusted_first() -> None:
    bn = averaged((0, 0, 2), (SIXTY, SIXTY, 3))
    bn = replace(bn, moving_mean=replace(bn.moving_mean, local_step=Step(70, "local_step")), repeats=Repeats(3, 1))
    clocks = Step(87000, "beta2_power", is_least=True), Step(0, "zero"), Step(20, "global_step")
    assert [(c.clock.source, c.updates) for c in counts(bn, clocked(bn, *clocks), 0.99)] == [
        ("local_step", 70),
        ("global_step", 60),
        ("beta2_power", 261000),
        (DEAD_CHANNEL, 60),
    ]


def test_only_the_clocks_of_the_layer_count_its_updates() -> None:
    bn = averaged()
    critic, generator = Step(300, "beta2_power"), Step(60, "beta2_power_1")
    about = clocked(bn, critic, generator)
    assert [c.updates for c in counts(bn, about, 0.99)] == [300, 60]
    assert [c.updates for c in counts(replace(bn, clocks=(generator,)), about, 0.99)] == [60]
    assert counts(replace(bn, clocks=()), about, 0.99) == ()


def test_a_counter_at_0_counts_nothing() -> None:
    bn = averaged()
    bn = replace(bn, moving_mean=replace(bn.moving_mean, local_step=Step(0, "local_step")))
    assert counts(bn, clocked(bn), 0.99) == ()


STEP = Step(100, "global_step")
HUNDRED = Count(STEP, 100)
"""After which 0.37 is left of 0.99."""


@pytest.mark.parametrize(
    ("others", "name"),
    [
        ((), None),
        (((0.30, 2, 3),), "other0"),
        (((0.34, 2, 3),), "other0"),
        (((0.36, 2, 3),), None),
        (((0.35, 2, 3),), None),
        (((0.30, 2, 3), (0.20, 2, 3)), "other1"),
        ((INIT,), None),
        ((NAN,), None),
    ],
)
def test_one_variance_that_cannot_be_contradicts_the_clock_for_all(
    others: tuple[Values, ...], name: str | None
) -> None:
    bn = averaged()
    layers = [bn, *(replace(averaged(variance=v), name=f"other{k}") for k, v in enumerate(others))]
    found = contradiction(HUNDRED, bn, replace(subject(*layers), clocks=(STEP,)), 0.99)
    assert (None if found is None else found.layer) == name


def test_a_layer_that_other_clocks_count_contradicts_nothing() -> None:
    critic = Step(300, "beta2_power")
    bn, other = replace(averaged(), clocks=(STEP,)), replace(averaged(variance=(0.1, 2, 3)), name="critic/bn")
    for clocks, expected in (((critic,), None), (None, None), ((STEP,), "critic/bn")):
        about = replace(subject(bn, replace(other, clocks=clocks)), clocks=(STEP, critic))
        found = contradiction(HUNDRED, bn, about, 0.99)
        assert (None if found is None else found.layer) == expected


def test_a_count_of_its_own_is_contradicted_by_the_layer_itself_alone() -> None:
    bn, other = averaged(variance=(0.30, 2, 3)), averaged(variance=(0.1, 2, 3))
    about = replace(subject(bn, replace(other, name="other")), clocks=(STEP,))
    found = contradiction(Count(Step(100, "local_step"), 100), bn, about, 0.99)
    assert found is not None
    assert found.layer == "bn"


@pytest.mark.parametrize(
    ("mean", "variance", "expected"),
    [
        ((1, 2, 3), (0.5, 0.5, 0.5), True),
        ((0, 0, 3), (0.5, 0.5, 0.5), True),
        ((0, 0, 0), (0.5, 0.5, 0.5), False),
        ((1, 2, 3), (float("inf"),) * 3, False),
        ((1, 2, float("nan")), (0.5, 0.5, 0.5), False),
        ((2, 2, 2), (0.5, 0.5, 0.5), False),
        ((1, 2, 3), (0.5, 0.5, 0.6), False),
        ((1, 2, 3), INIT, False),
        ((1, 2, 3), UNREAD, False),
        (UNREAD, (0.5, 0.5, 0.5), False),
    ],
)
def test_a_constant_variance(mean: Values, variance: Values, expected: bool) -> None:  # noqa: FBT001
    assert has_constant_variance(averaged(mean, variance)) is expected
