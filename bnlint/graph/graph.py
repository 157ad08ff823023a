"""A dataflow graph as numbers: nodes, data edges, control edges, and the two sweeps over them.

Knows nothing of files, protobuf or batch norm. Function bodies (control flow v2) are inlined at their
call sites before a `Graph` is built (`inline`), so that everything above walks one flat graph.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

Attributes: TypeAlias = Mapping[str, object]
"""Decoded NodeDef attributes: bool, int, float, str (types and strings), ndarray (tensors), tuple (lists)."""


_ARITY = (
    dict.fromkeys(
        ("Switch", "RefSwitch", "Fill", "Sub", "Mul", "Add", "AddV2", "RealDiv", "Div", "SquaredDifference"), 2
    )
    | dict.fromkeys(("Assign", "AssignAdd", "AssignSub", "Mean", "Sum", "SaveV2"), 2)
    | dict.fromkeys(("AssignVariableOp", "AssignAddVariableOp", "AssignSubVariableOp"), 2)
    | dict.fromkeys(
        ("Identity", "Enter", "Exit", "NextIteration", "ReadVariableOp", "LogicalNot", "Square", "Cast", "Neg"), 1
    )
    | dict.fromkeys(("Select", "SelectV2"), 3)
    | dict.fromkeys(("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"), 5)
    | {"BatchNormWithGlobalNormalization": 5}
)
"""The data inputs that TensorFlow's registry demands of the ops that bnlint looks into."""


_DIGITS = 9
"""TensorFlow keeps the number of a port in 32 bits."""


class GraphError(ValueError):
    """The node list is no graph: a duplicate name, an input that names no node, an op without its inputs."""


class Node(NamedTuple):
    """One op of the graph, with inputs as a NodeDef writes them: ``name``, ``name:1``, and last the ``^name``."""

    name: str
    op: str
    inputs: Sequence[str] = ()
    attributes: Attributes = MappingProxyType({})


class Output(NamedTuple):
    """One output of one node: a tensor."""

    node: int
    port: int = 0


class Graph:
    """An immutable graph. Nodes are numbered in the order given; edges are kept per node.

    Hundreds of gradient nodes wait for the same hundreds of update ops where ``control_dependencies`` wires
    them, so a set of control inputs is kept once and shared: a graph of n nodes and n*m control edges costs n + m.

    Raises:
        GraphError: two nodes have one name, an input names a node that is not there, an op lacks inputs.
    """

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.nodes: Sequence[Node] = tuple(nodes)
        self._numbers = {node.name: number for number, node in enumerate(self.nodes)}
        if len(self._numbers) < len(self.nodes):
            raise GraphError(f"two nodes are called {_repeated(node.name for node in self.nodes)!r}")
        outputs, waits = _Outputs(self._numbers), _Waits(self._numbers)
        shared: dict[tuple[int, ...], tuple[int, ...]] = {(): ()}
        data: list[tuple[Output, ...]] = []
        control: list[tuple[int, ...]] = []
        for node in self.nodes:
            texts = node.inputs[:]
            split = len(texts)
            own: tuple[int, ...] = ()
            try:
                if texts and texts[-1].startswith("^"):
                    split = next(k for k, text in enumerate(texts) if text.startswith("^"))
                    own = tuple(map(waits.__getitem__, texts[split:]))
                    texts = texts[:split]
                data.append(tuple(map(outputs.__getitem__, texts)))
            except KeyError as error:
                raise GraphError(
                    f"node {node.name!r} has the input {error.args[0]!r}, which is no node of the graph"
                ) from None
            if split < _ARITY.get(node.op, 0):
                raise GraphError(f"node {node.name!r} ({node.op}) has {split} inputs, expected {_ARITY[node.op]}")
            control.append(shared.setdefault(own, own) if own else own)
        self.data: Sequence[tuple[Output, ...]] = data
        """Data inputs of every node."""
        self.control: Sequence[tuple[int, ...]] = control
        """Control inputs of every node; equal sets are the same object."""
        self.sources: dict[Output, Output] = {}
        """What `control_flow.source` found, so that long chains are walked once."""
        self.owners: dict[Output, int | None] = {}
        """What `variables.variable_of` found."""
        self.equals: dict[object, Output] = {}
        """The first of the predicates that compute the same, by what they compute (`control_flow.gate`)."""

    def __len__(self) -> int:
        return len(self.nodes)

    @cached_property
    def consumers(self) -> Sequence[Sequence[int]]:
        """For every node, the nodes that take its data; one that takes it twice stands twice."""
        found: list[list[int]] = [[] for _ in self.nodes]
        for number, inputs in enumerate(self.data):
            for output in inputs:
                found[output[0]].append(number)
        return found

    @cached_property
    def waiting(self) -> Mapping[int, Sequence[Sequence[int]]]:
        """For a node that others wait for: the groups of them, where a group shares all its control inputs."""
        groups: dict[int, list[int]] = {}
        for number, sources in enumerate(self.control):
            if sources:
                groups.setdefault(id(sources), []).append(number)
        found: dict[int, list[Sequence[int]]] = {}
        for group in groups.values():
            for source in self.control[group[0]]:
                found.setdefault(source, []).append(group)
        return found

    def number(self, name: str) -> int | None:
        """Return the number of the node called ``name``, or None."""
        return self._numbers.get(name)


def port_of(digits: str) -> int | None:
    """Return the number that ``digits`` writes, where it may be that of a port."""
    return int(digits) if digits.isdecimal() and len(digits) <= _DIGITS else None


def op_of(tensor: str) -> str:
    """Return the name of the op behind a tensor such as ``probabilities:0``; an op's own name is returned as it is."""
    op, colon, port = tensor.rpartition(":")
    return op if colon and port.isdecimal() else tensor


def _repeated(names: Iterable[str]) -> str:
    """Return the first of ``names`` that stands twice."""
    return next(name for name, count in Counter(names).items() if count > 1)


class _Outputs(dict[str, Output]):
    """Data inputs as they are written, resolved when first met."""

    def __init__(self, numbers: Mapping[str, int]) -> None:
        super().__init__((name, Output(number)) for name, number in numbers.items())
        self._numbers = numbers

    def __missing__(self, text: str) -> Output:
        name, _, digits = text.rpartition(":")
        number, port = self._numbers.get(name), port_of(digits)
        if number is None or port is None:
            raise KeyError(text)
        self[text] = output = Output(number, port)
        return output


class _Waits(dict[str, int]):
    """Control inputs as they are written, resolved when first met."""

    def __init__(self, numbers: Mapping[str, int]) -> None:
        self._numbers = numbers

    def __missing__(self, text: str) -> int:
        if not text.startswith("^") or text[1:] not in self._numbers:
            raise KeyError(text)
        self[text] = number = self._numbers[text[1:]]
        return number
