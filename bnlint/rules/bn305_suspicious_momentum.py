"""The momentum of the moving statistics is 1, 0, or so low that it looks like another framework's.

## What it means
TensorFlow multiplies the OLD value by the momentum: `moving = momentum * moving + (1 - momentum) * batch`. A momentum
of 1 never moves; one of 0 keeps the last batch only; 0.1 is what PyTorch calls 0.1 and TensorFlow calls 0.9.

## Why it is bad
With 1 the statistics stay at 0 and 1 (BN101). With 0.2 and below they are those of the last batch or two, and
inference is as noisy as training.

## How it is recognised
The momentum is read from the constants of the update ops, else from Keras's configuration. An inference-only copy
built with `decay=1.0` beside a training copy with another decay is not reported, and neither is a decay that a schedule
computes.

## Example
    x = tf.contrib.layers.batch_norm(x, decay=1.0, is_training=True)

## How to repair
Use 0.9 to 0.99 (0.999 for long trainings): `decay=0.99` in contrib and slim, `momentum=0.99` elsewhere.

## Known limits
A momentum that is a variable or depends on a step is not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from bnlint.findings import Confidence, Severity
from bnlint.layers.predicates import is_frozen, statistics_unused
from bnlint.layers.subject import Dialect, Layer, Mode, Need, Subject
from bnlint.rules.evidence import update_ops
from bnlint.rules.rule import Blind, Claim, Role, rule

_LOW = 0.2


@rule("BN305", "suspicious-momentum", Severity.WARNING, {Need.STRUCTURE}, __doc__, Role.CAUSE)
def suspicious_momentum(layer: Layer, subject: Subject) -> Iterator[Claim | Blind]:
    """Claim that no update of the layer has a sensible momentum."""
    momenta = {u.momentum for u in layer.updates}
    momentum = layer.momentum
    is_at_rest = bool(layer.applications) and all(a.mode is Mode.INFERENCE for a in layer.applications)
    if momentum == 1.0 and is_at_rest and Need.TRAINING in subject.missing:
        # A fused op in inference mode puts out what it read. To write that back says nothing of updates in training.
        momenta, momentum = set(), layer.declared_momentum
    if momentum is None and not layer.updates and Need.GRAPH in subject.missing:
        yield Blind(layer, "nothing says its momentum")
    if momentum is None or _LOW < momentum < 1.0 or any(m is None or _LOW < m < 1.0 for m in momenta):
        return
    if momentum >= 1.0:
        message = "the momentum is 1: the updates never move the statistics"
        confidence = Confidence.HIGH if is_frozen(layer) is not False else Confidence.LOW
    elif momentum == 0.0:
        message, confidence = "the momentum is 0: the statistics are those of the last batch", Confidence.MEDIUM
    else:
        message = "the momentum is so low that it looks like another framework's: TensorFlow multiplies the old value"
        confidence = Confidence.MEDIUM
    argument = "decay" if layer.dialect in (Dialect.SLIM, Dialect.EMA) else "momentum"
    call = "tf.keras.layers.BatchNormalization" if layer.dialect in (Dialect.KERAS, Dialect.EAGER) else "batch_norm"
    yield Claim(
        layer,
        Severity.INFO if statistics_unused(layer) else Severity.WARNING,
        confidence,
        message,
        repair=f"# moving = {argument} * moving + (1 - {argument}) * batch\n{call}(..., {argument}=0.99)",
        evidence={"momentum": momentum},
        related=update_ops(layer.updates, f"has the momentum {momentum:g}"),
    )
