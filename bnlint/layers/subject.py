"""What rules look at: one artifact's batch-norm layers and what else a rule may ask. Frozen, without I/O.

A `Subject` can be built by hand in a test without any file. Where a fact could not be had it is None,
and `Subject.missing` says why, so that a rule which needs it is skipped with that reason.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from bnlint.artifacts.runs import without_progress
from bnlint.layers.layer import Layer, Repeats
from bnlint.results import Step


class Need(enum.Enum):
    """What a rule needs to be able to look."""

    VALUES = "values"
    """The values of the statistics."""
    NAMES = "names"
    """The list of what was saved."""
    GRAPH = "graph"
    """A graph."""
    TRAINING = "training"
    """A graph in which an optimizer applies gradients."""
    STRUCTURE = "structure"
    """Something that says which variables a layer has, whether they were saved or not: a graph, or Keras's records."""
    SERVING = "serving"
    """A graph that is served: by a signature, or by the outputs of a frozen graph."""


class Saving(NamedTuple):
    """What one SaveV2 of the graph lists."""

    op: str
    names: frozenset[str]


class Floor(NamedTuple):
    """The smallest variance among layers that are averaged alike, more than which cannot be left of 1 in any."""

    layer: str
    variance: float
    momentum: float
    repeats: Repeats | None
    clocks: tuple[Step, ...] | None = None
    """Those that count the updates of these layers; None where all of the artifact do."""


class Trained(NamedTuple):
    """Whether an optimizer ever ran, and what says so."""

    is_trained: bool | None
    evidence: str | None = None


UNKNOWN = Trained(None)


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """One artifact as rules see it."""

    name: str
    """The artifact's own name, such as ``model.ckpt-18000``."""
    layers: tuple[Layer, ...] = ()
    framework: str = "unknown"
    tensorflow: str | None = None
    """The version of TensorFlow that wrote the graph."""
    trained: Trained = UNKNOWN
    step: Step | None = None
    clocks: tuple[Step, ...] = ()
    """What each clock of the whole artifact says, the most trusted first; a layer's own stand in its variables."""
    floors: tuple[Floor, ...] = ()
    """One for each momentum, number of updates in a step and set of clocks."""
    newer: str | None = None
    """The name of a newer checkpoint of the same run that is reported too; None for the newest, or the only one."""
    stalled: frozenset[str] = frozenset()
    """Names of layers whose statistics, off their initial values, stood still at the end of the run while the layer was
    trained. Only a comparison with older checkpoints tells."""
    averaged: frozenset[str] | None = frozenset()
    """Keys of the weights outside batch norm that an exponential moving average is kept of; None where that cannot be
    said. Those of the layers know it themselves (`Variable.shadow`)."""
    saver: str | None = None
    """The op of the saver that wrote the checkpoint."""
    other_savers: tuple[Saving, ...] = ()
    """Further savers of the graph, restore-only ones included."""
    elsewhere: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Names that this checkpoint lacks and a sibling artifact holds, with that artifact's name."""
    missing: Mapping[Need, str] = field(default_factory=lambda: MappingProxyType({}))
    """What could not be had, and why, for rules that need it."""
    absent: frozenset[Need] = frozenset()
    """Those of ``missing`` whose reason is a part of the artifact that is not there."""
    thresholds: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """What a team set in the place of a rule's own numbers, by the key of `bnlint.rules.rule.Threshold`."""

    @property
    def run(self) -> str:
        """What the names of all saves of one run have in common."""
        return without_progress(self.name)
