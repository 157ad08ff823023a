"""A dataflow graph as numbers: nodes, data edges, control edges, and the two sweeps over them.

Knows nothing of files, protobuf or batch norm. Function bodies (control flow v2) are meant to be
inlined at their call sites before a `Graph` is built, so that everything above walks one flat graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

Attributes: TypeAlias = Mapping[str, object]
"""Decoded NodeDef attributes: bool, int, float, str (types and strings), ndarray (tensors), tuple (lists)."""


class GraphError(ValueError):
    """The node list is no graph: a duplicate name, or an input that names no node."""


@dataclass(frozen=True, slots=True)
class Node:
    """One op of the graph, with inputs as a NodeDef writes them: ``name``, ``name:1``, ``^name``."""

    name: str
    op: str
    inputs: tuple[str, ...] = ()
    attributes: Attributes = field(default_factory=lambda: MappingProxyType({}))


class Output(NamedTuple):
    """One output of one node: a tensor. A tuple, because a graph has hundreds of thousands of them."""

    node: int
    port: int = 0


class Graph:
    """An immutable graph. Nodes are numbered in the order given; edges are kept per node.

    Raises:
        GraphError: two nodes have one name, or an input names a node that is not there.
    """

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.nodes: Sequence[Node] = tuple(nodes)
        self._numbers: dict[str, int] = {}
        for number, node in enumerate(self.nodes):
            if self._numbers.setdefault(node.name, number) != number:
                raise GraphError(f"two nodes are called {node.name!r}")
        self.data: list[tuple[Output, ...]] = []
        self.control: list[tuple[int, ...]] = []
        outputs: dict[str, Output] = {}  # one object per tensor, however many nodes take it
        for node in self.nodes:
            data: list[Output] = []
            control: list[int] = []
            for text in node.inputs:
                output = outputs.get(text)
                if output is not None:
                    data.append(output)
                elif text.startswith("^"):
                    control.append(self._resolve(text[1:], node))
                else:
                    output = outputs[text] = self._output(text, node)
                    data.append(output)
            self.data.append(tuple(data))
            self.control.append(tuple(control))
        self._consumers: list[list[int]] | None = None

    def __len__(self) -> int:
        return len(self.nodes)

    def _resolve(self, name: str, node: Node) -> int:
        number = self._numbers.get(name)
        if number is None:
            raise GraphError(f"node {node.name!r} has the input {name!r}, which is no node of the graph")
        return number

    def _output(self, text: str, node: Node) -> Output:
        number = self._numbers.get(text)
        if number is not None:
            return Output(number)
        name, _, port = text.rpartition(":")
        if not name or not port.isdecimal():
            raise GraphError(f"node {node.name!r} has the input {text!r}, which is no node of the graph")
        return Output(self._resolve(name, node), int(port))

    @property
    def consumers(self) -> Sequence[Sequence[int]]:
        """For every node, the nodes that take its data or wait for it; a node that takes it twice stands twice."""
        if self._consumers is None:
            self._consumers = [[] for _ in self.nodes]
            for number, (data, control) in enumerate(zip(self.data, self.control, strict=True)):
                for output in data:
                    self._consumers[output.node].append(number)
                for source in control:
                    self._consumers[source].append(number)
        return self._consumers

    def number(self, name: str) -> int | None:
        """Return the number of the node called ``name``, or None."""
        return self._numbers.get(name)
