"""Artifact → Subject: layers from the graph or from names, completed with what was saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from bnlint.artifacts.artifact import Artifact, Part
from bnlint.findings import Problem
from bnlint.layers import names
from bnlint.layers.clocks import OBJECT_SUFFIX, Clock, clocks, read_step
from bnlint.layers.from_graph import GraphView
from bnlint.layers.names import Shape
from bnlint.layers.predicates import is_frozen
from bnlint.layers.reading import Reading
from bnlint.layers.subject import Layer, Need, Subject, Variable
from bnlint.layers.trained import judge_trained, slots_moved

_OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"


class Built(NamedTuple):
    """A subject, and what went wrong while its values were read."""

    subject: Subject
    problems: tuple[Problem, ...] = ()


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
        shapes = {key: variable.shape for key, variable in self.reading.saved.items()}
        self.view = None if artifact.meta_graph is None else GraphView(artifact.meta_graph, shapes)
        self.listed = self._listed()

    def build(self) -> Built:
        found = tuple(self._saved_layers())
        timers = self._clocks()
        self.reading.read([*(v.name for layer in found for v in layer.variables), *(timer.key for timer in timers)])
        layers = self._completed(found)
        savers = None if self.view is None else self.view.savers
        step = read_step(timers, self.reading.arrays)
        subject = Subject(
            name=self.artifact.name,
            layers=layers,
            framework=self._framework(),
            tensorflow=None if self.artifact.meta_graph is None else self.artifact.meta_graph.tensorflow_version,
            trained=judge_trained(layers, timers, self.reading, self.view),
            step=step,
            clock=None if step is None else step.value,
            saver=None if savers is None or savers.own is None else savers.own.op,
            other_savers=() if savers is None else savers.others,
            elsewhere=self._elsewhere(layers),
            missing=self._missing(layers),
            absent=self._absent(),
        )
        return Built(subject, tuple(self.reading.problems))

    def _listed(self) -> frozenset[str] | None:
        """Return the keys that were saved: those of the index, else those that the saver lists."""
        if self.artifact.saved is not None:
            return frozenset(self.artifact.saved)
        if self.view is not None and self.view.savers.own is not None:
            return self.view.savers.own.names
        return None

    def _saved_layers(self) -> Iterator[Layer]:
        """Yield the layers that have at least one variable in the save, or all where nobody knows what was saved."""
        if self.view is None:
            yield from _layers_by_name({key: variable.shape for key, variable in self.reading.saved.items()})
            return
        for found, layer in self.view.layers():
            if (
                self.listed is None
                or any(v.name in self.listed for v in layer.variables)
                or (not layer.parameters and self.view.feeds_saved(found, self.listed))
            ):
                yield layer

    def _clocks(self) -> tuple[Clock, ...]:
        saved = {key: (v.dtype, v.shape) for key, v in self.reading.saved.items()}
        if self.view is None:
            return clocks(saved)
        return clocks(saved, self.view.counters if self.view.trains else None, self.view.beta2s)

    def _completed(self, layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
        """Give the layers their names and values, and what more is worth knowing of those that look untouched."""
        layers = tuple(_mapped(layer, self._with_values) for layer in _named(layers))
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
        )

    def _elsewhere(self, layers: tuple[Layer, ...]) -> Mapping[str, str]:
        lacking = [v.name for layer in layers for v in layer.statistics if v.is_saved is False]
        return self.artifact.elsewhere(lacking) if lacking else {}

    def _framework(self) -> str:
        return "tf2" if _OBJECT_GRAPH in self.reading.saved else "tf1"

    def _absent(self) -> frozenset[Need]:
        absent = self.artifact.absent
        needs = {
            Part.NAMES: (Need.NAMES, Need.VALUES),
            Part.VALUES: (Need.VALUES,),
            Part.GRAPH: (Need.GRAPH, Need.TRAINING),
        }
        return frozenset(need for part in absent for need in needs[part])

    def _missing(self, layers: tuple[Layer, ...]) -> dict[Need, str]:
        absent = self.artifact.absent
        parts = ((Need.NAMES, Part.NAMES), (Need.VALUES, Part.VALUES), (Need.GRAPH, Part.GRAPH))
        missing = {need: absent[part] for need, part in parts if part in absent}
        if Need.NAMES in missing:
            missing.setdefault(Need.VALUES, missing[Need.NAMES])
        if layers and not any(v.values is not None for layer in layers for v in layer.variables):
            saved = any(v.is_saved for layer in layers for v in layer.variables)
            reason = "none of the layers' values could be read" if saved else "nothing of the layers is in the save"
            missing.setdefault(Need.VALUES, reason)
        if Need.GRAPH in missing:
            missing[Need.TRAINING] = missing[Need.GRAPH]
        elif self.view is not None and not self.view.trains:
            missing[Need.TRAINING] = "no optimizer applies gradients in the graph"
        return missing


def _layers_by_name(saved: Mapping[str, Shape]) -> Iterator[Layer]:
    """Yield the layers that the names of saved variables tell."""
    plain = {key.removesuffix(OBJECT_SUFFIX): key for key in saved}
    shapes = {name: saved[key] for name, key in plain.items()}
    for mean, variance in names.pairs(shapes):
        named = names.siblings(mean, variance, shapes)
        yield Layer(
            name="",
            moving_mean=_starting_at(plain[mean], 0.0),
            moving_variance=_starting_at(plain[variance], names.initial_variance(variance)),
            gamma=None if named.gamma is None else _starting_at(plain[named.gamma], 1.0),
            beta=None if named.beta is None else _starting_at(plain[named.beta], 0.0),
        )


def _starting_at(key: str, initial: float) -> Variable:
    return Variable(name=key, initial=np.asarray(initial, np.float32))


def _named(layers: Iterable[Layer]) -> tuple[Layer, ...]:
    """Give every layer the name of the scope that owns its variables, or its mean's where that is not unique."""
    scoped = [(layer, _scope(layer)) for layer in layers]
    counts = Counter(scope for _, scope in scoped)
    return tuple(
        replace(layer, name=scope if scope and counts[scope] == 1 else layer.moving_mean.name)
        for layer, scope in scoped
    )


def _scope(layer: Layer) -> str:
    """Return the scope of all of the layer's variables, or where they share none, that of its statistics."""
    for variables in (layer.variables, layer.statistics):
        scope = names.layer_name([v.name.removesuffix(OBJECT_SUFFIX) for v in variables])
        if scope:
            return scope
    return ""


def _mapped(layer: Layer, change: Callable[[Variable], Variable]) -> Layer:
    """Return ``layer`` with ``change`` made to each of its variables."""
    return replace(
        layer,
        moving_mean=change(layer.moving_mean),
        moving_variance=change(layer.moving_variance),
        gamma=None if layer.gamma is None else change(layer.gamma),
        beta=None if layer.beta is None else change(layer.beta),
    )
