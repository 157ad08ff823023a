from __future__ import annotations

import pytest

from bnlint.graph.graph import Graph
from bnlint.graph.training import Training
from bnlint.graph.variables import Variables
from tests.graph.build import graph, names, number, resource, variable


def training(about: Graph, trainable: str = "w", initializers: dict[str, str | None] | None = None) -> Training:
    return Training(about, Variables(about, initializers), trainable.split())


NET = (
    *variable("w"),
    *variable("moving_mean"),
    "x Placeholder",
    "axis Const value=0",
    "rate Const value=0.1",
    "y MatMul x w/read",
    "loss Mean y axis",
    "update AssignSub moving_mean loss",
    "gradients/y Neg loss",
)
UNWIRED = (*NET, "train ApplyGradientDescent w rate gradients/y")
SAVER = (
    "save/path Const value=b'p'",
    "save/names Const value=[b'w',b'moving_mean']",
    "save/SaveV2 SaveV2 save/path save/names save/names w moving_mean",
    "save/control Identity save/path ^save/SaveV2",
    "save/RestoreV2 RestoreV2 save/path save/names",
    "save/Assign Assign w save/RestoreV2",
)

WIRED: dict[str, tuple[str, ...]] = {
    "a reset that waits for both": (*UNWIRED, "reset Assign moving_mean axis ^train ^update"),
    "control_dependencies put the edge on a gradient": (
        *NET, "gradients/late Neg gradients/y ^update", "train ApplyGradientDescent w rate gradients/late",
    ),
    "on a shape op deep in the gradients": (
        *NET, "gradients/shape Const value=0 ^update", "gradients/fill Fill axis gradients/shape",
        "train ApplyGradientDescent w rate gradients/fill",
    ),
    "tf.group after minimize": (*UNWIRED, "group_deps NoOp ^train ^update"),
    "a group of groups": (*UNWIRED, "updates NoOp ^update", "step NoOp ^train", "both NoOp ^updates ^step"),
    "create_train_op": (
        *NET, "with Identity loss ^update", "gradients/w Neg with", "train ApplyMomentum w rate gradients/w",
    ),
    "in place, before the output": (
        *NET, "out Identity y ^update", "l2 Mean out axis", "gradients/o Neg l2", "train ApplyAdam w rate gradients/o",
    ),
    "after the step": (*UNWIRED, "later AssignSub moving_mean loss ^train", "fetch Identity loss ^later ^update"),
    "a summary that waits for both": (*UNWIRED, "summary MergeSummary ^train ^update"),
}  # fmt: skip
NOT_WIRED: dict[str, tuple[str, ...]] = {
    "minimize alone": UNWIRED,
    "with a saver of both": (*UNWIRED, *SAVER),
    "a saver that runs after the step": (*UNWIRED, "save/SaveV2 SaveV2 x x x ^train ^update"),
    "something behind that saver": (*UNWIRED, "save/SaveV2 SaveV2 x x x ^train ^update", "saved NoOp ^save/SaveV2"),
    "a group of updates alone": (*UNWIRED, "updates NoOp ^update"),
}


@pytest.mark.parametrize("lines", WIRED.values(), ids=WIRED)
def test_wired(lines: tuple[str, ...]) -> None:
    built = graph(*lines)
    found = training(built)
    assert found.is_wired(number(built, "update"))
    assert found.joint(number(built, "update")) is not None


@pytest.mark.parametrize("lines", NOT_WIRED.values(), ids=NOT_WIRED)
def test_not_wired(lines: tuple[str, ...]) -> None:
    built = graph(*lines)
    found = training(built)
    assert not found.is_wired(number(built, "update"))
    assert found.joint(number(built, "update")) is None


@pytest.mark.parametrize(
    ("case", "joint"),
    [
        ("tf.group after minimize", "group_deps"),
        ("a group of groups", "both"),
        ("control_dependencies put the edge on a gradient", "train"),
        ("after the step", "fetch"),
    ],
)
def test_the_joint_is_the_nearest_node_that_runs_both(case: str, joint: str) -> None:
    built = graph(*WIRED[case])
    found = training(built).joint(number(built, "update"))
    assert found is not None
    assert built.nodes[found].name == joint


def test_the_path_is_what_a_step_computes_and_after_is_what_implies_one() -> None:
    built = graph(*WIRED["tf.group after minimize"], "accuracy Mean y axis")
    found = training(built)
    assert names(built, found.after) == "group_deps train"
    assert {"y", "loss", "w/read", "gradients/y"} <= set(names(built, found.path).split())
    assert not {"accuracy", "update", "group_deps"} & set(names(built, found.path).split())


SLOTS = (
    "m Const value=0", "rate Const value=0.1", "x Placeholder", "indices Const value=0", "gradients/w Neg x",
    "gradient_tape/w Neg x",
)  # fmt: skip
APPLIES: dict[str, tuple[str, str]] = {
    "ApplyAdam w m m rate rate rate rate rate rate gradients/w": ("a", "w"),
    "SparseApplyFtrl w m m gradients/w indices": ("a", "w"),
    "ResourceApplyMomentum r m rate gradients/w rate": ("a", "r"),
    "ResourceSparseApplyAdagrad r m rate gradients/w indices": ("a", "r"),
    "ScatterSub w indices gradients/w": ("a", "w"),
    "ResourceScatterAdd r indices gradients/w": ("a", "r"),
    "ScatterSub w indices x": ("", ""),
    "AssignSub w gradients/w": ("a", "w"),
    "AssignSub w gradient_tape/w": ("a", "w"),
    "Assign w gradients/w": ("", ""),
    "AssignSub moving_mean gradients/w": ("", ""),
    "AssignSub w rate": ("", ""),
    "AssignSub w m": ("", ""),
    "NoOp": ("", ""),
    "Select w indices gradients/w": ("", ""),
    "ScatterSub w gradients/w": ("", ""),
}


@pytest.mark.parametrize(("op", "expected"), APPLIES.items(), ids=APPLIES)
def test_which_ops_apply_gradients(op: str, expected: tuple[str, str]) -> None:
    built = graph(*SLOTS, variable("w"), variable("moving_mean"), resource("r"), f"a {op}")
    found = training(built, "w r")
    trained = " ".join(built.nodes[v].name for v in found.applies_by_variable)
    assert (names(built, found.applies), trained) == expected


def test_an_optimizer_written_by_hand_assigns_what_it_computes_from_gradients() -> None:
    built = graph(
        *SLOTS, variable("w"), "axis Const value=0", "tower_1/gradients_2/mean Mean x axis",
        "step Mul rate tower_1/gradients_2/mean", "new Sub w/read step", "a Assign w new",
    )  # fmt: skip
    assert names(built, training(built).applies) == "a"
    assert names(built, training(built, "").applies) == "", "a variable that nobody trains"


def test_an_optimizer_may_move_its_slots_by_assignments_of_their_own() -> None:
    built = graph(
        *SLOTS, resource("r"), resource("slot"), "scaled Mul gradients/w rate", "move AssignAddVariableOp slot scaled",
        "moved ReadVariableOp slot ^move", "step Mul moved rate", "a AssignSubVariableOp r step",
    )  # fmt: skip
    found = training(built, "r")
    assert [built.nodes[v].name for v in found.applies_by_variable] == ["r"]
    assert names(built, found.applies) == "a move"


def test_a_gradient_beyond_the_reach_of_an_optimizer_is_not_looked_for() -> None:
    chain = ("n0 Neg gradients/w", *(f"n{k} Neg n{k - 1}" for k in range(1, 500)))
    built = graph(*SLOTS, variable("w"), *chain, "a AssignSub w n499", "b AssignSub w n99")
    assert names(built, training(built).applies) == "b"


def test_a_loop_without_a_gradient_is_walked_once() -> None:
    built = graph(variable("w"), "m Merge n n", "n NextIteration m", "a AssignSub w m")
    assert not training(built).applies


@pytest.mark.parametrize("scope", ["gradients", "gradients_1", "train/gradients", "a/gradients_12/b"])
def test_the_scope_of_gradients(scope: str) -> None:
    built = graph(variable("w"), "x Placeholder", f"{scope}/y Neg x", f"a AssignSub w {scope}/y")
    assert training(built).applies


@pytest.mark.parametrize("name", ["gradients", "my_gradients/y", "gradientsx/y", "policy_gradient/y"])
def test_what_is_not_the_scope_of_gradients(name: str) -> None:
    built = graph(variable("w"), "x Placeholder", f"{name} Neg x", f"a AssignSub w {name}")
    assert not training(built).applies


def test_nothing_trains() -> None:
    built = graph(*NET)
    found = training(built)
    assert found.applies == found.path == found.after == frozenset()
    assert not found.is_wired(number(built, "update"))


def test_a_declared_initialiser_is_no_training_step_and_joins_nothing() -> None:
    built = graph(*UNWIRED, "init Assign moving_mean loss ^train ^update")
    assert training(built).is_wired(number(built, "update"))
    assert not training(built, initializers={"moving_mean": "init"}).is_wired(number(built, "update"))
