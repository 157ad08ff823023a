"""Libraries that no TensorFlow wrote: what is no function is said in one line, what cannot be inlined stays a call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnlint.graph import flat as flat_nodes
from bnlint.graph.control_flow import Gates
from bnlint.graph.functions import CALLS, Function
from bnlint.graph.graph import Graph, GraphError, Node
from bnlint.graph.inline import inline
from bnlint.graph.variables import Variables
from tests.graph.build import flat, function

NEG = "Neg Neg x"
ONE = function("one x -> y=Neg:y:0", NEG)
CALL = ("x Placeholder", "call PartitionedCall x f='one'")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (function("one x -> y=Exp:y:0", NEG), "function 'one' has no node 'Exp'"),
        (function("one x -> y=:0", NEG), "function 'one' has no node ''"),
        (function("one x -> y=Neg:y:0 ^up", NEG), "function 'one' has no node 'up'"),
        (function("one x -> y=Neg:y:-1", NEG), "function 'one' has no tensor 'Neg:y:-1'"),
        (function("one x -> y=Neg:y:" + "9" * 5000, NEG), "function 'one' has no tensor 'Neg:y:99"),
        (function("one x -> y=Neg:y:0", "Neg Neg z"), "function 'one' has no node 'z', needed by its node 'Neg'"),
        (function("one x -> y=Neg:y:0", "Neg Neg x ^z"), "function 'one' has no node 'z', needed by its node 'Neg'"),
        (function("one x -> y=s:wrong:0", "s Switch x x"), "function 'one' reads the output 'wrong' of a Switch op"),
        (function("one x -> y=Neg:y:0", NEG, NEG), "function 'one' has two nodes or arguments of one name"),
        (function("one x x -> y=Neg:y:0", NEG), "function 'one' has two nodes or arguments of one name"),
        (function("one -> y=Neg:y:0", "Neg Const"), "node 'call' gives the function 'one' 1 inputs, expected 0"),
        (function("one x z -> y=Neg:y:0", NEG), "node 'call' gives the function 'one' 1 inputs, expected 2"),
        (function("one *x -> y=Neg:y:0", "Neg Neg x:1"), "node 'call' gives the function 'one' 1 inputs, expected 2"),
        (ONE._replace(returns={}), "function 'one' does not say what it returns as 'y'"),
    ],
)
def test_a_function_that_leads_nowhere_is_named(body: Function, message: str) -> None:
    with pytest.raises(GraphError) as raised:
        flat(CALL, body)
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("call If then_branch='one' else_branch='one'", "node 'call' (If) has no inputs, expected a predicate"),
        ("call Case branches=('one','one')", "node 'call' (Case) has no inputs, expected a branch index"),
        ("call If x x then_branch='one' else_branch='gone'", "node 'call' has branches that return 1 and 0 tensors"),
        ("call While x cond='one' body='gone'", "node 'call' loops over 1 tensors, and its body 'gone' returns 0"),
        ("call While x cond='gone' body='one'", "node 'call' has the condition 'gone', which returns no predicate"),
    ],
)
def test_a_call_that_does_not_fit_is_named(call: str, message: str) -> None:
    with pytest.raises(GraphError) as raised:
        flat(("x Placeholder", call), ONE, function("gone x ->", "c NoOp"))
    assert str(raised.value) == message


def test_two_functions_of_one_name_are_told() -> None:
    with pytest.raises(GraphError, match="two functions are called 'one'"):
        flat(CALL, ONE, ONE)


@pytest.mark.parametrize(
    "call",
    [
        "call PartitionedCall x f='absent'",
        "call PartitionedCall x",
        "call PartitionedCall x f=7",
        "call If x x then_branch='one'",
        "call If x x then_branch='one' else_branch='absent'",
        "call While x cond='one'",
        "call Case x branches=(1,2)",
        "call Case x branches=()",
        "call SymbolicGradient x f='one'",
        "call MapDataset x f='one'",
        "call PartitionedCall x f='listed'",
    ],
)
def test_what_cannot_be_inlined_stays_a_call(call: str) -> None:
    listed = function("listed x -> y=Neg:y", NEG)._replace(lists=frozenset({"y"}))
    built = flat(("x Placeholder", call, "y Identity call:1"), ONE, listed)
    assert [node.name for node in built.nodes] == ["x", "call", "y"]
    assert built.nodes[1].op == call.split()[1]
    assert [output.node for output in built.data[1]] == [0] * len(built.data[1])


def test_recursion_ends_where_it_begins_again() -> None:
    even = function("even x -> y=odd:output:0", "odd StatefulPartitionedCall x f='odd'")
    odd = function("odd x -> y=even:output:0", "even StatefulPartitionedCall x f='even'")
    built = flat(("x Placeholder", "call PartitionedCall x f='even'"), even, odd)
    opaque = [node.name for node in built.nodes if node.op == "StatefulPartitionedCall"]
    assert opaque == ["call/even/odd/odd/even"]


def test_calls_within_calls_end_somewhere() -> None:
    chain = [function(f"f{k} x -> y=c:output:0", f"c PartitionedCall x f='f{k + 1}'") for k in range(500)]
    built = flat(("x Placeholder", "call PartitionedCall x f='f0'"), *chain, function("f500 x -> y=x"))
    assert [node.op for node in built.nodes].count("PartitionedCall") == 1
    assert max(len(node.name) for node in built.nodes) < 1000


def doubling(depth: int) -> list[Function]:
    lines = [(f"a PartitionedCall x f='f{k + 1}'", f"b PartitionedCall a:output:0 f='f{k + 1}'") for k in range(depth)]
    return [function(f"f{k} x -> y=b:output:0", *pair) for k, pair in enumerate(lines)]


def test_functions_that_make_too_many_nodes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flat_nodes, "MOST_NODES", 10_000)
    lines, last = ("x Placeholder", "call PartitionedCall x f='f0'"), ONE._replace(name="f40")
    with pytest.raises(GraphError, match=r"^expected the functions to make at most 10000 nodes when all calls"):
        flat(lines, *doubling(40), last)
    assert len(flat(lines, *doubling(10), ONE._replace(name="f10"))) > 2**10


@pytest.mark.parametrize("size", ["name", "inputs"])
def test_long_names_and_many_inputs_count_too(size: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flat_nodes, "MOST_NODES", 1000)
    wide = f"{'n' * 5000 if size == 'name' else 'n'} Pack {'x ' * (1000 if size == 'inputs' else 1)}"
    body = function("one x -> y=x", "up AssignAddVariableOp x x ^" + wide.split(maxsplit=1)[0], wide)
    with pytest.raises(GraphError, match="at most 1000 nodes"):
        flat(("x Placeholder", *(f"c{k} PartitionedCall x f='one'" for k in range(60))), body)


_NAMES = st.sampled_from(["a", "b", "c", "x", "f", "g", ""])
_TEXTS = st.one_of(
    _NAMES,
    st.builds("{}:{}:{}".format, _NAMES, st.sampled_from(["output", "y", ""]), st.integers(-1, 3)),
    st.builds("{}:{}".format, _NAMES, st.integers(-1, 3)),
    st.builds("^{}".format, _NAMES),
)
_OPS = st.sampled_from(
    [*CALLS, "f", "g", "Switch", "Merge", "Neg", "Identity", "AssignAddVariableOp", "Const", "Enter"]
)
_CALLED = st.one_of(_NAMES, st.lists(_NAMES, max_size=3).map(tuple), st.integers())
_NODES = st.builds(
    Node,
    _NAMES,
    _OPS,
    st.lists(_TEXTS, max_size=4),
    st.fixed_dictionaries({}, optional={a: _CALLED for names in CALLS.values() for a in names}),
)


@st.composite
def functions(draw: st.DrawFn) -> Function:
    arguments, results = (tuple(draw(st.lists(_NAMES, max_size=3))) for _ in range(2))
    return Function(
        name=draw(_NAMES),
        arguments=arguments,
        results=results,
        nodes=tuple(draw(st.lists(_NODES, max_size=5))),
        returns=draw(st.dictionaries(_NAMES, _TEXTS, max_size=3))
        if draw(st.booleans())
        else dict.fromkeys(results, "a"),
        control_returns=draw(st.dictionaries(_NAMES, _NAMES, max_size=2)),
        lists=frozenset(draw(st.lists(_NAMES, max_size=1))),
    )


@given(st.lists(_NODES, max_size=6), st.lists(functions(), max_size=4))
def test_any_library_is_a_graph_or_one_clear_error(nodes: Sequence[Node], library: Sequence[Function]) -> None:
    try:
        built = Graph(inline(nodes, library).nodes)
    except GraphError:
        return
    walked(built)


MODEL = (
    "x Placeholder",
    "v VarHandleOp",
    "call If x v x then_branch='yes' else_branch='no'",
    "loop While v call cond='less' body='turn'",
    "last no v loop:1 ^call",
)
LIBRARY = (
    function("yes v x -> y=inner:output:0 ^up", "inner PartitionedCall x f='one'", "up AssignAddVariableOp v x"),
    function("no v x -> y=Neg:y:0", NEG),
    function("less v x -> z=Less:z:0", "Less Less x x"),
    function("turn v x -> w=v y=no:y:0", "no no v x"),
    ONE,
)


@given(st.data())
def test_a_library_with_one_thing_changed_is_a_graph_or_one_clear_error(data: st.DataObject) -> None:
    which = data.draw(st.integers(0, len(LIBRARY) - 1))
    body = LIBRARY[which]
    change: dict[str, Any] = data.draw(
        st.one_of(
            st.fixed_dictionaries({"name": st.sampled_from(["yes", "no", "less", "turn", "one", "lost"])}),
            st.fixed_dictionaries({"arguments": st.lists(_NAMES, max_size=3).map(tuple)}),
            st.fixed_dictionaries({"results": st.lists(_NAMES, max_size=2).map(tuple)}),
            st.fixed_dictionaries({"returns": st.dictionaries(st.sampled_from(body.results), _TEXTS, min_size=1)}),
            st.fixed_dictionaries({"nodes": st.lists(_NODES, max_size=3).map(lambda n: (*body.nodes, *n))}),
        )
    )
    library = [body._replace(**change) if k == which else f for k, f in enumerate(LIBRARY)]
    try:
        built = flat(MODEL, *library)
    except GraphError:
        return
    walked(built)


def walked(built: Graph) -> None:
    """Ask what everything above asks of a graph: nothing raises, nothing hangs."""
    gates = Gates(built)
    for number in range(len(built)):
        gates.of(number)
    Variables(built)
