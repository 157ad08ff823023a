"""Batch norm that is no layer: what a reader should know of it although there is nothing to check.

Tools that prepare a graph for inference multiply it into the weights. And written by hand, it may never have had
moving statistics.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bnlint.graph.graph import Graph
from bnlint.graph.variables import variable_of
from bnlint.layers.applications import GLOBAL_NORMALIZATION
from bnlint.layers.moments import FUSED

_BATCH_NORM = re.compile(r"batch_?norm(?:alization)?(?:v\d)?(?:_\d+)?|bn|bn_?\w{0,3}\d*|\w+_bn\d*", re.IGNORECASE)
"""What people and libraries call the scope of a batch-norm layer."""
_OP_NAME = re.compile(r"(?:Fused)?BatchNorm(?:V\d)?", re.IGNORECASE)
_NORMALIZING = FUSED | {GLOBAL_NORMALIZATION, "Rsqrt", "Sqrt", "Pow"}
_ARITHMETIC = frozenset({"Mul", "Add", "AddV2", "Sub", "BiasAdd", "Conv2D", "DepthwiseConv2dNative", "MatMul"})


def leftovers(graph: Graph) -> Iterator[str]:
    """Yield a sentence for the batch norm that a frozen graph, with variables for its constants, has traces of."""
    alive = {_scope(node.name) for node in graph.nodes if node.op in _NORMALIZING}
    folded = sorted({scope for scope in _folded(graph) if scope is not None} - alive)
    if folded:
        verb = "is" if len(folded) == 1 else "are"
        what = "folded into the ops around: the statistics are gone, and nothing is left to check"
        yield f"{_layers(folded)} {verb} {what}"


def without_statistics(layers: Iterable[str]) -> Iterator[str]:
    """Yield a sentence for ``layers`` that normalise with the moments of each batch and keep no average of them."""
    names = sorted(set(layers))
    if names:
        verb, it = ("has", "it") if len(names) == 1 else ("have", "they")
        yield f"{_layers(names)} {verb} no moving statistics in the graph: {it} cannot be run in inference mode"


def _layers(names: list[str]) -> str:
    """Return ``batch norm 'a'``, or ``batch norm 'a' and 2 others``."""
    more = len(names) - 1
    return f"batch norm {names[0]!r}" + (f" and {more} {'others' if more > 1 else 'other'}" if more else "")


def _scope(name: str) -> str | None:
    """Return the scope of the batch-norm layer that an op of this name is part of, as far as the name tells."""
    parts = name.split("/")
    for number, part in enumerate(parts):
        if _BATCH_NORM.fullmatch(part) and number < len(parts) - 1:
            return "/".join(parts[: number + 1])
        if _OP_NAME.fullmatch(part):
            return "/".join(parts[:number]) or part
    return None


def _folded(graph: Graph) -> Iterator[str | None]:
    """Yield the scopes of ops that are called like batch norm and only scale or shift by what is constant."""
    for number, node in enumerate(graph.nodes):
        data = graph.data[number]
        if node.op in _ARITHMETIC and any(variable_of(graph, output) is not None for output in data[1:]):
            yield _scope(node.name)
