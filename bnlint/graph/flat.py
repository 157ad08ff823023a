"""The nodes of a flat graph while functions are inlined: unique names, a limit, and what the outputs of calls are."""

from __future__ import annotations

from collections.abc import Sequence

from bnlint.graph.graph import Attributes, GraphError, Node

MOST_NODES = 1_000_000
"""A released model of today has 10,000 to 50,000 when all is inlined; functions that each call the next one twice make
as many as they like."""
_LONG_NAME = 8
_MANY_INPUTS = 3
"""Powers of two: a name of 256 characters, or eight inputs, weigh as much as another node."""


class FlatNodes:
    """A list of nodes in the making.

    Args:
        taken: the names of the graph's own nodes.
    """

    def __init__(self, taken: set[str]) -> None:
        self._taken = taken
        self._repeats: dict[str, int] = {}
        self._nodes: list[Node] = []
        self._weight = 0
        self.aliases: dict[str, str] = {}
        """The tensor that an output of a call is, by how inputs name that output."""

    def keep(self, node: Node) -> None:
        """Put in a node of the graph as it is."""
        self._nodes.append(node)

    def put(
        self, name: str, op: str, data: Sequence[str], control: Sequence[str], attributes: Attributes | None = None
    ) -> None:
        """Put in a node whose name is reserved.

        Raises:
            GraphError: there are too many.
        """
        inputs = [*data, *(f"^{text}" for text in control)]
        self._weight += 1 + (len(name) >> _LONG_NAME) + (len(inputs) >> _MANY_INPUTS)
        self.make_room(0, name)
        self._nodes.append(Node(name, op, inputs, attributes or {}))

    def new(
        self,
        name: str,
        op: str,
        data: Sequence[str] = (),
        control: Sequence[str] = (),
        attributes: Attributes | None = None,
    ) -> str:
        """Put in a node and return its name, which is ``name`` unless that is taken."""
        name = self.unique(name)
        self.put(name, op, data, control, attributes)
        return name

    def make_room(self, count: int, scope: str) -> None:
        """Make sure that ``count`` more nodes below ``scope`` are not too many.

        Raises:
            GraphError: they are.
        """
        if self._weight + count * (1 + (len(scope) >> _LONG_NAME)) > MOST_NODES:
            raise GraphError(f"expected the functions to make at most {MOST_NODES} nodes when all calls are inlined")

    def unique(self, name: str) -> str:
        """Reserve and return ``name``, or one like it."""
        found = name
        while found in self._taken:
            self._repeats[name] = count = self._repeats.get(name, 0) + 1
            found = f"{name}_{count}"
        self._taken.add(found)
        return found

    def finished(self) -> list[Node]:
        """Return all nodes. Who reads an output of a call reads the tensor that it is."""
        aliases = {text: self._followed(text) for text in self.aliases}
        return [
            node._replace(inputs=[aliases.get(text, text) for text in node.inputs])
            if any(text in aliases for text in node.inputs)
            else node
            for node in self._nodes
        ]

    def _followed(self, text: str) -> str:
        seen = {text}
        while text in self.aliases and self.aliases[text] not in seen:
            text = self.aliases[text]
            seen.add(text)
        return text
