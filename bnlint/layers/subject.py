"""What rules look at: one artifact's batch-norm layers and what else a rule may ask. Frozen, without I/O.

A `Subject` can be built by hand in a test without any file. Where a fact could not be had it is None,
and `Subject.missing` says why, so that a rule which needs it is skipped with that reason.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bnlint.artifacts.runs import without_progress
from bnlint.findings import Step

Array = npt.NDArray[np.generic]


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


class Mode(enum.Enum):
    """Which statistics one application of a layer normalises with."""

    TRAINING = "training"
    """Those of the batch."""
    INFERENCE = "inference"
    """The moving ones."""
    SWITCHED = "switched"
    """A predicate chooses."""
    LEARNING_PHASE = "learning-phase"
    """Keras's learning-phase placeholder chooses, which is False unless it is fed."""


class Dialect(enum.Enum):
    """Who wrote the update ops; decides which repair is recommended."""

    TF_LAYERS = "tf.layers"
    KERAS = "tf.keras"
    SLIM = "contrib/slim"
    EMA = "ExponentialMovingAverage"
    ASSIGN = "hand-written"
    EAGER = "tf.keras in TensorFlow 2"
    UNKNOWN = "unknown"


class Served(NamedTuple):
    """A way in which an op is run when the graph is served."""

    by: str
    """Such as ``signature 'serving_default'``, or ``output 'softmax'`` for a frozen graph."""
    must_feed: str | None = None
    """The op on whose value it hangs, where nothing has that value by default."""


class Application(NamedTuple):
    """One use of a layer in the graph."""

    op: str
    mode: Mode
    on_training_path: bool
    """Whether an optimizer step depends on it."""
    predicate: str | None = None
    """The op that chooses the mode, for SWITCHED and LEARNING_PHASE."""
    served: tuple[Served, ...] = ()
    """Who serves it with the statistics of the batch, unless something else than the default is fed."""


class UpdateOp(NamedTuple):
    """One op that moves a statistic."""

    op: str
    is_wired: bool
    """Whether some node runs both it and an optimizer step. Meaningless in a graph that does not train."""
    joint: str | None = None
    """The first node that runs both; sought only for a layer that is frozen although it is wired."""
    collections: tuple[str, ...] = ()
    """Collections of the meta-graph that run it."""
    momentum: float | None = None
    predicates: tuple[str, ...] = ()
    """Ops on whose value it depends whether the update happens."""
    by_learning_phase: bool = False
    """Whether one of the predicates is Keras's learning-phase placeholder."""
    in_loop: bool = False
    """Whether it stands in the body of a while loop, where nothing outside can wait for it."""
    served: tuple[Served, ...] = ()
    """Who runs it by serving the graph, unless something else than the default is fed."""


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """One of a layer's variables: gamma, beta, the moving mean or the moving variance."""

    name: str
    """Its key in the checkpoint."""
    shape: tuple[int, ...] | None = None
    is_saved: bool | None = None
    """None where the list of what was saved could not be had."""
    values: Array | None = None
    """Shape (channels,) as a rule, in the dtype that was saved; None where they could not be read."""
    unread: str | None = None
    """Why ``values`` are not there although the variable was saved, where that is known."""
    initial: Array | None = None
    """What the initialiser yields, of any shape that broadcasts; None where it is random or not known."""
    is_initial_assumed: bool = False
    """Whether ``initial`` is merely what such a variable usually starts at: no initialiser was found that says so."""
    is_trainable: bool | None = None
    """Whether it stands in TRAINABLE_VARIABLES; None without a graph."""
    is_optimized: bool | None = None
    """Whether an optimizer applies gradients to it; None without a graph that trains."""
    slots_moved: bool | None = None
    """Whether its optimizer slots are off zero; None where there are none or nobody needed to look."""
    updates: tuple[UpdateOp, ...] = ()


class UngatedUpdate(NamedTuple):
    """An update that runs on the way to an output which is used for inference too."""

    op: str
    output: str
    predicate: str


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One pair of statistics with the scale and offset that go with it."""

    name: str
    moving_mean: Variable
    moving_variance: Variable
    gamma: Variable | None = None
    beta: Variable | None = None
    epsilon: float | None = None
    dialect: Dialect = Dialect.UNKNOWN
    applications: tuple[Application, ...] = ()
    ungated: tuple[UngatedUpdate, ...] = ()
    declared_momentum: float | None = None
    """The momentum of Keras's configuration."""
    trainable: bool | None = None
    """The flag of Keras's configuration, which also freezes the statistics; None where there is none."""

    @property
    def statistics(self) -> tuple[Variable, Variable]:
        """The moving mean and the moving variance."""
        return self.moving_mean, self.moving_variance

    @property
    def parameters(self) -> tuple[Variable, ...]:
        """Gamma and beta, as far as the layer has them."""
        return tuple(v for v in (self.gamma, self.beta) if v is not None)

    @property
    def roles(self) -> Mapping[str, Variable | None]:
        """All variables by role, in the order of every report; None for what the layer lacks."""
        return {
            "gamma": self.gamma,
            "beta": self.beta,
            "moving_mean": self.moving_mean,
            "moving_variance": self.moving_variance,
        }

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables it has, statistics last."""
        return tuple(v for v in self.roles.values() if v is not None)

    @property
    def updates(self) -> tuple[UpdateOp, ...]:
        """The ops that move either statistic."""
        return (*self.moving_mean.updates, *self.moving_variance.updates)

    def mapped(self, change: Callable[[Variable], Variable]) -> Layer:
        """Return the layer with ``change`` made to each of its variables."""
        return replace(
            self,
            gamma=None if self.gamma is None else change(self.gamma),
            beta=None if self.beta is None else change(self.beta),
            moving_mean=change(self.moving_mean),
            moving_variance=change(self.moving_variance),
        )

    @property
    def momentum(self) -> float | None:
        """The factor of the old value in an update that moves, 1 only where every known one is 1; else as declared."""
        known = [u.momentum for u in self.updates if u.momentum is not None]
        return next((m for m in known if m != 1.0), known[0] if known else self.declared_momentum)

    @property
    def training_path(self) -> tuple[Application, ...]:
        """The applications that an optimizer step depends on."""
        return tuple(a for a in self.applications if a.on_training_path)


class Saving(NamedTuple):
    """What one SaveV2 of the graph lists."""

    op: str
    names: frozenset[str]


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

    @property
    def run(self) -> str:
        """What the names of all saves of one run have in common."""
        return without_progress(self.name)
