"""The moving mean and variance never moved although the model was trained.

## What it means
`moving_mean` and `moving_variance` still hold, bit for bit and in every channel, what their initialisers
put there (0 and 1; an `ExponentialMovingAverage` of tensors starts both at 0), while gamma, beta, an
optimizer slot or a step counter prove that an optimizer ran.

## Why it is bad
In inference mode the layer divides by the square root of its moving variance. If training normalised with
batch statistics, inference computes another function than the one that was trained: good in training, bad
in validation. If training used the moving ones too, batch norm never normalised anything: the layer is a
scale and an offset.

## How it is recognised
Values are compared with the initialiser in the graph; without a graph, with 0 and 1. It is an error in a
trained artifact, and info where

- nothing was trained yet,
- gamma and beta are not trainable and at their initial values too, or Keras's configuration says `trainable: false`:
  the layer was frozen on purpose,
- inference uses batch statistics as well (a generator whose sampler copy is built with `training=True`), so
  that nothing reads the moving ones.

A layer whose gamma and beta are also untouched is BN102's. Where the graph shows why, the cause (BN301,
BN302, BN303, BN305, BN401, BN402) leads and this finding hangs below it.

## Example
    x = tf.layers.batch_normalization(x, training=is_training)
    train_op = optimizer.minimize(loss)          # nothing runs the update ops

    $ bnlint check fixtures/tf1.15/layers_unwired --select BN101
    error BN101 frozen-statistics: 2 of 2 layers
      moving mean and variance are at their initial values in every channel
      although the model was trained: inference with them is wrong
      layers      conv/bn, dense/bn
      evidence    channels 4 to 6, gamma 0.844 to 1.12, beta -0.261 to 0.222,
                  moving_mean 0, moving_variance 1
      variable    conv/bn/moving_mean and 3 more: at its initial value in every
                  channel

## How to repair
Repair the cause. What then depends on what training normalised with. With batch statistics (BN301, BN302, BN305):
train on, or keep the weights and recompute the statistics by running the updates alone over training data. With the
moving ones (BN303, BN401, BN402): train again, because those weights belong to 0 and 1, and other statistics make
another model of them. Where the graph that trains has no op at all that moves the statistics, write one; those of a
copy that is never trained, such as a target network, are copied with its weights.

Where no training graph says why, the likely causes are listed, most likely first, for the framework that wrote the
file. TensorFlow 1: update ops that the train op does not run (BN301, BN302), `training=False` (BN303), a learning phase
that was set too late (BN401). Slim: a plain `minimize` (BN301), `is_training=False` (BN303). TensorFlow 2 and Keras: a
`GradientTape` loop that calls `model(x)` without `training=True`, or `training=False` in the call (BN303); there
training used 0 and 1 too.

## Known limits
A graph with training applications only says nothing about inference: the confidence is then medium. A gamma
drawn at random proves nothing, so a checkpoint without any clock may pass as untrained.
"""

from __future__ import annotations

from collections.abc import Iterator

from bnlint.findings import Confidence, Severity
from bnlint.layers.layer import Dialect, Layer, Mode
from bnlint.layers.predicates import (
    is_deliberately_frozen,
    is_frozen,
    is_layer_trained,
    is_left_out,
    statistics_unused,
)
from bnlint.layers.subject import Need, Subject
from bnlint.layers.why import IN_INFERENCE_MODE, why_not_updated
from bnlint.rules import repairs
from bnlint.rules.evidence import initial_of, layer_variables, trained_evidence
from bnlint.rules.likely import Likely, likely_causes, listed
from bnlint.rules.rule import Blind, Claim, rule
from bnlint.rules.values import NOTHING_READS


@rule("BN101", "frozen-statistics", Severity.ERROR, {Need.VALUES}, __doc__)
def frozen_statistics(layer: Layer, subject: Subject) -> Iterator[Claim | Blind]:
    """Claim that both statistics are at init."""
    frozen = is_frozen(layer)
    if frozen is None and not any(v.is_saved is False for v in layer.statistics):
        unread = next((v.unread for v in layer.statistics if v.unread is not None), None)
        unknown = "its statistics could not be read, or their initial value is not known"
        yield Blind(layer, unread or unknown, is_part_absent=unread is not None)
    if not frozen:
        return
    if is_left_out(layer, subject) and not is_deliberately_frozen(layer):
        return  # BN102 says it
    severity, confidence, message = _judged(layer, subject)
    evidence = trained_evidence(layer, subject)
    evidence["moving_mean"] = initial_of(layer.moving_mean)
    evidence["moving_variance"] = initial_of(layer.moving_variance)
    likely = () if severity is Severity.INFO else _likely(layer, subject)
    if likely:
        evidence["likely_causes"] = tuple(dict.fromkeys(cause.rule for cause in likely))
    yield Claim(
        layer,
        severity,
        confidence,
        message,
        repair="" if severity is Severity.INFO else _repair(layer, subject),
        evidence=evidence,
        related=layer_variables(layer.statistics, "at its initial value in every channel"),
    )


def _judged(layer: Layer, subject: Subject) -> tuple[Severity, Confidence, str]:
    at_init = "moving mean and variance are at their initial values in every channel"
    trained = subject.trained.is_trained
    if trained is False:
        return Severity.INFO, Confidence.HIGH, f"{at_init}: the checkpoint was saved before any training"
    if layer.trainable is False:
        return Severity.INFO, Confidence.HIGH, f"{at_init}; the configuration says trainable: false"
    if is_deliberately_frozen(layer) and is_layer_trained(layer) is not True:
        return Severity.INFO, Confidence.HIGH, f"{at_init}, and so are gamma and beta, which are not trainable"
    if statistics_unused(layer):
        return Severity.INFO, Confidence.MEDIUM, f"{at_init}; {NOTHING_READS}"
    if trained is None:
        return Severity.WARNING, Confidence.LOW, f"{at_init}; nothing in the artifact says whether it was trained"
    causes = why_not_updated(layer, subject)
    if set(causes) & IN_INFERENCE_MODE:
        # Training used them too, so that training and inference agree, and batch norm did nothing in either.
        message = f"{at_init} although the model was trained, with them: batch norm normalises nothing"
        return Severity.ERROR, Confidence.HIGH, message
    message = f"{at_init} although the model was trained: inference with them is wrong"
    if layer.dialect is Dialect.EAGER and not layer.updates:
        # Update ops that nobody runs are a mistake of graphs; here the layer itself updates, or is told not to.
        message += ", or batch norm normalised nothing in training either"
    if causes or layer.momentum == 1.0:
        return Severity.ERROR, Confidence.HIGH, message
    if layer.applications and all(a.mode is Mode.TRAINING for a in layer.applications):
        message += " (the graph shows no inference; with batch statistics there too, results depend on the batch)"
        return Severity.ERROR, Confidence.MEDIUM, message
    return Severity.ERROR, Confidence.HIGH if layer.applications else Confidence.MEDIUM, message


def _likely(layer: Layer, subject: Subject) -> tuple[Likely, ...]:
    """Return the possible causes where the values are all there is; none where a graph says what it was."""
    if why_not_updated(layer, subject) or layer.momentum == 1.0:
        return ()
    is_told = not {Need.GRAPH, Need.TRAINING} & subject.missing.keys()
    if is_told and not (layer.dialect is Dialect.EAGER and not layer.updates):
        return ()
    return likely_causes(layer, subject.framework)


def _repair(layer: Layer, subject: Subject) -> str:
    causes = why_not_updated(layer, subject)
    if set(causes) & IN_INFERENCE_MODE:
        return repairs.after((c.value for c in causes), repairs.RETRAIN)
    # What stands in a loop's body cannot be fetched from outside it.
    is_in_loop = any(u.in_loop for u in layer.updates)
    recompute = repairs.RETRAIN_IN_LOOP if is_in_loop else repairs.recompute(layer)
    alone = repairs.RETRAIN_IN_LOOP if is_in_loop else repairs.recompute_first(layer)
    if causes:
        return repairs.after((c.value for c in causes), recompute)
    if layer.momentum == 1.0:
        return repairs.after(["BN305"], alone)
    likely = _likely(layer, subject)
    if likely:
        return listed(likely, layer)
    predicates = sorted({p for u in layer.updates for p in u.predicates})
    joints = sorted({u.joint for u in layer.updates if u.joint})
    if joints:
        found = "\n".join(f"#   {name!r}" for name in joints)
        how = repairs.feed(predicates[0]) if predicates else ""
        return (
            f"{how}# the graph joins the updates to the training step; the program probably\n"
            f"# ran an inner op. Run the op that joins them, in training mode:\n{found}\n{alone}"
        )
    return f"{repairs.run_updates(layer)}\n{recompute}" if layer.updates else repairs.write_updates(layer)
