"""Two checkpoints side by side: bits, distances, and which layer is which."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from bnlint.layers.compare import Comparison, CourseBuilder, Snapshot, compare, take_snapshot
from bnlint.layers.course import Checkpoint, Verdict
from bnlint.layers.layer import Layer
from bnlint.layers.subject import Subject
from bnlint.layers.weights import Weights
from bnlint.results import Shift
from tests.layers.artifacts import MOVED as MOVED_VALUES
from tests.layers.artifacts import TRAINED, artifact
from tests.rules.build import ABSENT, INIT, MOVED, UNREAD, Values, layer, subject

Kernels = Mapping[str, Sequence[float]]


def snapshot(
    *layers: Layer, kernels: Kernels | None = None, near: Mapping[str, str] | None = None, own: Sequence[str] = ()
) -> Snapshot:
    values = {name: np.asarray(value, np.float32) for name, value in (kernels or {}).items()}
    return Snapshot(subject(*layers), Weights(values, near or {}, frozenset(own)))


def shift(
    before: Layer, after: Layer, role: str, old: Kernels | None = None, new: Kernels | None = None
) -> Shift | None:
    found = compare(snapshot(before, kernels=old), snapshot(after, kernels=new)).shifts["bn"]
    return found.weights if role == "weights" else found.shifts.get(role)


def distance(before: Layer, after: Layer, role: str) -> float | None:
    found = shift(before, after, role)
    assert found is not None
    return found.distance


def statistics(
    mean: Values, variance: Values, gamma: Values = MOVED, beta: Values = MOVED, epsilon: float = 0
) -> Layer:
    return replace(layer(mean=mean, variance=variance, gamma=gamma, beta=beta), epsilon=epsilon)


def test_the_mean_moves_in_units_of_the_inputs() -> None:
    before = statistics([0, 0, 0], [4, 4, 4])
    assert distance(before, statistics([2, 2, 2], [4, 4, 4]), "moving_mean") == pytest.approx(1)
    assert distance(before, statistics([-2, 2, -2], [9, 9, 9]), "moving_mean") == pytest.approx(1)
    assert distance(before, statistics([2, 0, 0], [4, 4, 4]), "moving_mean") == pytest.approx(math.sqrt(1 / 3))


def test_the_variance_moves_by_its_square_root() -> None:
    before, after = statistics([0, 0, 0], [4, 4, 4]), statistics([0, 0, 0], [9, 9, 9])
    assert distance(before, after, "moving_variance") == pytest.approx(0.5)
    assert distance(after, before, "moving_variance") == pytest.approx(1 / 3)


def test_epsilon_keeps_dead_channels_from_infinity() -> None:
    before, after = statistics([0, 0, 0], [0, 0, 0], epsilon=0.01), statistics([1, 1, 1], [0, 0, 0], epsilon=0.01)
    assert distance(before, after, "moving_mean") == pytest.approx(10)
    unknown = replace(before, epsilon=None)
    assert distance(unknown, after, "moving_mean") == pytest.approx(1 / math.sqrt(1e-3))


def test_gamma_and_beta_move_in_units_of_the_output() -> None:
    before = statistics(MOVED, MOVED, [2, 2, 2], [0, 0, 0])
    after = statistics(MOVED, MOVED, [3, 3, 3], [1, 1, 1])
    assert distance(before, after, "gamma") == pytest.approx(0.5)
    assert distance(before, after, "beta") == pytest.approx(0.5)
    without = [layer(MOVED, gamma=ABSENT, beta=beta) for beta in ([0, 0, 0], [1, 1, 1])]
    assert distance(without[0], without[1], "beta") == pytest.approx(1)


def test_weights_move_in_units_of_themselves() -> None:
    found = shift(layer(), layer(), "weights", {"k": [-2, 2]}, {"k": [-1, 3]})
    assert found == Shift(has_moved=True, distance=0.5)
    two = shift(layer(), layer(), "weights", {"k": [-2, 2], "l": [-1, 1]}, {"k": [-1, 3], "l": [-1, 1]})
    assert two is not None
    assert two.distance == pytest.approx(math.sqrt(0.125))


@pytest.mark.parametrize(
    ("before", "after"),
    [([0, 0], [1, 2]), ([3, 3], [1, 2]), ([0, 1e-38], [3e38, 0])],
    ids=["zeros before", "the same numbers before", "immense after next to nothing"],
)
def test_weights_without_a_deviation_to_measure_by(before: Sequence[float], after: Sequence[float]) -> None:
    found = shift(layer(), layer(), "weights", {"k": before}, {"k": after})
    assert found is not None
    assert found.has_moved
    assert found.distance is None or found.distance > 1e70


@pytest.mark.parametrize(
    ("before", "after", "role"),
    [
        (statistics([0, 0, 0], [-1, -1, -1]), statistics([1, 1, 1], [-1, -1, -1]), "moving_mean"),
        (statistics([0, 0, 0], [1, 1, 1]), statistics([math.nan, 0, 0], [1, 1, 1]), "moving_mean"),
        (statistics([0, 0, 0], [1, 1, 1]), statistics([math.inf, 0, 0], [1, 1, 1]), "moving_mean"),
        (statistics(MOVED, MOVED, [0, 0, 0]), statistics(MOVED, MOVED, [1, 1, 1]), "gamma"),
        (statistics([0, 0, 0], UNREAD), statistics([1, 1, 1], UNREAD), "moving_mean"),
    ],
    ids=["a variance below zero", "not a number", "infinite", "no gamma to compare with", "no variance"],
)
def test_a_distance_that_is_no_number(before: Layer, after: Layer, role: str) -> None:
    assert shift(before, after, role) == Shift(has_moved=True, distance=None)


def test_bits_decide_and_not_numbers() -> None:
    nan = statistics([math.nan, 0, 0], [1, 1, 1])
    same = shift(nan, nan, "moving_mean")
    assert same is not None
    assert not same.has_moved
    tiny = np.nextafter(np.float32(1), np.float32(2)).item()
    moved = shift(statistics(MOVED, [1, 1, 1]), statistics(MOVED, [1, 1, tiny]), "moving_variance")
    assert moved is not None
    assert moved.has_moved
    assert moved.distance is not None
    assert moved.distance < 1e-7


def test_what_became_complex_has_moved() -> None:
    before = statistics([1, 1, 1], [1, 1, 1])
    mean = replace(before.moving_mean, values=np.ones(3, np.complex64))
    assert shift(before, replace(before, moving_mean=mean), "moving_mean") == Shift(has_moved=True, distance=None)


@pytest.mark.parametrize(("value", "has_moved"), [(0.1, False), (0.2, True)])
def test_another_dtype_is_compared_at_the_lower_precision(value: float, *, has_moved: bool) -> None:
    half = layer(mean=[0.1, 0.1, 0.1])
    half = replace(half, moving_mean=replace(half.moving_mean, values=np.full(3, 0.1, np.float16)))
    found = shift(half, layer(mean=[0.1, 0.1, value]), "moving_mean")
    assert found is not None
    assert found.has_moved is has_moved


def test_what_one_of_the_two_lacks_is_not_compared() -> None:
    assert shift(layer(mean=UNREAD), layer(), "moving_mean") is None
    assert shift(layer(gamma=ABSENT), layer(), "gamma") is None
    assert shift(layer(mean=[1, 2]), layer(mean=[1, 2, 3]), "moving_mean") is None
    assert shift(layer(), layer(), "weights", {"k": [1, 2]}, {"l": [1, 2]}) is None
    assert shift(layer(), layer(), "weights", {"k": [1, 2]}, {"k": [1, 2, 3]}) is None


def test_statistics_may_be_saved_in_another_shape() -> None:
    wide = layer(mean=[0.5, 1, 2])
    wide = replace(wide, moving_mean=replace(wide.moving_mean, values=np.array([[[0.5, 1, 2]]], np.float32)))
    found = shift(wide, layer(mean=[0.5, 1, 2]), "moving_mean")
    assert found == Shift(has_moved=False, distance=0.0)


@pytest.mark.parametrize("own", [[], ["bn"]])
def test_weights_that_go_with_the_layer_go_before_the_sample(own: list[str]) -> None:
    kernels = {"a": [1.0, 2.0], "b": [1.0, 2.0]}
    before = snapshot(layer(), kernels=kernels)
    after = snapshot(layer(), kernels=kernels | {"b": [1.0, 3.0]}, near={"bn": "a"}, own=own)
    found = compare(before, after)
    assert found.weights is not None
    assert found.weights.has_moved
    assert found.shifts["bn"].weights == Shift(has_moved=False, distance=0.0)
    assert found.shifts["bn"].is_own is bool(own)
    fallback = compare(before, replace(after, weights=after.weights._replace(near={"bn": "c"}))).shifts["bn"]
    assert fallback.weights == found.weights
    assert not fallback.is_own


@pytest.mark.parametrize(
    ("before", "after", "facts"),
    [
        (layer(INIT), layer(MOVED), (True, False, False)),
        (layer(MOVED), layer(INIT), (False, True, False)),
        (layer(MOVED), layer(INIT, INIT), (False, True, True)),
        (layer(MOVED), layer(INIT, INIT, gamma=MOVED), (False, True, False)),
        (layer(MOVED, ABSENT), layer(INIT, ABSENT), (False, True, False)),
        (layer(UNREAD), layer(INIT), (None, True, False)),
    ],
)
def test_at_init_before_and_after(before: Layer, after: Layer, facts: tuple[bool | None, bool | None, bool]) -> None:
    found = compare(snapshot(before), snapshot(after)).shifts["bn"]
    assert (found.was_frozen, found.is_frozen, found.is_new) == facts


@pytest.mark.parametrize(
    ("after", "own", "new_layers"),
    [
        ([1.1, -0.9], ["bn"], []),
        ([-1.0, 1.0], ["bn"], ["bn"]),
        ([1.1, -0.9], [], ["bn"]),
        ([math.nan, 1.0], ["bn"], ["bn"]),
    ],
    ids=["its kernel was kept", "its kernel was drawn anew", "another kernel was kept", "no distance"],
)
def test_a_layer_whose_kernel_was_kept_is_not_new(after: list[float], own: list[str], new_layers: list[str]) -> None:
    old = snapshot(layer(MOVED), kernels={"a": [1.0, -1.0]}, near={"bn": "a"}, own=own)
    new = snapshot(layer(INIT, INIT), kernels={"a": after}, near={"bn": "a"}, own=own)
    assert [name for name, found in compare(old, new).shifts.items() if found.is_new] == new_layers


def named(*names: str) -> Snapshot:
    return snapshot(*(layer(name=name) for name in names))


@pytest.mark.parametrize(
    ("before", "after", "matched"),
    [
        (["a/bn", "b/bn"], ["b/bn", "a/bn"], {"a/bn": "a/bn", "b/bn": "b/bn"}),
        (["a/bn"], ["a/bn", "b/bn"], {"a/bn": "a/bn"}),
        (["bn_a", "bn_b"], ["net/bn_a", "net/bn_b"], {"net/bn_a": "bn_a", "net/bn_b": "bn_b"}),
        (["a/bn", "b/bn"], ["c/bn", "d/bn"], {}),
        (["a/bn", "b/bn"], ["a/bn", "c/bn"], {"a/bn": "a/bn"}),
        (["generator/bn"], ["discriminator/bn"], {}),
        (["x"], ["y"], {}),
    ],
)
def test_which_layer_is_which(before: list[str], after: list[str], matched: dict[str, str]) -> None:
    found = compare(named(*before), named(*after))
    assert dict(found.matched) == matched
    assert set(found.shifts) == set(matched)
    assert set(found.only_before) == set(before) - set(matched.values())
    assert set(found.only_after) == set(after) - set(matched)


def test_layers_are_matched_by_what_the_program_called_their_variables() -> None:
    old = replace(named("batch_normalization"), labels={"batch_normalization/moving_mean": "conv/bn/moving_mean"})
    new = replace(named("layer-3"), labels={"layer-3/moving_mean": "conv/bn/moving_mean"})
    assert compare(old, new).matched == {"layer-3": "batch_normalization"}


def test_a_snapshot_of_an_artifact() -> None:
    made, _ = artifact({**MOVED_VALUES, **TRAINED, "conv/kernel": [[1.0, 2.0], [3.0, 4.0]]})
    taken = take_snapshot(made, subject(layer()))
    assert taken.labels["bn/moving_mean"] == "bn/moving_mean"
    assert list(taken.weights.values) == ["conv/kernel"]
    assert taken.has_values
    assert not Snapshot(subject(layer(UNREAD, UNREAD))).has_values
    assert not Snapshot(Subject("empty")).has_values


def built(*layers: Sequence[Layer]) -> CourseBuilder:
    builder = CourseBuilder("run")
    last: Snapshot | None = None
    for number, each in enumerate(layers):
        now, checkpoint = snapshot(*each), Checkpoint(f"run/{number}", str(number))
        if last is None:
            builder.start(checkpoint, now)
        else:
            builder.add(checkpoint, now, compare(last, now))
        last = now
    return builder


def test_a_course_has_one_shift_for_each_pair() -> None:
    moved = layer(mean=[5, 6, 7], gamma=[2, 2, 3])
    course = built([layer()], [layer()], [moved]).course()
    assert [checkpoint.name for checkpoint in course.checkpoints] == ["0", "1", "2"]
    (one,) = course.layers
    assert one.verdicts == (Verdict.SAME, Verdict.MOVING)
    assert one.layer is moved
    assert course.weights == (None, None)
    assert course.missing == {}


def test_a_layer_that_comes_later_or_goes() -> None:
    course = built([layer(name="goes")], [layer(name="stays")], [layer(name="stays"), layer(name="new")]).course()
    assert {one.layer.name: [s is None for s in one.shifts] for one in course.layers} == {
        "stays": [True, False],
        "new": [True, True],
    }
    assert course.missing == {"new": "no other checkpoint of the run has this layer"}


def test_a_layer_that_is_called_something_else_in_the_middle_keeps_its_course() -> None:
    course = built([layer(name="bn_a")], [layer(name="net/bn_a")], [layer(name="bn_a")]).course()
    assert [one.verdicts for one in course.layers] == [(Verdict.SAME, Verdict.SAME)]


def test_statistics_that_nobody_could_compare() -> None:
    course = built([layer(UNREAD)], [layer()]).course()
    assert course.missing == {"bn": "no two checkpoints of the run hold the values of its statistics"}


def test_a_comparison_is_the_same_both_ways_but_for_what_is_missing() -> None:
    one, other = named("a", "b"), named("b", "c")
    there, back = compare(one, other), compare(other, one)
    assert isinstance(there, Comparison)
    assert (there.only_before, there.only_after) == (back.only_after, back.only_before) == (("a",), ("c",))
