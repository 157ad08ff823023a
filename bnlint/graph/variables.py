"""The variables of a graph, what they start at, and every op that assigns to them.

Follows reference variables (VariableV2 and the Assign family) and resource variables (VarHandleOp and
the Assign…VariableOp family) alike, through Identity, Switch and Enter.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bnlint.graph.control_flow import MERGES, PASS_THROUGH, source
from bnlint.graph.graph import Graph, Output

VARIABLES = frozenset({"Variable", "VariableV2", "VarHandleOp", "TemporaryVariable", "AutoReloadVariable"})
ASSIGNS = frozenset(
    {"Assign", "AssignAdd", "AssignSub", "AssignVariableOp", "AssignAddVariableOp", "AssignSubVariableOp"}
)
READS = frozenset({"ReadVariableOp"})
RESTORES = frozenset({"RestoreV2", "Restore", "RestoreSlice"})
_RANDOM = ("Random", "TruncatedNormal", "ParameterizedTruncatedNormal", "Multinomial", "StatelessRandom")
_COMPUTING = frozenset({"Mean", "Sum", "MatMul", "Conv2D", "FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"})
_ARITHMETIC: Mapping[str, Callable[[Constant, Constant], Constant]] = {
    "Sub": np.subtract,
    "Add": np.add,
    "AddV2": np.add,
    "Mul": np.multiply,
}
_DEPTH = 40
"""How far a constant is followed back: an initial value is a few ops deep, a network's output is not constant."""
_CASTS = frozenset({"Cast", "Reshape", "Squeeze", "ExpandDims", "BroadcastTo"})

_CONCATS = frozenset({"Concat", "ConcatV2"})
_PARTITION = re.compile(r"/part_\d+$")
"""How tf.get_variable calls the parts of a partitioned variable (tensorflow/python/ops/variable_scope.py)."""

Constant = npt.NDArray[np.generic]


class AssignKind(enum.Enum):
    """What an assignment is for, judged by where its value comes from."""

    INITIAL = "initial"
    RESTORE = "restore"
    COPY = "copy"
    """The value is another variable's, a placeholder's, or a mix of them: loading weights, a target network."""
    UPDATE = "update"
    """The value is computed."""


class Assignment(NamedTuple):
    """An op that changes a variable."""

    number: int
    op: str
    variable: int
    value: Output
    kind: AssignKind


def variable_of(graph: Graph, output: Output) -> int | None:
    """Return the variable node that ``output`` reads or refers to, unchanged but for its shape or dtype; else None.

    A partitioned variable is put together by a Concat; its first part speaks for it.
    """
    if output not in graph.owners:
        graph.owners[output] = _owner(graph, _unread(graph, output).node)
    return graph.owners[output]


def _owner(graph: Graph, number: int) -> int | None:
    if graph.nodes[number].op not in _CONCATS:
        return number if graph.nodes[number].op in VARIABLES else None
    parts = [_unread(graph, part).node for part in graph.data[number]]
    found = [part for part in parts if graph.nodes[part].op in VARIABLES]
    owners = {_PARTITION.sub("", graph.nodes[part].name) for part in found}
    is_partitioned = all(_PARTITION.search(graph.nodes[part].name) for part in found)
    return found[0] if len(owners) == 1 and is_partitioned and len(found) >= len(parts) - 1 else None


def _unread(graph: Graph, output: Output) -> Output:
    """Follow ``output`` back through reads and changes of shape and dtype."""
    for _ in range(len(graph)):
        output = source(graph, output)
        op = graph.nodes[output.node].op
        if (op not in READS and op not in _CASTS) or not graph.data[output.node]:
            return output
        output = graph.data[output.node][0]
    return output


def just_assigned(graph: Graph, read: int) -> Iterator[int]:
    """Yield what is assigned to a resource variable by the op that its read waits for.

    The assignment of a reference variable hands the variable on itself, so there the value is met on the way.
    """
    for number in graph.control[read]:
        if graph.nodes[number].op in ASSIGNS and graph.data[number][:1] == graph.data[read][:1]:
            yield graph.data[number][1].node


class Variables:
    """The variables of one graph: initial values and assignments, each found once.

    Args:
        graph: the graph.
        initializers: op that initialises a variable, by variable op name, as the VariableDefs of the
            meta-graph say; assignments that are not listed are judged by their value.
    """

    def __init__(self, graph: Graph, initializers: Mapping[str, str | None] | None = None) -> None:
        self._graph = graph
        declared = (initializers or {}).items()
        self._initial: dict[int, Output] = {}
        numbers = (graph.number(name) for _, name in declared if name is not None)
        self.declared = frozenset(number for number in numbers if number is not None)
        """The ops that VariableDefs name as initialisers."""
        self.assignments: dict[int, tuple[Assignment, ...]] = {}
        """Assignments by variable node."""
        self._constants: dict[Output, Constant | None] = {}
        found: dict[int, list[Assignment]] = {}
        for number, node in enumerate(graph.nodes):
            if node.op in ASSIGNS and len(graph.data[number]) >= 2:
                target, value = graph.data[number][:2]
                variable = variable_of(graph, target)
                if variable is not None:
                    kind = self._kind(number, value)
                    found.setdefault(variable, []).append(Assignment(number, node.op, variable, value, kind))
        for variable, assignments in found.items():
            self.assignments[variable] = tuple(assignments)
            initial = [a for a in assignments if a.kind is AssignKind.INITIAL]
            # Where a program also resets its variable to a constant, the declared initialiser is the one that counts.
            for assignment in sorted(initial, key=lambda a: a.number not in self.declared)[:1]:
                self._initial[variable] = assignment.value

    def _kind(self, number: int, value: Output) -> AssignKind:
        if number in self.declared:
            return AssignKind.INITIAL
        leaves = set(self._leaves(value))
        if leaves & RESTORES:
            return AssignKind.RESTORE
        if self._graph.nodes[number].op not in ("Assign", "AssignVariableOp"):
            return AssignKind.UPDATE
        if "computed" in leaves and variable_of(self._graph, value) is None:
            return AssignKind.UPDATE
        if leaves & {"variable", "placeholder"}:
            return AssignKind.COPY
        return AssignKind.INITIAL

    def _leaves(self, value: Output, limit: int = 64) -> Iterable[str]:
        """Yield what ``value`` is made of: op names of restores, ``variable``, ``placeholder``, ``computed``."""
        pending, seen = [value.node], set[int]()
        while pending:
            number = pending.pop()
            if number in seen:
                continue
            seen.add(number)
            op = self._graph.nodes[number].op
            if op in VARIABLES or op in READS:
                yield "variable"
                pending.extend(just_assigned(self._graph, number))
            elif op in RESTORES:
                yield op
            elif op.startswith("Placeholder"):
                yield "placeholder"
            elif op == "Const" or op.startswith(_RANDOM):
                continue
            elif op in _COMPUTING or len(seen) > limit:
                yield "computed"
            else:
                pending.extend(output.node for output in self._graph.data[number])

    def loading(self, variable: int) -> int | None:
        """Return an op that assigns what the program has from elsewhere: an array or what is fed, and nothing computed.

        Importers of other formats do (``tf.assign(v, weights[name])``), so does ``slim.assign_from_checkpoint``. One
        number everywhere is a reset, and what a saver restores may be the same training.
        """
        initial = self._initial.get(variable)
        for assignment in self.assignments.get(variable, ()):
            if assignment.number in self.declared or assignment.value == initial:
                continue
            if assignment.kind is AssignKind.INITIAL:
                value = self.constant(assignment.value)
                if value is not None and value.size > 1:
                    return assignment.number
            elif assignment.kind is AssignKind.COPY and set(self._leaves(assignment.value)) == {"placeholder"}:
                return assignment.number
        return None

    def number(self, output: Output) -> float | None:
        """Return the constant that ``output`` is, as a number; None where it is none."""
        value = self.constant(output)
        if value is None or value.size != 1 or value.dtype.kind not in "fiu":
            return None
        return float(value.reshape(()))

    def initial_value(self, variable: int) -> Constant | None:
        """Return the constant that ``variable`` starts at, or None where it is random or not known."""
        value = self._initial.get(variable)
        return None if value is None else self.constant(value)

    def constant(self, output: Output) -> Constant | None:
        """Return the value of ``output`` when it is fixed by the graph: a constant, or a variable's initial value."""
        return self._constant(output, _DEPTH)

    def _constant(self, output: Output, depth: int) -> Constant | None:
        if output not in self._constants:
            if depth == 0:
                return None
            self._constants[output] = None  # a cycle has no constant value
            self._constants[output] = self._evaluate(output, depth - 1)
        return self._constants[output]

    def _evaluate(self, output: Output, depth: int) -> Constant | None:
        graph = self._graph
        node, data = graph.nodes[output.node], graph.data[output.node]
        if node.op == "Const":
            value = node.attributes.get("value")
            return _uniform(value) if isinstance(value, np.ndarray) else None
        if node.op in VARIABLES:
            initial = self._initial.get(output.node)
            return None if initial is None else self._constant(initial, depth)
        if node.op in PASS_THROUGH or node.op in READS or node.op in _CASTS:
            return self._constant(data[0], depth) if data else None
        if node.op == "Fill":
            return self._constant(data[1], depth)
        if node.op in ("ZerosLike", "OnesLike"):
            return np.asarray(node.op == "OnesLike", np.float32)
        if node.op in MERGES:
            return self._agreed([self._constant(arriving, depth) for arriving in data])
        if node.op not in _ARITHMETIC:
            return None
        return self._arithmetic(node.op, [self._constant(arriving, depth) for arriving in data])

    @staticmethod
    def _agreed(values: list[Constant | None]) -> Constant | None:
        first = values[0] if values else None
        if first is None or not all(v is not None and np.array_equal(v, first) for v in values):
            return None
        return first

    @staticmethod
    def _arithmetic(op: str, values: list[Constant | None]) -> Constant | None:
        if len(values) != 2 or values[0] is None or values[1] is None:
            return None
        if any(v.dtype.kind not in "fiu" or v.size != 1 for v in values if v is not None):
            return None  # initial values and decays are scalars by now, or the same everywhere (see _uniform)
        with np.errstate(all="ignore"):
            result: Constant = np.asarray(_ARITHMETIC[op](values[0], values[1]))
        return result


def _uniform(value: Constant) -> Constant:
    """Return a scalar for a tensor with one value everywhere: it holds for every part of a partitioned variable."""
    if value.size > 1 and value.dtype.kind in "fiub" and (not any(value.strides) or np.all(value == value.flat[0])):
        return np.asarray(value.flat[0])
    return value
