"""How often one training step updates a statistic, and how many of those updates start from the same old value.

``moving -= (moving - batch) * (1 - momentum)`` multiplies the old value by the momentum. Where k of them read before
any of them writes, they multiply it by ``1 - k * (1 - momentum)`` together, which diverges below -1. An update comes
after another one where its read of the old value needs that one, over data or control edges: tf.function makes all
reads and writes of a variable wait for each other (tensorflow/python/framework/auto_control_deps.py), a graph of
TensorFlow 1 none.

A ``ReadVariableOp`` needs nothing but the handle and takes a snapshot when the step begins. A reference variable shares
its memory with what reads it, so there an update sees what was written before it computes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from bnlint.graph.control_flow import Gate, is_in_loop, source
from bnlint.graph.graph import Graph, Output
from bnlint.graph.sweep import ancestors, descendants
from bnlint.graph.training import Training
from bnlint.graph.variables import ASSIGNS, READS, variable_of
from bnlint.layers.layer import Repeats
from bnlint.layers.moments import FUSED, REDUCTIONS
from bnlint.layers.updates import Update

RESOURCE = "VarHandleOp"
_REACH = 40
"""How many ops may stand between an update and its read of the old value."""
_OTHERS = ASSIGNS | REDUCTIONS


def repeats(graph: Graph, training: Training, statistics: Iterable[Sequence[Update]]) -> Mapping[int, Repeats]:
    """Return how often a step updates each variable, of those that several wired ops move.

    Args:
        graph: the graph.
        training: where it trains.
        statistics: the updates of each statistic.
    """
    wired = [tuple(u for u in updates if training.is_wired(u.number)) for updates in statistics]
    together = [moving for updates in wired if len(moving := _exclusive(updates)) > 1]
    if not together:
        return {}
    chosen = {
        updates[0].variable: max(([u for u in updates if u.number in step] for step in training.steps), key=len)
        for updates in together
    }
    order = _Order(graph, [u for updates in chosen.values() for u in updates])
    return {
        variable: Repeats(
            total=len(updates),
            unordered=order.largest_group([u for u in updates if not is_in_loop(graph, u.number)]),
            in_place=graph.nodes[variable].op != RESOURCE,
        )
        for variable, updates in chosen.items()
        if updates
    }


def _exclusive(updates: Sequence[Update]) -> Sequence[Update]:
    """Return the updates that move, and of those in opposite branches of a tf.cond the larger part."""
    updates = [u for u in updates if u.momentum is None or u.momentum < 1.0]
    for predicate in sorted({gate.predicate for u in updates for gate in u.gates}):
        arms = [[u for u in updates if Gate(predicate, branch) not in u.gates] for branch in (False, True)]
        updates = max(arms, key=len)
    return updates


class _Order:
    """Which of some updates must have run before each of them reads the old value."""

    def __init__(self, graph: Graph, updates: Sequence[Update]) -> None:
        self._graph = graph
        self._controls: dict[int, tuple[int, ...]] = {}
        self._bits = {update.number: 1 << position for position, update in enumerate(updates)}
        self._reads = {update.number: frozenset(_reads(graph, update)) for update in updates}
        reads = frozenset[int]().union(*self._reads.values())
        between = descendants(graph, self._bits) & ancestors(graph, reads)
        self._before = self._sweep(between)

    def largest_group(self, updates: Iterable[Update]) -> int:
        """Return how many of the updates of one variable read the same old value: after the same other ones."""
        own = [update.number for update in updates]
        mask = sum(self._bits[number] for number in own)
        groups: Counter[int] = Counter()
        for number in own:
            earlier = [self._before.get(read, 0) & mask for read in self._reads[number]]
            if earlier:  # one that does not read the old value starts from none
                groups[min(earlier, key=int.bit_count)] += 1
        return max(groups.values(), default=0)

    def _sweep(self, between: Collection[int]) -> Mapping[int, int]:
        """Return for each node ``between`` an update and a read the updates that it needs, as bits."""
        known: dict[int, int] = {}
        entered: set[int] = set()
        pending = list(between)
        while pending:
            current = pending[-1]
            if current in known:
                pending.pop()
                continue
            inputs = [n for n in self._inputs(current) if n < 0 or n in between]
            waiting = [n for n in inputs if n not in known and n not in entered]
            if waiting and current not in entered:
                entered.add(current)
                pending.extend(waiting)
                continue
            entered.add(current)
            bits = self._bits.get(current, 0)
            for number in inputs:
                bits |= known.get(number, 0)
            known[current] = bits
            pending.pop()
        return known

    def _inputs(self, number: int) -> Iterator[int]:
        """Yield what a node needs; a set of control inputs, which many nodes share, is a node of a negative number."""
        if number < 0:
            yield from self._controls[number]
            return
        yield from (output.node for output in self._graph.data[number])
        control = self._graph.control[number]
        if control:
            shared = ~id(control)
            self._controls[shared] = control
            yield shared


def _reads(graph: Graph, update: Update) -> Iterator[int]:
    """Yield the ops at which ``update`` sees the old value: the reads of a resource, what computes with a reference.

    Beyond the moments of the batch, and beyond another assignment, an old value is another update's.
    """
    start = graph.data[update.number][1]
    pending, seen = [start.node], {start.node}
    for current in pending:
        if graph.nodes[current].op in _OTHERS:
            continue
        for output in graph.data[current]:
            if variable_of(graph, output) == update.variable:
                read = _read(graph, output)
                yield current if read is None else read
            elif output.node not in seen and len(seen) < _REACH and graph.nodes[current].op not in FUSED:
                seen.add(output.node)
                pending.append(output.node)


def _read(graph: Graph, output: Output) -> int | None:
    """Return the ReadVariableOp behind ``output``; None where it is a reference variable."""
    for _ in range(_REACH):
        number = source(graph, output).node
        if graph.nodes[number].op in READS:
            return number
        if not graph.data[number]:
            return None
        output = graph.data[number][0]
    return None
