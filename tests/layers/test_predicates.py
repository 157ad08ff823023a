from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bnlint.layers.layer import Layer, UpdateOp, Variable
from bnlint.layers.predicates import (
    at_init,
    has_moved,
    is_deliberately_frozen,
    is_frozen,
    is_layer_trained,
    is_left_out,
    is_trained_here,
    is_trained_in_inference_mode,
    modes_are_mixed,
    statistics_unused,
    unwired_statistics,
)
from tests.rules.build import (
    ABSENT,
    DRAWN,
    INFERENCE,
    INIT,
    MOVED,
    NAN,
    OFF,
    PHASED,
    PHASED_UNREGISTERED,
    PHASED_WIRED,
    SWITCHED,
    TRAINING,
    UNREAD,
    UNWIRED,
    WIRED,
    State,
    layer,
    subject,
    variable,
)


@pytest.mark.parametrize(
    ("state", "init", "moved"),
    [(INIT, True, False), (MOVED, False, True), (DRAWN, None, False), (UNREAD, None, False), (NAN, False, False)],
)
def test_at_init_and_has_moved(state: State, init: bool | None, moved: bool) -> None:  # noqa: FBT001
    found = variable("v", state, 1.0, optimized=None)
    assert at_init(found) is init
    assert has_moved(found) is moved


@pytest.mark.parametrize(
    ("values", "initial", "init"),
    [
        ([0.0, 0.0], 0.0, True),
        ([0.0, 1e-38], 0.0, False),
        ([0.0, -0.0], 0.0, True),
        ([1.0, 2.0], [1.0, 2.0], True),
        ([1.0, 2.0], [1.0, 1.0], False),
        ([1.0, 2.0], [1.0, 2.0, 3.0], None),
        ([[1.0, 1.0]], [1.0, 1.0], True),
    ],
)
def test_the_initial_value_may_have_any_shape_that_broadcasts(
    values: object,
    initial: object,
    init: bool | None,  # noqa: FBT001
) -> None:
    found = Variable("v", values=np.asarray(values, np.float32), initial=np.asarray(initial, np.float32))
    assert at_init(found) is init
    assert has_moved(found) is (init is False)


def test_a_complex_initial_value_says_nothing_of_real_values() -> None:
    found = Variable("v", values=np.zeros(3, np.float32), initial=np.zeros(3, np.complex64))
    assert at_init(found) is None
    assert not has_moved(found)
    assert at_init(replace(found, values=np.zeros(3, np.complex64)))


def test_a_statistic_that_an_optimizer_trains_shows_no_update() -> None:
    assert not has_moved(variable("v", MOVED, 0.0, optimized=True))


@pytest.mark.parametrize(
    ("mean", "variance", "frozen"),
    [
        (INIT, INIT, True),
        (INIT, MOVED, False),
        (MOVED, INIT, False),
        (MOVED, MOVED, False),
        (UNREAD, MOVED, False),
        (UNREAD, INIT, None),
        (INIT, DRAWN, None),
        (NAN, INIT, False),
    ],
)
def test_is_frozen(mean: State, variance: State, frozen: bool | None) -> None:  # noqa: FBT001
    assert is_frozen(layer(mean=mean, variance=variance)) is frozen


@pytest.mark.parametrize(
    ("gamma", "beta", "slots", "trained"),
    [
        (MOVED, INIT, None, True),
        (INIT, MOVED, None, True),
        (INIT, INIT, None, False),
        (INIT, INIT, False, False),
        (INIT, INIT, True, True),
        (DRAWN, DRAWN, None, None),
        (DRAWN, INIT, None, False),
        (DRAWN, INIT, True, True),
        (UNREAD, ABSENT, None, None),
        (ABSENT, ABSENT, None, None),
        (ABSENT, INIT, None, False),
    ],
)
def test_is_layer_trained(gamma: State, beta: State, slots: bool | None, trained: bool | None) -> None:  # noqa: FBT001
    assert is_layer_trained(layer(gamma=gamma, beta=beta, slots_moved=slots)) is trained


@pytest.mark.parametrize(
    ("about", "frozen"),
    [
        (layer(trainable=False), True),
        (layer(trainable=True), False),
        (layer(trainable=None), False),
        (layer(MOVED, ABSENT, trainable=False), False),
        (layer(MOVED, ABSENT, gamma=MOVED, trainable=False), True),
    ],
)
def test_is_deliberately_frozen(about: Layer, *, frozen: bool) -> None:
    assert is_deliberately_frozen(about) is frozen


def test_a_layer_of_which_one_parameter_is_trainable_is_not_frozen_on_purpose() -> None:
    half = layer(trainable=False)
    assert half.beta is not None
    assert not is_deliberately_frozen(replace(half, beta=replace(half.beta, is_trainable=True)))


@pytest.mark.parametrize(
    ("about", "trained"),
    [
        (layer(optimized=True), True),
        (layer(optimized=False), False),
        (layer(optimized=None), False),
        (layer(MOVED, ABSENT, TRAINING), True),
        (layer(MOVED, ABSENT, OFF + TRAINING), False),
        (layer(MOVED, ABSENT), False),
        (layer(MOVED, MOVED, TRAINING, optimized=False), False),
    ],
)
def test_is_trained_here(about: Layer, *, trained: bool) -> None:
    assert is_trained_here(about) is trained


def test_gradients_to_one_parameter_train_the_layer() -> None:
    half = layer(optimized=False)
    assert half.beta is not None
    assert is_trained_here(replace(half, beta=replace(half.beta, is_optimized=True)))


@pytest.mark.parametrize(
    ("about", "trained", "left_out"),
    [
        (layer(INIT, INIT), True, True),
        (layer(INIT, INIT), False, False),
        (layer(INIT, INIT), None, False),
        (layer(INIT, MOVED), True, False),
        (layer(MOVED, INIT), True, False),
        (layer(INIT, ABSENT), True, False),
        (layer(UNREAD, INIT), True, False),
    ],
)
def test_is_left_out(about: Layer, trained: bool | None, left_out: bool) -> None:  # noqa: FBT001
    assert is_left_out(about, subject(about, trained=trained)) is left_out


@pytest.mark.parametrize(
    ("modes", "unused"),
    [
        ([TRAINING, OFF + TRAINING], True),
        ([TRAINING, TRAINING, OFF + TRAINING], True),
        ([TRAINING], False),
        ([OFF + TRAINING], False),
        ([TRAINING, OFF + INFERENCE], False),
        ([TRAINING, OFF + TRAINING, OFF + INFERENCE], False),
        ([SWITCHED, OFF + TRAINING], False),
        ([], False),
    ],
)
def test_statistics_unused(modes: list[str], *, unused: bool) -> None:
    assert statistics_unused(layer(MOVED, MOVED, *modes)) is unused


@pytest.mark.parametrize(
    ("mean", "variance", "unwired"),
    [
        (UNWIRED, UNWIRED, "moving_mean moving_variance"),
        (WIRED, UNWIRED, "moving_variance"),
        (UNWIRED, WIRED, "moving_mean"),
        (WIRED, WIRED, ""),
        ((), (), ""),
        ((), UNWIRED, "moving_variance"),
        ((*UNWIRED, *WIRED), UNWIRED, "moving_variance"),
    ],
)
def test_unwired_statistics(mean: tuple[UpdateOp, ...], variance: tuple[UpdateOp, ...], unwired: str) -> None:
    found = unwired_statistics(layer(updates=mean, variance_updates=variance, name="bn"))
    assert " ".join(v.name.removeprefix("bn/") for v in found) == unwired


@pytest.mark.parametrize(
    ("modes", "mixed"),
    [
        ([PHASED, TRAINING], True),
        ([PHASED, INFERENCE], True),
        ([PHASED, PHASED], False),
        ([TRAINING, INFERENCE], False),
        ([PHASED, SWITCHED], False),
        ([PHASED, OFF + TRAINING], False),
        ([OFF + PHASED, TRAINING], False),
        ([], False),
    ],
)
def test_modes_are_mixed(modes: list[str], *, mixed: bool) -> None:
    assert modes_are_mixed([layer(MOVED, MOVED, mode) for mode in modes]) is mixed
    assert modes_are_mixed([layer(MOVED, MOVED, *modes)]) is mixed


@pytest.mark.parametrize(
    ("modes", "updates", "expected"),
    [
        ([INFERENCE], (), True),
        ([INFERENCE, OFF + TRAINING], (), True),
        ([INFERENCE, TRAINING], (), False),
        ([SWITCHED], (), False),
        ([OFF + INFERENCE], (), False),
        ([], (), False),
        ([INFERENCE], UNWIRED, False),
        ([INFERENCE, OFF + INFERENCE], UNWIRED, False),
        ([INFERENCE, OFF + PHASED], PHASED_UNREGISTERED, True),
        ([INFERENCE, OFF + PHASED], PHASED_WIRED, False),
    ],
)
def test_trained_in_inference_mode(modes: list[str], updates: tuple[UpdateOp, ...], *, expected: bool) -> None:
    assert is_trained_in_inference_mode(layer(MOVED, MOVED, *modes, updates=updates)) is expected
