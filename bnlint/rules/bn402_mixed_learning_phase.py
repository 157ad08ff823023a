"""Within one training step some layers follow the learning-phase placeholder and others do not.

## What it means
On the training path at least one layer hangs on the `keras_learning_phase` placeholder and at least one was built
under a constant mode. `set_learning_phase` was called between the layers, or `training=` was given to some of them;
the graphs are the same.

## Why it is bad
The layers that follow the placeholder run in inference mode unless it is fed, while the others train: part of the
network has statistics and part of it has none.

## How it is recognised
An error on every layer that follows the placeholder, or was built for inference, and is frozen with trained gamma and
beta; info otherwise. Applications off the training path do not count, such as the template copy that Keras's functional
API leaves hanging on the placeholder.

## Example
    x = tf.keras.layers.BatchNormalization()(x)
    tf.keras.backend.set_learning_phase(1)
    x = tf.keras.layers.BatchNormalization()(x)

    $ bnlint check fixtures/tf1.15/phase_1_between
    error BN402 mixed-learning-phase: 1 of 2 layers
      it follows the learning-phase placeholder while other layers of the same
      training step do not: set_learning_phase was called between the layers, or
      training= was given to some of them
      symptom     error BN101 frozen-statistics: moving mean and variance are at
                  their initial values in every channel although the model was
                  trained, with them: batch norm normalises nothing
      layers      conv/batch_normalization
      evidence    channels 4, gamma 0.878 to 1.15, beta -0.0777 to 0.0662,
                  moving_mean 0, moving_variance 1
      op          conv/batch_normalization/cond/FusedBatchNormV3: mode:
                  learning-phase

## How to repair
Set the phase once, before the first layer is built, or pass `training=True` to every layer of the training call.

## Known limits
From the graph alone nobody can tell whether the program feeds the placeholder.
"""

from __future__ import annotations

from collections.abc import Iterator

from bnlint.findings import Related, Severity
from bnlint.layers.layer import Layer, Mode
from bnlint.layers.subject import Need, Subject
from bnlint.layers.why import Cause, why_not_updated
from bnlint.rules import repairs
from bnlint.rules.causes import mode_claim
from bnlint.rules.rule import Blind, Claim, rule


@rule("BN402", "mixed-learning-phase", Severity.ERROR, {Need.TRAINING}, __doc__, explains=("BN101", "BN106", "BN501"))
def mixed_learning_phase(layer: Layer, subject: Subject) -> Iterator[Claim | Blind]:
    """Claim that the layer has another mode than its neighbours."""
    if Cause.MIXED_PHASE not in why_not_updated(layer, subject):
        return
    own = {a.mode for a in layer.training_path}
    follows = "follows the learning-phase placeholder" if Mode.LEARNING_PHASE in own else "is built for inference"
    message = (
        f"it {follows} while other layers of the same training step do not: "
        "set_learning_phase was called between the layers, or training= was given to some of them"
    )
    related = tuple(Related("op", a.op, f"mode: {a.mode.value}") for a in layer.training_path)
    yield mode_claim(layer, subject, message, repairs.set_learning_phase(), related)
