"""Update ops stand in a collection and no training step runs them.

## What it means
The ops that move the moving statistics are registered, as a rule in `tf.GraphKeys.UPDATE_OPS`, and no node of
the graph runs both them and an optimizer step: `minimize` was called without control dependencies on them.

## Why it is bad
A train op runs what it depends on and nothing else. The statistics stay at their initial values (BN101), and
inference with them is wrong.

## How it is recognised
An update is wired exactly when it is an ancestor of some descendant of an op that applies gradients, over data
and control edges, savers and initialisers aside. That holds for `control_dependencies`, for
`tf.group(train_op, *updates)`, and for updates that the layer runs in place. It is an error where the layer is
frozen, a warning where no values could be read, and info where the statistics moved: the program ran the updates
some other way, such as `sess.run([train_op, update_ops])`, which leaves no trace in the graph. It is said per
statistic: one of the two may be wired.

Nothing is said of layers whose gamma and beta are not trainable, of layers that the graph does not train, and of
layers of which another application is wired (one tower of several is accepted practice).

## Example
    x = tf.layers.batch_normalization(x, training=is_training)
    train_op = optimizer.minimize(loss)

    $ bnlint check fixtures/tf1.15/layers_unwired
    error BN301 unwired-updates: 2 of 2 layers
      no training step updates its moving statistics: the update ops stand in
      the collection update_ops, and the train op does not depend on them
      symptom     error BN101 frozen-statistics: moving mean and variance are at
                  their initial values in every channel although the model was
                  trained: inference with them is wrong
      layers      conv/bn, dense/bn
      evidence    channels 4 to 6, gamma 0.844 to 1.12, beta -0.261 to 0.222,
                  moving_mean 0, moving_variance 1
      op          conv/bn/AssignMovingAvg and 3 more: runs with no op that
                  applies gradients

## How to repair
    update_ops = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    with tf.control_dependencies(update_ops):
        train_op = optimizer.minimize(loss)

Collect after the last layer is built and in the same graph. With slim, `slim.learning.create_train_op` does it, or
`updates_collections=None` runs the updates in place.

## Known limits
A program that runs the updates in a `sess.run` of their own cannot be told from one that never runs them unless
the values are there.
"""

from __future__ import annotations

from collections.abc import Iterator

from bnlint.findings import Severity
from bnlint.layers.layer import Layer
from bnlint.layers.subject import Need, Subject
from bnlint.layers.why import Cause
from bnlint.rules.rule import Blind, Claim, rule
from bnlint.rules.wiring import unwired_claims


@rule("BN301", "unwired-updates", Severity.ERROR, {Need.TRAINING}, __doc__, explains=("BN101", "BN106", "BN501"))
def unwired_updates(layer: Layer, subject: Subject) -> Iterator[Claim | Blind]:
    """Claim that registered updates never run with a training step."""
    collections = ", ".join(sorted({c for u in layer.updates for c in u.collections}))
    yield from unwired_claims(
        layer,
        subject,
        Cause.UNWIRED,
        f"stand in the collection {collections}, and the train op does not depend on them",
    )
