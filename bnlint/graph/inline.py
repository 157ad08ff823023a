"""Inlining: function calls, If, Case and While become the bodies of their functions, between ops of control flow v1.

As TensorFlow itself lowers them before it runs a graph (tensorflow/core/common_runtime/inline_function_utils.cc and
lower_{if,case,while}_op.cc), so that everything that walks a `Graph` walks one flat graph. A call keeps its node, as an
IdentityN of what it returns: collections and people name it. A call that cannot be inlined stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import compress
from typing import NamedTuple

from bnlint.graph.bodies import Bodies
from bnlint.graph.flat import FlatNodes
from bnlint.graph.functions import CALLS, Function, replaceable
from bnlint.graph.graph import Node, op_of
from bnlint.graph.lowering import Lowering
from bnlint.graph.sizes import Sizes


class Flat(NamedTuple):
    """The nodes of one flat graph, and where the nodes of bodies went that somebody names."""

    nodes: list[Node]
    copies: Mapping[str, Sequence[str]]
    """The nodes in the flat graph by their name in a body; none for one whose function nobody calls."""


def calls_functions(ops: Iterable[str], functions: Collection[str]) -> bool:
    """Whether one of ``ops`` may call a function."""
    return any(op in CALLS or op in functions for op in ops)


def inline(
    nodes: Iterable[Node],
    functions: Iterable[Function],
    roots: Collection[str] | None = None,
    named: Collection[str] = (),
) -> Flat:
    """Put the body of every function in the place of its calls.

    Args:
        nodes: the nodes of the graph.
        functions: its library.
        roots: names of nodes; only calls that these need are inlined. None: all calls.
        named: names that collections hold. Where such a name is no node of the graph and one of a body, that node is
            kept even where nothing needs it.

    Raises:
        GraphError: a function that is called is malformed, or is called with inputs that do not match; or the bodies
            of all calls together are too many nodes.
    """
    own = list(nodes)
    names = {node.name for node in own}
    bodies = Bodies(functions, frozenset(named) - names)
    needed = None if roots is None else _needed(own, roots)
    calls = [bool(replaceable(n, bodies.functions)) and (needed is None or n.name in needed) for n in own]
    flat = FlatNodes(names)
    flat.make_room(Sizes(bodies).total(compress(own, calls)), "")
    lowering = Lowering(bodies, flat)
    for node, is_call in zip(own, calls, strict=True):
        if is_call:
            lowering.add(node)
        else:
            flat.keep(node)
    return Flat(flat.finished(), lowering.copies)


def _needed(nodes: Sequence[Node], roots: Iterable[str]) -> set[str]:
    """Return the names of the nodes that ``roots`` need, and theirs."""
    inputs = {node.name: node.inputs for node in nodes}
    needed: set[str] = set()
    pending = list(roots)
    while pending:
        name = pending.pop()
        if name not in needed and name in inputs:
            needed.add(name)
            pending.extend(op_of(text).removeprefix("^") for text in inputs[name])
    return needed
