"""One batch-norm layer as rules see it: its variables, its uses in the graph, and the ops that update it.

Frozen, without I/O, and easily built by hand. Where a fact could not be had it is None.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bnlint.results import Step

Array = npt.NDArray[np.generic]


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
    slots: tuple[str, ...] = ()
    """Names of the optimizer slots that were saved for it."""
    shadow: str | None = None
    """Name of the exponential moving average that is kept of it; None where there is none."""
    is_debiased: bool = False
    """Whether its average is corrected for the initial value (``zero_debias``), which therefore leaves no residue."""
    local_step: Step | None = None
    """How many updates its own counter says there were; only zero-debiased statistics have one."""
    loaded_by: str | None = None
    """An op of the graph that assigns values from elsewhere, as importers of weights do; None where there is none."""
    is_root_averaged: bool = False
    """Whether its square root is what is averaged, the standard deviation: batch renormalization does so."""


class Feeder(NamedTuple):
    """The only convolution or dense product whose output a layer normalises."""

    op: str
    """Its op in the graph, or the layer in a Keras configuration."""
    kernel: str
    """The key of its kernel."""
    channels: int
    """How many channels it puts out."""
    shape: tuple[int | None, ...] | None = None
    """The shape of its output; None for what is not known."""


class Repeats(NamedTuple):
    """How often one training step updates one statistic; exclusive branches of a cond count once."""

    total: int
    unordered: int
    """How many of those start from the same old value, because nothing makes one wait for another."""
    in_place: bool = False
    """Whether each sees what was written before it computes, since a reference variable shares its memory with what
    reads it; no edge of the graph says so, and a copy on another device does not."""


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
    feeder: Feeder | None = None
    """None where several feed it, or what does is not known."""
    repeats: Repeats | None = None
    """None where no graph says how often a step updates it, and where each statistic has one op that does."""
    clocks: tuple[Step, ...] | None = None
    """What the clocks say that count its updates, the most trusted first; None where all of the artifact do."""
    trainable: bool | None = None
    """The flag of Keras's configuration, which also freezes the statistics; None where there is none."""
    declared_training: bool | None = None
    """The mode that Keras's configuration says the model always calls it in; None where the caller decides."""

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
    def momentum_source(self) -> str | None:
        """Where the momentum is from: ``graph``, or ``config`` (Keras's configuration); None where it is not known."""
        if any(u.momentum is not None for u in self.updates):
            return "graph"
        return None if self.declared_momentum is None else "config"

    @property
    def training_path(self) -> tuple[Application, ...]:
        """The applications that an optimizer step depends on."""
        return tuple(a for a in self.applications if a.on_training_path)
