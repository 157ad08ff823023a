"""Two checkpoints side by side, and a run put together from its pairs: what moved, bit by bit, and how far.

Distances are root mean squares over the channels (over the elements of weights), in units that make layers comparable:

- moving mean: its shift over the standard deviation of the inputs before, sqrt(variance + epsilon);
- moving variance: the shift of its square root over the same;
- gamma and beta: their shift over the root mean square of gamma before, which is the standard deviation of the layer's
  output (1 where it has no gamma);
- weights: their shift over their own standard deviation before.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from bnlint.artifacts.artifact import Artifact
from bnlint.layers.course import Checkpoint, Course, LayerCourse, LayerShift
from bnlint.layers.layer import Array, Layer, Variable
from bnlint.layers.numbers import Numbers, epsilon_of, numbers
from bnlint.layers.predicates import at_init, is_frozen
from bnlint.layers.subject import Subject
from bnlint.layers.weights import Weights, label, read_weights
from bnlint.results import Shift

_REDRAWN = 0.7
"""Half of the distance, in standard deviations, between weights and the same ones initialised once more."""


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """What is kept of one checkpoint until it has been compared with its neighbours."""

    subject: Subject
    weights: Weights = field(default_factory=Weights)
    labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What the program called the layers' variables, by key."""

    @property
    def has_values(self) -> bool:
        """Whether there is anything to compare."""
        return any(v.values is not None for layer in self.subject.layers for v in layer.variables)


class Comparison(NamedTuple):
    """Two checkpoints, compared."""

    shifts: Mapping[str, LayerShift]
    """By the layer's name in the later one."""
    matched: Mapping[str, str]
    """The layer's name in the earlier one, by that in the later one."""
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]
    weights: Shift | None
    """How far the whole sample of other weights moved."""


def take_snapshot(artifact: Artifact, subject: Subject) -> Snapshot:
    """Keep what a comparison needs of an artifact; reads a bounded sample of its weights."""
    saved = artifact.saved or {}
    keys = (v.name for layer in subject.layers for v in layer.variables)
    return Snapshot(subject, read_weights(artifact, subject.layers), {key: label(key, saved.get(key)) for key in keys})


def compare(before: Snapshot, after: Snapshot) -> Comparison:
    """Compare two checkpoints, layer by layer."""
    matched = _matched(before, after)
    old = {layer.name: layer for layer in before.subject.layers}
    sample = _shift_of_weights(before.weights, after.weights, after.weights.values)
    shifts = {
        layer.name: _layer_shift(old[matched[layer.name]], layer, before.weights, after.weights, sample)
        for layer in after.subject.layers
        if layer.name in matched
    }
    known = set(matched.values())
    return Comparison(
        shifts,
        matched,
        tuple(name for name in old if name not in known),
        tuple(layer.name for layer in after.subject.layers if layer.name not in matched),
        sample,
    )


def _matched(before: Snapshot, after: Snapshot) -> dict[str, str]:
    """Map layers of ``after`` to those of ``before``: by name, by what their variables are called, by the last name.

    The latter two are for two formats of one model, and count where they mean one layer alone.
    """
    names = {layer.name for layer in before.subject.layers}
    matched = {layer.name: layer.name for layer in after.subject.layers if layer.name in names}
    for identity, fits in ((_called, _always), (_last_name, _is_end_of_other)):
        old = _unique((identity(before, layer), layer.name) for layer in before.subject.layers)
        new = _unique((identity(after, layer), layer.name) for layer in after.subject.layers)
        taken = set(matched.values())
        for key, name in new.items():
            if name not in matched and key in old and old[key] not in taken and fits(name, old[key]):
                matched[name] = old[key]
    return matched


def _called(snapshot: Snapshot, layer: Layer) -> str:
    return snapshot.labels.get(layer.moving_mean.name, layer.moving_mean.name)


def _last_name(_: Snapshot, layer: Layer) -> str:
    return layer.name.rpartition("/")[2]


def _always(_one: str, _other: str) -> bool:
    return True


def _is_end_of_other(one: str, other: str) -> bool:
    """Say whether one name is the other without the scopes around it: ``bn`` of a generator is not its twin's."""
    return f"/{one}".endswith(f"/{other}") or f"/{other}".endswith(f"/{one}")


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return a mapping without the keys that mean several."""
    found: dict[str, str | None] = {}
    for key, value in pairs:
        found[key] = None if key in found else value
    return {key: value for key, value in found.items() if value is not None}


def _layer_shift(before: Layer, after: Layer, old: Weights, new: Weights, sample: Shift | None) -> LayerShift:
    shifts = dict(_shifts(before, after))
    near = _shift_of_weights(old, new, filter(None, [new.near.get(after.name)]))
    restarted = [at_init(one) is False and bool(at_init(other)) for one, other in _parameters(before, after)]
    is_own = near is not None and after.name in new.own
    return LayerShift(
        MappingProxyType(shifts),
        sample if near is None else near,
        is_own=is_own,
        was_frozen=is_frozen(before),
        is_frozen=is_frozen(after),
        is_new=bool(restarted) and all(restarted) and not (is_own and near is not None and _is_kept(near)),
    )


def _is_kept(weights: Shift) -> bool:
    """Say whether weights are still those that they were, trained on: drawn anew they lie sqrt(2) deviations apart."""
    return weights.distance is not None and weights.distance < _REDRAWN


def _parameters(before: Layer, after: Layer) -> Iterator[tuple[Variable, Variable]]:
    for one, other in ((before.gamma, after.gamma), (before.beta, after.beta)):
        if one is not None and other is not None:
            yield one, other


def _shifts(before: Layer, after: Layer) -> Iterator[tuple[str, Shift]]:
    """Yield the shift of every variable whose values both checkpoints hold, by role."""
    units = _units(before)
    for role, new in after.roles.items():
        old = before.roles[role]
        if old is None or new is None or old.values is None or new.values is None:
            continue
        if old.values.size == new.values.size:
            yield role, Shift(_has_moved(old.values, new.values), _distance(role, old.values, new.values, units))


class _Units(NamedTuple):
    """What distances of a layer are measured in; NaN where that is not known."""

    inputs: Numbers
    """The standard deviation of each channel before normalization."""
    outputs: float
    """That of the layer's output."""


def _units(layer: Layer) -> _Units:
    variance = layer.moving_variance.values
    gamma = None if layer.gamma is None else layer.gamma.values
    with np.errstate(all="ignore"):
        inputs = np.array(math.nan) if variance is None else np.sqrt(_numbers(variance) + epsilon_of(layer))
        outputs = 1.0 if gamma is None else _root_mean_square(_numbers(gamma))
    return _Units(inputs, outputs)


def _distance(role: str, old: Array, new: Array, units: _Units) -> float | None:
    before, after = _numbers(old), _numbers(new)
    with np.errstate(all="ignore"):
        if role == "moving_variance":
            before, after = np.sqrt(before), np.sqrt(after)
        unit = units.inputs if role in ("moving_mean", "moving_variance") else units.outputs
        if np.size(unit) not in (1, before.size):
            return None
        return _finite(_root_mean_square((after - before) / unit))


def _shift_of_weights(old: Weights, new: Weights, keys: Iterable[str]) -> Shift | None:
    """Return how far the weights called ``keys`` moved together; None where the checkpoints share none of them."""
    moved: list[bool] = []
    squares: list[float] = []
    for key in keys:
        before, after = old.values.get(key), new.values.get(key)
        if before is None or after is None or before.size != after.size or not before.size:
            continue
        moved.append(_has_moved(before, after))
        with np.errstate(all="ignore"):
            shift = np.float64(_root_mean_square(_numbers(after) - _numbers(before)))
            # numpy's division: weights that all started at 0 have no deviation to measure by
            squares.append(float(np.square(shift / np.std(_numbers(before)))) if shift else 0.0)
    if not moved:
        return None
    return Shift(any(moved), _finite(math.sqrt(sum(squares) / len(squares))))


def _has_moved(before: Array, after: Array) -> bool:
    """Say whether any bit differs; where the dtypes do, at the lower precision of the two."""
    if np.iscomplexobj(before) != np.iscomplexobj(after):
        return True
    if before.dtype != after.dtype:
        lower = min(before.dtype, after.dtype, key=lambda dtype: dtype.itemsize)
        with np.errstate(all="ignore"):
            before, after = before.astype(lower), after.astype(lower)
    return before.tobytes() != after.tobytes()


def _numbers(values: Array) -> Numbers:
    """Return the values in double precision; NaN, of which no distance can be told, where they are no real numbers."""
    found = numbers(values)
    return np.full(values.size, math.nan) if found is None else found.reshape(-1)


def _root_mean_square(of: Numbers) -> float:
    return float(np.sqrt(np.mean(np.square(of)))) if of.size else math.nan


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


class CourseBuilder:
    """Puts the course of a run together, one pair after another. Keeps no values of the checkpoints it was given."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._checkpoints: list[Checkpoint] = []
        self._weights: list[Shift | None] = []
        self._shifts: dict[str, list[LayerShift | None]] = {}
        self._newest: tuple[Layer, ...] = ()

    def start(self, first: Checkpoint, snapshot: Snapshot) -> None:
        """Begin with the first checkpoint."""
        self._checkpoints = [first]
        self._newest = snapshot.subject.layers
        self._shifts = {layer.name: [] for layer in self._newest}

    def add(self, checkpoint: Checkpoint, snapshot: Snapshot, comparison: Comparison) -> None:
        """Go on with the next checkpoint, which was compared with the last one."""
        pairs = len(self._weights)
        earlier = self._shifts
        self._shifts = {
            layer.name: earlier.get(comparison.matched.get(layer.name, ""), [None] * pairs)
            for layer in snapshot.subject.layers
        }
        for name, shifts in self._shifts.items():
            shifts.append(comparison.shifts.get(name))
        self._checkpoints.append(checkpoint)
        self._weights.append(comparison.weights)
        self._newest = snapshot.subject.layers

    def course(self) -> Course:
        """Return what was put together."""
        return Course(
            self._name,
            tuple(self._checkpoints),
            tuple(LayerCourse(layer, tuple(self._shifts[layer.name])) for layer in self._newest),
            tuple(self._weights),
            MappingProxyType(dict(self._missing())),
        )

    def _missing(self) -> Iterator[tuple[str, str]]:
        for layer in self._newest:
            shifts = self._shifts[layer.name]
            if not any(shifts):
                yield layer.name, "no other checkpoint of the run has this layer"
            elif not any(shift and {"moving_mean", "moving_variance"} & shift.shifts.keys() for shift in shifts):
                yield layer.name, "no two checkpoints of the run hold the values of its statistics"
