"""Updates that inference runs too: they stand before an output that a predicate also selects for inference."""

from __future__ import annotations

from collections.abc import Iterator

from bnlint.graph.control_flow import MERGES, SELECTS, Gate, Gates, gate
from bnlint.graph.graph import Graph, Output
from bnlint.graph.sweep import ancestors
from bnlint.graph.variables import VARIABLES
from bnlint.layers.layer import UngatedUpdate
from bnlint.layers.statistics import GraphLayer
from bnlint.layers.updates import Update

_REACH = 100
"""How many ops (an activation, dropout) may stand between a layer's output and the tf.cond that selects it."""
_MODES = VARIABLES | {"Placeholder", "PlaceholderWithDefault", "LogicalAnd", "LogicalOr", "Equal", "Const"}
"""What a predicate that says whether the program trains comes from; a comparison of data is none."""


def ungated_updates(graph: Graph, gates: Gates, layer: GraphLayer) -> Iterator[UngatedUpdate]:
    """Yield the updates of ``layer`` that run before its output whatever the predicate says, each once per output."""
    for output, choice in (*_switched(layer), *_selected(graph, gates, layer)):
        suspects = [update for update in _updates(layer) if choice.predicate not in {g.predicate for g in update.gates}]
        before = ancestors(graph, [output]) if suspects else frozenset[int]()
        for update in suspects:
            if update.number in before:
                names = (graph.nodes[n].name for n in (update.number, output, choice.predicate.node))
                yield UngatedUpdate(*names)


def _updates(layer: GraphLayer) -> tuple[Update, ...]:
    return (*layer.mean_updates, *layer.variance_updates)


def _switched(layer: GraphLayer) -> Iterator[tuple[int, Gate]]:
    """Yield the outputs of applications whose statistics a predicate chooses."""
    return ((n.output, n.choice) for n in layer.normalizers if n.choice is not None)


def _selected(graph: Graph, gates: Gates, layer: GraphLayer) -> Iterator[tuple[int, Gate]]:
    """Yield nodes that choose between a training and an inference copy of the layer."""
    training = [n.output for n in layer.normalizers if n.choice is None and n.uses_batch]
    inference = [n.output for n in layer.normalizers if n.choice is None and not n.uses_batch]
    if not training or not inference:
        return
    behind_inference = [_behind(graph, output) for output in inference]
    for output in training:
        behind = _behind(graph, output)
        for other in behind_inference:
            for number in sorted(behind & other):
                arms = [_arm.node for _arm in _arms(graph, number)]
                if any(a in behind - other for a in arms) and any(a in other - behind for a in arms):
                    own = _gate_between(graph, gates, number)
                    if own is not None:
                        yield number, own


def _behind(graph: Graph, output: int) -> frozenset[int]:
    """Return ``output`` and what takes its data, up to and including the first choice on every way."""
    pending, seen = [output], {output}
    for current in pending:
        for consumer in graph.consumers[current]:
            if consumer not in seen and len(seen) < _REACH:
                seen.add(consumer)
                if not _arms(graph, consumer):
                    pending.append(consumer)
    return frozenset(seen)


def _arms(graph: Graph, number: int) -> tuple[Output, ...]:
    """Return what Merge or Select ``number`` chooses from; () for any other op."""
    op, data = graph.nodes[number].op, graph.data[number]
    if op in SELECTS:
        return data[1:3]
    return data if op in MERGES else ()


def _gate_between(graph: Graph, gates: Gates, number: int) -> Gate | None:
    """Return the gate by which Merge or Select ``number`` chooses, where it is one that says the mode."""
    data = graph.data[number]
    if graph.nodes[number].op in SELECTS:
        own = gate(graph, data[0], branch=True)
        return own if own is not None and graph.nodes[own.predicate.node].op in _MODES else None
    arriving = [gates.of(arm.node) | gates.of_output(arm) for arm in data]
    for own in sorted(arriving[0]):
        if any(Gate(own.predicate, not own.branch) in others for others in arriving[1:]):
            return own
    return None
