"""Mean and variance are exchanged: the one called mean is never negative, and the one called variance is.

## What it means
The tensor called mean is 0 or more in every channel, as variances are, and the tensor called variance is negative in
some, as means are. Whoever ported the weights had another order in mind: Keras's is gamma, beta, mean, variance, that
of other frameworks may differ.

## Why it is bad
The layer subtracts a variance and divides by the root of a mean, which is no number where the mean is negative.

## How it is recognised
The mean has no negative channel and is not 0 everywhere; the variance has channels at or below -epsilon (what stays
above is info of BN104). A layer whose statistics an optimizer moved is left to BN202. That all means are positive by
chance is likely in a layer of few channels, so the channels of all layers that look exchanged are counted together:
from 8 on the confidence is high, from 4 on medium, and below nothing is said but BN104. Where another layer has
such variances and does not look exchanged, the confidence is low.

## Example
    gamma, beta, variance, mean = ported["bn1"]
    layer.set_weights([gamma, beta, variance, mean])

    $ bnlint check fixtures/tf2.21/archive_exchanged
    error BN109 swapped-statistics: 2 of 2 layers
      mean and variance are exchanged: the mean is never negative, and the
      variance is
      symptom     error BN104 negative-variance: variance + epsilon is 0 or
                  negative: the output of the layer is NaN or infinite
      layers      batch_normalization_2, batch_normalization_3
      evidence    mean 0.708 to 4.46, variance -5.56 to 1.11, channels 4 to 6,
                  negative 1 to 4, below_epsilon 1 to 4, smallest_variance -5.56
                  to -1.84, epsilon 0.001
      variable    layers/batch_normalization/vars/2,
                  layers/batch_normalization_1/vars/2: holds what looks like
                  variances
      variable    layers/batch_normalization/vars/3,
                  layers/batch_normalization_1/vars/3: holds what looks like
                  means

## How to repair
    layer.set_weights([gamma, beta, mean, variance])

## Known limits
Behind a ReLU means are never negative; there the exchanged variance is positive too, and nothing shows.
"""

from __future__ import annotations

from collections.abc import Iterator

from bnlint.findings import Severity
from bnlint.layers.layer import Dialect, Layer
from bnlint.layers.predicates import statistics_unused
from bnlint.layers.subject import Need, Subject
from bnlint.layers.swapped import swapped
from bnlint.rules.evidence import layer_variables
from bnlint.rules.rule import Blind, Claim, rule
from bnlint.rules.values import NOTHING_READS, ranges, unread

_REPAIR_EAGER = """\
# write them back in Keras's order: gamma, beta, moving mean, moving variance
gamma, beta, variance, mean = layer.get_weights()
layer.set_weights([gamma, beta, mean, variance])
model.save("repaired.keras")
# and exchange the two in the converter"""
_REPAIR = """\
# exchange the two in the converter; or in the checkpoint:
mean, variance = sess.run([moving_variance, moving_mean])
moving_mean.load(mean, sess)
moving_variance.load(variance, sess)
saver.save(sess, 'repaired/model.ckpt')"""


@rule("BN109", "swapped-statistics", Severity.ERROR, {Need.VALUES}, __doc__, explains=("BN104",))
def swapped_statistics(layer: Layer, subject: Subject) -> Iterator[Claim | Blind]:
    """Claim that what is called mean is the variance, and the other way round."""
    yield from unread(layer, layer.statistics)
    confidence = swapped(layer, subject)
    if confidence is None:
        return
    is_unused = statistics_unused(layer)
    message = "mean and variance are exchanged: the mean is never negative, and the variance is"
    yield Claim(
        layer,
        Severity.INFO if is_unused else Severity.ERROR,
        confidence,
        message + (f"; {NOTHING_READS}" if is_unused else ""),
        repair="" if is_unused else _REPAIR_EAGER if layer.dialect is Dialect.EAGER else _REPAIR,
        evidence=ranges(layer),
        related=(
            *layer_variables([layer.moving_mean], "holds what looks like variances"),
            *layer_variables([layer.moving_variance], "holds what looks like means"),
        ),
    )
