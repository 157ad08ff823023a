"""Update ops stand in no collection and no training step runs them.

## What it means
The ops that move the moving statistics exist, no node of the graph runs both them and an optimizer step, and no
collection of this meta-graph names them. `control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS))` adds
nothing then: tf.keras layers never fill UPDATE_OPS, and neither do hand-written assignments and
`ExponentialMovingAverage.apply`.

## Why it is bad
As BN301: the statistics stay where they are, and the code looks as if it had taken care of them.

## How it is recognised
As BN301, and no collection runs the updates. A nested list in UPDATE_OPS is dropped from the `.meta` with a warning;
it works in `tf.group`, so it is no fault by itself. An empty UPDATE_OPS is none either: contrib and slim layers with
`updates_collections=None` and Keras's `fit` are healthy.

## Example
    x = tf.keras.layers.BatchNormalization()(x, training=True)
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):   # empty
        train_op = optimizer.minimize(loss)

    $ bnlint check fixtures/tf1.15/keras_unregistered
    error BN302 unregistered-updates: 2 of 2 layers
      no training step updates its moving statistics: the update ops stand in no
      collection, and no training step runs them (tf.keras layers never fill
      UPDATE_OPS)
      symptom     error BN101 frozen-statistics: moving mean and variance are at
                  their initial values in every channel although the model was
                  trained: inference with them is wrong
      layers      conv/batch_normalization, dense/batch_normalization_1
      evidence    channels 4 to 6, gamma 0.79 to 1.17, beta -0.193 to 0.192,
                  moving_mean 0, moving_variance 1
      op          …/batch_normalization/AssignMovingAvg/AssignSubVariableOp and
                  3 more: runs with no op that applies gradients

## How to repair
It follows the dialect. Keras layers: pass `model.get_updates_for(None) + model.get_updates_for(model.inputs)` to
`control_dependencies`, or use `tf.layers.batch_normalization`. Moving averages: run the op that `apply` returns with
every training step. Hand-written assignments: make the train op depend on them.

## Known limits
As BN301.
"""

from __future__ import annotations

from collections.abc import Iterator

from bnlint.findings import Severity
from bnlint.layers.layer import Dialect, Layer
from bnlint.layers.subject import Need, Subject
from bnlint.layers.why import Cause
from bnlint.rules.rule import Blind, Claim, rule
from bnlint.rules.wiring import unwired_claims

_WHY = {
    Dialect.KERAS: "tf.keras layers never fill UPDATE_OPS",
    Dialect.EMA: "the op that ExponentialMovingAverage.apply returned",
    Dialect.ASSIGN: "the assignments were written by hand",
}


@rule("BN302", "unregistered-updates", Severity.ERROR, {Need.TRAINING}, __doc__, explains=("BN101", "BN106", "BN501"))
def unregistered_updates(layer: Layer, subject: Subject) -> Iterator[Claim | Blind]:
    """Claim that updates which nobody registered never run with a training step."""
    why = _WHY.get(layer.dialect)
    where = "stand in no collection, and no training step runs them"
    yield from unwired_claims(layer, subject, Cause.UNREGISTERED, f"{where} ({why})" if why else where)
