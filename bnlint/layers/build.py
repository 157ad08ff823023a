"""Artifact → Subject: its layers, completed with what was saved, and what else rules may ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from bnlint.artifacts.artifact import Artifact, Part
from bnlint.findings import Problem
from bnlint.layers.averaging import with_averaging
from bnlint.layers.clocks import Clock, clock_name, clocks, most_trusted, readings
from bnlint.layers.companions import Companions, averaged_weights, companions, with_companions
from bnlint.layers.convergence import floors
from bnlint.layers.from_graph import GraphView
from bnlint.layers.layer import Layer, Variable
from bnlint.layers.naming import named
from bnlint.layers.needs import unmet_needs
from bnlint.layers.predicates import is_frozen
from bnlint.layers.reading import Reading
from bnlint.layers.sources import Sources
from bnlint.layers.subject import Subject
from bnlint.layers.trained import judge_trained, slots_moved
from bnlint.results import Step

_OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
_EAGER = frozenset({"tf2", "keras2", "keras3"})
_TF1_FORMATS = frozenset({"tensor-bundle", "v1-checkpoint"})


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
        framework = self._framework()
        is_eager = framework in _EAGER
        found = tuple(Sources(self.reading, self.view, self.listed, is_eager=is_eager).layers())
        timers = self._clocks()
        self.reading.read([*(v.name for layer in found for v in layer.variables), *(timer.key for timer in timers)])
        beside, by_key = self._companions(found), self._said(timers)
        layers = self._completed(found, beside, by_key)
        said = tuple(by_key.values())
        step = most_trusted(said)
        savers = None if self.view is None else self.view.savers
        unmet = unmet_needs(self.artifact, self.view, layers, is_eager=is_eager)
        subject = Subject(
            name=self.artifact.name,
            layers=layers,
            framework=framework,
            tensorflow=None if self.artifact.meta_graph is None else self.artifact.meta_graph.tensorflow_version,
            trained=judge_trained(layers, timers, step, self.reading, self.view),
            step=step,
            clocks=said,
            floors=floors(layers),
            averaged=self._averaged(layers, beside),
            saver=None if savers is None or savers.own is None else savers.own.op,
            other_savers=() if savers is None else savers.others,
            elsewhere=self._elsewhere(layers),
            missing=unmet.missing,
            absent=unmet.absent,
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

    def _clocks(self) -> tuple[Clock, ...]:
        saved = self.reading.saved
        if self.view is None:
            return clocks(saved)
        return clocks(saved, self.view.counters if self.view.trains else None, self.view.beta2s)

    def _said(self, timers: tuple[Clock, ...]) -> dict[str, Step]:
        """Return how far training had come by each clock, by key; the step has the program's own words for it."""
        steps = readings(timers, self.reading.arrays)
        return {s.source: s._replace(source=clock_name(s.source, self.reading.label(s.source))) for s in steps}

    def _companions(self, layers: tuple[Layer, ...]) -> Companions:
        """Return the slots and averages among the variables that were saved or that the graph has."""
        labels = {} if self.view is None else {key: key for key in self.view.keys.values()}
        own = frozenset(v.name for layer in layers for v in layer.variables)
        return companions(labels | self.reading.labels, self.artifact.slots, own)

    def _averaged(self, layers: tuple[Layer, ...], beside: Companions) -> frozenset[str] | None:
        """Return the weights that are averaged; None where the optimizer's variables do not say whose they are."""
        if set(self.artifact.slots) == {""}:
            return None
        return averaged_weights(layers, beside, {key: saved.shape for key, saved in self.reading.saved.items()})

    def _completed(self, layers: tuple[Layer, ...], beside: Companions, said: Mapping[str, Step]) -> tuple[Layer, ...]:
        """Give the layers all that is no matter of finding them, one thing after another; values are read by now."""
        layers = tuple(layer.mapped(self._with_values) for layer in named(layers, self.reading.labels))
        layers = with_companions(layers, beside)
        layers = with_averaging(layers, self.reading, () if self.view is None else self.view.keys.values())
        moved = slots_moved((p for layer in layers for p in layer.parameters), self.reading)
        if moved:
            layers = tuple(layer.mapped(lambda v: replace(v, slots_moved=moved.get(v.name))) for layer in layers)
        view = self.view
        if view is None or not view.trains:
            return layers
        layers = view.with_clocks(layers, said)
        return tuple(layer.mapped(view.with_joints) if is_frozen(layer) else layer for layer in layers)

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
