"""One training step updates a moving statistic so often that it diverges.

## What it means
A layer that is applied k times in one training step has k update ops for each statistic. In a graph of TensorFlow 1
nothing makes one wait for another, so they start from the same old value, and `moving -= (moving - batch) * (1 - m)`
multiplies it k times over: together by 1 - k * (1 - m), where m is the momentum.

## Why it is bad
Where k * (1 - m) is 2 or more that factor is -1 or less: the statistics change their sign with every step and grow
without end, to 1e24 within 40 steps for 50 updates and a momentum of 0.9. The loss shows nothing of it, since training
normalises with the batch. From 1 on nothing of the old value is left, and the statistics are those of the last step.

## How it is recognised
By counting the update ops that one train op runs: branches of a `tf.cond` that exclude each other count once, so does
an op in the body of a loop, and the train ops of a GAN are steps of their own. Updates whose reads wait for each other,
as in every `tf.function`, count no further: k of them are one with the momentum m**k.

Trained to see it (1 to 8 threads, 40 steps; fixtures `shared_50_updates`, `shared_50_updates_slowly` and
`shared_50_updates_in_place`): with resource variables 50 updates and 0.9 diverged in 11 runs of 13, mean or variance or
both, as the race went; 25 updates, and 6 with 0.5 (factors of -1.5 and -2), did too, 15 updates (-0.5) and 50
with 0.99 (0.5) did not. With reference variables, whose memory the reads share, none of 15 runs diverged: each update
saw what the one before had written. So it is an error for resource variables; a warning for reference variables, and
where values have stayed moderate for so many steps that they cannot have grown; an info where nothing needs the
averages.

## Example
    layer = tf.layers.BatchNormalization(momentum=0.9)
    for _ in range(50):                       # a recurrent cell, unrolled
        state = tf.tanh(layer(tf.matmul(state, w), training=True))
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        train_op = optimizer.minimize(loss)   # 100 update ops, of two variables

    $ bnlint check fixtures/tf1.15/shared_50_updates
    error BN306 repeated-updates: 1 of 1 layer
      one training step updates its statistics so often, each time from the same
      old value, that they diverged
      symptom     error BN104 negative-variance: variance + epsilon is 0 or
                  negative: the output of the layer is NaN or infinite
      layers      net/bn
      evidence    updates_per_step 50, from_the_same_value 50, momentum 0.9,
                  factor_of_the_old_value -4, channels 3, negative 3,
                  below_epsilon 3, smallest_variance -2.25e+23, epsilon 0.001
      op          net/bn/AssignMovingAvg/AssignSubVariableOp and 99 more: waits
                  for no other update of the step

## How to repair
Choose a momentum that k updates together make sensible, 1 - 0.1 / k, or run the updates of one application only.

## Known limits
Whether a race was won is in the values alone. Reference variables that several devices read are copied to each of them,
and behave as resource variables do. A momentum that a schedule computes is not known.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from bnlint.findings import Confidence, Severity
from bnlint.layers.layer import Layer, Repeats
from bnlint.layers.predicates import DIVERGES, needs_no_average, replaced_in_a_step
from bnlint.layers.subject import Need, Subject
from bnlint.rules import repairs
from bnlint.rules.evidence import update_ops
from bnlint.rules.rule import Blind, Claim, Threshold, rule

_PER_STEP = Threshold(
    "BN306.per-step",
    1.0,
    "updates of a step that together replace this part of the old value are a warning",
    least=0.01,
    most=DIVERGES,
)
_IMMENSE = Threshold("BN306.immense", 1e12, "a mean or variance as large as this has diverged", least=1e3)
"""No moment of a batch is as large: released models have variances up to 1e9."""
_SENSIBLE = 0.1
"""What all updates of a step together can be recommended to put in the place of the old value."""


class _Verdict(NamedTuple):
    """How bad it is."""

    severity: Severity
    confidence: Confidence
    message: str


@rule(
    "BN306",
    "repeated-updates",
    Severity.ERROR,
    {Need.TRAINING},
    __doc__,
    explains=("BN103", "BN104", "BN108"),
    thresholds=(_PER_STEP, _IMMENSE),
)
def repeated_updates(layer: Layer, subject: Subject) -> Iterator[Claim | Blind]:
    """Claim that the updates of one step leave nothing of the old value, or less."""
    repeats, momentum = layer.repeats, layer.momentum
    replaced, most = replaced_in_a_step(layer), _PER_STEP.of(subject)
    if repeats is None or not replaced >= most:
        return
    verdict = _verdict(layer, subject, repeats, replaced)
    severity = Severity.INFO if needs_no_average(layer) else verdict.severity
    momentum_of_all = repairs.set_momentum(layer, 1.0 - min(_SENSIBLE, most / 2) / repeats.total)
    yield Claim(
        layer,
        severity,
        verdict.confidence,
        verdict.message,
        repair="" if severity is Severity.INFO else momentum_of_all,
        evidence={
            "updates_per_step": repeats.total,
            "from_the_same_value": repeats.unordered,
            "momentum": momentum,
            "factor_of_the_old_value": round(1.0 - replaced, 6),
        },
        related=update_ops(layer.updates, "waits for no other update of the step"),
    )


def _verdict(layer: Layer, subject: Subject, repeats: Repeats, replaced: float) -> _Verdict:
    often = "one training step updates its statistics so often"
    if replaced < DIVERGES:
        message = f"{often} that nothing of the old value is left: they are those of one step"
        if replaced < 1.0:
            message = f"{often} that no more than {1.0 - replaced:.0%} of the old value is left"
        return _Verdict(Severity.WARNING, Confidence.MEDIUM, message)
    immense = _IMMENSE.of(subject)
    if _has_diverged(layer, immense):
        confidence = Confidence.MEDIUM if repeats.in_place else Confidence.HIGH
        return _Verdict(Severity.ERROR, confidence, f"{often}, each time from the same old value, that they diverged")
    if repeats.in_place:
        message = f"{often} that next to nothing of the old value is left; where updates read before others write"
        return _Verdict(Severity.WARNING, Confidence.MEDIUM, f"{message}, they diverge")
    message = f"{often}, each time from the same old value, that they diverge"
    if _must_have_grown(subject, replaced, immense) and any(s.values is not None for s in layer.statistics):
        message += "; in this run they have not, so the updates came one after the other"
        return _Verdict(Severity.WARNING, Confidence.LOW, message)
    if subject.trained.is_trained is False:
        return _Verdict(Severity.WARNING, Confidence.MEDIUM, f"{message} once it is trained")
    return _Verdict(Severity.ERROR, Confidence.MEDIUM, message)


def _has_diverged(layer: Layer, immense: float) -> bool:
    read = (s.values for s in layer.statistics if s.values is not None and s.values.dtype.kind == "f")
    with np.errstate(all="ignore"):
        return any(not bool(np.all(np.abs(values) < immense)) for values in read)


def _must_have_grown(subject: Subject, replaced: float, immense: float) -> bool:
    """Whether statistics that diverge would have become immense by now."""
    steps = 0 if subject.step is None else subject.step.value
    growth = replaced - 1.0
    return steps * math.log(growth) > 2 * math.log(immense)
