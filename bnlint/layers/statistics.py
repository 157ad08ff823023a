"""The batch-norm layers of a graph: one for every pair of statistics, whatever the number of ops that use it.

Normalizers, update ops and variables are tied by structure: a normalizer reads its statistics, or shares
the batch moments that an update op averages into them. Names only complete what structure leaves open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from bnlint.graph.control_flow import Gates
from bnlint.graph.graph import Graph
from bnlint.graph.variables import AssignKind, Variables
from bnlint.layers import names
from bnlint.layers.applications import Normalizer, Normalizers, is_computed, is_decomposed
from bnlint.layers.moments import Moments
from bnlint.layers.updates import Update, Updates

Pair = tuple[int, int]
_OWN_SCOPE = re.compile(r"(.*/)?batchnorm(_\d+)?/")
"""The name scope of ``tf.nn.batch_normalization`` (tensorflow/python/ops/nn_impl.py)."""
_ADDS = frozenset({"AssignAdd", "AssignAddVariableOp"})


class GraphLayer(NamedTuple):
    """One layer, by variable nodes."""

    mean: int
    variance: int
    gamma: int | None
    beta: int | None
    normalizers: tuple[Normalizer, ...]
    mean_updates: tuple[Update, ...]
    variance_updates: tuple[Update, ...]
    raw: tuple[int, ...] = ()
    """The variables that hold the moments of the last batch, where the statistics are their averages."""


@dataclass(slots=True)
class _Members:
    """What is known of a layer while it is put together."""

    normalizers: list[Normalizer] = field(default_factory=list)
    gamma: int | None = None
    beta: int | None = None

    def add(self, normalizer: Normalizer) -> None:
        self.normalizers.append(normalizer)
        self.gamma = normalizer.gamma if self.gamma is None else self.gamma
        self.beta = normalizer.beta if self.beta is None else self.beta


class GraphLayers:
    """Finds the layers of one graph.

    Args:
        graph: the graph.
        variables: its variables.
        shapes: the shape of each variable node, where the graph or the checkpoint says it.
        keys: the checkpoint key of each variable node, for the names that complete what structure leaves open.
    """

    def __init__(
        self,
        graph: Graph,
        variables: Variables,
        gates: Gates,
        shapes: Mapping[int, names.Shape],
        keys: Mapping[int, str],
    ) -> None:
        self._graph = graph
        self._variables = variables
        self._shapes = shapes
        self._keys = keys
        self.untied: tuple[Normalizer, ...] = ()
        """Normalizers that no statistics were found for, once `find` has looked: layer normalization and others."""
        self._moments = Moments(graph)
        self._normalizers = Normalizers(graph, variables, self._moments, gates).find()
        updates = Updates(graph, variables, self._moments, gates)
        self._updates = {
            variable: updates.of(variable)
            for variable, found in variables.assignments.items()
            if any(a.kind is AssignKind.UPDATE for a in found)
        }
        self._moved = {v: self._batch(found) for v, found in self._updates.items() if self._batch(found)}
        """Variables that moments of a batch are assigned to, with the nodes that compute those moments."""
        self._moved_by: dict[int, list[int]] = {}
        for variable, found in self._moved.items():
            for moment in found:
                self._moved_by.setdefault(moment, []).append(variable)

    @staticmethod
    def _batch(updates: Iterable[Update]) -> frozenset[int]:
        return frozenset[int]().union(*(update.origin.batch for update in updates))

    def find(self) -> tuple[GraphLayer, ...]:
        """Return the layers in the order of their statistics in the graph; what is left over is ``untied``."""
        read = [n for n in self._normalizers if n.uses_population]
        self._stand_ins = self._averages({v for n in read for v in n.mean.variables | n.variance.variables})
        self._originals = dict(self._averaged_again())
        layers: dict[Pair, _Members] = {}
        loose: list[Normalizer] = []
        for normalizer in self._normalizers:
            pair = self._pair_read(normalizer) or self._pair_moved(normalizer)
            if pair is None:
                loose.append(normalizer)
            else:
                layers.setdefault(pair, _Members()).add(normalizer)
        self._complete_by_name(layers)
        for pair in [pair for pair, members in layers.items() if self._is_of_data(pair, members)]:
            loose.extend(layers.pop(pair).normalizers)
        for pair in self._sums(layers):
            loose.extend(layers.pop(pair).normalizers)
        self.untied = tuple(self._attach(loose, layers))
        return tuple(self._layer(pair, members) for pair, members in sorted(layers.items()))

    def are_kept(self, normalizer: Normalizer) -> bool:
        """Whether the moments of a batch that ``normalizer`` takes are assigned to a variable."""
        return not self._moved_by.keys().isdisjoint(normalizer.mean.batch | normalizer.variance.batch)

    def _averages(self, read: set[int]) -> dict[int, int]:
        """Map a variable that only holds the moments of the last batch to the shadow that averages it.

        ``ExponentialMovingAverage.apply`` on such a variable makes a shadow whose update reads it; zero-debiased
        averages keep a ``…/biased`` variable beside the statistic (tensorflow/python/training/moving_averages.py);
        batch renormalization averages the standard deviation and computes the variance from it.
        A variable that inference reads is itself the statistic.
        """
        found: dict[int, int] = {}
        for shadow, updates in self._updates.items():
            for raw in frozenset[int]().union(*(u.origin.variables for u in updates)) - {shadow}:
                if raw not in self._moved or raw in read or shadow in self._moved:
                    continue
                is_debiased = self._graph.nodes[raw].name.rpartition("/")[2] == "biased"
                is_derived = not any(u.keeps_old_value for u in updates)
                if is_debiased or is_derived or not any(u.keeps_old_value for u in self._updates[raw]):
                    found[raw] = shadow
        return found

    def _averaged_again(self) -> Iterator[tuple[int, int]]:
        """Yield the shadows of statistics that are averages themselves, with those: evaluation may read either.

        The decay of an average may follow the step (``num_updates``), a variable of another shape.
        """
        for shadow, updates in self._updates.items():
            origins = frozenset[int]().union(*(u.origin.variables for u in updates)) - {shadow}
            raw = {variable for variable in origins if self._shapes.get(variable) == self._shapes.get(shadow)}
            original = next(iter(raw), shadow)
            is_average = shadow not in self._moved and all(u.keeps_old_value for u in updates)
            if is_average and len(raw) == 1 and original in self._moved and original not in self._stand_ins:
                yield shadow, original

    def _pair_read(self, normalizer: Normalizer) -> Pair | None:
        """Return the statistics that ``normalizer`` reads in inference mode."""
        if not normalizer.uses_population:
            return None
        mean, variance = (
            frozenset(self._originals.get(v, v) for v in origin.variables)
            for origin in (normalizer.mean, normalizer.variance)
        )
        return self._matching(mean - variance or mean, variance - mean)

    def _pair_moved(self, normalizer: Normalizer) -> Pair | None:
        """Return the statistics that the batch moments of ``normalizer`` are averaged into."""
        means, variances = set[int](), set[int]()
        for moment in normalizer.mean.batch | normalizer.variance.batch:
            for variable in self._moved_by.get(moment, ()):
                second = any(u.origin.is_second_moment for u in self._updates[variable])
                (variances if second else means).add(self._stand_ins.get(variable, variable))
        return self._matching(means, variances)

    def _matching(self, means: Iterable[int], variances: Iterable[int]) -> Pair | None:
        """Return the mean and variance of equal shape that sit closest together."""
        candidates = [
            (m, v)
            for m in means
            for v in variances
            if m != v and self._shapes.get(m) == self._shapes.get(v) and len(self._shapes.get(m, (1,))) > 0
        ]
        return min(candidates, key=self._distance, default=None)

    def _distance(self, pair: Pair) -> tuple[int, int, Pair]:
        mean, variance = (self._graph.nodes[number].name for number in pair)
        shared = names.common_scope((mean, variance))
        is_named = bool(names.pairs({mean: (1,), variance: (1,)}))
        return (not is_named, -len(shared), pair)

    def _complete_by_name(self, layers: dict[Pair, _Members]) -> None:
        """Add pairs named like statistics that no normalizer was tied to, and the scale and offset that none shows."""
        by_name = {self._keys[v]: v for v in self._keys}
        shapes = {name: self._shapes[v] for name, v in by_name.items() if v in self._shapes}
        used = {variable for pair in layers for variable in pair}
        for mean, variance in names.pairs(shapes):
            pair = (by_name[mean], by_name[variance])
            if not used & set(pair) and not self._averages_a_variable(pair[0]):
                layers[pair] = _Members()
        for pair, members in layers.items():
            if members.gamma is None or members.beta is None:
                named = names.siblings(self._keys[pair[0]], self._keys[pair[1]], shapes)
                members.gamma = by_name.get(named.gamma or "") if members.gamma is None else members.gamma
                members.beta = by_name.get(named.beta or "") if members.beta is None else members.beta

    def _averages_a_variable(self, variable: int) -> bool:
        """Whether ``variable`` is the average of another variable: a shadow of weights or of statistics.

        Stochastic weight averaging mixes the two by a plain assignment, whose value holds them both.
        """
        return any(
            update.origin.variables - {variable} and not update.origin.is_batch
            for update in self._updates.get(variable, ())
        ) or any(
            {variable} < self._moments.origin(assignment.value).variables
            for assignment in self._variables.assignments.get(variable, ())
            if assignment.kind is AssignKind.COPY
        )

    def _is_of_data(self, pair: Pair, members: _Members) -> bool:
        """Whether a mean and a variance standardise data, as running normalizers of observations do, and no layer.

        Nothing tells that from batch norm without scale and offset in inference mode, but for what either is called
        (``tf.nn.batch_normalization`` names its ops), and for averages of the moments of batches: those of what the
        network computes are a layer's, those of what it is fed or to aim at are not (PopArt's targets).
        """
        if members.gamma is not None or members.beta is not None or not members.normalizers:
            return False
        for normalizer in members.normalizers:
            node = self._graph.nodes[normalizer.number]
            if normalizer.uses_batch or not is_decomposed(node) or _OWN_SCOPE.match(node.name):
                return False
        is_average = any(u.origin.is_batch and u.momentum is not None for v in pair for u in self._updates.get(v, ()))
        if is_average and any(is_computed(self._graph, normalizer) for normalizer in members.normalizers[:1]):
            return False
        return not any(self._are_named(mean, variance) for mean, variance in (pair, pair[::-1]))

    def _are_named(self, mean: int, variance: int) -> bool:
        """Whether two variables are called like the statistics of one layer."""
        return bool(names.pairs({self._keys[number]: (1,) for number in (mean, variance)}))

    def _sums(self, layers: Mapping[Pair, _Members]) -> list[Pair]:
        """Return pairs that only add up the moments of batches, beside moving statistics of the same layer.

        Generators keep such sums, and divide them by a count, to have standing statistics after training.
        """
        owners: dict[tuple[int | None, int | None], list[Pair]] = {}
        for pair, members in layers.items():
            if members.gamma is not None or members.beta is not None:
                owners.setdefault((members.gamma, members.beta), []).append(pair)
        found: list[Pair] = []
        for pairs in owners.values():
            sums = [pair for pair in pairs if all(self._is_sum(number) for number in pair)]
            found.extend(sums if len(sums) < len(pairs) else ())
        return found

    def _is_sum(self, variable: int) -> bool:
        updates = self._updates.get(variable, ())
        return bool(updates) and all(
            u.op in _ADDS and u.origin.is_batch and variable not in u.origin.variables for u in updates
        )

    def _attach(self, loose: Iterable[Normalizer], layers: Mapping[Pair, _Members]) -> Iterator[Normalizer]:
        """Tie a normalizer that moves and reads no statistics to the layer whose scale or offset it uses.

        Yields those that no layer is to be found for.
        """
        owners: dict[int, _Members] = {}
        for members in layers.values():
            for variable in (members.gamma, members.beta):
                if variable is not None:
                    owners.setdefault(variable, members)
        for normalizer in loose:
            for variable in (normalizer.gamma, normalizer.beta):
                if variable is not None and variable in owners and normalizer.uses_batch:
                    owners[variable].add(normalizer)
                    break
            else:
                yield normalizer

    def _layer(self, pair: Pair, members: _Members) -> GraphLayer:
        mean, variance = pair
        raw = tuple(sorted(v for v, shadow in self._stand_ins.items() if shadow in pair))
        return GraphLayer(
            mean=mean,
            variance=variance,
            gamma=members.gamma,
            beta=members.beta,
            normalizers=tuple(members.normalizers),
            mean_updates=self._averaging(mean),
            variance_updates=self._averaging(variance),
            raw=raw,
        )

    def _averaging(self, statistic: int) -> tuple[Update, ...]:
        """Return the updates of ``statistic``; a zero-debiased one has the momentum of the biased average behind it."""
        updates = self._updates.get(statistic, ())
        biased = (raw for raw, shadow in self._stand_ins.items() if shadow == statistic)
        momentum = next((u.momentum for raw in biased for u in self._updates[raw] if u.keeps_old_value), None)
        return tuple(u._replace(momentum=momentum) if u.momentum is None else u for u in updates)
