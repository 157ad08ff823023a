"""A channel of the moving variance is negative, so that its square root is no number.

## What it means
In at least one channel the moving variance and epsilon add up to 0 or less. No average of variances can be negative:
something else than the average wrote the variable.

## Why it is bad
The layer divides by the square root of that sum. Its output is NaN or infinite in that channel, and NaN in everything
behind it.

## How it is recognised
By the values, and the epsilon of the graph or of Keras's configuration. Where nothing says the epsilon, 0.001 is
assumed, which is what TensorFlow's layers use by default; the text says so, and the confidence is medium. A variance
that only this epsilon makes up for is skipped too.

A variance that is negative and stays above -epsilon is info: a converter that made up for another epsilon (`variance +
1e-5 - 1e-3`) wrote it, and the layer computes what it should. So is a negative variance that nothing reads, because
inference uses batch statistics.

## Example
    moving_variance = tf.Variable(tf.ones([channels]))     # trainable: the optimizer moves it, below 0

    $ bnlint check fixtures/tf1.15/statistics_learned --select BN104
    error BN104 negative-variance: 1 of 2 layers
      variance + epsilon is 0 or negative: the output of the layer is NaN or
      infinite
      layers      dense/bn
      evidence    channels 6, negative 2, below_epsilon 2, smallest_variance
                  -0.0454, epsilon 0.001
      variable    dense/bn/pop_variance: negative

## How to repair
Find out who wrote it. Most often

- an optimizer did, because the statistics are trainable (BN202),
- a converter exchanged mean and variance (BN109), or subtracted an epsilon from a variance that had none to spare,
- the updates of one step add up to more than the difference (BN306), and the average overshoots further each time,
- the variance was computed as `mean(x * x) - mean(x) * mean(x)` in half precision, where the difference of two large
  numbers may come out negative.

Then recompute the statistics over training data.

## Known limits
A variance that is wrong and positive looks like any other.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bnlint.findings import Confidence, Severity
from bnlint.layers.layer import Layer
from bnlint.layers.numbers import USUAL_EPSILON, epsilon_of, finite
from bnlint.layers.predicates import DIVERGES, is_in_hands_of_an_optimizer, replaced_in_a_step, statistics_unused
from bnlint.layers.subject import Need, Subject
from bnlint.layers.swapped import swapped
from bnlint.rules import repairs
from bnlint.rules.evidence import layer_variables
from bnlint.rules.rule import Blind, Claim, rule
from bnlint.rules.values import unread

_CAUSES = """\
# find out who wrote it, most likely first: an optimizer (the statistics are
# trainable), a converter (mean and variance exchanged, an epsilon subtracted),
# several updates in one step, variances computed in half precision
"""


@rule("BN104", "negative-variance", Severity.ERROR, {Need.VALUES}, __doc__)
def negative_variance(layer: Layer, subject: Subject) -> Iterator[Claim | Blind]:
    """Claim that variance and epsilon add up to 0 or less, or that the variance alone is negative."""
    yield from unread(layer, [layer.moving_variance])
    variance = finite(layer.moving_variance.values)
    if variance is None:
        return
    bad = int(np.count_nonzero(variance + epsilon_of(layer) <= 0))
    negative = int(np.count_nonzero(variance < 0))
    if not bad and not negative:
        return
    if not bad and layer.epsilon is None:
        yield Blind(layer, "nothing says its epsilon", is_part_absent=Need.GRAPH in subject.absent)
    severity = Severity.ERROR
    message = "variance + epsilon is 0 or negative: the output of the layer is NaN or infinite"
    if not bad:
        severity = Severity.INFO
        message = "the variance is negative, and epsilon makes up for it, as after a conversion from another epsilon"
    elif statistics_unused(layer):
        severity = Severity.INFO
        message = "variance + epsilon is 0 or negative; inference uses batch statistics, so nothing reads it"
    if layer.epsilon is None:
        message += f" (nothing says the epsilon: {USUAL_EPSILON:g} is assumed)"
    yield Claim(
        layer,
        severity,
        Confidence.MEDIUM if layer.epsilon is None else Confidence.HIGH,
        message,
        repair="" if severity is Severity.INFO else _repair(layer, subject),
        evidence={
            "channels": int(variance.size),
            "negative": negative,
            "below_epsilon": bad,
            "smallest_variance": float(variance.min()),
            "epsilon": layer.epsilon,
        },
        related=layer_variables([layer.moving_variance], "negative"),
    )


def _repair(layer: Layer, subject: Subject) -> str:
    """Return where to look; what graph and values show goes before what is merely likely."""
    if swapped(layer, subject) is not None:
        return repairs.after(["BN109"])  # which leaves nothing to recompute
    causes = ["BN202"] if any(is_in_hands_of_an_optimizer(s) for s in layer.statistics) else []
    if replaced_in_a_step(layer) >= DIVERGES:
        causes.append("BN306")
    recompute = repairs.recompute_first(layer)
    return repairs.after(causes, recompute) if causes else _CAUSES + recompute
