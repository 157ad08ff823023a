"""A channel of gamma is larger than the house allows.

## What it means
The layer scales some channel up by more than 10 in either direction, after it was normalized.

## Why it is bad
Our accelerators compute in eight bits. One channel that is scaled up takes the range from all the others.

## How it is recognised
By the values of gamma, whether they were trained or not. NaN and infinity are BN103's.

## Example
    $ bnlint check model.ckpt-18000 --select ACME

## How to repair
Lower the learning rate, or decay gamma like any other weight.

## Known limits
A layer without gamma scales in the convolution behind it, which nobody looks at here.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bnlint.plugin import (
    Blind,
    Claim,
    Confidence,
    Layer,
    Need,
    Severity,
    Subject,
    Threshold,
    finite,
    layer_variables,
    rule,
)

LARGEST = Threshold("ACME001.largest", 10.0, "the largest gamma that is allowed, in either direction")
_REPAIR = """\
# decay gamma like any other weight:
tf.keras.layers.BatchNormalization(gamma_regularizer=tf.keras.regularizers.l2(1e-4))
"""


@rule("ACME001", "large-gamma", Severity.WARNING, {Need.VALUES}, __doc__, thresholds=(LARGEST,))
def large_gamma(layer: Layer, subject: Subject) -> Iterator[Claim | Blind]:
    """Claim that gamma is too large."""
    if layer.gamma is None:
        return
    if layer.gamma.values is None:
        yield Blind(layer, "gamma could not be read")
        return
    gamma = finite(layer.gamma.values)
    largest = LARGEST.of(subject)
    if gamma is None or np.all(np.abs(gamma) <= largest):
        return
    yield Claim(
        layer,
        Severity.WARNING,
        Confidence.HIGH,
        f"gamma is beyond {largest:g}, the largest that the house allows",
        repair=_REPAIR,
        evidence={
            "channels": int(gamma.size),
            "beyond": int(np.count_nonzero(np.abs(gamma) > largest)),
            "gamma_range": (float(gamma.min()), float(gamma.max())),
        },
        related=layer_variables([layer.gamma], "too large"),
    )
