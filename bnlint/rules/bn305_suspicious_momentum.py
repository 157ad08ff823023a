"""The momentum of the moving statistics is 1 or more, 0, or so low that it looks like another framework's.

## What it means
TensorFlow multiplies the OLD value by the momentum: `moving = momentum * moving + (1 - momentum) * batch`. A momentum
of 1 never moves; one of 0 keeps the last batch only; 0.1 is what PyTorch calls 0.1 and TensorFlow calls 0.9.

## Why it is bad
With 1 the statistics stay at 0 and 1 (BN101), or one of the two does where only its own is 1 (BN106). With 0.2 and
below they are those of the last batch or two, and inference is as noisy as training. With more than 1 every update
moves them away from what they should approach.

## How it is recognised
The momentum is read from the constants of the update ops, else from Keras's configuration. An inference-only copy
built with `decay=1.0` beside a training copy with another decay is not reported, and neither is a decay that a schedule
computes. It is an info where nothing needs the averages: where inference takes batch statistics too, or where several
copies of a layer with a momentum of 0 all do, as in the inner loops of meta-learning.

## Example
    x = tf.contrib.layers.batch_norm(x, decay=1.0, is_training=True)

    $ bnlint check fixtures/tf1.15/contrib_only_decay_1
    warning BN305 suspicious-momentum: 2 of 2 layers
      the momentum is 1: the updates never move the statistics
      symptom     error BN101 frozen-statistics: moving mean and variance are at
                  their initial values in every channel although the model was
                  trained: inference with them is wrong
      layers      conv/bn, dense/bn
      evidence    momentum 1, channels 4 to 6, gamma 0.826 to 1.02, beta -0.218
                  to 0.121, moving_mean 0, moving_variance 1
      op          conv/bn/cond_1/AssignMovingAvg and 3 more: has the momentum 1

## How to repair
Use 0.9 to 0.99 (0.999 for long trainings): `decay=0.99` in contrib and slim, `momentum=0.99` elsewhere.

## Known limits
A momentum that is a variable or depends on a step is not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bnlint.findings import Confidence, Severity
from bnlint.layers.layer import Layer, Mode, UpdateOp, Variable
from bnlint.layers.predicates import at_init, is_frozen, needs_no_average
from bnlint.layers.subject import Need, Subject
from bnlint.rules import repairs
from bnlint.rules.evidence import update_ops
from bnlint.rules.rule import Blind, Claim, Threshold, rule

_LOW = Threshold("BN305.low", 0.2, "a momentum no higher than this looks like another framework's", most=1.0)
_GOOD = 0.99
_EXPLAINED = ("BN101", "BN106")


class _Suspect(NamedTuple):
    """What is wrong with the momentum, and of which updates."""

    momentum: float
    confidence: Confidence
    message: str
    updates: tuple[UpdateOp, ...]


@rule(
    "BN305",
    "suspicious-momentum",
    Severity.WARNING,
    {Need.STRUCTURE},
    __doc__,
    explains=_EXPLAINED,
    thresholds=(_LOW,),
)
def suspicious_momentum(layer: Layer, subject: Subject) -> Iterator[Claim | Blind]:
    """Claim that no update of the layer, or of one of its statistics, has a sensible momentum."""
    if layer.momentum is None and not layer.updates and Need.GRAPH in subject.missing:
        yield Blind(layer, "nothing says its momentum")
    suspect = _suspect(layer, subject)
    if suspect is None:
        return
    severity = Severity.INFO if needs_no_average(layer) else Severity.WARNING
    yield Claim(
        layer,
        severity,
        suspect.confidence,
        suspect.message,
        repair="" if severity is Severity.INFO else repairs.set_momentum(layer, _GOOD),
        evidence={"momentum": suspect.momentum},
        related=update_ops(suspect.updates, f"has the momentum {suspect.momentum:g}"),
        explains=frozenset(_EXPLAINED if suspect.momentum == 1.0 else ()),
    )


def _suspect(layer: Layer, subject: Subject) -> _Suspect | None:
    momenta = {u.momentum for u in layer.updates}
    momentum = layer.momentum
    is_at_rest = bool(layer.applications) and all(a.mode is Mode.INFERENCE for a in layer.applications)
    if momentum == 1.0 and is_at_rest and Need.TRAINING in subject.missing:
        # A fused op in inference mode puts out what it read. To write that back says nothing of updates in training.
        momenta, momentum = set(), layer.declared_momentum
    if momentum is None:
        return None
    low = _LOW.of(subject)
    if any(m is None or low < m < 1.0 for m in (*momenta, momentum)):
        return _stuck(layer)
    if momentum > 1.0:
        message = "the momentum is above 1: every update moves the statistics away from those of the batch"
        return _Suspect(momentum, Confidence.HIGH, message, layer.updates)
    if momentum == 1.0:
        confidence = Confidence.HIGH if is_frozen(layer) is not False else Confidence.LOW
        message = "the momentum is 1: the updates never move the statistics"
    elif momentum == 0.0:
        confidence, message = Confidence.MEDIUM, "the momentum is 0: the statistics are those of the last batch"
    else:
        confidence = Confidence.MEDIUM
        message = "the momentum is so low that it looks like another framework's: TensorFlow multiplies the old value"
    return _Suspect(momentum, confidence, message, layer.updates)


def _stuck(layer: Layer) -> _Suspect | None:
    """Return that one of the two statistics never moves, since all of its updates have the momentum 1."""
    for what, statistic in (("mean", layer.moving_mean), ("variance", layer.moving_variance)):
        if statistic.updates and all(u.momentum is not None and u.momentum == 1.0 for u in statistic.updates):
            message = f"the momentum of its moving {what} is 1: the updates never move it"
            return _Suspect(1.0, _confidence(statistic), message, statistic.updates)
    return None


def _confidence(statistic: Variable) -> Confidence:
    return Confidence.LOW if at_init(statistic) is False else Confidence.HIGH
