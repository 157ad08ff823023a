"""Where the layers of an artifact come from: its graph, what the framework recorded, and the names of variables.

Structure first, names second, configuration third; all merge into one list, in which a pair of statistics stands once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from bnlint.graph.variables import AssignKind
from bnlint.layers import names
from bnlint.layers.dialect import dialect_by_name
from bnlint.layers.from_graph import GraphView
from bnlint.layers.layer import Dialect, Layer, Variable
from bnlint.layers.predicates import at_init
from bnlint.layers.reading import Reading
from bnlint.layers.recorded import lost_layers, recorded_layers


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything that may tell layers."""

    reading: Reading
    view: GraphView | None
    listed: frozenset[str] | None
    """The keys that were saved, None where nobody knows."""
    is_eager: bool
    """Whether TensorFlow 2 or Keras wrote it: then repairs are in their words."""

    def layers(self) -> Iterator[Layer]:
        """Yield every layer once: those of the graph with what was recorded of them, then recorded and named ones."""
        found = tuple(self._with_statistics())
        yield from found
        if self.reading.records and (self.view is None or self.view.meta.is_serving):
            known = {self.reading.label(v.name) for layer in found for v in layer.variables}
            told = set(self.reading.slot_keys)
            told.update(k for r in self.reading.records if r.class_name is not None for k in r.variables.values())
            labels = self.reading.labels.items()
            yield from lost_layers({key: label for key, label in labels if key not in told and label not in known})

    def _with_statistics(self) -> Iterator[Layer]:
        recorded = {_pair(layer): layer for _, layer in recorded_layers(self.reading.records, self.reading.saved)}
        seen: set[str] = set()
        for layer in self._graph_layers():
            seen.update(_pair(layer))
            yield _joined(layer, recorded.pop(_pair(layer), None))
        for pair, layer in recorded.items():
            if not seen & set(pair):
                seen.update(pair)
                yield layer
        if self.view is None or self.view.meta.is_serving:  # a training graph has all of its variables
            yield from self._named_layers(seen)
        if self.view is not None:
            yield from self._stripped_layers(self.view)

    def _graph_layers(self) -> Iterator[Layer]:
        """Yield the layers that have at least one variable in the save, or all where nobody knows what was saved."""
        if self.view is None:
            return
        is_initialised = _initialises(self.view)
        for found, layer in self.view.layers():
            if (
                self.listed is None
                or any(v.name in self.listed for v in layer.variables)
                or (not layer.parameters and self.view.feeds_saved(found, self.listed))
            ):
                known = layer if is_initialised else self._with_usual_initials(layer)
                yield replace(known, dialect=Dialect.EAGER) if self.is_eager else known

    def _with_usual_initials(self, layer: Layer) -> Layer:
        """Give the usual initial values to a layer of a graph that was saved to be served and initialises nothing."""
        variance = self.reading.label(layer.moving_variance.name)
        usual = dict(_usual(layer, variance))
        return layer.mapped(lambda v: _starting_at(v, usual[v.name]) if v.initial is None else v)

    def _stripped_layers(self, view: GraphView) -> Iterator[Layer]:
        """Yield layers whose statistics were dropped; ones and zeros in place of scale and offset are no layer's."""
        for layer in map(self._with_usual_initials, view.stripped_layers()):
            self.reading.read(v.name for v in layer.parameters)
            values = (replace(v, values=self.reading.arrays.get(v.name)) for v in layer.parameters)
            if any(at_init(v) is False for v in values):
                yield layer

    def _named_layers(self, seen: set[str]) -> Iterator[Layer]:
        """Yield the layers that the names of saved variables tell, but for statistics that were ``seen``."""
        saved = self.reading.saved
        # By label, since Keras 3's export saves every variable twice.
        known = {self.reading.label(key) for key in seen}
        # What Keras 2 calls Adam/m/bn/moving_mean is a slot of a statistic that somebody made trainable.
        labels = self.reading.labels.items()
        keys = {label: key for key, label in labels if label not in known and key not in self.reading.slot_keys}
        shapes = {label: saved[key].shape for label, key in keys.items()}
        for mean, variance in names.pairs(shapes):
            found = names.siblings(mean, variance, shapes)
            layer = Layer(
                name="",
                moving_mean=Variable(keys[mean]),
                moving_variance=Variable(keys[variance]),
                gamma=None if found.gamma is None else Variable(keys[found.gamma]),
                beta=None if found.beta is None else Variable(keys[found.beta]),
                dialect=Dialect.EAGER if self.is_eager else dialect_by_name(mean, variance),
            )
            yield self._with_usual_initials(layer)


def _pair(layer: Layer) -> tuple[str, str]:
    """Return the keys of the statistics, by which a layer is known."""
    return layer.moving_mean.name, layer.moving_variance.name


def _joined(layer: Layer, recorded: Layer | None) -> Layer:
    """Return a layer of the graph with what the framework recorded of it and the graph does not say."""
    if recorded is None:
        return layer
    return replace(
        layer,
        name=recorded.name,
        gamma=layer.gamma or recorded.gamma,
        beta=layer.beta or recorded.beta,
        epsilon=recorded.epsilon if layer.epsilon is None else layer.epsilon,
        declared_momentum=recorded.declared_momentum,
        feeder=layer.feeder or recorded.feeder,
        trainable=recorded.trainable,
        declared_training=recorded.declared_training,
    )


def _initialises(view: GraphView) -> bool:
    """Whether the graph initialises any variable; one that was saved to be served only restores them."""
    assigned = view.variables.assignments.values()
    return any(a.kind is AssignKind.INITIAL for assignments in assigned for a in assignments)


def _usual(layer: Layer, variance: str) -> Iterable[tuple[str, float]]:
    """Yield what each variable of a layer usually starts at, by key; the program calls the last one ``variance``."""
    roles = ((layer.gamma, 1.0), (layer.beta, 0.0), (layer.moving_mean, 0.0))
    yield from ((v.name, value) for v, value in roles if v is not None)
    yield layer.moving_variance.name, names.initial_variance(variance)


def _starting_at(variable: Variable, initial: float) -> Variable:
    return replace(variable, initial=np.asarray(initial, np.float32), is_initial_assumed=True)
