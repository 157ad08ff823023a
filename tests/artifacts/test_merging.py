from __future__ import annotations

import pytest

from bnlint.artifacts.artifact import GraphVariable, MetaGraph, Saver, Signature
from bnlint.artifacts.merging import merged
from bnlint.graph.graph import GraphError
from tests.graph.build import graph

FIRST = MetaGraph(
    graph("w VariableV2", "w/Assign Assign w zero", "zero Const value=0", "step NoOp ^w/Assign"),
    variables=(GraphVariable("w", "w/Assign", "w"),),
    collections={"variables": ("w",), "train_op": ("step",)},
    saver=Saver("save", "restore", "file"),
    tensorflow_version="1.15.5",
    signatures=(Signature("train", {"x": "zero:0"}, {"y": "w:0"}),),
)
SECOND = MetaGraph(
    graph("w VariableV2", "own VarHandleOp", "read Identity w", "y Add read:0 own ^read", "lost Identity y"),
    variables=(GraphVariable("w", None, "w"), GraphVariable("own", "read", "key")),
    collections={"variables": ("w", "own")},
    signatures=(Signature("serve", {"x": "read:0"}, {"y": "y:0", "w": "w:0"}),),
    is_serving=True,
)


def test_variables_of_one_name_are_one():
    found = merged([("train", FIRST), ("serve+gpu", SECOND)])
    assert [(n.name, n.op, list(n.inputs)) for n in found.graph.nodes] == [
        ("w", "VariableV2", []),
        ("w/Assign", "Assign", ["w", "zero"]),
        ("zero", "Const", []),
        ("step", "NoOp", ["^w/Assign"]),
        ("own", "VarHandleOp", []),
        ("serve+gpu/read", "Identity", ["w"]),
        ("serve+gpu/y", "Add", ["serve+gpu/read:0", "own", "^serve+gpu/read"]),
        ("serve+gpu/lost", "Identity", ["serve+gpu/y"]),
    ]
    assert found.variables == (
        GraphVariable("w", "w/Assign", "w"),
        GraphVariable("own", "serve+gpu/read", "key"),
    )
    assert found.collections == {"variables": ("w", "own"), "train_op": ("step",)}
    assert found.signatures == (
        Signature("train", {"x": "zero:0"}, {"y": "w:0"}),
        Signature("serve", {"x": "serve+gpu/read:0"}, {"y": "serve+gpu/y:0", "w": "w:0"}),
    )
    assert (found.saver, found.is_serving, found.tensorflow_version) == (FIRST.saver, True, "1.15.5")


def test_a_saver_of_a_later_graph_is_moved():
    found = merged([("", FIRST._replace(saver=None)), ("", SECOND._replace(saver=Saver("a", "b", "c")))])
    assert found.saver == Saver("1/a", "1/b", "1/c")
    assert found.graph.number("1/y") is not None


def test_a_third_graph_shares_what_the_second_brought():
    found = merged([("train", FIRST), ("serve", SECOND), ("eval", SECOND)])
    assert [n.name for n in found.graph.nodes if n.op == "VarHandleOp"] == ["own"]


def test_the_same_tags_twice_are_no_graph():
    with pytest.raises(GraphError):
        merged([("train", FIRST), ("serve", SECOND), ("serve", SECOND)])
