from __future__ import annotations

import pytest

from bnlint.graph.graph import Graph
from tests.graph.build import graph, resource, variable
from tests.layers.build import PREDICATE, X, average, moments, updates

BASE = (*X, *PREDICATE, *variable("v"), *moments(), "keep Const value=0.9", "one Const value=1.0", "zero Const value=0")
FUSED = "f FusedBatchNormV3 x axis axis axis axis"
INFERRED = "FusedBatchNormV3 x axis axis v/read v/read is_training=False"

CHOSEN = (
    "k Switch keep p; o Switch one p; c Merge o k:1; r2 Sub one c; d Sub v/read m/mean; e Mul d r2; a AssignSub v e"
)

VECTORS = "pv Reshape p axis; k ExpandDims rate axis; o ExpandDims zero axis"
"""What TensorFlow 1.4 makes of a predicate and the numbers that it chooses from: vectors of length 1."""

MOMENTA: dict[str, float | None] = {
    "d Sub v/read m/mean; e Mul d rate; a AssignSub v e": 0.9,
    "d Sub v/read m/mean; e Mul rate d; a AssignSub v e": 0.9,
    "d Sub m/mean v/read; e Mul d rate; a AssignAdd v e": 0.9,
    "c Sub one keep; d Sub v/read m/mean; e Mul d c; a AssignSub v e": 0.9,
    "c Cast rate; d Sub v/read m/mean; e Mul d c; a AssignSub v e": 0.9,
    "d Sub v/read m/mean; e Mul d zero; a AssignSub v e": 1.0,
    "d Sub v/read m/mean; e Mul d one; a AssignSub v e": 0.0,
    "a1 Mul v/read keep; a2 Mul m/mean rate; s2 Add a1 a2; a Assign v s2": 0.9,
    "a1 Mul m/mean rate; a2 Mul v/read keep; s2 AddV2 a1 a2; a Assign v s2": 0.9,
    "a1 Mul keep v/read; c Sub one keep; a2 Mul c m/mean; s2 Add a1 a2; a Assign v s2": 0.9,
    "d Sub m/mean v/read; e Mul d rate; n Add v/read e; a Assign v n": 0.9,
    "d Sub v/read m/mean; e Mul d rate; n Sub v/read e; a Assign v n": 0.9,
    f"{FUSED} exponential_avg_factor=0.1; a Assign v f:1": 0.9,
    f"{FUSED}; a Assign v f:1": 0.0,
    f"{FUSED} exponential_avg_factor=0.1; i {INFERRED}; c Merge f:1 i:1; a Assign v c": 0.9,
    f"{FUSED} exponential_avg_factor=0.1; i {INFERRED}; c Merge i:1 f:1; a Assign v c": 0.9,
    # a predicate chooses
    "c Select p keep one; r2 Sub one c; d Sub v/read m/mean; e Mul d r2; a AssignSub v e": 0.9,
    "c Select p one keep; r2 Sub one c; d Sub v/read m/mean; e Mul d r2; a AssignSub v e": 0.9,
    CHOSEN: 0.9,
    f"{VECTORS}; c Select pv k o; q Squeeze c; d Sub v/read m/mean; e Mul d q; a AssignSub v e": 0.9,
    f"{VECTORS}; c Select pv o k; q Squeeze c; d Sub v/read m/mean; e Mul d q; a AssignSub v e": 0.9,
    "d Sub v/read m/mean; e Mul d rate; z Merge e zero; a AssignSub v z": 0.9,
    # not a constant
    "e Add m/mean n; m2 Merge e n; n NextIteration m2; a AssignSub v m2": None,
    "a Assign v m/mean": None,
    "q Placeholder; d Sub v/read m/mean; e Mul d q; a AssignSub v e": None,
    "d Sub v/read m/mean; e Mul d w/read; a AssignSub v e": None,
    "c Sub one w/read; d Sub v/read m/mean; e Mul d c; a AssignSub v e": None,
    "q Placeholder; c Select p keep q; d Sub v/read m/mean; e Mul d c; a AssignSub v e": None,
    "c Const value=[0.1,0.2]; d Sub v/read m/mean; e Mul d c; a AssignSub v e": None,
}


@pytest.mark.parametrize(("lines", "expected"), MOMENTA.items(), ids=MOMENTA)
def test_momentum(lines: str, expected: float | None) -> None:
    built = graph(*BASE, variable("w", "Const value=0.1", "()"), *lines.split("; "))
    (found,) = updates(built, "v")
    assert found.momentum == expected
    assert found.origin.is_batch


def merged(on: str, off: str) -> Graph:
    """Return the update of a fused layer with a placeholder ``training``: its decay is chosen by a tf.cond."""
    return graph(
        *BASE,
        f"then Const value={on} ^on",
        f"else Const value={off} ^off",
        "decay Merge else then",
        "r2 Sub one decay",
        average("a", "v", "m/mean", "r2"),
    )


def gates(about: Graph) -> str:
    (found,) = updates(about, "v")
    return " ".join(sorted(("" if g.branch else "-") + about.nodes[g.predicate.node].name for g in found.gates))


@pytest.mark.parametrize(
    ("on", "off", "momentum", "gated"),
    [(0.9, 1.0, 0.9, "p"), (1.0, 0.9, 0.9, "-p"), (1.0, 1.0, 1.0, ""), (0.9, 0.8, 0.8, ""), (0.9, 0.9, 0.9, "")],
)
def test_a_momentum_that_becomes_1_gates_the_update(on: float, off: float, momentum: float, gated: str) -> None:
    built = merged(repr(on), repr(off))
    (found,) = updates(built, "v")
    assert found.momentum == momentum
    assert gates(built) == gated


@pytest.mark.parametrize(
    ("lines", "gated"),
    [
        ("c Select p keep one; r2 Sub one c; d Sub v/read m/mean; e Mul d r2; a AssignSub v e", "p"),
        ("c SelectV2 p one keep; r2 Sub one c; d Sub v/read m/mean; e Mul d r2; a AssignSub v e", "-p"),
        (CHOSEN, "p"),
        (f"{VECTORS}; c Select pv k o; q Squeeze c; d Sub v/read m/mean; e Mul d q; a AssignSub v e", "p"),
        (f"{VECTORS}; c Select pv o k; q Squeeze c; d Sub v/read m/mean; e Mul d q; a AssignSub v e", "-p"),
        ("no LogicalNot p; c Select no one keep; r2 Sub one c; d Sub v/read m/mean; e Mul d r2; a AssignSub v e", "p"),
        ("d Sub v/read m/mean; e Mul d rate ^on; a AssignSub v e", "p"),
        ("d Sub v/read m/mean; e Mul d rate; a AssignSub v e ^off", "-p"),
        ("sx Switch m/mean p; d Sub v/read sx:1; e Mul d rate; a AssignSub v e", "p"),
        ("sv RefSwitch v p; d Sub v/read m/mean; e Mul d rate; a AssignSub sv:1 e", "p"),
        ("d Sub v/read m/mean; e Mul d rate; a AssignSub v e", ""),
        ("sx Switch m/mean p; a Assign v sx:1", "p"),
        ("sv Switch v/read p; sx Switch m/mean p; c Merge sv sx:1; a Assign v c", "p"),
        ("c Select p v/read m/mean; a Assign v c", "-p"),
        ("c Select p m/mean m/mean; a Assign v c", ""),
    ],
)
def test_predicates_without_which_the_update_does_not_happen(lines: str, gated: str) -> None:
    assert gates(graph(*BASE, *lines.split("; "))) == gated


def test_an_inner_cond_counts_beside_the_outer_one() -> None:
    built = graph(
        *BASE,
        "q Placeholder",
        "sq Switch q p",
        "sq2 Switch sq:1 sq:1",
        "inner Identity sq2:1",
        "then Const value=0.9 ^inner",
        "else Const value=1.0 ^on",
        "decay Merge else then",
        "r2 Sub one decay",
        average("a", "v", "m/mean", "r2"),
    )
    assert gates(built) == "p q"


@pytest.mark.parametrize(
    ("lines", "keeps"),
    [
        ("a Assign v m/mean", False),
        ("d Sub v/read m/mean; e Mul d rate; a AssignSub v e", True),
        ("a1 Mul v/read keep; a2 Mul m/mean rate; s2 Add a1 a2; a Assign v s2", True),
        (f"{FUSED} exponential_avg_factor=0.1; a Assign v f:1", True),
        (f"{FUSED}; a Assign v f:1", False),
    ],
)
def test_whether_the_old_value_is_kept(lines: str, *, keeps: bool) -> None:
    (found,) = updates(graph(*BASE, *lines.split("; ")), "v")
    assert found.keeps_old_value is keeps


@pytest.mark.parametrize(
    ("lines", "is_second"),
    [
        ("a Assign v m/mean", False),
        ("a Assign v m/variance", True),
        ("z Sub x m/mean; zz Mul z z; e2 Sum zz axis; a Assign v e2", True),
        ("sq Mul x x; e2 Mean sq axis; m2 Mul m/mean m/mean; d Sub e2 m2; a Assign v d", True),
        ("z Sub x m/mean; sq Square z; e2 Mean sq axis; a Assign v e2", True),
        ("z Sub x m/mean; sq Square z; c Cast sq; e2 Mean c axis; a Assign v e2", True),
        (f"{FUSED}; a Assign v f:2", True),
        (f"{FUSED}; a Assign v f:1", False),
        ("n Mul m/variance one; a Assign v n", True),
    ],
)
def test_a_variance_averages_squares(lines: str, *, is_second: bool) -> None:
    (found,) = updates(graph(*BASE, *lines.split("; ")), "v")
    assert found.origin.is_batch
    assert found.origin.is_second_moment is is_second


def test_a_fused_op_in_inference_mode_computes_no_moments() -> None:
    (found,) = updates(graph(*BASE, f"{FUSED} is_training=False", "a Assign v f:1"), "v")
    assert not found.origin.is_batch


def test_restores_copies_and_initialisers_are_no_updates() -> None:
    built = graph(*BASE, variable("w"), "r RestoreV2", "a Assign v r", "b Assign v w/read", "c Assign v one")
    assert updates(built, "v") == ()


def test_resource_variables_are_read_alike() -> None:
    built = graph(
        *X, resource("v"), moments(), "d Sub v/read m/mean", "e Mul d rate", "a AssignSubVariableOp v e", "b NoOp ^a"
    )
    (found,) = updates(built, "v")
    assert (found.op, found.momentum) == ("AssignSubVariableOp", 0.9)
