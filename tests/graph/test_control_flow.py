from __future__ import annotations

import pytest

from bnlint.graph.control_flow import Gates, is_learning_phase, source
from bnlint.graph.graph import Graph
from tests.graph.build import graph, number, output

COND = (
    "p Placeholder",
    "x Placeholder",
    "cond/switch Switch p p",
    "cond/pivot_t Identity cond/switch:1",
    "cond/pivot_f Identity cond/switch",
    "cond/pred Identity p",
    "cond/x Switch x cond/pred",
    "then Neg cond/x:1",
    "then/const Const ^cond/pivot_t",
    "else Exp cond/x",
    "else/const Const ^cond/pivot_f",
    "cond/Merge Merge else then",
    "after Neg cond/Merge",
)
NESTED = (
    *COND,
    "q Placeholder",
    "inner/q Switch q cond/pred",
    "inner/x Switch then inner/q:1",
    "inner/then Neg inner/x:1",
    "inner/else Exp inner/x",
    "inner/Merge Merge inner/else inner/then",
)
NEGATED = (
    "p Placeholder",
    "not LogicalNot p",
    "not2 LogicalNot not",
    "a Switch p not",
    "b Switch p not2",
    "y Pack a:1",
)


def gates(about: Graph, name: str) -> str:
    """Return the gates of a node such as ``p -q``: it runs only where p is true and q is false."""
    found = Gates(about).of(number(about, name))
    return " ".join(sorted(("" if g.branch else "-") + about.nodes[g.predicate.node].name for g in found))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x", ""),
        ("cond/x", ""),
        ("then", "p"),
        ("else", "-p"),
        ("then/const", "p"),
        ("else/const", "-p"),
        ("cond/Merge", ""),
        ("after", ""),
        ("inner/x", "p"),
        ("inner/then", "p q"),
        ("inner/else", "-q p"),
        ("inner/Merge", "p"),
    ],
)
def test_gates_of_a_cond_and_of_one_within_it(name: str, expected: str) -> None:
    assert gates(graph(*NESTED), name) == expected


def test_the_order_of_questions_does_not_matter() -> None:
    built = graph(*NESTED)
    forwards, backwards = Gates(built), Gates(built)
    known = [forwards.of(n) for n in range(len(built))]
    assert known == [backwards.of(n) for n in reversed(range(len(built)))][::-1]
    assert known == [Gates(built).of(n) for n in range(len(built))]


@pytest.mark.parametrize(("name", "expected"), [("y", "-p"), ("a", ""), ("b", "")])
def test_logical_not_is_seen_through(name: str, expected: str) -> None:
    assert gates(graph(*NEGATED), name) == expected


def test_two_negations_are_none() -> None:
    assert gates(graph(*NEGATED, "z Neg b:1"), "z") == "p"


def test_a_merge_needs_only_what_all_its_inputs_need() -> None:
    built = graph(
        *COND, "q Placeholder", "deep/x Switch then q", "t Neg deep/x:1", "f Neg deep/x", "u Exp cond/x:1",
        "deep/Merge Merge t u",
    )  # fmt: skip
    assert gates(built, "t") == "p q"
    assert gates(built, "deep/Merge") == "p"


def test_a_control_edge_gates_a_merge_too() -> None:
    assert gates(graph(*COND, "late Merge x x ^cond/pivot_t"), "late") == "p"


def test_reference_switches_gate_as_well() -> None:
    built = graph("p Placeholder", "v VariableV2", "s RefSwitch v p", "a Assign s:1 v", "m RefMerge a s")
    assert gates(built, "a") == "p"
    assert gates(built, "m") == ""


def loop(enter: str) -> tuple[str, ...]:
    return (
        f"loop/enter Enter {enter}",
        "loop/merge Merge loop/enter loop/next",
        "loop/less Less loop/merge loop/merge",
        "loop/cond LoopCond loop/less",
        "loop/switch Switch loop/merge loop/cond",
        "loop/body Neg loop/switch:1",
        "loop/next NextIteration loop/body",
        "loop/exit Exit loop/switch",
        "loop/after Neg loop/exit",
    )


@pytest.mark.parametrize("name", ["merge", "switch", "body", "next", "exit", "after"])
def test_a_loop_does_not_gate_its_own_body(name: str) -> None:
    assert gates(graph("x Const", *loop("x")), f"loop/{name}") == ""


@pytest.mark.parametrize("name", ["enter", "merge", "switch", "body", "next", "exit", "after"])
@pytest.mark.parametrize("first", ["merge", "body", "next", "after"])
def test_a_loop_within_a_branch_is_gated_like_the_branch(name: str, first: str) -> None:
    built = graph(*COND, *loop("then"))
    found = Gates(built)
    found.of(number(built, f"loop/{first}"))
    assert [built.nodes[g.predicate.node].name for g in found.of(number(built, f"loop/{name}"))] == ["p"]


def test_a_cond_within_a_loop_is_gated_by_its_own_predicate() -> None:
    built = graph("p Placeholder", "x Const", *loop("x"), "s Switch loop/body p", "then Neg s:1")
    assert gates(built, "then") == "p"


def test_a_merge_that_nothing_enters_is_gated_by_what_it_waits_for() -> None:
    assert gates(graph(*COND, "m Merge ^cond/pivot_t"), "m") == "p"
    assert gates(graph(*COND, "m Merge n", "n NextIteration m"), "m") == ""


def test_a_long_chain_needs_no_recursion() -> None:
    built = graph(*COND, "n0 Neg then", *(f"n{k} Neg n{k - 1}" for k in range(1, 5000)))
    assert gates(built, "n4999") == "p"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v", "v"),
        ("read", "v"),
        ("s:1", "v"),
        ("enter", "v"),
        ("stop", "v"),
        ("many:1", "w"),
        ("many", "v"),
        ("cast", "cast"),
        ("computed", "computed"),
    ],
)
def test_source(text: str, expected: str) -> None:
    built = graph(
        "v VariableV2",
        "w VariableV2",
        "p Placeholder",
        "read Identity v",
        "s Switch read p",
        "enter Enter s:1",
        "stop StopGradient enter",
        "many IdentityN stop w",
        "cast Cast v",
        "computed Neg v",
    )
    assert built.nodes[source(built, output(built, text)).node].name == expected


PHASES = graph(
    "keras_learning_phase/input Const value=False",
    "keras_learning_phase PlaceholderWithDefault keras_learning_phase/input",
    "scope/keras_learning_phase_1 PlaceholderWithDefault keras_learning_phase/input",
    "is_training PlaceholderWithDefault keras_learning_phase/input",
    "fed Placeholder",
    "read Identity keras_learning_phase",
    "cast Cast keras_learning_phase",
    "both LogicalAnd fed cast",
    "not LogicalNot both",
    "equal Equal fed fed",
    "computed Mul keras_learning_phase fed",
    "keras_learning_phase/scope/other PlaceholderWithDefault keras_learning_phase/input",
    "keras_learning_phase_const Const value=True",
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("keras_learning_phase", True),
        ("scope/keras_learning_phase_1", True),
        ("read", True),
        ("cast", True),
        ("both", True),
        ("not", True),
        ("is_training", False),
        ("fed", False),
        ("equal", False),
        ("computed", False),
        ("keras_learning_phase/scope/other", False),
        ("keras_learning_phase_const", False),
        ("keras_learning_phase/input", False),
    ],
)
def test_learning_phase(name: str, *, expected: bool) -> None:
    assert is_learning_phase(PHASES, output(PHASES, name)) is expected


def test_a_cycle_of_predicates_ends() -> None:
    built = graph("a LogicalAnd b b", "b LogicalOr a a", "c LogicalNot c")
    assert not is_learning_phase(built, output(built, "a"))
    assert not is_learning_phase(built, output(built, "c"))
