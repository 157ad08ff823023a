"""Every channel has the same moving variance: batches of one sample and one position.

## What it means
The variance of a single number is 0. A batch-norm layer behind a dense layer that is trained with batches of one sample
(or behind a convolution whose output is 1x1) averages zeros: after n updates every channel holds `momentum ** n`, what
is left of the 1 that it started at.

## Why it is bad
In training the layer subtracts from each value the value itself, and puts out beta whatever comes in: nothing before it
learns anything. In inference it divides by the root of almost nothing. Neither has to do with the other.

## How it is recognised
The variances of all channels are equal, bit by bit, and not at their initial value, while the means differ. Where the
momentum is known, the variance must be a power of it (an underflow to 0 is one too); where it is not, the confidence is
medium. Layers of one channel say nothing, nor do layers whose channels are all dead, so that their means are equal
too. Where inference uses batch statistics, it is info.

## Example
    images = images[np.newaxis]                  # one at a time
    x = tf.layers.batch_normalization(tf.layers.dense(x, 64), training=True)

    $ bnlint check fixtures/tf1.15/batch_of_one
    error BN107 constant-variance: 1 of 2 layers
      every channel has the same moving variance: no batch had more than one
      sample and position
      layers      dense/bn
      evidence    channels 6, variance 0.0148, mean -0.672 to 0.162, momentum
                  0.9, updates 40; momentum_source: graph
      variable    dense/bn/moving_variance: the same in every channel

## How to repair
Train with batches of more than one sample; for reinforcement learning and others that have no batches, normalise by
something else: LayerNormalization, or GroupNormalization behind a convolution.

## Known limits
A layer whose input is constant over the batch, as behind a layer of dead units with biases, looks the same: it computes
nothing either. Batches of one that were only some of the batches leave no such trace.
"""

from __future__ import annotations

from collections.abc import Iterator

from bnlint.findings import Confidence, JsonValue, Severity
from bnlint.layers.convergence import averaging_momentum, exponent, has_constant_variance, is_exact
from bnlint.layers.layer import Dialect, Layer
from bnlint.layers.numbers import finite
from bnlint.layers.predicates import statistics_unused
from bnlint.layers.subject import Need, Subject
from bnlint.rules.evidence import initial_of, layer_variables, value_range
from bnlint.rules.rule import Blind, Claim, rule
from bnlint.rules.values import unread

_REPAIR = """\
# train with batches of more than one sample; where there are none,
# normalise each sample by itself
{call}"""
_CALL = "x = tf.contrib.layers.layer_norm(x)"
_CALL_EAGER = "x = tf.keras.layers.LayerNormalization()(x)   # or GroupNormalization"


@rule("BN107", "constant-variance", Severity.ERROR, {Need.VALUES}, __doc__)
def constant_variance(layer: Layer, subject: Subject) -> Iterator[Claim | Blind]:
    """Claim that all channels hold what is left of the initial variance, and nothing else."""
    yield from unread(layer, layer.statistics)
    variances, means = (finite(statistic.values) for statistic in (layer.moving_variance, layer.moving_mean))
    if variances is None or not has_constant_variance(layer):
        return
    variance, initial = float(variances.max()), initial_of(layer.moving_variance)
    momentum = averaging_momentum(layer) if is_exact(layer.moving_variance) else None
    if initial == 0:
        return  # averages of zeros are 0: something else wrote it
    updates = None if initial is None or momentum is None else exponent(variance / initial, momentum)
    if initial is not None and momentum is not None and updates is None and variance != 0:
        return  # something else wrote it
    evidence: dict[str, JsonValue] = {
        "channels": int(variances.size),
        "variance": variance,
        "mean_range": None if means is None else value_range(means),
    }
    if momentum is not None:
        evidence["momentum"] = momentum
        evidence["momentum_source"] = layer.momentum_source
    if updates is not None:
        evidence["updates"] = updates
    is_eager = layer.dialect in {Dialect.EAGER, Dialect.KERAS}
    yield Claim(
        layer,
        Severity.INFO if statistics_unused(layer) else Severity.ERROR,
        Confidence.MEDIUM if initial is None or momentum is None else Confidence.HIGH,
        "every channel has the same moving variance: no batch had more than one sample and position",
        repair=_REPAIR.format(call=_CALL_EAGER if is_eager else _CALL),
        evidence=evidence,
        related=layer_variables([layer.moving_variance], "the same in every channel"),
    )
