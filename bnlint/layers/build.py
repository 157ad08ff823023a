"""Artifact → Subject: layers from the graph or from names, completed with what was saved."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from bnlint.artifacts.artifact import Artifact, Part
from bnlint.findings import Problem
from bnlint.layers import names
from bnlint.layers.clocks import OBJECT_SUFFIX, Clock, clocks, is_exhausted, read_step
from bnlint.layers.from_graph import GraphView
from bnlint.layers.names import Shape
from bnlint.layers.predicates import at_init, is_frozen
from bnlint.layers.subject import Array, Layer, Need, Subject, Trained, Variable

_OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
_SLOTS = ("Adam", "Adam_1", "Momentum", "RMSProp_1")
"""Optimizer slots that start at zero (Adagrad's and RMSProp's first do not)."""
_SAMPLE = 8
"""How many further parameters are read to learn whether an artifact is trained, where its layers cannot say."""


@dataclass(frozen=True, slots=True)
class Built:
    """A subject, and what went wrong while its values were read."""

    subject: Subject
    problems: tuple[Problem, ...] = ()


class _Builder:
    def __init__(self, artifact: Artifact) -> None:
        self.artifact = artifact
        self.view = None if artifact.meta_graph is None else GraphView(artifact.meta_graph)
        self.saved = artifact.saved
        self.arrays: dict[str, Array] = {}
        self.problems: list[Problem] = []

    def build(self) -> Built:
        layers = self._named(self._saved_layers())
        found = self._clocks()
        self._read({v.name for layer in layers for v in layer.variables} | {clock.key for clock in found})
        layers = tuple(self._with_values(layer) for layer in layers)
        layers = tuple(self._with_joints(layer) for layer in self._with_slots(layers))
        step = read_step(found, self.arrays)
        subject = Subject(
            name=self.artifact.name,
            layers=layers,
            framework=self._framework(),
            trained=self._trained(layers, found),
            step=step,
            clock=None if step is None else step.value,
            saver=None if self.view is None or self.view.savers.own is None else self.view.savers.own.op,
            other_savers=() if self.view is None else self.view.savers.others,
            elsewhere=self._elsewhere(layers),
            missing=self._missing(layers),
        )
        return Built(subject, tuple(dict.fromkeys(self.problems)))

    # Which layers there are

    def _saved_layers(self) -> Iterator[Layer]:
        """Yield the layers that have at least one variable in the save, or all where nobody knows what was saved."""
        if self.view is None:
            yield from self._layers_by_name()
            return
        listed = self._listed()
        for found, layer in self.view.layers():
            variables = layer.variables
            if listed is None or any(v.name in listed for v in variables):
                yield self._with_saved(layer, listed)
            elif not layer.parameters and self.view.feeds_saved(found, listed):
                yield self._with_saved(layer, listed)

    def _listed(self) -> frozenset[str] | None:
        """Return the keys that were saved: those of the index, else those that the saver lists."""
        if self.saved is not None:
            return frozenset(self.saved)
        if self.view is not None and self.view.savers.own is not None:
            return self.view.savers.own.names
        return None

    @staticmethod
    def _with_saved(layer: Layer, listed: frozenset[str] | None) -> Layer:
        if listed is None:
            return layer
        return _mapped(layer, lambda v: replace(v, is_saved=v.name in listed))

    def _layers_by_name(self) -> Iterator[Layer]:
        plain = {key.removesuffix(OBJECT_SUFFIX): key for key in self.saved or ()}
        shapes: dict[str, Shape] = {name: (self.saved or {})[key].shape for name, key in plain.items()}
        for mean, variance in names.pairs(shapes):
            named = names.siblings(mean, variance, shapes)
            yield Layer(
                name="",
                moving_mean=_by_name(plain[mean], 0.0),
                moving_variance=_by_name(plain[variance], names.initial_variance(variance)),
                gamma=None if named.gamma is None else _by_name(plain[named.gamma], 1.0),
                beta=None if named.beta is None else _by_name(plain[named.beta], 0.0),
            )

    @staticmethod
    def _named(layers: Iterable[Layer]) -> tuple[Layer, ...]:
        """Give every layer the name of the scope that owns its variables, or one of its own where that is not unique."""
        found = list(layers)
        scopes = [_scope(layer) for layer in found]
        return tuple(
            replace(layer, name=scope if scope and scopes.count(scope) == 1 else layer.moving_mean.name)
            for layer, scope in zip(found, scopes, strict=True)
        )

    # What was saved of them

    def _clocks(self) -> tuple[Clock, ...]:
        saved = {key: (v.dtype, v.shape) for key, v in (self.saved or {}).items()}
        if self.view is None:
            return clocks(saved)
        return clocks(saved, self.view.counters, self.view.beta2)

    def _read(self, keys: Iterable[str]) -> None:
        wanted = sorted(key for key in keys if key in (self.saved or ()) and key not in self.arrays)
        if wanted and Part.VALUES not in self.artifact.absent:
            values = self.artifact.read(wanted)
            self.arrays.update(values.arrays)
            self.problems.extend(values.problems)

    def _with_values(self, layer: Layer) -> Layer:
        return _mapped(layer, lambda v: replace(v, values=self.arrays.get(v.name)))

    def _with_slots(self, layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
        """Read the optimizer slots of parameters that are still at init: non-zero slots prove training all the same."""
        asked = [p for layer in layers for p in layer.parameters if at_init(p)]
        slots = {p.name: self._slot_keys(p.name) for p in asked}
        self._read(key for keys in slots.values() for key in keys)
        moved = {
            name: any(bool(np.any(self.arrays[key] != 0)) for key in keys if key in self.arrays)
            for name, keys in slots.items()
            if any(key in self.arrays for key in keys)
        }
        return tuple(_mapped(layer, lambda v: replace(v, slots_moved=moved.get(v.name))) for layer in layers)

    def _with_joints(self, layer: Layer) -> Layer:
        """Say where the updates of a layer that is frozen all the same are joined to the training step."""
        view = self.view
        if view is None or not view.trains or not is_frozen(layer):
            return layer
        return _mapped(layer, lambda v: replace(v, updates=tuple(view.with_joint(u) for u in v.updates)))

    def _slot_keys(self, name: str) -> tuple[str, ...]:
        """Return the keys of the optimizer slots of ``name`` whose initial value is zero."""
        return tuple(f"{name}/{slot}" for slot in _SLOTS if f"{name}/{slot}" in (self.saved or ()))

    def _moved_slot(self) -> str | None:
        """Return an optimizer slot that is off zero, among the smallest ones that were saved."""
        saved = self.saved or {}
        slots = [key for key in saved if key.rpartition("/")[2] in _SLOTS]
        sample = sorted(slots, key=lambda key: (math.prod(saved[key].shape), key))[:_SAMPLE]
        self._read(sample)
        return next((key for key in sample if key in self.arrays and np.any(self.arrays[key] != 0)), None)

    def _elsewhere(self, layers: tuple[Layer, ...]) -> Mapping[str, str]:
        lacking = [v.name for layer in layers for v in layer.statistics if v.is_saved is False]
        return self.artifact.elsewhere(lacking) if lacking else {}

    # What it all says

    def _trained(self, layers: tuple[Layer, ...], found: tuple[Clock, ...]) -> Trained:
        for layer in layers:
            for parameter in layer.parameters:
                if at_init(parameter) is False and self._proves(parameter):
                    return Trained(True, f"{parameter.name} is off its initial value")
                if parameter.slots_moved:
                    return Trained(True, f"the optimizer slots of {parameter.name} are not zero")
        step = read_step(found, self.arrays)
        if step is not None and step.value > 0:
            return Trained(True, f"{step.source} says step {step.value}")
        exhausted = next((clock for clock in found if is_exhausted(clock, self.arrays)), None)
        if exhausted is not None:
            return Trained(True, f"{exhausted.key} has underflowed to 0, after some 87,000 steps")
        slot = self._moved_slot()
        if slot is not None:
            return Trained(True, f"the optimizer slot {slot} is not zero")
        others = self._other_parameters(layers)
        moved = next((v for v in others if at_init(v) is False), None)
        if moved is not None:
            return Trained(True, f"{moved.name} is off its initial value")
        if step is not None:
            return Trained(False, f"{step.source} says step 0")
        parameters = [p for layer in layers for p in layer.parameters]
        if any(at_init(p) is True for p in (*parameters, *others)):
            return Trained(False, "every parameter with a known initial value still holds it")
        return Trained(None)

    def _proves(self, parameter: Variable) -> bool:
        """Whether a moved ``parameter`` proves training. Without a graph a gamma off one may have been drawn at random."""
        return self.view is not None or not parameter.name.removesuffix(OBJECT_SUFFIX).endswith(names.GAMMAS)

    def _other_parameters(self, layers: tuple[Layer, ...]) -> tuple[Variable, ...]:
        if self.view is None:
            return ()
        own = {v.name for layer in layers for v in layer.variables}
        sample: list[Variable] = []
        for variable in self.view.constant_parameters(own):
            if variable.name in (self.saved or ()) and len(sample) < _SAMPLE:
                sample.append(variable)
        self._read(v.name for v in sample)
        return tuple(replace(v, values=self.arrays.get(v.name)) for v in sample)

    def _framework(self) -> str:
        if self.saved is not None and _OBJECT_GRAPH in self.saved:
            return "tf2"
        return "tf1"

    def _missing(self, layers: tuple[Layer, ...]) -> dict[Need, str]:
        absent = self.artifact.absent
        missing: dict[Need, str] = {}
        for need, part in ((Need.NAMES, Part.NAMES), (Need.VALUES, Part.VALUES), (Need.GRAPH, Part.GRAPH)):
            if part in absent:
                missing[need] = absent[part]
        if Need.NAMES in missing:
            missing.setdefault(Need.VALUES, missing[Need.NAMES])
        if Need.VALUES not in missing and layers and not any(v.values is not None for x in layers for v in x.variables):
            missing[Need.VALUES] = "none of the layers' values could be read"
        if Need.GRAPH in missing:
            missing[Need.TRAINING] = missing[Need.GRAPH]
        elif self.view is not None and not self.view.trains:
            missing[Need.TRAINING] = "no optimizer applies gradients in the graph"
        return missing


def build_subject(artifact: Artifact) -> Built:
    """Recognise the batch-norm layers of ``artifact`` and read what rules may ask.

    Args:
        artifact: an opened artifact; only the values of batch-norm variables and clocks are read.
    """
    return _Builder(artifact).build()


def _scope(layer: Layer) -> str:
    """Return the scope of all of the layer's variables, or where they share none, that of its statistics."""
    for variables in (layer.variables, layer.statistics):
        scope = names.layer_name([v.name.removesuffix(OBJECT_SUFFIX) for v in variables])
        if scope:
            return scope
    return ""


def _by_name(key: str, initial: float) -> Variable:
    return Variable(name=key, is_saved=True, initial=np.asarray(initial, np.float32))


def _mapped(layer: Layer, change: Callable[[Variable], Variable]) -> Layer:
    """Return ``layer`` with ``change`` made to each of its variables."""
    return replace(
        layer,
        moving_mean=change(layer.moving_mean),
        moving_variance=change(layer.moving_variance),
        gamma=None if layer.gamma is None else change(layer.gamma),
        beta=None if layer.beta is None else change(layer.beta),
    )
