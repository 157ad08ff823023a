"""Artifact → Subject: layers from the graph, the framework's records and names, completed with what was saved.

Structure first, names second, configuration third; all sources merge into one list, counted by statistics.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from bnlint.artifacts.artifact import Artifact, Part
from bnlint.findings import Problem, Step
from bnlint.graph.variables import AssignKind
from bnlint.layers import names
from bnlint.layers.clocks import Clock, clocks, read_step
from bnlint.layers.from_graph import GraphView
from bnlint.layers.naming import named
from bnlint.layers.predicates import at_init, is_frozen
from bnlint.layers.reading import Reading
from bnlint.layers.recorded import lost_layers, recorded_layers
from bnlint.layers.subject import Dialect, Layer, Need, Subject, Variable
from bnlint.layers.trained import judge_trained, slots_moved

_OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
_EAGER = frozenset({"tf2", "keras2", "keras3"})
_TF1_FORMATS = frozenset({"tensor-bundle", "v1-checkpoint"})
_NEEDS = {
    Part.NAMES: (Need.NAMES,),
    Part.VALUES: (Need.VALUES,),
    Part.GRAPH: (Need.GRAPH, Need.TRAINING, Need.STRUCTURE, Need.SERVING),
}
"""What cannot be had without a part."""


class Built(NamedTuple):
    """A subject, what went wrong while its values were read, and what a reader should know that is no layer."""

    subject: Subject
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def build_subject(artifact: Artifact) -> Built:
    """Recognise the batch-norm layers of ``artifact`` and read what rules may ask.

    Only the values of batch-norm variables and clocks are read, and where those cannot say whether the artifact
    was trained, a few small tensors more.
    """
    return _Builder(artifact).build()


class _Builder:
    def __init__(self, artifact: Artifact) -> None:
        self.artifact = artifact
        self.reading = Reading(artifact)
        self.view = None
        if artifact.meta_graph is not None:
            shapes = {key: variable.shape for key, variable in self.reading.saved.items()}
            self.view = GraphView(artifact.meta_graph, shapes)
        self.listed = self._listed()

    def build(self) -> Built:
        found = tuple(self._found())
        timers = self._clocks()
        self.reading.read([*(v.name for layer in found for v in layer.variables), *(timer.key for timer in timers)])
        layers = self._completed(found)
        savers = None if self.view is None else self.view.savers
        step = self._step(timers)
        subject = Subject(
            name=self.artifact.name,
            layers=layers,
            framework=self._framework(),
            tensorflow=None if self.artifact.meta_graph is None else self.artifact.meta_graph.tensorflow_version,
            trained=judge_trained(layers, timers, step, self.reading, self.view),
            step=step,
            saver=None if savers is None or savers.own is None else savers.own.op,
            other_savers=() if savers is None else savers.others,
            elsewhere=self._elsewhere(layers),
            missing=self._missing(layers),
            absent=frozenset(need for part in self.artifact.absent for need in _NEEDS[part]),
        )
        notes = () if self.view is None else self.view.notes
        return Built(subject, tuple(self.reading.problems), notes)

    def _listed(self) -> frozenset[str] | None:
        """Return the keys that were saved: those of the index, else those that the saver lists."""
        if self.artifact.saved is not None and Part.NAMES not in self.artifact.absent:
            return frozenset(self.artifact.saved)
        if self.view is not None and self.view.savers.own is not None:
            return self.view.savers.own.names
        return None

    def _found(self) -> Iterator[Layer]:
        """Yield every layer once: those of the graph with what was recorded of them, then recorded and named ones."""
        found: list[Layer] = []
        for layer in self._with_statistics():
            found.append(layer)
            yield layer
        if self.artifact.records and (self.view is None or self.view.meta.is_serving):
            known = {self.reading.label(v.name) for layer in found for v in layer.variables}
            slots = {key for keys in self.artifact.slots.values() for key in keys}
            told = {k for r in self.artifact.records if r.class_name is not None for k in r.variables.values()}
            labels = {k: v for k, v in self.reading.labels.items() if k not in slots | told}
            yield from lost_layers({k: v for k, v in labels.items() if v not in known})

    def _with_statistics(self) -> Iterator[Layer]:
        recorded = {_pair(layer): layer for _, layer in recorded_layers(self.artifact.records, self.reading.saved)}
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
                is_eager = self._framework() in _EAGER
                yield replace(known, dialect=Dialect.EAGER) if is_eager else known

    def _with_usual_initials(self, layer: Layer) -> Layer:
        """Give the usual initial values to a layer of a graph that was saved to be served and initialises nothing."""
        variance = self.reading.label(layer.moving_variance.name)
        usual = dict(_usual(layer, variance))
        return _mapped(layer, lambda v: _starting_at(v, usual[v.name]) if v.initial is None else v)

    def _stripped_layers(self, view: GraphView) -> Iterator[Layer]:
        """Yield layers whose statistics were dropped; ones and zeros in place of scale and offset are no layer's."""
        for layer in view.stripped_layers():
            layer = self._with_usual_initials(layer)  # noqa: PLW2901
            self.reading.read(v.name for v in layer.parameters)
            if any(at_init(self._with_values(v)) is False for v in layer.parameters):
                yield layer

    def _named_layers(self, seen: set[str]) -> Iterator[Layer]:
        """Yield the layers that the names of saved variables tell, but for statistics that were ``seen``."""
        saved = self.reading.saved
        known = {
            self.reading.labels[key] for key in seen if key in self.reading.labels
        }  # Keras 3's export saves every variable twice
        keys = {label: key for key, label in self.reading.labels.items() if label not in known}
        shapes = {label: saved[key].shape for label, key in keys.items()}
        for mean, variance in names.pairs(shapes):
            found = names.siblings(mean, variance, shapes)
            layer = Layer(
                name="",
                moving_mean=Variable(keys[mean]),
                moving_variance=Variable(keys[variance]),
                gamma=None if found.gamma is None else Variable(keys[found.gamma]),
                beta=None if found.beta is None else Variable(keys[found.beta]),
            )
            yield self._with_usual_initials(layer)

    def _clocks(self) -> tuple[Clock, ...]:
        saved = self.reading.saved
        if self.view is None:
            return clocks(saved)
        return clocks(saved, self.view.counters if self.view.trains else None, self.view.beta2s)

    def _step(self, timers: tuple[Clock, ...]) -> Step | None:
        """Return how far training had come, in the program's own words for the variable that says so."""
        step = read_step(timers, self.reading.arrays)
        return None if step is None else step._replace(source=self.reading.label(step.source))

    def _completed(self, layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
        """Give the layers their names and values, and what more is worth knowing of those that look untouched."""
        layers = tuple(_mapped(layer, self._with_values) for layer in named(layers, self.reading.labels))
        moved = slots_moved((p for layer in layers for p in layer.parameters), self.reading)
        if moved:
            layers = tuple(_mapped(layer, lambda v: replace(v, slots_moved=moved.get(v.name))) for layer in layers)
        view = self.view
        if view is None or not view.trains:
            return layers
        return tuple(_mapped(layer, view.with_joints) if is_frozen(layer) else layer for layer in layers)

    def _with_values(self, variable: Variable) -> Variable:
        saved = self.reading.saved.get(variable.name)
        return replace(
            variable,
            shape=variable.shape if saved is None else saved.shape,
            is_saved=None if self.listed is None else variable.name in self.listed,
            values=self.reading.arrays.get(variable.name),
            unread=self.reading.unread.get(variable.name) or (None if saved else self.artifact.absent.get(Part.NAMES)),
        )

    def _elsewhere(self, layers: tuple[Layer, ...]) -> Mapping[str, str]:
        lacking = [v.name for layer in layers for v in layer.statistics if v.is_saved is False]
        return self.artifact.elsewhere(lacking) if lacking else {}

    def _framework(self) -> str:
        if self.artifact.framework is not None:
            return self.artifact.framework
        if _OBJECT_GRAPH in self.reading.saved:
            return "tf2"
        return "tf1" if self.artifact.format in _TF1_FORMATS else "unknown"

    def _missing(self, layers: tuple[Layer, ...]) -> dict[Need, str]:
        missing: dict[Need, str] = {}
        for part in (Part.VALUES, Part.NAMES, Part.GRAPH):  # why there are no values before why there are no names
            reason = self.artifact.absent.get(part) or self.artifact.without.get(part)
            if reason is not None:
                for need in _NEEDS[part]:
                    missing.setdefault(need, reason)
        if self.artifact.records:
            missing.pop(Need.STRUCTURE, None)
        if layers and not any(v.values is not None for layer in layers for v in layer.variables):
            saved = any(v.is_saved for layer in layers for v in layer.variables)
            reason = "none of the layers' values could be read" if saved else "nothing of the layers is in the save"
            missing.setdefault(Need.VALUES, reason)
        if self.view is not None and not self.view.trains:
            missing[Need.TRAINING] = "no optimizer applies gradients in the graph"
        if self.view is not None and self.view.serving.missing is not None:
            missing[Need.SERVING] = self.view.serving.missing
        return missing


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
        trainable=recorded.trainable,
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


def _mapped(layer: Layer, change: Callable[[Variable], Variable]) -> Layer:
    """Return ``layer`` with ``change`` made to each of its variables."""
    return replace(
        layer,
        moving_mean=change(layer.moving_mean),
        moving_variance=change(layer.moving_variance),
        gamma=None if layer.gamma is None else change(layer.gamma),
        beta=None if layer.beta is None else change(layer.beta),
    )
