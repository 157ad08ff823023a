from __future__ import annotations

import pytest

from bnlint.graph.graph import Graph, GraphError, Node, Output
from tests.graph.build import graph, number


def test_nodes_are_numbered_in_the_order_given_and_inputs_may_come_later() -> None:
    built = graph("y Mul x x:1 ^c", "x Switch p p", "p Placeholder", "c NoOp")
    assert len(built) == 4
    assert [built.number(name) for name in "yxpc"] == [0, 1, 2, 3]
    assert built.number("z") is None
    assert built.data[0] == (Output(1, 0), Output(1, 1))
    assert built.control[0] == (3,)


def test_a_name_with_a_colon_is_a_name_first() -> None:
    built = Graph([Node("a:1", "Const"), Node("a", "Split"), Node("y", "Pack", ["a:1", "a:0"])])
    assert built.data[2] == (Output(0), Output(1))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["x NoOp", "x NoOp"], "two nodes are called 'x'"),
        (["y Neg x"], "node 'y' has the input 'x', which is no node"),
        (["y NoOp ^x"], "the input '^x', which is no node"),
        (["x NoOp", "y Mul x:one"], "the input 'x:one'"),
        (["x NoOp", "y Mul x:-1"], "the input 'x:-1'"),
        (["x NoOp", "y Mul x:"], "the input 'x:'"),
        (["x NoOp", "ax NoOp", "y NoOp ^x ax"], "node 'y' has the input"),
        (["x NoOp", "y Mul ^x x"], "the input '^x', which is no node"),
        (["x NoOp", "y Mul ^"], "the input '^'"),
        (["y Mul :0"], "the input ':0'"),
        (["x NoOp", "y Mul x"], "node 'y' (Mul) has 1 inputs, expected 2"),
        (["x NoOp", "y Assign x ^x"], "node 'y' (Assign) has 1 inputs, expected 2"),
        (["y Identity"], "node 'y' (Identity) has 0 inputs, expected 1"),
        (["x NoOp", "y FusedBatchNormV3 x x x x"], "node 'y' (FusedBatchNormV3) has 4 inputs, expected 5"),
        (["x NoOp", "y SelectV2 x x"], "expected 3"),
    ],
)
def test_what_is_no_graph_is_refused(lines: list[str], message: str) -> None:
    with pytest.raises(GraphError) as raised:
        graph(*lines)
    assert message in str(raised.value)


def test_equal_control_sets_are_kept_once() -> None:
    built = graph("a NoOp", "b NoOp", "x NoOp ^a ^b", "y NoOp ^a ^b", "z NoOp ^b ^a", "w NoOp")
    x, y, z, w = (built.control[number(built, name)] for name in "xyzw")
    assert x is y
    assert x is not z
    assert w == ()


def test_consumers_are_those_of_data_and_waiting_those_of_control() -> None:
    built = graph("a Const", "x Mul a a", "y Neg a", "z NoOp ^a", "v NoOp ^a", "w NoOp ^a ^x")
    assert built.consumers[0] == [1, 1, 2]
    assert sorted(map(sorted, built.waiting[0])) == [[3, 4], [5]]
    assert 2 not in built.waiting
