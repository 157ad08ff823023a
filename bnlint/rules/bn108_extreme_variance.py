"""The moving variance of a channel is below 1e-6 or above 1e4.

## What it means
A variance near 0 belongs to a channel that is dead: what enters the layer there is the same for every example, as a
rule 0. A very large one belongs to a layer behind inputs that nobody scaled, such as pixels from 0 to 255.

## Why it is bad
It need not be: released models have whole layers of dead channels, and inputs in 0..255 give variances of 1e4 and
more. But a dead channel costs time and computes nothing; the layer divides it by the root of epsilon, so that the
first input which is not the same is multiplied by 30 or 300. Hence this is never more than info.

## How it is recognised
By the values. A variance that still is what its initialiser put there is not reported; negative ones are BN104's.

## Example
    images = tf.cast(pixels, tf.float32)         # 0..255
    x = tf.layers.batch_normalization(images, training=is_training)

    $ bnlint check fixtures/tf1.15/unscaled_images --verbose
    info BN108 extreme-variance: 1 of 2 layers
      channels have a variance above 10000: their input is not scaled
      layers      conv/bn
      evidence    channels 4, small 0, large 4, variance 2.22e+08 to 5.07e+08
      variable    conv/bn/moving_variance: extreme

## How to repair
Nothing has to be repaired. Scale inputs to some units around 0; where channels die, lower the learning rate, or prune
them.

## Known limits
The thresholds are round numbers. They do not follow epsilon, nor the scale of the network.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bnlint.findings import Confidence, Severity
from bnlint.layers.layer import Layer
from bnlint.layers.numbers import finite
from bnlint.layers.predicates import at_init
from bnlint.layers.subject import Need, Subject
from bnlint.rules.evidence import layer_variables
from bnlint.rules.rule import Blind, Claim, Threshold, rule
from bnlint.rules.values import unread

_SMALL = Threshold("BN108.small", 1e-6, "a variance below it is told")
_LARGE = Threshold("BN108.large", 1e4, "a variance above it is told")


@rule("BN108", "extreme-variance", Severity.INFO, {Need.VALUES}, __doc__, thresholds=(_SMALL, _LARGE))
def extreme_variance(layer: Layer, subject: Subject) -> Iterator[Claim | Blind]:
    """Claim that a channel's variance is next to nothing, or huge."""
    yield from unread(layer, [layer.moving_variance])
    variance = finite(layer.moving_variance.values)
    if variance is None or at_init(layer.moving_variance):
        return
    least, most = _SMALL.of(subject), _LARGE.of(subject)
    small = int(np.count_nonzero((variance >= 0) & (variance < least)))
    large = int(np.count_nonzero(variance > most))
    said = []
    if small:
        said.append(f"channels have a variance below {least:g}: their input is the same for every example")
    if large:
        said.append(f"channels have a variance above {most:g}: their input is not scaled")
    if said:
        yield Claim(
            layer,
            Severity.INFO,
            Confidence.HIGH,
            "; ".join(said),
            evidence={
                "channels": int(variance.size),
                "small": small,
                "large": large,
                "variance_range": (float(variance.min()), float(variance.max())),
            },
            related=layer_variables([layer.moving_variance], "extreme"),
        )
