"""How many nodes calls come to when all is inlined, counted before a single one is made.

Functions that each call the next one twice make 2**64 nodes out of a library of a few kilobytes. What is counted is
never more than what would be made, but for calls more than `lowering.DEEPEST` within each other.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

from bnlint.graph.bodies import Bodies
from bnlint.graph.functions import replaceable
from bnlint.graph.graph import Node

_MANY = 1 << 62
"""Where counting ends; Python's integers would not, and grow by a bit for each function."""


class Sizes:
    """The sizes of the functions of a library, each counted once.

    Args:
        bodies: the functions.
    """

    def __init__(self, bodies: Bodies) -> None:
        self._bodies = bodies
        self._known: dict[str, int] = {}

    def total(self, calls: Iterable[Node]) -> int:
        """Return how many nodes the ``calls`` of a graph make at least, themselves left out.

        Raises:
            GraphError: a function that they need is malformed.
        """
        total = 0
        for node in calls:
            functions = replaceable(node, self._bodies.functions)
            for name in functions:
                self._count(name)
            total += self._made(functions, sum(not text.startswith("^") for text in node.inputs))
        return total

    def _made(self, functions: Sequence[str], inputs: int) -> int:
        """Return what one call makes: the bodies, and a Switch or an Enter of every input in an If, a Case or a While.

        A call of a function that is being counted, and so is around it, stays.
        """
        if not functions or any(name not in self._known for name in functions):
            return 0
        return sum(self._known[name] for name in functions) + (len(functions) - 1) * inputs

    def _count(self, name: str) -> None:
        """Count a function, and before it those that it calls; they may be thousands in a row."""
        begun: set[str] = set()
        pending = [name]
        while pending:
            function = pending[-1]
            begun.add(function)
            nodes = () if function in self._known else self._bodies[function].nodes
            calls = [(replaceable(node, self._bodies.functions), len(data)) for node, data, _ in nodes]
            missing = [inner for functions, _ in calls for inner in functions if self._is_new(inner, begun)]
            if missing:
                pending.extend(missing)
                continue
            pending.pop()
            size = sum(1 + self._made(functions, inputs) for functions, inputs in calls)
            self._known.setdefault(function, min(size, _MANY))

    def _is_new(self, function: str, begun: Container[str]) -> bool:
        return function not in self._known and function not in begun
