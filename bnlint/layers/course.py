"""Several checkpoints of one run side by side: how far each layer moved from one to the next.

Frozen, without I/O and without arrays but those of the newest layer, so that the course of a long run stays small.
What moved is told bit by bit; how far it moved is the root mean square over the channels of the shift in units of the
standard deviation (see `bnlint.results.Shift`).
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from bnlint.layers.layer import Layer
from bnlint.results import Shift, Step


class Verdict(enum.Enum):
    """What it looks like that some variables of a layer moved from one checkpoint to the next and others did not."""

    MOVING = "moving"
    """The statistics moved, and something else too."""
    FROZEN = "frozen"
    """The layer was trained, and its statistics still are at their initial values."""
    STALLED = "stalled"
    """The layer was trained, and its statistics stayed where they were, off their initial values."""
    DRIFTING = "drifting"
    """The statistics moved, and neither gamma, beta nor the weights that go with the layer did."""
    RESET = "reset"
    """The statistics went back to their initial values."""
    FIXED = "fixed"
    """The weights moved; gamma, beta and the statistics did not: batch norm is frozen on purpose."""
    SAME = "same"
    """Nothing that could be compared moved."""
    UNKNOWN = "unknown"
    """The values that would say it could not be compared."""


class Checkpoint(NamedTuple):
    """One checkpoint of a run."""

    path: str
    """As it is reported."""
    name: str
    """The artifact's own name, such as ``model.ckpt-18000``."""
    step: Step | None = None


class LayerShift(NamedTuple):
    """How one layer moved from one checkpoint to the next."""

    shifts: Mapping[str, Shift]
    """By role (gamma, beta, moving_mean, moving_variance), as far as both checkpoints hold the values."""
    weights: Shift | None = None
    """The kernels that go with the layer, or a sample of the other weights; None where none could be compared."""
    is_own: bool = False
    """Whether ``weights`` are known to go with the layer, so that they say that it was trained, or was not."""
    was_frozen: bool | None = None
    """Whether both statistics were at their initial values before; None where that cannot be said."""
    is_frozen: bool | None = None
    """Whether they are after."""
    is_new: bool = False
    """Whether gamma and beta went back to their initial values too, and its own weights were not kept: the layer was
    initialised once more."""

    @property
    def verdict(self) -> Verdict:
        """Judge by what moved of the weights, of gamma and beta, and of the statistics."""
        statistics = [self.shifts[role].has_moved for role in ("moving_mean", "moving_variance") if role in self.shifts]
        parameters = [self.shifts[role].has_moved for role in ("gamma", "beta") if role in self.shifts]
        if True in statistics:
            return self._of_moved(parameters)
        return self._of_still(parameters) if len(statistics) == 2 else Verdict.UNKNOWN

    @property
    def _have_weights_moved(self) -> bool | None:
        return None if self.weights is None else self.weights.has_moved

    def _of_moved(self, parameters: list[bool]) -> Verdict:
        if self.was_frozen is False and self.is_frozen and not self.is_new:
            return Verdict.RESET
        moved = self._have_weights_moved
        if True in parameters or (moved and (self.is_own or not parameters)):
            return Verdict.MOVING
        # Gamma and beta that stayed say more of the layer than weights of some other part of the model that moved.
        return Verdict.DRIFTING if parameters or moved is False else Verdict.UNKNOWN

    def _of_still(self, parameters: list[bool]) -> Verdict:
        moved = self._have_weights_moved
        if not parameters and (moved is None or (moved and not self.is_own)):
            return Verdict.UNKNOWN  # other parts of the model say nothing of a layer that has nothing to be trained
        if True in parameters or (moved and not parameters):
            return Verdict.FROZEN if self.is_frozen else Verdict.STALLED
        return Verdict.FIXED if moved else Verdict.SAME


@dataclass(frozen=True, slots=True, eq=False)
class LayerCourse:
    """One layer over a run."""

    layer: Layer
    """As the newest checkpoint has it."""
    shifts: tuple[LayerShift | None, ...]
    """One for each pair of neighbours in `Course.checkpoints`; None where one of the two lacks the layer."""

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """What each pair looks like."""
        return tuple(Verdict.UNKNOWN if shift is None else shift.verdict for shift in self.shifts)

    @property
    def last_verdict(self) -> Verdict:
        """What the last pair looks like that tells anything."""
        telling = (v for v in reversed(self.verdicts) if v not in (Verdict.SAME, Verdict.UNKNOWN))
        return next(telling, Verdict.UNKNOWN)


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """A run: its checkpoints in the order of their steps, and what became of each layer."""

    name: str
    """What the names of all its checkpoints have in common."""
    checkpoints: tuple[Checkpoint, ...]
    layers: tuple[LayerCourse, ...] = ()
    weights: tuple[Shift | None, ...] = ()
    """How far the whole sample of other weights moved, for each pair."""
    missing: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Why a layer could not be compared at all, by name."""
    thresholds: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """As those of the newest subject."""

    def pair(self, number: int) -> tuple[Checkpoint, Checkpoint]:
        """Return the two checkpoints of a pair."""
        return self.checkpoints[number], self.checkpoints[number + 1]

    @property
    def twice(self) -> Iterator[int]:
        """The pairs in which nothing moved at all, in no layer and in no other weights: one state, saved twice."""
        for number in range(len(self.checkpoints) - 1):
            verdicts = {shift.verdict for layer in self.layers if (shift := layer.shifts[number]) is not None}
            weights = self.weights[number] if self.weights else None
            if verdicts == {Verdict.SAME} and not (weights and weights.has_moved):
                yield number
