"""Updates hang on Keras's learning-phase placeholder, which is False unless it is fed.

## What it means
The layer was built while no learning phase was set, so its mode is the `keras_learning_phase` placeholder, a
`PlaceholderWithDefault` of False. Setting the phase later changes nothing in a graph that is already built. Unless
the placeholder is fed, every training step runs in inference mode and no update happens.

## Why it is bad
The statistics stay at 0 and 1, the layer normalises with them in training and in inference: batch norm does nothing.

## How it is recognised
Every update of the layer is gated by the placeholder, by a `tf.cond` on it or by a momentum that it turns into 1. An
error where the layer is frozen and trained, a warning where no values could be read, and info where the statistics
moved: somebody fed the placeholder, as Keras's `fit` does. The mere presence of the placeholder proves nothing; Keras
creates one on many innocent calls.

Never set, set to 1 afterwards and set to 0 afterwards give byte-identical graphs: the message names them all.

## Example
    model = build_model()                               # layers are built here
    tf.keras.backend.set_learning_phase(1)              # too late

    $ bnlint check fixtures/tf1.15/phase_1_after
    error BN401 learning-phase-unset: 2 of 2 layers
      its mode hangs on the learning-phase placeholder, which is False unless it
      is fed: the phase was never set, or set after the layer was built
      symptom     error BN101 frozen-statistics: moving mean and variance are at
                  their initial values in every channel although the model was
                  trained, with them: batch norm normalises nothing
      layers      conv/batch_normalization, dense/batch_normalization_1
      evidence    channels 4 to 6, gamma 0.917 to 1.04, beta -0.0965 to 0.0327,
                  moving_mean 0, moving_variance 1
      placeholder keras_learning_phase: decides whether updates happen

## How to repair
Set the phase before the first layer is built, after `clear_session()`; or pass `training=True` in the training call; or
feed `tf.keras.backend.learning_phase()` with 1 in every training step.

## Known limits
From the graph alone nobody can tell whether the program feeds the placeholder. With TensorFlow 1.15 on a CPU some
channels may hold NaN instead: in inference mode the fused op puts out uninitialised memory as batch moments, which a
wired update multiplies by 0. BN103 reports them, and this rule stays a warning.
"""

from __future__ import annotations

from collections.abc import Iterator

from bnlint.findings import Related, Severity
from bnlint.layers.layer import Layer
from bnlint.layers.predicates import is_frozen
from bnlint.layers.subject import Need, Subject
from bnlint.layers.why import Cause, severity_of_cause, why_not_updated
from bnlint.rules import repairs
from bnlint.rules.causes import mode_claim
from bnlint.rules.rule import Blind, Claim, rule


@rule("BN401", "learning-phase-unset", Severity.ERROR, {Need.TRAINING}, __doc__, explains=("BN101", "BN106", "BN501"))
def learning_phase_unset(layer: Layer, subject: Subject) -> Iterator[Claim | Blind]:
    """Claim that nobody set the learning phase before the layer was built."""
    if Cause.LEARNING_PHASE not in why_not_updated(layer, subject):
        return
    message = (
        "its mode hangs on the learning-phase placeholder, which is False unless it is fed: "
        "the phase was never set, or set after the layer was built"
    )
    severity, _ = severity_of_cause(layer, subject)
    if severity is Severity.INFO and subject.trained.is_trained and is_frozen(layer) is False:
        message = "its mode hangs on the learning-phase placeholder; the statistics moved, so it was fed"
    placeholders = dict.fromkeys(p for u in layer.updates for p in u.predicates)
    related = tuple(Related("placeholder", name, "decides whether updates happen") for name in placeholders)
    yield mode_claim(layer, subject, message, repairs.set_learning_phase(), related)
