"""Which clocks count the updates of a layer, in a graph that trains its networks in turns.

The critic of a GAN is trained by one op and its generator by another, five times as seldom perhaps. The step variable
that one of them increments, and the powers of its Adam, say nothing of the updates that the other runs. Where a program
fetches both in one ``session.run``, each has counted all the same what ran beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bnlint.graph.graph import Graph
from bnlint.graph.training import Training
from bnlint.graph.variables import Variables
from bnlint.layers.layer import Layer
from bnlint.results import Step


class Turns:
    """The training steps of a graph, by what they run."""

    def __init__(self, graph: Graph, variables: Variables, training: Training, keys: Mapping[int, str]) -> None:
        self._graph = graph
        self._training = training
        self._assignments = {keys[number]: found for number, found in variables.assignments.items() if number in keys}

    def with_clocks(self, layers: tuple[Layer, ...], said: Mapping[str, Step]) -> tuple[Layer, ...]:
        """Give layers that not every step updates the clocks that count their updates.

        Args:
            layers: the layers.
            said: what each clock of the artifact says, by key, the most trusted first.
        """
        if not said or len(self._training.steps) < 2:
            return layers
        ticks = {key: self._running(a.number for a in self._assignments.get(key, ())) for key in said}
        return tuple(self._with_clocks(layer, said, ticks) for layer in layers)

    def _with_clocks(self, layer: Layer, said: Mapping[str, Step], ticks: Mapping[str, frozenset[int]]) -> Layer:
        """Put the clocks first that tick whenever the layer is updated and then only; leave out those that never do.

        A clock that no training step moves is counted by hand, and for all.
        """
        numbers = (self._graph.number(update.op) for update in layer.updates)
        own = self._running(number for number in numbers if number is not None)
        if not own:
            return layer
        counting = [key for key in said if not ticks[key] or ticks[key] & own]
        ranked = _steps(sorted(counting, key=lambda key: ticks[key] != own), said)
        return layer if ranked == _steps(said, said) else replace(layer, clocks=ranked)

    def _running(self, numbers: Iterable[int]) -> frozenset[int]:
        """Return the training steps that run one of some ops."""
        sought = set(numbers)
        return frozenset(n for n, step in enumerate(self._training.steps) if not sought.isdisjoint(step))


def _steps(keys: Iterable[str], said: Mapping[str, Step]) -> tuple[Step, ...]:
    return tuple([said[key] for key in keys])
