"""The two linear sweeps over a graph: everything a set of nodes needs, and everything that needs it.

Both follow data and control edges alike, because ``control_dependencies`` is as good a reason
for an op to run as a tensor is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from bnlint.graph.graph import Graph


def ancestors(graph: Graph, seeds: Iterable[int]) -> frozenset[int]:
    """Return ``seeds`` and every node that must run, or be considered, before one of them."""
    seen = set(seeds)
    pending = list(seen)
    while pending:
        number = pending.pop()
        for output in graph.data[number]:
            if output.node not in seen:
                seen.add(output.node)
                pending.append(output.node)
        for source in graph.control[number]:
            if source not in seen:
                seen.add(source)
                pending.append(source)
    return frozenset(seen)


def descendants(graph: Graph, seeds: Iterable[int], without: Collection[int] = ()) -> frozenset[int]:
    """Return ``seeds`` and every node that needs one of them, never entering the nodes ``without``."""
    barred = set(without)
    seen = {seed for seed in seeds if seed not in barred}
    pending = list(seen)
    consumers = graph.consumers
    while pending:
        for number in consumers[pending.pop()]:
            if number not in seen and number not in barred:
                seen.add(number)
                pending.append(number)
    return frozenset(seen)
