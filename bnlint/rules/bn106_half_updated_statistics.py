"""Only one of mean and variance is updated: it moved, and the other is at its initial value.

## What it means
One of `moving_mean` and `moving_variance` still holds, bit for bit and in every channel, what its initialiser put
there, and the other one does not. An update that runs moves both.

## Why it is bad
Inference normalises with one statistic of the data and one that belongs to no data: with the right scale around the
wrong centre, or the other way round.

## How it is recognised
By the values. It is an error in a trained artifact, a warning where nothing says whether it was trained, or where the
statistics are kept in half precision: there an update that is smaller than half a step of the format is lost. It is
info where

- nothing was trained yet,
- the layer was frozen on purpose,
- inference uses batch statistics as well, so that nothing reads the moving ones,
- the mean is 0 and every channel has the same variance, which is what becomes of a layer all of whose channels are
  dead: the variance of no input is 0, and momentum^n is left of the initial value,
- the one that moved is less than 0.001 away from where it began, as behind data that were centred and scaled before.

Nothing is said where an optimizer moved the other one (BN202), nor where both are 0: averages of tensors start there.
Where the graph shows why one of the two rests, that cause (BN301, BN302, BN305) leads, and this finding hangs below
it.

## Example
    update_mean, update_variance = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    with tf.control_dependencies([update_mean]):
        train_op = optimizer.minimize(loss)

    $ bnlint check fixtures/tf1.15/layers_half_wired --select BN106
    error BN106 half-updated-statistics: 2 of 2 layers
      the moving variance is at its initial value in every channel, and the
      moving mean is not: only one of the two is updated, and inference with
      them is wrong
      layers      conv/bn, dense/bn
      evidence    channels 4 to 6, gamma 0.869 to 1.18, beta -0.146 to 0.245,
                  mean -4.36 to 8.5, variance 1
      variable    conv/bn/moving_variance, dense/bn/moving_variance: at its
                  initial value in every channel

## How to repair
Run both updates with every training step; then recompute the statistics by running the updates alone over training
data. In a converter, copy both.

## Known limits
Converters that fold the mean into beta leave a mean of 0 on purpose; nothing tells that from an update that was
forgotten. Without a graph the initial values are assumed to be 0 and 1, and the confidence is medium.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bnlint.findings import Confidence, Severity
from bnlint.layers.layer import Dialect, Layer, Variable
from bnlint.layers.numbers import finite, numbers
from bnlint.layers.predicates import at_init, is_deliberately_frozen, statistics_unused
from bnlint.layers.subject import Need, Subject
from bnlint.layers.why import why_not_updated
from bnlint.rules import repairs
from bnlint.rules.evidence import layer_variables, trained_evidence
from bnlint.rules.rule import Blind, Claim, Threshold, rule
from bnlint.rules.values import NOTHING_READS, ranges, unread

_NEAR = Threshold("BN106.near", 1e-3, "one that moved less far than this from its initial value is an info")
"""How far a statistic moves at least, of data that were not standardised before."""
_MANTISSA_OF_FLOAT32_ALONE = 0xFFFF
"""The bits of a float32 that bfloat16 lacks."""
_LOST = "updates that small may be lost in half precision"
_REPAIR_EAGER = """\
# update both in the same call; add_update or assign, in training only
self.moving_mean.assign(momentum * self.moving_mean + (1 - momentum) * mean)
self.moving_variance.assign(
    momentum * self.moving_variance + (1 - momentum) * variance)"""


@rule("BN106", "half-updated-statistics", Severity.ERROR, {Need.VALUES}, __doc__, thresholds=(_NEAR,))
def half_updated_statistics(layer: Layer, subject: Subject) -> Iterator[Claim | Blind]:
    """Claim that one statistic moved and the other is at init."""
    yield from _blind(layer)
    resting = [s for s in layer.statistics if at_init(s)]
    moving = [s for s in layer.statistics if _distance(s)]
    if not (resting and moving):
        return
    still, moved = resting[0], moving[0]
    if moved.is_optimized or moved.slots or _are_both_zero(layer):
        return
    names = ("mean", "variance") if still is layer.moving_mean else ("variance", "mean")
    message = f"the moving {names[0]} is at its initial value in every channel, and the moving {names[1]} is not"
    severity, confidence, reading = _judged(layer, subject, still, moved)
    yield Claim(
        layer,
        severity,
        confidence,
        message + reading,
        repair="" if severity is Severity.INFO else _repair(layer, subject),
        evidence={**trained_evidence(layer, subject), **ranges(layer)},
        related=layer_variables([still], "at its initial value in every channel"),
    )


def _judged(layer: Layer, subject: Subject, still: Variable, moved: Variable) -> tuple[Severity, Confidence, str]:
    """Return how bad it is, how sure that is, and what more there is to say."""
    trained = subject.trained.is_trained
    if trained is False:
        return Severity.INFO, Confidence.HIGH, ": the checkpoint was saved before any training"
    if is_deliberately_frozen(layer):
        return Severity.INFO, Confidence.HIGH, "; the layer was frozen on purpose"
    if statistics_unused(layer):
        return Severity.INFO, Confidence.MEDIUM, f"; {NOTHING_READS}"
    if still is layer.moving_mean and _is_left_of_one_value(moved):
        return Severity.INFO, Confidence.MEDIUM, "; the variances are all the same: every channel is dead"
    if _distance(moved) < _NEAR.of(subject):
        return Severity.INFO, Confidence.MEDIUM, "; the data seem to be centred and scaled before the layer"
    if trained is None:
        return Severity.WARNING, Confidence.LOW, "; nothing in the artifact says whether it was trained"
    if why_not_updated(layer, subject):
        return Severity.ERROR, Confidence.HIGH, ": only one of the two is updated, and inference with them is wrong"
    if _is_half_precision(moved):
        return Severity.WARNING, Confidence.LOW, f": only one of the two is updated, or {_LOST}"
    is_known = not (still.is_initial_assumed or moved.is_initial_assumed)
    confidence = Confidence.HIGH if is_known else Confidence.MEDIUM
    return Severity.ERROR, confidence, ": only one of the two is updated, and inference with them is wrong"


def _blind(layer: Layer) -> Iterator[Blind]:
    """Yield that the layer could not be looked at."""
    if any(s.values is None for s in layer.statistics):
        yield from unread(layer, layer.statistics)
    elif any(at_init(s) is None for s in layer.statistics):
        yield Blind(layer, "the initial value of its statistics is not known")


def _distance(variable: Variable) -> float:
    """Return how far the farthest finite channel is from its initial value; 0 where that is not known, or no number.

    NaN does not prove that an update ran (`bnlint.layers.predicates.has_moved`).
    """
    values, initial = numbers(variable.values), numbers(variable.initial)
    if at_init(variable) is not False or values is None or initial is None:
        return 0.0
    with np.errstate(all="ignore"):
        away = finite(np.abs(values - initial))
    return 0.0 if away is None else float(away.max())


def _are_both_zero(layer: Layer) -> bool:
    """Whether mean and variance are 0 everywhere: averages of tensors start there, whatever was assumed."""
    return all(v.values is not None and not np.any(v.values) for v in layer.statistics)


def _is_left_of_one_value(variance: Variable) -> bool:
    """Whether every channel has the same variance, smaller than the initial one: nothing ever came in."""
    assert variance.values is not None
    assert variance.initial is not None
    numbers = variance.values.astype(np.float64).ravel()
    return bool(np.all(numbers == numbers[0]) and numbers[0] < np.min(variance.initial))


def _is_half_precision(variable: Variable) -> bool:
    """Whether the values are float16, or such as bfloat16 holds too, which is read as float32."""
    values = variable.values
    if values is None or values.dtype == np.float16:
        return values is not None
    bits = values.astype(np.float32).view(np.uint32)
    return values.dtype == np.float32 and not np.any(bits & _MANTISSA_OF_FLOAT32_ALONE)


def _repair(layer: Layer, subject: Subject) -> str:
    causes = why_not_updated(layer, subject)
    recompute = repairs.recompute(layer)
    if causes:
        return repairs.after((c.value for c in causes), recompute)
    if layer.dialect is Dialect.EAGER:
        return f"{_REPAIR_EAGER}\n{recompute}"
    return f"# both updates, of mean and of variance\n{repairs.run_updates(layer)}\n{recompute}"
