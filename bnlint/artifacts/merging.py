"""Several graphs over the same variables as one: the meta-graphs of a SavedModel, each with its tags.

A SavedModel of TensorFlow 1 may hold a training and a serving graph that share their variables by name
(``tensorflow/python/saved_model/builder_impl.py``). As one graph, every variable stands once, and with it every layer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import MappingProxyType

from bnlint.artifacts.artifact import GraphVariable, MetaGraph, Saver, Signature
from bnlint.graph.graph import Graph, Node
from bnlint.graph.variables import VARIABLES


def merged(parts: Sequence[tuple[str, MetaGraph]]) -> MetaGraph:
    """Return one meta-graph for ``parts``, each with what tells it from the others (its tags).

    The first keeps its names. Of the others the variables do, and everything else is put below the tags. The saver of
    the first wrote the variables.

    Raises:
        GraphError: two nodes would have one name.
    """
    (_, first), *others = parts
    nodes = list(first.graph.nodes)
    variables = {variable.name: variable for variable in first.variables}
    collections: dict[str, list[str]] = {name: list(names) for name, names in first.collections.items()}
    signatures = list(first.signatures)
    known = {node.name for node in nodes if node.op in VARIABLES}
    for number, (tags, part) in enumerate(others, 1):
        moved = _Moved(tags or str(number), part.graph)
        nodes.extend(node for node in moved.nodes() if node.name not in known)
        known |= moved.variables
        for variable in part.variables:
            variables.setdefault(moved.name(variable.name), moved.variable(variable))
        for name, members in part.collections.items():
            listed = collections.setdefault(name, [])
            listed.extend(member for member in map(moved.name, members) if member not in listed)
        signatures.extend(map(moved.signature, part.signatures))
    return MetaGraph(
        graph=Graph(nodes),
        variables=tuple(variables.values()),
        collections=MappingProxyType({name: tuple(names) for name, names in collections.items()}),
        saver=first.saver or next((saver for saver in _savers(parts[1:]) if saver is not None), None),
        tensorflow_version=first.tensorflow_version,
        signatures=tuple(signatures),
        is_serving=any(part.is_serving for _, part in parts),
        outputs=first.outputs,
    )


def _savers(parts: Sequence[tuple[str, MetaGraph]]) -> Iterator[Saver | None]:
    for number, (tags, part) in enumerate(parts, 1):
        if part.saver is not None:
            moved = _Moved(tags or str(number), part.graph)
            yield Saver(*map(moved.name, part.saver))


class _Moved:
    """Names of one graph as they are in the graph of all."""

    def __init__(self, tags: str, graph: Graph) -> None:
        self._head = f"{tags}/"
        self._graph = graph
        self.variables = {node.name for node in graph.nodes if node.op in VARIABLES}
        """The nodes that keep their names."""

    def name(self, name: str) -> str:
        """Return what a node is called."""
        return name if name in self.variables else self._head + name

    def _tensor(self, text: str) -> str:
        if text.startswith("^"):
            return "^" + self.name(text[1:])
        name, colon, port = text.rpartition(":")
        return f"{self.name(name)}:{port}" if colon and port.isdecimal() else self.name(text)

    def nodes(self) -> Iterator[Node]:
        """Yield the nodes."""
        for node in self._graph.nodes:
            inputs = [self._tensor(text) for text in node.inputs]
            yield node._replace(name=self.name(node.name), inputs=inputs)

    def variable(self, variable: GraphVariable) -> GraphVariable:
        """Return a variable; the checkpoint's key stays."""
        initializer = None if variable.initializer is None else self.name(variable.initializer)
        return variable._replace(name=self.name(variable.name), initializer=initializer)

    def signature(self, signature: Signature) -> Signature:
        """Return a signature."""
        inputs, outputs = (
            MappingProxyType({name: self._tensor(tensor) for name, tensor in tensors.items()})
            for tensors in (signature.inputs, signature.outputs)
        )
        return signature._replace(inputs=inputs, outputs=outputs)
