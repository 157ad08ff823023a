"""Every op that calls functions, by what becomes of a body that moves a variable."""

from __future__ import annotations

import pytest

from bnlint.graph.control_flow import Gates, is_in_loop, source
from bnlint.graph.functions import Function, FunctionName, Placeholder
from bnlint.graph.graph import Graph, Node
from bnlint.graph.inline import inline
from bnlint.graph.sweep import ancestors
from bnlint.graph.variables import Variables, variable_of
from tests.graph.build import flat, function, node, number, output, resource

BASE = ("x Placeholder", "p Placeholder", "q Placeholder", "i Placeholder", "w Placeholder", *resource("v"))
MOVE = function("move v x -> y=Neg:y:0 ^up", "up AssignAddVariableOp v x", "Neg Neg x")
IN_VAIN = function("move v x -> y=Neg:y:0", "up AssignAddVariableOp v x", "Neg Neg x")
WAITED = function("move v x -> y=Neg:y:0", "up AssignAddVariableOp v x", "Neg Neg x ^up")
SKIP = function("skip v x -> y=Exp:y:0", "Exp Exp x")
LESS = function("less v x -> z=Less:z:0", "ten Const value=10", "Less Less x ten:output:0")
TURN = function("turn v x -> v_out=v y=Neg:y:0 ^up", "up AssignAddVariableOp v x", "Neg Neg x")
VAIN_TURN = function("turn v x -> v_out=v y=Neg:y:0", "up AssignAddVariableOp v x", "Neg Neg x")
IF = "then_branch='move' else_branch='skip'"
WHILE = "cond='less' body='turn'"


def gates(about: Graph, name: str) -> str:
    """Return the gates of a node such as ``p -q``: it runs only where p is true and q is false."""
    found = Gates(about).of(number(about, name))
    return " ".join(sorted(("" if g.branch else "-") + about.nodes[g.predicate.node].name for g in found))


def needs(about: Graph, name: str, other: str) -> bool:
    return number(about, other) in ancestors(about, [number(about, name)])


CALLS = {
    "call PartitionedCall v x f='move'": "call/move/up",
    "call StatefulPartitionedCall v x f='move'": "call/move/up",
    "call TPUPartitionedCall v x i f='move'": "call/move/up",
    "call RemoteCall i v x f='move'": "call/move/up",
    "call BatchFunction v x f='move'": "call/move/up",
    "call XlaLaunch v x function='move'": "call/move/up",
    "call move v x": "call/move/up",
    f"call If p v x {IF}": "call/move/up",
    f"call StatelessIf p v x {IF}": "call/move/up",
    "call Case i v x branches=('skip','move')": "call/move/up",
    "call StatelessCase i v x branches=('move','skip')": "call/move/up",
    f"call While v x {WHILE}": "call/turn/up",
    f"call StatelessWhile v x {WHILE}": "call/turn/up",
}


@pytest.mark.parametrize(("call", "update"), CALLS.items(), ids=lambda text: " ".join(text.split()[1:2]))
def test_who_needs_a_call_needs_what_its_body_moves(call: str, update: str) -> None:
    last = 1 if "While" in call else 0
    lines = (*BASE, call, f"data Neg call:{last}", "waiting NoOp ^call", "aside Neg x")
    built = flat(lines, MOVE, SKIP, LESS, TURN)
    assert needs(built, "data", update)
    assert needs(built, "waiting", update)
    assert not needs(built, "aside", update)
    (assignment,) = [a for a in Variables(built).assignments[number(built, "v")] if a.op == "AssignAddVariableOp"]
    assert built.nodes[assignment.number].name == update
    assert variable_of(built, built.data[assignment.number][0]) == number(built, "v")
    assert is_in_loop(built, assignment.number) == ("While" in call)


@pytest.mark.parametrize(
    ("call", "library"),
    [
        ("call StatefulPartitionedCall v x f='move'", (IN_VAIN,)),
        (f"call If p v x {IF}", (IN_VAIN, SKIP)),
        (f"call While v x {WHILE}", (LESS, VAIN_TURN)),
    ],
)
def test_what_a_body_moves_in_vain_is_there_and_nobody_needs_it(call: str, library: tuple[Function, ...]) -> None:
    built = flat((*BASE, call, "data Neg call:1"), *library)
    (update,) = [node.name for node in built.nodes if node.op == "AssignAddVariableOp"]
    assert not needs(built, "data", update)
    assert not needs(built, "call", update)


def test_a_defun_runs_whatever_changes_a_variable() -> None:
    assert needs(flat((*BASE, "call move v x"), IN_VAIN), "call", "call/move/up")


@pytest.mark.parametrize("body", [MOVE, WAITED])
def test_outputs_of_a_call_are_seen_through(body: Function) -> None:
    built = flat((*BASE, "call StatefulPartitionedCall v x f='move'", "y Identity call"), body)
    assert source(built, output(built, "y")) == output(built, "call/move/Neg")
    assert source(built, output(built, "call")) == output(built, "call/move/Neg")


def test_an_argument_that_is_returned_is_the_input() -> None:
    pair = function("pair a b -> first=b second=a third=b")
    built = flat((*BASE, "call PartitionedCall x p f='pair'", "y Identity call:2"), pair)
    assert source(built, output(built, "y")) == output(built, "p")
    assert source(built, output(built, "call:1")) == output(built, "x")


def test_who_reads_a_call_reads_what_it_returns() -> None:
    """Arithmetic is also followed forwards, where an IdentityN would mix up its outputs."""
    two = function("two x -> y=Neg:y:0 z=Exp:y:0", "Neg Neg x", "Exp Exp x")
    built = flat((*BASE, "call PartitionedCall x f='two'", "y Pack call call:0 call:1"), two)
    neg, exp = output(built, "call/two/Neg"), output(built, "call/two/Exp")
    assert built.data[number(built, "y")] == (neg, neg, exp)


def test_a_call_that_waits_holds_up_all_of_its_body() -> None:
    lone = function("lone x -> y=Neg:y:0 z=x ^c", "Neg Neg x", "c Const value=1")
    built = flat((*BASE, "before NoOp", "call PartitionedCall x ^before f='lone'", "z Neg call:1"), lone)
    assert all(needs(built, name, "before") for name in ("call/lone/Neg", "call/lone/c", "call", "z"))
    through = function("lone x -> y=x")
    built = flat((*BASE, "before NoOp", "call PartitionedCall x ^before f='lone'", "z Neg call"), through)
    assert needs(built, "z", "before")


NESTED = function("nested q v x -> y=inner:output:0", f"inner If q v x {IF}")
CALLING = function("calling q v x -> y=inner:output:0 ^inner", "inner StatefulPartitionedCall v x f='move'")
LONELY = function("lonely q v x -> y=inner:output:0", "inner PartitionedCall f='one'")
ONE = function("one -> y=c:output:0", "c Const value=1")
ELSE = function("other q v x -> y=c:output:0", "c Const value=2")


def branches(body: str) -> tuple[str, ...]:
    return (*BASE, f"call If p q v x then_branch='{body}' else_branch='other'", "after Neg call")


@pytest.mark.parametrize(
    ("body", "name", "expected"),
    [
        ("nested", "call/other/c", "-p"),
        ("nested", "call/nested/inner/move/up", "p q"),
        ("nested", "call/nested/inner/skip/Exp", "-q p"),
        ("nested", "call/nested/inner", "p"),
        ("nested", "call", ""),
        ("nested", "after", ""),
        ("calling", "call/calling/inner/move/up", "p"),
        ("calling", "call/calling/inner/move/Neg", "p"),
        ("calling", "call/executed", ""),
        ("lonely", "call/lonely/inner/one/c", "p"),
        ("lonely", "after", ""),
    ],
)
def test_gates_are_those_of_a_v1_cond(body: str, name: str, expected: str) -> None:
    built = flat(branches(body), NESTED, CALLING, LONELY, ONE, ELSE, MOVE, SKIP)
    assert gates(built, name) == expected


def test_branches_of_a_case_exclude_each_other() -> None:
    third = function("third v x -> y=Tanh:y:0", "Tanh Tanh x")
    lines = (*BASE, "call Case i v x branches=('move','skip','third')", "after Neg call")
    built = flat(lines, MOVE, SKIP, third)
    assert gates(built, "call/move/up") == "call/is_0"
    assert gates(built, "call/skip/Exp") == "-call/is_0 call/is_1"
    assert gates(built, "call/third/Tanh") == "-call/is_0 -call/is_1"
    assert gates(built, "after") == ""


def test_a_case_of_one_branch_is_a_call() -> None:
    built = flat((*BASE, "call Case i v x branches=('move',)"), MOVE)
    assert gates(built, "call/move/up") == ""
    assert needs(built, "call", "call/move/up")


def test_a_cond_in_a_loop_is_gated_by_its_predicate_only() -> None:
    turn = function(
        "turn v x p -> v_out=v y=inner:output:0 p_out=same:output:0", f"inner If p v x {IF}", "same Identity p"
    )
    less = function("less v x p -> z=Less:z:0", "ten Const value=10", "Less Less x ten:output:0")
    built = flat((*BASE, f"call While v x p {WHILE}", "after Neg call:1"), turn, less, MOVE, SKIP)
    assert gates(built, "call/turn/inner/move/up") == "p"
    assert gates(built, "call/turn/inner/skip/Exp") == "-p"
    assert gates(built, "after") == ""
    assert needs(built, "after", "call/turn/inner/move/up")
    assert is_in_loop(built, number(built, "call/turn/inner/move/up"))
    assert source(built, output(built, "call:2")) == output(built, "p")


def test_a_loop_without_variables_runs_its_body() -> None:
    less = function("less v -> z=read:value:0", "read ReadVariableOp v")
    turn = function("turn v -> w=v ^up", "one Const value=1", "up AssignAddVariableOp v one:output:0")
    built = flat((*BASE, f"call While v {WHILE}", "after NoOp ^call"), less, turn)
    assert needs(built, "after", "call/turn/up")
    assert needs(built, "call/turn/one", "call/condition")


@pytest.mark.parametrize(
    "turn",
    [
        TURN,
        function("turn v x -> v_out=v y=same:output:0", "up AssignAddVariableOp v x", "same Identity x ^up"),
        function("turn v x -> v_out=v y=x ^up", "up AssignAddVariableOp v x"),
    ],
)
def test_the_next_turn_and_the_end_of_a_loop_wait_for_its_body(turn: Function) -> None:
    built = flat((*BASE, f"call While v x {WHILE}", "after Neg call:1"), LESS, turn)
    assert needs(built, "after", "call/turn/up")
    assert needs(built, "call/condition", "call/turn/up") == (turn.returns["y"] != "x")


def test_names_that_are_taken_are_not_given_again() -> None:
    twice = function("twice -> y=c:output:0", "c Const value=1")
    lines = (*BASE, "call If p then_branch='twice' else_branch='twice'", "call/twice/c NoOp", "call/pivot NoOp")
    built = flat(lines, twice)
    assert [n.name for n in built.nodes if "twice/c" in n.name] == ["call/twice/c_1", "call/twice/c_2", "call/twice/c"]
    assert gates(built, "call/twice/c_1") == "p"
    assert gates(built, "call/twice/c_2") == "-p"


PORTS = function(
    "ports x -> mean=bn:batch_mean:0 tensors=b:output:0 last=inner:y:0",
    "bn FusedBatchNormV3 x x x x x",
    "a Unique x",
    "b Pack a:y:1 a:idx:0 a:idx:1 a:z:0 a:y",
    "inner two x",
)
TWO = function("two x -> x_out=x y=Neg:y:0", "Neg Neg x")


def test_output_arguments_become_ports() -> None:
    built = flat(("x Placeholder", "call PartitionedCall x f='ports'", "z two x"), PORTS, TWO)
    assert source(built, output(built, "call")) == output(built, "call/ports/bn:1")
    assert source(built, output(built, "call:2")) == output(built, "call/ports/inner/two/Neg")
    assert len(set(built.data[number(built, "call/ports/b")])) == 5, "different outputs are different tensors"


def test_an_argument_may_be_a_list() -> None:
    several = function("several a *b c -> y=Neg:y:0 z=c w=b:1", "Neg Neg b:0")
    built = flat(("x Placeholder", "y Placeholder", "call several x y x y y f='several'"), several)
    assert [built.nodes[source(built, output(built, f"call:{k}")).node].name for k in (1, 2)] == ["y", "x"]
    assert source(built, built.data[number(built, "call/several/Neg")][0]) == output(built, "y")


def test_only_what_the_roots_need_is_inlined() -> None:
    lines = (*BASE, "a PartitionedCall v x f='move'", "b PartitionedCall v x f='move'", "c Neg a", "d NoOp ^b ^c")
    assert [n.op for n in flat(lines, MOVE, roots="c nothing").nodes if n.name in "ab"] == [
        "IdentityN",
        "PartitionedCall",
    ]
    assert [n.op for n in flat(lines, MOVE, roots="d").nodes if n.name in "ab"] == ["IdentityN", "IdentityN"]


def test_what_nobody_needs_is_left_out_unless_a_collection_names_it() -> None:
    body = function("move v x -> y=Neg:y:0", "dead Tanh x", "named NoOp ^before", "before NoOp", "Neg Neg x")
    lines = (*BASE, "call PartitionedCall v x f='move'", "again PartitionedCall v x f='move'")
    plain = inline(map(node, lines), [body])
    assert not [n for n in plain.nodes if "/dead" in n.name or "/named" in n.name]
    found = inline(map(node, lines), [body], named=["named", "x", "nowhere"])
    assert found.copies == {"named": ["call/move/named", "again/move/named"]}
    assert {"call/move/before", "again/move/named"} <= {n.name for n in found.nodes}
    uncalled = inline(map(node, BASE), [body], named=["named"])
    assert uncalled.copies == {"named": []}


def test_placeholders_of_attributes_are_filled_in() -> None:
    bn = Node("bn", "Training", ("x",), {"is_training": Placeholder("mode"), "epsilon": 0.5, "T": Placeholder("T")})
    body = Function("f", ("x",), ("y",), (bn,), {"y": "bn:y:0"})
    call = Node("call", "PartitionedCall", ("x",), {"f": FunctionName("f", {"mode": False})})
    built = Graph(inline([node("x Placeholder"), call], [body]).nodes)
    assert dict(built.nodes[number(built, "call/f/bn")].attributes) == {"is_training": False, "epsilon": 0.5, "T": None}
