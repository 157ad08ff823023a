from __future__ import annotations

import numpy as np
import pytest

from bnlint.graph.graph import Graph
from bnlint.graph.variables import Variables, variable_of
from tests.graph.build import graph, number, output, resource, variable

READS = graph(
    variable("v"),
    resource("r"),
    variable("w/part_0"),
    variable("w/part_1"),
    variable("u/part_0"),
    "p Placeholder",
    "axis Const value=0",
    "switch RefSwitch v p",
    "enter Enter v",
    "inside ReadVariableOp enter_r",
    "enter_r Enter r",
    "cast Cast v/read",
    "reshaped Reshape r/read axis",
    "shared Identity v/read",
    "stacked ConcatV2 w/part_0/read w/part_1/read axis",
    "old Concat axis w/part_0/read w/part_1/read",
    "mixed ConcatV2 w/part_0/read u/part_0/read axis",
    "padded ConcatV2 w/part_0/read p p axis",
    "single ConcatV2 v/read axis",
    "joined ConcatV2 v/read r/read axis",
    "computed Mul v/read v/read",
    "merged Merge v/read v/read",
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("v", "v"),
        ("v/read", "v"),
        ("r/read", "r"),
        ("switch", "v"),
        ("enter", "v"),
        ("inside", "r"),
        ("cast", "v"),
        ("reshaped", "r"),
        ("shared", "v"),
        ("stacked", "w/part_0"),
        ("old", "w/part_0"),
        ("mixed", None),
        ("padded", None),
        ("single", None),
        ("joined", None),
        ("computed", None),
        ("merged", None),
        ("p", None),
    ],
)
def test_variable_of(name: str, expected: str | None) -> None:
    found = variable_of(READS, output(READS, name))
    assert (None if found is None else READS.nodes[found].name) == expected


def kinds(about: Graph, name: str, initializers: dict[str, str | None] | None = None) -> str:
    """Return the kinds of the assignments to ``name``, in graph order."""
    found = Variables(about, initializers).assignments[number(about, name)]
    return " ".join(a.kind.value for a in found)


MOVED = "x Placeholder; m Mean x c; r VarHandleOp; u AssignSubVariableOp r m; s ReadVariableOp r ^u"
"""A resource variable that is read after an update, as batch renormalization reads its ``moving_stddev``."""


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("a Assign v c", "initial"),
        ("a AssignVariableOp v c", "initial"),
        ("r RandomStandardNormal; m Mul r c; a Assign v m", "initial"),
        ("s Shape w/read; r RandomUniform s; a Assign v r", "initial"),
        ("f RestoreV2; a Assign v f:3", "restore"),
        ("f RestoreV2; i Identity f; a AssignVariableOp v i", "restore"),
        ("f RestoreSlice; a Assign v f", "restore"),
        ("a Assign v w/read", "copy"),
        ("p Placeholder; a Assign v p", "copy"),
        ("m Mul w/read c; n Add m v; a Assign v n", "copy"),
        ("x Placeholder; m Mean x c; a Assign v m", "update"),
        ("x Placeholder; m MatMul x x; i Identity m; a AssignVariableOp v i", "update"),
        ("x Placeholder; n FusedBatchNormV3 x w w w w; a Assign v n:1", "update"),
        ("a AssignAdd v c", "update"),
        ("a AssignSub v w/read", "update"),
        ("a AssignSubVariableOp v c", "update"),
        ("f RestoreV2; a AssignAdd v f", "restore"),
        (f"{MOVED}; n Mul s s; a AssignVariableOp v n", "update"),
        (f"{MOVED}; a AssignVariableOp v s", "copy"),
        (f"{MOVED}; o ReadVariableOp v ^u; n Mul o o; a AssignVariableOp v n", "copy"),
        ("p Placeholder; s RefSwitch v p; a Assign s:1 c", "initial"),
    ],
)
def test_what_an_assignment_is_for(lines: str, expected: str) -> None:
    built = graph("v VariableV2", "c Const value=0", variable("w"), *lines.split("; "))
    assert kinds(built, "v") == expected


def test_an_assignment_from_a_loop_is_walked_once() -> None:
    assert kinds(graph("v VariableV2", "m Merge n n", "n NextIteration m", "a Assign v m"), "v") == "initial"


def test_an_assignment_from_far_away_is_computed() -> None:
    chain = ["n0 Neg c", *(f"n{k} Neg n{k - 1}" for k in range(1, 80))]
    assert kinds(graph("v VariableV2", "c Const value=0", *chain, "a Assign v n79"), "v") == "update"


def test_what_is_no_assignment_to_a_variable_is_left_out() -> None:
    built = graph("v VariableV2", "c Const value=0", "x Placeholder", "a Assign x c", "s ScatterSub v c c")
    assert Variables(built).assignments == {}


DECLARED = graph(
    "v VariableV2", "zero Const value=0", "one Const value=1", "reset Assign v zero", "v/Assign Assign v one"
)


def test_a_declared_initialiser_counts_before_a_reset() -> None:
    assert kinds(DECLARED, "v", {"v": "v/Assign"}) == "initial initial"
    assert Variables(DECLARED, {"v": "v/Assign"}).initial_value(0) == 1
    assert Variables(DECLARED).initial_value(0) == 0


def test_a_declared_initialiser_may_compute() -> None:
    lines = ("v VariableV2", "x Placeholder", "axis Const value=0", "m Mean x axis", "v/Assign Assign v m")
    assert kinds(graph(*lines), "v", {"v": "v/Assign"}) == "initial"
    assert kinds(graph(*lines), "v", {"v": None}) == "update"
    assert kinds(graph(*lines), "v", {"v": "gone/Assign"}) == "update"


def test_a_variable_without_an_initialiser_starts_nowhere() -> None:
    assert Variables(graph("v VariableV2", "c Const value=1", "a AssignAdd v c")).initial_value(0) is None


CONSTANTS = {
    "Const value=0.5": 0.5,
    "Const value=[2,2,2]": 2.0,
    "Const value=[1,2]": [1.0, 2.0],
    "Fill dims half": 0.5,
    "ZerosLike random": 0.0,
    "OnesLike random": 1.0,
    "Identity half": 0.5,
    "Cast half": 0.5,
    "Reshape half dims": 0.5,
    "Sub one half": 0.5,
    "Add one half": 1.5,
    "AddV2 one half": 1.5,
    "Mul half half": 0.25,
    "Merge half half": 0.5,
    "Merge half one": None,
    "Merge half random": None,
    "Merge random half": None,
    "Merge": None,
    "Sub one random": None,
    "Mul text half": None,
    "Mul half text": None,
    "ReadVariableOp handle": 5.0,
    "Neg half": None,
    "Placeholder": None,
    "RandomStandardNormal": None,
    "TruncatedNormal": None,
    "Const": None,
    "Identity started/read": 3.0,
    "Identity random_start/read": None,
    "Identity unknown": None,
}


@pytest.mark.parametrize(("op", "expected"), CONSTANTS.items(), ids=CONSTANTS)
def test_constants(op: str, expected: object) -> None:
    built = graph(
        "half Const value=0.5",
        "one Const value=1",
        "dims Const value=[3]",
        "text Const value=b'x'",
        "random RandomUniform",
        "unknown VariableV2",
        variable("started", "Const value=3"),
        resource("handle", "Const value=5"),
        variable("random_start", "RandomUniform"),
        f"asked {op}",
    )
    found = Variables(built).constant(output(built, "asked"))
    assert (None if found is None else found.tolist()) == expected


def test_a_shadow_starts_at_the_value_of_the_variable_it_averages() -> None:
    """ExponentialMovingAverage initialises with ``initialized_value``: a cond of the variable and its own start."""
    built = graph(
        variable("v", "Const value=1"),
        "is_initialised IsVariableInitialized v",
        "s RefSwitch v is_initialised",
        "read Identity s:1",
        "other Switch v/start is_initialised",
        "again Identity other",
        "value Merge again read",
        "v/EMA VariableV2",
        "v/EMA/Assign Assign v/EMA value",
    )
    found = Variables(built, {"v": "v/Assign", "v/EMA": "v/EMA/Assign"})
    assert found.initial_value(number(built, "v/EMA")) == 1


def test_a_constant_is_followed_to_a_bound() -> None:
    def chain(length: int) -> Graph:
        return graph("n0 Const value=1", *(f"n{k} Identity n{k - 1}" for k in range(1, length)))

    near, far = chain(30), chain(60)
    assert Variables(near).constant(output(near, "n29")) == 1
    assert Variables(far).constant(output(far, "n59")) is None


def test_a_cycle_has_no_constant() -> None:
    built = graph("e Enter one", "one Const value=1", "m Merge e n", "n NextIteration m", "x Identity m")
    assert Variables(built).constant(output(built, "x")) is None


def test_arithmetic_that_overflows_is_quiet() -> None:
    built = graph("a Const value=1e38", "b Mul a a", "c Sub b b")
    found = Variables(built)
    assert found.constant(output(built, "b")) == np.inf
    assert np.isnan(np.asarray(found.constant(output(built, "c")), np.float32))


@pytest.mark.parametrize(
    ("lines", "is_loading"),
    [
        ((), False),
        (("array Const value=[1.0,2.0,3.0]", "load Assign v array"), True),
        (("p Placeholder", "load Assign v p"), True),
        (("p PlaceholderWithDefault v/read", "load Assign v p"), True),
        (("zeros Const value=[0.0,0.0,0.0]", "load Assign v zeros"), False),
        (("zero Const value=0.0", "load Assign v zero"), False),
        ((*variable("w"), "load Assign v w/read"), False),
        (("p Placeholder", "sum AddV2 v/read p", "load Assign v sum"), False),
        (("p Placeholder", "load AssignAdd v p"), False),
        (("path Const value=b'p'", "r RestoreV2 path path path", "load Assign v r"), False),
    ],
)
def test_what_loads_a_variable_from_elsewhere(lines: tuple[str, ...], *, is_loading: bool) -> None:
    about = graph(*variable("v"), *lines)
    found = Variables(about).loading(number(about, "v"))
    assert found == (number(about, "load") if is_loading else None)


def test_an_array_that_a_variable_starts_at_is_not_loaded() -> None:
    about = graph(*variable("v", "Const value=[1.0,2.0,3.0]"))
    assert Variables(about).loading(number(about, "v")) is None
    assert Variables(about).loading(number(about, "v/read")) is None
    declared = graph("array Const value=[1.0,2.0,3.0]", "v VariableV2 shape=(3,)", "first Assign v array")
    assert Variables(declared, {"v": "first"}).loading(number(declared, "v")) is None
