"""What is served: which ops a signature runs, and in which mode, when nobody feeds more than the signature asks for.

A signature runs everything that its outputs need, but for branches whose predicate says otherwise by default. One that
trains (it applies gradients, or moves what an optimizer trains) is not served. A frozen graph has no signatures, and
serves the ops that nothing consumes.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from bnlint.artifacts.artifact import MetaGraph
from bnlint.graph.control_flow import Gate, source
from bnlint.graph.graph import Graph, Output, op_of
from bnlint.graph.sweep import ancestors
from bnlint.graph.variables import AssignKind, Variables
from bnlint.layers.layer import Served

_NO_SIGNATURE = "a training checkpoint has no serving signature"
_NOT_SERVED = "no signature says what of the graph is served"
_ALL_TRAIN = "every signature of the SavedModel trains"
_TRAINING_METHOD = "tensorflow/supervised/training"
"""The method of a signature for one more training step, which need not reach the op that applies gradients."""
_MOST = 64
"""Signatures that are looked at; a sweep over the graph each."""
_DEPTH = 20
"""How far a predicate is followed back to what it is computed from."""
_SAME = frozenset({"PlaceholderWithDefault", "Cast", "Squeeze", "Reshape"})
_BINARY: Mapping[str, Callable[[object, object], object]] = {
    "Equal": operator.eq,
    "NotEqual": operator.ne,
    "LogicalAnd": lambda one, other: bool(one and other),
    "LogicalOr": lambda one, other: bool(one or other),
}
_DECIDING = {"LogicalAnd": False, "LogicalOr": True}
"""The value of one operand that settles the result, whatever the other is."""


class _Entry(NamedTuple):
    """One way into the graph, as people call it, with the ops that it asks for."""

    name: str
    ops: tuple[int, ...]


class Serving:
    """What of one graph is served."""

    def __init__(
        self, meta: MetaGraph, variables: Variables, applies: Collection[int], trained: Collection[int]
    ) -> None:
        """Look at ``meta``.

        Args:
            meta: the meta-graph.
            variables: its variables.
            applies: the ops that apply gradients.
            trained: variable nodes that an optimizer trains: gamma, beta, weights.
        """
        self._graph: Graph = meta.graph
        moves = {
            assignment.number
            for variable in trained
            for assignment in variables.assignments.get(variable, ())
            if assignment.kind is AssignKind.UPDATE
        }
        entries = tuple(_entries(meta))[:_MOST]
        swept = {ops: ancestors(self._graph, ops) for ops in {entry.ops for entry in entries}}
        reach = [(entry.name, swept[entry.ops]) for entry in entries]
        self._reach = [(name, nodes) for name, nodes in reach if nodes.isdisjoint(moves) and nodes.isdisjoint(applies)]
        self._defaults: dict[Output, object] = {}
        self.missing = None if self._reach else _why_nothing(meta, has_entries=bool(entries))
        """Why nothing is served; None where something is."""

    def of(self, number: int, gates: Iterable[Gate]) -> tuple[Served, ...]:
        """Return who serves op ``number``, which runs only where ``gates`` are open; () where nobody does."""
        through = [name for name, nodes in self._reach if number in nodes]
        if not through:
            return ()
        hangs: list[str] = []
        for own in sorted(gates):
            default = self.default(own.predicate)
            if default is None:
                hangs.append(self._graph.nodes[source(self._graph, own.predicate).node].name)
            elif default is not own.branch:
                return ()
        return tuple(Served(name, hangs[0] if hangs else None) for name in through)

    def default(self, predicate: Output) -> bool | None:
        """Return what ``predicate`` is when nothing is fed; None where it must be fed, or is a variable's value."""
        value = self._value(predicate, _DEPTH)
        return bool(value) if isinstance(value, (bool, int, float)) else None

    def _value(self, output: Output, depth: int) -> object:
        output = source(self._graph, output)
        if output not in self._defaults:
            self._defaults[output] = None  # a cycle has no value
            self._defaults[output] = self._evaluated(output, depth - 1) if depth else None
        return self._defaults[output]

    def _evaluated(self, output: Output, depth: int) -> object:
        node, data = self._graph.nodes[output.node], self._graph.data[output.node]
        if node.op == "Const":
            value = node.attributes.get("value")
            return value.item() if isinstance(value, np.ndarray) and value.size == 1 else None
        if not data:
            return None
        if node.op in _SAME:
            return self._value(data[0], depth)
        if node.op == "LogicalNot":
            value = self._value(data[0], depth)
            return None if value is None else not value
        if node.op in _BINARY and len(data) == 2:
            one, other = (self._value(operand, depth) for operand in data)
            if node.op in _DECIDING and _DECIDING[node.op] in (one, other):
                return _DECIDING[node.op]
            return None if one is None or other is None else _BINARY[node.op](one, other)
        return None


def _entries(meta: MetaGraph) -> Iterator[_Entry]:
    for signature in meta.signatures:
        found = (meta.graph.number(op_of(tensor)) for tensor in signature.outputs.values())
        ops = tuple(sorted({number for number in found if number is not None}))
        if ops and signature.method != _TRAINING_METHOD:
            yield _Entry(f"signature {signature.name!r}", ops)
    for name in meta.outputs:
        number = meta.graph.number(name)
        if number is not None:
            yield _Entry(f"output {name!r}", (number,))


def _why_nothing(meta: MetaGraph, *, has_entries: bool) -> str:
    if has_entries:
        return _ALL_TRAIN
    return _NOT_SERVED if meta.is_serving else _NO_SIGNATURE
