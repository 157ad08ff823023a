from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from bnlint.artifacts.artifact import SavedVariable
from bnlint.graph.training import Training
from bnlint.graph.variables import Variables
from bnlint.layers.clocks import (
    Clock,
    adam_beta2s,
    clock_name,
    clocks,
    incremented_scalars,
    is_exhausted,
    most_trusted,
    readings,
)
from bnlint.results import Step
from tests.graph.build import graph, variable

OBJECT = "/.ATTRIBUTES/VARIABLE_VALUE"
SCALAR = ("int64", ())


def saved_as(variables: Mapping[str, tuple[str, tuple[int, ...]]]) -> dict[str, SavedVariable]:
    """Return what a checkpoint lists, from dtype and shape by key."""
    return {key: SavedVariable(key, dtype, shape) for key, (dtype, shape) in variables.items()}


@pytest.mark.parametrize(
    ("saved", "found"),
    [
        ({"global_step": SCALAR}, ["global_step"]),
        ({"train/global_step": ("float32", ())}, ["train/global_step"]),
        ({"Adam/iterations": SCALAR}, ["Adam/iterations"]),
        ({f"optimizer/iter{OBJECT}": SCALAR}, [f"optimizer/iter{OBJECT}"]),
        ({f"optimizer/_iterations{OBJECT}": ("int64", (1,))}, [f"optimizer/_iterations{OBJECT}"]),
        ({"step": SCALAR, "iterations": SCALAR, "global_step": SCALAR}, ["global_step", "iterations", "step"]),
        ({"b/global_step": SCALAR, "a/global_step": SCALAR}, ["a/global_step", "b/global_step"]),
        ({"beta2_power": ("float32", ()), "global_step": SCALAR}, ["global_step", "beta2_power"]),
        ({"d/beta2_power_1": ("float32", ())}, ["d/beta2_power_1"]),
        ({"step": ("float32", ())}, []),
        ({"global_step": ("int64", (3,))}, []),
        ({"global_step": ("int64", (1, 1))}, []),
        ({"beta1_power": ("float32", ())}, []),
        ({"my_global_step_count": SCALAR, "Variable": SCALAR}, []),
    ],
)
def test_which_variables_are_clocks_most_trusted_first(
    saved: dict[str, tuple[str, tuple[int, ...]]], found: list[str]
) -> None:
    assert [clock.key for clock in clocks(saved_as(saved))] == found


def test_a_counter_of_the_graph_is_a_clock_whatever_its_name() -> None:
    saved = {"Variable": SCALAR, "batch": SCALAR, "global_step": SCALAR, "beta2_power": ("float32", ())}
    found = clocks(saved_as(saved), ["batch", "global_step", "gone"], {"beta2_power": 0.9})
    assert found == (Clock("global_step"), Clock("batch"), Clock("beta2_power", 0.9))


def test_without_a_graph_adam_has_its_default_beta2() -> None:
    assert clocks(saved_as({"beta2_power": ("float32", ())})) == (Clock("beta2_power", 0.999, is_assumed=True),)


def power(beta2: float, steps: int) -> np.ndarray:
    """Return what Adam's variable holds after some steps, in the float32 arithmetic that made it."""
    value = np.float32(beta2)
    for _ in range(steps):
        value = np.float32(value * np.float32(beta2))
    return np.asarray(value)


@pytest.mark.parametrize("beta2", [0.999, 0.99, 0.9, 0.9999])
@pytest.mark.parametrize("steps", [0, 1, 2, 40, 500, 6000])
def test_the_clock_of_adam(beta2: float, steps: int) -> None:
    value = power(beta2, steps)
    if is_exhausted(Clock("p", beta2), {"p": value}):
        assert Clock("p", beta2).read(value) is None
        assert steps > 800
    else:
        assert Clock("p", beta2).read(value) == pytest.approx(steps, rel=1e-3)
        assert Clock("p", float(np.float32(beta2))).read(value) == pytest.approx(steps, rel=1e-3)


@pytest.mark.parametrize("beta2", [0.999, float(np.float32(0.999))])
def test_at_step_0_the_power_is_beta2_itself(beta2: float) -> None:
    assert Clock("p", beta2).read(power(0.999, 0)) == 0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.int64(40), 40),
        (np.float32(40.0), 40),
        (np.asarray([7]), 7),
        (np.int64(0), 0),
        (np.int64(-1), None),
        (np.float32("nan"), None),
        (np.float32("inf"), None),
        (np.float64(1e308), None),
        (np.asarray([1, 2]), None),
        (np.asarray(b"x"), None),
        (np.asarray(True), None),  # noqa: FBT003
    ],
)
def test_a_plain_counter(value: np.ndarray, expected: int | None) -> None:
    assert Clock("global_step").read(np.asarray(value)) == expected


@pytest.mark.parametrize("value", [0.0, -0.5, 1.0, 1.5, float("nan"), float("inf")])
def test_what_is_no_power_of_beta2(value: float) -> None:
    assert Clock("p", 0.999).read(np.asarray(value, np.float32)) is None


@pytest.mark.parametrize(
    ("values", "step"),
    [
        ({"a": 3, "b": 5}, Step(3, "a")),
        ({"a": 0, "b": 5}, Step(5, "b")),
        ({"a": 0, "b": 0}, Step(0, "a")),
        ({"b": 5}, Step(5, "b")),
        ({"a": -1, "b": 0}, Step(0, "b")),
        ({}, None),
    ],
)
def test_the_first_clock_that_moved_counts(values: dict[str, int], step: Step | None) -> None:
    arrays = {key: np.asarray(value) for key, value in values.items()}
    assert most_trusted(readings([Clock("a"), Clock("b")], arrays)) == step


def test_every_clock_that_can_be_read_says_something() -> None:
    found = [Clock("a"), Clock("b"), Clock("p", 0.999), Clock("q", 0.999), Clock("r", 0.9), Clock("gone")]
    arrays = {
        "a": np.asarray(0),
        "b": np.asarray(-1),
        "p": power(0.999, 40),
        "q": np.zeros((), np.float32),
        "r": power(0.9, 6000),
    }
    assert list(readings(found, arrays)) == [
        Step(0, "a"),
        Step(40, "p"),
        Step(87000, "q", is_least=True),
        Step(820, "r", is_least=True),
    ]


def test_a_clock_that_underflowed_is_no_number_of_steps() -> None:
    assert most_trusted([Step(87000, "p", is_least=True), Step(40, "q")]) == Step(40, "q")
    assert most_trusted([Step(87000, "p", is_least=True)]) is None


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (Step(200, "a"), Step(200, "b"), False),
        (Step(200, "a"), Step(202, "b"), False),
        (Step(200, "a"), Step(205, "b"), True),
        (Step(10, "a"), Step(12, "b"), False),
        (Step(10, "a"), Step(13, "b"), True),
        (Step(20000, "a"), Step(20300, "b"), False),
        (Step(20000, "a"), Step(20500, "b"), True),
        (Step(0, "a"), Step(40, "b"), True),
        (Step(87000, "a", is_least=True), Step(200, "b"), True),
        (Step(87000, "a", is_least=True), Step(90000, "b"), False),
        (Step(87000, "a", is_least=True), Step(820, "b", is_least=True), False),
    ],
)
def test_clocks_that_disagree(one: Step, other: Step, expected: bool) -> None:  # noqa: FBT001
    assert one.disagrees(other) is expected
    assert other.disagrees(one) is expected


def test_what_a_clock_says() -> None:
    assert Step(5200, "beta2_power").said == "beta2_power says 5200"
    assert Step(87000, "beta2_power", is_least=True).said == "beta2_power says more than 87,000"


@pytest.mark.parametrize(
    ("key", "label", "expected"),
    [
        ("global_step", "global_step", "global_step"),
        (f"step{OBJECT}", "Variable", "step"),
        (f"trainer/step{OBJECT}", "Variable:0", "trainer/step"),
        (f"optimizer/_iterations{OBJECT}", "Adam/iter", "Adam/iter"),
        (f"other{OBJECT}", "Variable", "Variable"),
    ],
)
def test_a_clock_goes_by_the_name_that_says_something(key: str, label: str, expected: str) -> None:
    assert clock_name(key, label) == expected


def test_an_object_that_a_checkpoint_knows_as_step_is_a_clock_whatever_its_variable_is_called() -> None:
    saved = {f"step{OBJECT}": SavedVariable(f"step{OBJECT}", "int64", (), "Variable")}
    assert clocks(saved) == (Clock(f"step{OBJECT}"),)


def test_a_power_that_underflowed_is_exhausted() -> None:
    zero, some = {"p": np.zeros((), np.float32)}, {"p": np.asarray(0.5, np.float32)}
    assert is_exhausted(Clock("p", 0.999), zero)
    assert not is_exhausted(Clock("p", 0.999), some)
    assert not is_exhausted(Clock("p", 0.999), {})
    assert is_exhausted(Clock("p", 0.9), {"p": power(0.9, 6000)}), "stuck at a number that no longer shrinks"
    assert not is_exhausted(Clock("p"), zero)


STEPS = graph(
    variable("w"),
    variable("Variable", shape="()"),
    variable("vector"),
    variable("local", shape="()"),
    variable("aside", shape="()"),
    "gradients/w Placeholder",
    "one Const value=1",
    "two Const value=2",
    "ones Const value=[1,1]",
    "train ApplyAdam w w w one one one one two one gradients/w",
    "count AssignAdd Variable one ^train",
    "double AssignAdd local two ^train",
    "long AssignAdd vector w/read ^train",
    "free AssignAdd aside one",
    "down AssignSub aside one ^train",
)


def test_a_scalar_that_a_training_step_increments_by_one_is_a_counter() -> None:
    variables = Variables(STEPS)
    found = incremented_scalars(variables, Training(STEPS, variables, ["w"]))
    assert [STEPS.nodes[number].name for number in found] == ["Variable"]


def test_beta2_is_what_its_power_starts_at() -> None:
    built = graph(
        *variable("beta2_power", "Const value=0.9", "()"),
        *variable("beta2_power_1", "Const value=0.999", "()"),
        *variable("w"),
    )
    keys = {number: node.name for number, node in enumerate(built.nodes) if node.op == "VariableV2"}
    found = adam_beta2s(Variables(built), keys)
    assert found == pytest.approx({"beta2_power": 0.9, "beta2_power_1": 0.999})


def test_without_a_graph_the_first_power_of_any_usual_beta2_proves_nothing() -> None:
    (clock,) = clocks(saved_as({"beta2_power": ("float32", ())}))
    assert clock.read(np.asarray(0.9, np.float32)) == 0
    assert clock.read(np.asarray(0.999, np.float32)) == 0
    assert clock.read(np.asarray(0.999**41, np.float32)) == 40


def test_a_counter_that_no_training_step_increments_is_no_clock_where_a_graph_trains() -> None:
    saved = {"replay/step": ("int64", ()), "global_step": ("int64", ())}
    assert [clock.key for clock in clocks(saved_as(saved), ())] == ["global_step"]
    assert [clock.key for clock in clocks(saved_as(saved))] == ["global_step", "replay/step"]
