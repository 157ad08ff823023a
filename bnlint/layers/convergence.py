"""How much of their initial values moving statistics still hold, and what bounds it.

A plain average with momentum m weighs its initial value with m ** n after n updates: the residue. Where the variance
started at 1, no channel can be below the residue, since no variance of a batch is negative; one whose input was 0 in
every batch (behind a dead ReLU, say) holds the residue itself, and a mean of exactly 0. So the statistics bound how
many updates there were, whatever a step variable says.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from bnlint.layers.layer import Layer, Repeats, Variable
from bnlint.layers.numbers import Numbers, finite, numbers
from bnlint.layers.predicates import at_init
from bnlint.layers.subject import Floor, Need, Subject
from bnlint.results import Step

DEAD_CHANNEL = "a channel whose input is always 0"
"""The source of the clock that is no variable."""
_ROUNDING = 1e-7
"""By how much the product of a float32 and one factor is off, and so is a factor that was itself rounded."""
_NOT_WHOLE = 0.02
_TELLING = 0.2
"""Beyond it the rounding of many factors can make a whole number of any."""
_UNDERFLOWS = 1e-30
"""Below it a channel may have died later: its mean has underflowed, and its variance soon will."""
_BELOW = 0.95
"""A variance that is less than this part of what should be left contradicts it, whatever the rounding."""
_WIDTH = 4
"""Bytes of a float32."""

_Average = tuple[float, Repeats | None, tuple[Step, ...] | None]
"""How layers are averaged alike: by momentum, number of updates in a step, and the clocks that count them."""


class Count(NamedTuple):
    """How many updates a clock says there were."""

    clock: Step
    updates: int

    def residue(self, momentum: float) -> float:
        """Return what is left of the initial value."""
        return momentum**self.updates

    def agrees(self, other: Count) -> bool:
        """Whether both can be right."""
        own, others = (count.clock._replace(value=count.updates) for count in (self, other))
        return not own.disagrees(others)


class Dead(Count):
    """The count of a channel whose input was 0 in every batch: how often the update ops really ran."""

    __slots__ = ()


def averaged(layer: Layer) -> tuple[Variable, ...]:
    """Return the statistics that keep a residue: those that are not debiased."""
    return tuple(s for s in layer.statistics if not s.is_debiased)


def averaging_momentum(layer: Layer) -> float | None:
    """Return the momentum that leaves the most of the initial values; None where it is no constant, or not known.

    Of several updates of one statistic, as of copies of a layer, that with the lowest momentum leaves the least.
    """
    momenta = [_momentum(statistic, layer) for statistic in averaged(layer)]
    known = [m for m in momenta if m is not None]
    return max(known) if known and len(known) == len(momenta) else None


def _momentum(statistic: Variable, layer: Layer) -> float | None:
    """Return that of one statistic. What writes back what it read (momentum 1) says nothing of updates in training."""
    moving = {u.momentum for u in statistic.updates} - {1.0}
    constant = [m for m in moving if m is not None]
    if constant and len(constant) == len(moving):
        return min(constant)
    if layer.declared_momentum is not None:
        return layer.declared_momentum
    return 1.0 if statistic.updates and not moving else None


def ceiling(layer: Layer) -> float | None:
    """Return what the residue cannot exceed: the smallest variance, where it is an average that began at 1."""
    values = finite(_since_one(layer))
    return None if values is None else float(values.min())


def _since_one(layer: Layer) -> Numbers | None:
    """Return the variance of every channel where all began at 1 and are plain averages."""
    variance = layer.moving_variance
    if variance.is_debiased or variance.is_root_averaged or not _starts_at(variance, 1.0):
        return None
    return numbers(variance.values)


def _starts_at(variable: Variable, value: float) -> bool:
    return variable.initial is not None and bool(np.all(variable.initial == value))


def exponent(value: float, momentum: float) -> int | None:
    """Return n where ``value`` is momentum ** n, as float32 computes it; None where it is no such power."""
    if not 0 < momentum < 1 or not 0 < value < 1:
        return None
    n = math.log(value) / math.log(momentum)
    error = _NOT_WHOLE + _drift(n, momentum)
    return round(n) if round(n) > 0 and abs(n - round(n)) <= error else None


def _drift(n: float, momentum: float) -> float:
    """Return by how much the exponent may be off after ``n`` rounded factors."""
    return n * _ROUNDING / -math.log(momentum)


def is_exact(variable: Variable) -> bool:
    """Whether the values are precise enough to tell one power from another: half precision is not."""
    return variable.values is not None and variable.values.dtype.itemsize >= _WIDTH


def dead_channels(layer: Layer, momentum: float) -> Step | None:
    """Return how many updates there were by channels whose input was 0 in every batch; None where they do not say.

    Pruned and padded channels (a variance of exactly 1 or 0) say nothing. One alone must be a power of the momentum
    that rounding has not blurred; several must hold the same, bit by bit.
    """
    values, means = _since_one(layer), numbers(layer.moving_mean.values)
    if values is None or means is None or means.shape != values.shape or not _starts_at(layer.moving_mean, 0.0):
        return None
    if not is_exact(layer.moving_variance):
        return None
    dead = values[(means == 0) & (values > _UNDERFLOWS) & (values < 1)]
    if not dead.size or np.any(dead != dead[0]):
        return None
    updates = exponent(float(dead[0]), momentum)
    if updates is None or (dead.size == 1 and _drift(updates, momentum) > _TELLING):
        return None
    return Step(updates, DEAD_CHANNEL)


def counts(layer: Layer, subject: Subject, momentum: float) -> tuple[Count, ...]:
    """Return how many updates each clock says there were, the most trusted first."""
    return tuple(_counts(layer, subject, momentum))


def _counts(layer: Layer, subject: Subject, momentum: float) -> Iterator[Count]:
    for statistic in layer.statistics:
        own = statistic.local_step
        if own is not None and own.value > 0:
            yield Count(own, own.value)
            break
    if is_updated_by_steps(layer, subject):
        repeats = 1 if layer.repeats is None else max(1, layer.repeats.total)
        clocks = subject.clocks if layer.clocks is None else layer.clocks
        for clock in sorted(clocks, key=lambda clock: clock.is_least):
            if clock.value > 0:
                yield Count(clock, clock.value * repeats)
    dead = dead_channels(layer, momentum)
    if dead is not None:
        yield Dead(dead, dead.value)


def is_updated_by_steps(layer: Layer, subject: Subject) -> bool:
    """Whether every training step updates the statistics, as far as is known: a graph that trains runs such an op.

    A model that calls the layer with ``training=False``, as fine-tuning does, updates none.
    """
    if layer.declared_training is False:
        return False
    return Need.TRAINING in subject.missing or any(u.is_wired for u in layer.updates)


def floors(layers: Iterable[Layer]) -> tuple[Floor, ...]:
    """Return the smallest variance of the layers that are averaged alike, which bounds what is left in all of them."""
    found: dict[_Average, Floor] = {}
    for layer in layers:
        momentum, variance = averaging_momentum(layer), ceiling(layer)
        if momentum is not None and variance is not None:
            average = (momentum, layer.repeats, layer.clocks)
            known = found.get(average)
            if known is None or variance < known.variance:
                found[average] = Floor(layer.name, variance, *average)
    return tuple(found.values())


def contradiction(count: Count, layer: Layer, subject: Subject, momentum: float) -> Floor | None:
    """Return a variance that is smaller than it could be after so many updates since the initial value.

    Statistics that were restored from elsewhere were updated before the clock began. What holds for one layer then
    holds for all that are averaged like it, unless the layer counts by itself.
    """
    least = _BELOW * count.residue(momentum)
    candidates = _floors_of(layer, subject if count.clock in subject.clocks else None, momentum)
    return next((floor for floor in candidates if floor.variance < least), None)


def least_variance(layer: Layer, subject: Subject, momentum: float) -> float | None:
    """Return the smallest variance of the layer and of those averaged like it; None where none began at 1."""
    return min((floor.variance for floor in _floors_of(layer, subject, momentum)), default=None)


def _floors_of(layer: Layer, subject: Subject | None, momentum: float) -> Iterator[Floor]:
    """Yield the floors of the layers of ``subject`` that are averaged like ``layer``, then its own."""
    average = (momentum, layer.repeats, layer.clocks)
    if subject is not None:
        yield from (f for f in subject.floors if (f.momentum, f.repeats, f.clocks) == average)
    own = ceiling(layer)
    if own is not None:
        yield Floor(layer.name, own, *average)


def has_constant_variance(layer: Layer) -> bool:
    """Whether all channels have the same variance, bit by bit, although their means differ.

    Batches of one sample and one position do that: the variance of one number is 0, so that every channel holds the
    residue of the initial value.
    """
    variances, means = (numbers(statistic.values) for statistic in (layer.moving_variance, layer.moving_mean))
    if variances is None or means is None or at_init(layer.moving_variance):
        return False
    is_finite = bool(np.all(np.isfinite(variances)) and np.all(np.isfinite(means)))
    return is_finite and variances.size > 0 and _are_alike(variances) and not _are_alike(means)


def _are_alike(values: Numbers) -> bool:
    """Whether all are the same; `np.unique` would import masked arrays to tell, a twentieth of a start."""
    return bool(np.all(values == values.flat[:1]))
