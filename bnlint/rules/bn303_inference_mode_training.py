"""The layer is trained while it normalises with its moving statistics, and nothing updates those.

## What it means
An optimizer trains gamma and beta, every application of the layer that the loss depends on is in inference mode,
and none of these has an op that moves the statistics: `training=False`, a default that was forgotten (`tf.layers` and
contrib differ in theirs), or a Keras learning phase of 0 when the layer was built. The last two give
byte-identical graphs.

## Why it is bad
The layer divides by the square root of 1 and subtracts 0, in training and in inference: batch norm silently does
nothing.

## How it is recognised
Applications off the training path (an evaluation copy, the template that Keras's functional API leaves behind) do not
count, and their update ops neither, if nothing runs them. An error where the layer is frozen and trained, a warning
where no values could be read, and info where the statistics are not at their initial values: fine-tuning a pretrained
network with frozen statistics is legitimate.

## Example
    x = tf.layers.batch_normalization(x)          # training defaults to False
    train_op = optimizer.minimize(loss)

    $ bnlint check fixtures/tf1.15/layers_training_false
    error BN303 inference-mode-training: 2 of 2 layers
      it is trained in inference mode and has no update op: training=False, or a
      learning phase of 0 when it was built
      symptom     error BN101 frozen-statistics: moving mean and variance are at
                  their initial values in every channel although the model was
                  trained, with them: batch norm normalises nothing
      layers      conv/bn, dense/bn
      evidence    channels 4 to 6, gamma 0.798 to 1.07, beta -0.145 to 0.268,
                  moving_mean 0, moving_variance 1
      op          conv/bn/FusedBatchNormV3, dense/bn/batchnorm/Rsqrt: inference
                  mode, on the training path

## How to repair
Build the training copy with `training=True` (or a boolean tensor that is fed True), and run its update ops with the
train op. In Keras, set the learning phase before the first layer is built, or pass `training=True` in the call.

## Known limits
Whether the statistics were meant to stay as they are cannot be read from a graph alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from bnlint.findings import Related, Severity
from bnlint.layers.layer import Layer
from bnlint.layers.subject import Need, Subject
from bnlint.layers.why import Cause, why_not_updated
from bnlint.rules import repairs
from bnlint.rules.causes import mode_claim
from bnlint.rules.rule import Blind, Claim, rule


@rule("BN303", "inference-mode-training", Severity.ERROR, {Need.TRAINING}, __doc__, explains=("BN101", "BN106"))
def inference_mode_training(layer: Layer, subject: Subject) -> Iterator[Claim | Blind]:
    """Claim that the layer was trained in inference mode."""
    if Cause.INFERENCE_MODE not in why_not_updated(layer, subject):
        return
    updates = "its update ops are those of a copy that no step needs" if layer.updates else "has no update op"
    message = (
        f"it is trained in inference mode and {updates}: training=False, or a learning phase of 0 when it was built"
    )
    related = tuple(Related("op", a.op, "inference mode, on the training path") for a in layer.training_path)
    yield mode_claim(layer, subject, message, repairs.train_in_training_mode(layer), related)
