"""Graphs as a list of lines: ``name Op inputs… ^controls… attribute=literal…``."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

import numpy as np

from bnlint.graph.functions import Function
from bnlint.graph.graph import Graph, Node, Output
from bnlint.graph.inline import inline


def node(line: str) -> Node:
    """Return the node of one line. A constant's ``value=`` becomes a float32 tensor, or one of bytes or booleans."""
    name, op, *rest = line.split()
    attributes: dict[str, object] = {}
    inputs: list[str] = []
    for word in rest:
        key, is_attribute, literal = word.partition("=")
        if is_attribute:
            attributes[key] = tensor(ast.literal_eval(literal)) if key == "value" else ast.literal_eval(literal)
        else:
            inputs.append(word)
    return Node(name, op, inputs, attributes)


def tensor(value: object) -> object:
    array = np.asarray(value)
    return array.astype(np.float32) if array.dtype.kind in "fi" else array


def graph(*lines: str | Iterator[str]) -> Graph:
    """Return the graph of ``lines``; an iterator stands for the lines it yields."""
    return Graph(node(line) for part in lines for line in ([part] if isinstance(part, str) else part))


def function(head: str, *lines: str) -> Function:
    """Return the function ``name argument… -> result=reference… ^control…``; a list is written ``*argument``."""
    left, _, right = head.partition("->")
    name, *arguments = left.split()
    returns = dict(word.partition("=")[::2] for word in right.split() if "=" in word)
    return Function(
        name=name,
        arguments=tuple(argument.lstrip("*") for argument in arguments),
        results=tuple(returns),
        nodes=tuple(map(node, lines)),
        returns=returns,
        control_returns={word: word[1:] for word in right.split() if word.startswith("^")},
        lists=frozenset(argument[1:] for argument in arguments if argument.startswith("*")),
    )


def flat(lines: Iterable[str], *functions: Function, roots: str | None = None) -> Graph:
    """Return the graph of ``lines`` with ``functions`` inlined."""
    named = None if roots is None else roots.split()
    return Graph(inline(map(node, lines), functions, named).nodes)


def variable(name: str, start: str = "Const value=0", shape: str = "(3,)") -> Iterator[str]:
    """Yield a reference variable with its initialiser and ``name/read``. ``start`` is the op of the initial value."""
    yield f"{name} VariableV2 shape={shape}"
    yield f"{name}/start {start}"
    yield f"{name}/Assign Assign {name} {name}/start"
    yield f"{name}/read Identity {name}"


def resource(name: str, start: str = "Const value=0", shape: str = "(3,)") -> Iterator[str]:
    """Yield a resource variable with its initialiser and ``name/read``."""
    yield f"{name} VarHandleOp shape={shape}"
    yield f"{name}/start {start}"
    yield f"{name}/Assign AssignVariableOp {name} {name}/start"
    yield f"{name}/read ReadVariableOp {name}"


def number(about: Graph, name: str) -> int:
    found = about.number(name)
    assert found is not None, name
    return found


def output(about: Graph, text: str) -> Output:
    """Return the output that ``name`` or ``name:1`` means."""
    name, _, port = text.partition(":")
    return Output(number(about, name), int(port or 0))


def names(about: Graph, numbers: frozenset[int]) -> str:
    """Return the names of nodes, sorted, as one line."""
    return " ".join(sorted(about.nodes[n].name for n in numbers))
