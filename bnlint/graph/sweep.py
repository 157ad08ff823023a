"""The two linear sweeps over a graph: everything a set of nodes needs, and everything that needs it.

Both follow data and control edges alike, because ``control_dependencies`` is as good a reason
for an op to run as a tensor is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from bnlint.graph.graph import Graph


def ancestors(graph: Graph, seeds: Iterable[int]) -> frozenset[int]:
    """Return ``seeds`` and every node that must run, or be considered, before one of them."""
    data, control = graph.data, graph.control
    seen = set(seeds)
    pending = list(seen)
    entered: set[int] = set()  # sets of control inputs, by identity: many nodes share one
    while pending:
        number = pending.pop()
        for output in data[number]:
            if output[0] not in seen:
                seen.add(output[0])
                pending.append(output[0])
        sources = control[number]
        if sources and id(sources) not in entered:
            entered.add(id(sources))
            fresh = [source for source in sources if source not in seen]
            seen.update(fresh)
            pending.extend(fresh)
    return frozenset(seen)


def descendants(graph: Graph, seeds: Iterable[int], without: Collection[int] = ()) -> frozenset[int]:
    """Return ``seeds`` and every node that needs one of them, never entering the nodes ``without``."""
    return frozenset(_needing(graph, seeds, frozenset(without)))


def nearest_descendants(graph: Graph, among: Iterable[int]) -> Mapping[int, int]:
    """Return for every node that one of ``among`` needs, or that is one of them, a nearest of those."""
    nearest = {number: number for number in among}
    pending = sorted(nearest)
    entered: set[int] = set()
    for number in pending:  # grows while it is walked
        sources = [output[0] for output in graph.data[number]]
        control = graph.control[number]
        if control and id(control) not in entered:
            entered.add(id(control))
            sources.extend(control)
        for source in sources:
            if source not in nearest:
                nearest[source] = nearest[number]
                pending.append(source)
    return nearest


def _needing(graph: Graph, seeds: Iterable[int], without: frozenset[int]) -> Iterator[int]:
    """Yield ``seeds`` and every node that needs one of them, nearest first."""
    seen = set(seeds) - without
    if not seen:
        return  # an inference graph never needs its edges turned round
    consumers, waiting = graph.consumers, graph.waiting
    pending = sorted(seen)
    entered: set[int] = set()
    for number in pending:  # grows while it is walked
        yield number
        reached = consumers[number]
        for group in waiting.get(number, ()):
            if id(group) not in entered:
                entered.add(id(group))
                reached = [*reached, *group]
        for other in reached:
            if other not in seen and other not in without:
                seen.add(other)
                pending.append(other)
