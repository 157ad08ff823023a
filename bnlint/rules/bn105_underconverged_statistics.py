"""The moving statistics still hold a good part of their initial values.

## What it means
After n updates a moving average with momentum m weighs its initial value with `m ** n`. Momentum 0.999 needs 3000
updates until 5% are left of the 0 and 1 that mean and variance started at; after 200 updates 82% are.

## Why it is bad
Inference subtracts a mean that is too close to 0 and divides by a variance that is too close to 1, while training used
those of the batches. The model is better than its validation says, or fails outright when it is used.

## How it is recognised
By the momentum, of the graph or of Keras's configuration, and by the clocks, the most trusted first: a statistic's own
`local_step`, step variables and optimizer iterations, the powers of Adam's beta2. With repeated updates in one step
(one layer applied several times) each counts; where networks are trained in turns, as in a GAN, a clock counts for the
layers that its own train op updates. More than 5% left is a warning, more than 30% an error. The evidence says
which clock spoke and what the others said.

Two facts keep a clock that begins too late (fine-tuning with a new step variable) from a false alarm:

- where the variance started at 1, none of its channels can be below what is left: one below 5% clears the layer;
- one channel anywhere, of a layer with the same momentum, that is below what the clock says should be left, proves that
  the clock undercounts. Then the next clock is asked, and believed with low confidence; where all undercount, the rule
  is skipped, and says both numbers.

Where an op of the graph assigns an array or what is fed to both statistics, as importers of weights do, they may not
have begun at their initial values, and the rule is skipped unless a channel shows that they have. So it is where
another saver of the graph lists them without the clock, as for a warm start, and no variance is below 1.

A channel whose input is always 0 (behind dead ReLUs) is a clock too: its variance is exactly `m ** n`. It is the only
one that knows how often the update ops really ran, and where it says few and a step variable many, its word counts.
Where two clocks disagree and one of them clears the layer, it is a warning of low confidence.

Nothing is said of layers that are frozen (BN101, BN106), whose input never varies (BN107), that hold NaN (BN103), whose
momentum never moves them (BN305); of untrained artifacts, of layers that are frozen on purpose; nor of statistics that
are corrected for their initial value (`zero_debias`). Of several checkpoints of one run the newest is judged. Where
inference uses batch statistics, it is info.

## Example
    x = tf.layers.batch_normalization(x, momentum=0.999, training=True)
    for _ in range(200):
        sess.run(train_op)

    $ bnlint check fixtures/tf1.15/underconverged
    error BN105 underconverged-statistics: 2 of 2 layers
      the moving statistics still hold 82% of their initial values: too few
      updates for this momentum
      layers      conv/bn, dense/bn
      evidence    residue 0.819, momentum 0.999, updates 200, smallest_variance
                  0.819 to 1.45; momentum_source: graph; clock: global_step says
                  200; other_clocks: beta2_power says 200
      variable    conv/bn/moving_mean and 3 more: holds 82% of its initial value

## How to repair
Nothing is wrong with the weights. Recompute the statistics with forward passes over training data, or train on; for
trainings as short as this one choose a lower momentum.

## Known limits
Update ops that no training step of the graph runs are counted by no step variable, nor are those of a layer that a
model of Keras 2 calls with `training=False`. A step variable that counts several batches as one (gradient
accumulation) undercounts, and only the values can tell; so do the clocks of two train ops that update one layer by
turns, each of which counts its own. Statistics that were put there without a trace in the graph (`variable.load`,
Keras's `set_weights`) are taken for the model's own, where no variance is small enough to tell. Averages that start
at 0 (`ExponentialMovingAverage` of tensors) and renormalization, which averages the standard deviation, have no such
bound. A momentum that follows a schedule, as with `num_updates`, is not known, nor is that of values without a graph
or a configuration, as in a `tf.train.Checkpoint`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bnlint.findings import Confidence, JsonValue, Severity
from bnlint.layers.convergence import (
    Count,
    Dead,
    averaged,
    averaging_momentum,
    ceiling,
    contradiction,
    counts,
    has_constant_variance,
    is_updated_by_steps,
    least_variance,
)
from bnlint.layers.layer import Layer, Variable
from bnlint.layers.numbers import finite
from bnlint.layers.predicates import at_init, is_deliberately_frozen, statistics_unused
from bnlint.layers.subject import Need, Subject
from bnlint.rules import repairs
from bnlint.rules.evidence import layer_variables
from bnlint.rules.rule import Blind, Claim, Threshold, rule
from bnlint.rules.values import unread

_WARNING = Threshold("BN105.warning", 0.05, "more than this part of the initial values left is a warning", most=1.0)
_ERROR = Threshold("BN105.error", 0.30, "more than this part of the initial values left is an error", most=1.0)
_CONVERGED = 0.01
"""What a momentum that can be recommended leaves of the initial values, unless even less is a warning."""
_MOMENTA = (0.999, 0.99, 0.9)
_NO_MOMENTUM = "nothing says its momentum"


class _Verdict(NamedTuple):
    """What the clocks say together."""

    believed: Count
    """That of the clock that is believed."""
    severity: Severity
    confidence: Confidence


@rule("BN105", "underconverged-statistics", Severity.WARNING, {Need.VALUES}, __doc__, thresholds=(_WARNING, _ERROR))
def underconverged_statistics(layer: Layer, subject: Subject) -> Iterator[Claim | Blind]:
    """Claim that a good part of the initial values is left, by the momentum and the number of updates."""
    if subject.trained.is_trained is False or is_deliberately_frozen(layer) or not averaged(layer):
        return
    yield from unread(layer, layer.statistics)
    bound, momentum, most = ceiling(layer), averaging_momentum(layer), _WARNING.of(subject)
    if not all(_is_moving(s) for s in layer.statistics) or has_constant_variance(layer):
        return
    if (bound is not None and bound <= most) or (momentum is not None and not 0 < momentum < 1):
        return
    found = () if momentum is None else counts(layer, subject, momentum)
    reason = _unknown(layer, subject, momentum, found)
    if momentum is None or reason is not None:
        yield Blind(layer, reason or _NO_MOMENTUM)
        return
    possible = tuple(c for c in found if contradiction(c, layer, subject, momentum) is None)
    if all(count.clock.is_least for count in possible):
        if not any(count.residue(momentum) <= most for count in possible):
            yield Blind(layer, _contradicted(found, layer, subject, momentum))
        return
    lowest = least_variance(layer, subject, momentum)
    verdict = _judged(possible, subject, momentum, lowest)
    if verdict is None:
        return
    origin = _from_elsewhere(layer, subject, verdict.believed, lowest)
    if origin is not None and not any(isinstance(count, Dead) for count in possible):
        yield Blind(layer, f"its statistics may be from elsewhere: {origin}")
        return
    if len(possible) < len(found) and not isinstance(verdict.believed, Dead):  # a clock was set back, perhaps all were
        verdict = verdict._replace(severity=Severity.WARNING, confidence=Confidence.LOW)
    others = tuple(c for c in found if c is not verdict.believed)
    yield Claim(
        layer,
        Severity.INFO if statistics_unused(layer) else verdict.severity,
        verdict.confidence,
        _message(layer, verdict, [o for o in others if o.residue(momentum) <= most], momentum),
        repair=_repair(layer, verdict.believed, most),
        evidence=_evidence(layer, verdict.believed, others, momentum, bound),
        related=layer_variables(
            averaged(layer), f"holds {verdict.believed.residue(momentum):.0%} of its initial value"
        ),
    )


def _is_moving(statistic: Variable) -> bool:
    """Whether all values of a statistic are numbers, and not those that it started at."""
    numbers = finite(statistic.values)
    is_finite = numbers is not None and statistic.values is not None and numbers.size == statistic.values.size
    return is_finite and at_init(statistic) is not True


def _unknown(layer: Layer, subject: Subject, momentum: float | None, found: tuple[Count, ...]) -> str | None:
    """Return why nobody knows what the updates left, if so."""
    if subject.newer is not None:
        return f"of a run the newest checkpoint is judged: {subject.newer}"
    if momentum is None:
        return "its momentum is no constant" if layer.updates else _NO_MOMENTUM
    if not all(count.clock.is_least for count in found):
        return None
    if layer.declared_training is False:
        return "the model calls it with training=False, so that no clock counts its updates"
    if not is_updated_by_steps(layer, subject):
        return "no training step of the graph runs its updates, so that no clock counts them"
    if layer.clocks == () and subject.clocks:
        return "the clocks count other training steps than those that run its updates"
    return "nothing says how many updates there were"


def _from_elsewhere(layer: Layer, subject: Subject, count: Count, lowest: float | None) -> str | None:
    """Return what may have put statistics there that were averaged before the clock began; None where nothing did.

    A saver that lists them without the clock restores them when a program starts from another model. It may also be
    there to export this one, so a variance below the initial value, which a converged model seldom lacks, goes before.
    """
    loaders = [statistic.loaded_by for statistic in averaged(layer)]
    if None not in loaders:
        return f"{loaders[0]} assigns values that were not averaged here"
    if count.clock not in subject.clocks or (lowest is not None and lowest < 1):
        return None
    names = {statistic.name for statistic in averaged(layer)}
    savers = (s.op for s in subject.other_savers if names <= s.names and count.clock.source not in s.names)
    saver = next(savers, None)
    return None if saver is None else f"the saver of {saver} restores them without {count.clock.source}"


def _contradicted(found: tuple[Count, ...], layer: Layer, subject: Subject, momentum: float) -> str:
    """Return which variance shows that there were more updates than the most trusted clock says."""
    count = next(c for c in found if not c.clock.is_least)
    floor = contradiction(count, layer, subject, momentum)
    assert floor is not None
    return (
        f"{count.clock.said}, after which no variance could be below {count.residue(momentum):.3g}, and one of "
        f"{floor.layer} is {floor.variance:.3g}: there were updates before, as in fine-tuning"
    )


def _judged(found: tuple[Count, ...], subject: Subject, momentum: float, lowest: float | None) -> _Verdict | None:
    """Return what all clocks say together; None where the statistics have converged.

    ``lowest`` is the smallest variance of all layers that are averaged like this one.
    """
    believed = next(c for c in found if not c.clock.is_least)
    dead = next((c for c in found if isinstance(c, Dead)), None)
    is_confirmed = dead is not None and dead is not believed and dead.agrees(believed)
    if dead is not None and not is_confirmed:
        believed = dead  # it is the statistics' own
    warning, error = _WARNING.of(subject), _ERROR.of(subject)
    if believed.residue(momentum) <= warning:
        return None
    least = min(c.residue(momentum) for c in found)
    if least <= warning:
        return _Verdict(believed, Severity.WARNING, Confidence.MEDIUM if believed is dead else Confidence.LOW)
    severity = Severity.ERROR if least > error else Severity.WARNING
    # Where no variance is below 1 nothing confirms the clock, which may have begun late.
    is_sure = is_confirmed or (lowest is not None and lowest < 1 and believed is not dead)
    return _Verdict(believed, severity, Confidence.HIGH if is_sure else Confidence.MEDIUM)


def _message(layer: Layer, verdict: _Verdict, clearing: Iterable[Count], momentum: float) -> str:
    believed = verdict.believed
    names = [s.name for s in averaged(layer)]
    what, verb = "the moving statistics", "hold"
    if len(names) == 1:
        what, verb = f"the moving {'mean' if names == [layer.moving_mean.name] else 'variance'}", "holds"
    part = f"{believed.residue(momentum):.0%} of {'its initial value' if verb == 'holds' else 'their initial values'}"
    against = ", ".join(count.clock.said for count in clearing)
    if verdict.confidence is Confidence.LOW:
        return f"{what} may still hold {part}: {believed.clock.said}{f', but {against}' if against else ''}"
    if against:
        return f"{what} still {verb} {part}: {against}, but the updates ran {believed.updates} times only"
    return f"{what} still {verb} {part}: too few updates for this momentum"


def _evidence(
    layer: Layer, believed: Count, others: tuple[Count, ...], momentum: float, bound: float | None
) -> dict[str, JsonValue]:
    evidence: dict[str, JsonValue] = {
        "residue": believed.residue(momentum),
        "momentum": momentum,
        "updates": believed.updates,
        "momentum_source": layer.momentum_source,
        "clock": believed.clock.said,
    }
    if others:
        evidence["other_clocks"] = tuple(other.clock.said for other in others)
    if layer.repeats is not None and layer.repeats.total > 1:
        evidence["updates_per_step"] = layer.repeats.total
    if bound is not None:
        evidence["smallest_variance"] = bound
    return evidence


def _repair(layer: Layer, count: Count, most: float) -> str:
    """Return how to recompute the statistics, and a momentum that would have done, where one is sensible."""
    lower = next((m for m in _MOMENTA if m**count.updates <= min(_CONVERGED, most)), None)
    if lower is None:
        return repairs.recompute_first(layer)
    argument = repairs.momentum_argument(layer)
    return f"{repairs.recompute_first(layer)}\n# or, for trainings as short as this one: {argument}={lower}"
