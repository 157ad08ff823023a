"""Inference moves the statistics too: an update runs on the way to an output that is used for both.

## What it means
A predicate chooses between batch and moving statistics, or between a training and an inference copy of the layer,
and the op that updates the statistics runs whatever the predicate says.

## Why it is bad
Every validation batch, and every request in production, drags the statistics along. Results depend on what was
evaluated before, and a checkpoint saved after an evaluation differs from the one before.

## How it is recognised
The update is an ancestor of the output, and neither a Switch or If on the predicate nor a momentum that becomes 1
stands in its way. `tf.cond` runs what was built outside its lambdas in either case. Fused layers with a placeholder
`training` keep their AssignSub outside the cond and are healthy: their decay is 0 at inference.

## Example
    bn_train = batch_norm(x, is_training=True, updates_collections=None, scope=scope)    # built outside: always runs
    bn_inference = batch_norm(x, is_training=False, reuse=True, scope=scope)
    y = tf.cond(is_training, lambda: bn_train, lambda: bn_inference)

    $ bnlint check fixtures/tf1.15/contrib_pair_outside_cond
    error BN304 ungated-updates: 2 of 2 layers
      inference moves its statistics: the update runs whatever the predicate
      says
      layers      conv/bn, dense/bn
      evidence    predicates: training
      op          conv/bn/AssignMovingAvg and 3 more: runs at inference too
      op          conv/cond/Merge, dense/cond/Merge: the output that chooses

## How to repair
Pass the boolean tensor to one layer (`is_training=is_training`), or build both copies inside the lambdas.

## Known limits
A training graph without any inference branch has nothing to gate on and is not reported.
"""

from __future__ import annotations

from collections.abc import Iterator

from bnlint.findings import Confidence, Related, Severity
from bnlint.layers.layer import Layer
from bnlint.layers.subject import Need, Subject
from bnlint.rules import repairs
from bnlint.rules.rule import Blind, Claim, rule


@rule("BN304", "ungated-updates", Severity.ERROR, {Need.GRAPH}, __doc__)
def ungated_updates(layer: Layer, subject: Subject) -> Iterator[Claim | Blind]:
    """Claim that inference runs an update."""
    if not layer.ungated:
        return
    ops = tuple(dict.fromkeys(u.op for u in layer.ungated))
    outputs = tuple(dict.fromkeys(u.output for u in layer.ungated))
    predicates = tuple(dict.fromkeys(u.predicate for u in layer.ungated))
    yield Claim(
        layer,
        Severity.ERROR,
        Confidence.HIGH,
        "inference moves its statistics: the update runs whatever the predicate says",
        repair=repairs.gate_updates(layer),
        evidence={"predicates": predicates, "outputs": outputs},
        related=(
            *(Related("op", op, "runs at inference too") for op in ops),
            *(Related("op", output, "the output that chooses") for output in outputs),
        ),
    )
