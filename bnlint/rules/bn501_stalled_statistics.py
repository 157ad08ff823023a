"""The layer was trained from one checkpoint of the run to the next, and its moving statistics did not move.

## What it means
Gamma, beta (or, for a layer that has neither, its weights) differ from one checkpoint to the next, and the moving mean
and variance are bit for bit the same, off their initial values. They moved once; since then nothing has updated them.

## Why it is bad
The statistics are those of weights that are gone. The further the weights move away, the worse inference gets, while
training, which normalises with the batch, does not notice.

## How it is recognised
Several checkpoints of a run are compared pair by pair, in the order of their steps, bit by bit. Two readings are
possible, and no values tell them apart: the updates got lost, as after a restart from a program without them; or the
statistics are kept on purpose, as in fine-tuning with `training=False`. So it is a warning, and info where

- Keras's configuration says `trainable: false`, gamma and beta are not trainable, or the graph of the newest checkpoint
  trains the layer in inference mode; so does a configuration of Keras 2 whose model was built with
  `base(x, training=False)`,
- inference uses batch statistics, so that nothing reads the moving ones,
- a later checkpoint shows the statistics moving again.

Where the newest graph shows why nothing updates them (BN301, BN302, BN401, BN402), that cause leads, and this finding
hangs below it. Where gamma and beta stayed as well, batch norm is frozen, and nothing is said. Statistics at their
initial values are BN101's. That nothing at all moved, in any layer, in no other weights and not the step, is info: one
state, saved twice.

## Example
    saver.restore(sess, tf.train.latest_checkpoint(directory))
    for batch in batches:
        sess.run(train_op, feed_dict)            # built without the update ops, this time

    $ bnlint check fixtures/tf1.15/run_stalled --history --select BN501
    warning BN501 stalled-statistics: 2 of 2 layers
      moving mean and variance stayed bit for bit the same while the layer was
      trained: the updates got lost, or training goes on in inference mode to
      keep them
      layers      conv/bn, dense/bn
      evidence    pairs 2, compared 3, gamma_shift 0.00435 to 0.00705,
                  beta_shift 0.00306 to 0.00604, weights_shift 0.0179 to 0.0376;
                  between: model.ckpt-40 and model.ckpt-80
      variable    conv/bn/moving_mean and 3 more: bit for bit the same while the
                  layer was trained

## How to repair
Run the updates with every training step again, and train on or recompute the statistics. If they are to be kept, freeze
gamma and beta too, or train against the statistics: `training=False` on the layer, as fine-tuning recipes do.

    update_ops = tf.get_collection(tf.GraphKeys.UPDATE_OPS)     # after the last layer is built
    with tf.control_dependencies(update_ops):
        train_op = optimizer.minimize(loss)

    loss = loss_of(model(images, training=True), labels)        # TensorFlow 2

## Known limits
Statistics in float16 with a momentum near 1 can stand still by rounding: what an update adds is less than half of the
last bit. Only what was saved is seen, so statistics that moved and were set back are not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bnlint.findings import Confidence, Severity
from bnlint.layers.course import Course, LayerCourse, Verdict
from bnlint.layers.layer import Layer
from bnlint.layers.predicates import is_deliberately_frozen, is_trained_in_inference_mode, statistics_unused
from bnlint.layers.subject import Need
from bnlint.layers.why import IN_INFERENCE_MODE, Cause, causes_in_graph
from bnlint.rules import repairs
from bnlint.rules.courses import UNTOLD, blind, course_evidence, is_told, moved_far, pairs
from bnlint.rules.evidence import layer_variables
from bnlint.rules.rule import Blind, Claim, Threshold, run_rule
from bnlint.rules.values import NOTHING_READS

_TRAINED = Threshold(
    "BN501.trained",
    0.0,
    "gamma, beta or weights have to move this far between two checkpoints, in standard deviations",
)
_OF_TRAINING = ("gamma", "beta", "weights")


@run_rule("BN501", "stalled-statistics", Severity.WARNING, {Need.VALUES}, __doc__, thresholds=(_TRAINED,))
def stalled_statistics(layer: LayerCourse, course: Course) -> Iterator[Claim | Blind]:
    """Claim that the statistics stayed while the layer was trained; of a run, that it holds one state twice."""
    yield from blind(layer, course, is_told, UNTOLD)
    if layer is course.layers[0]:
        yield from _saved_twice(course)
    least = _TRAINED.of(course)
    numbers = [n for n in pairs(layer, Verdict.STALLED) if moved_far(layer, n, _OF_TRAINING, least)]
    if not numbers:
        return
    severity, confidence, message = _judged(layer)
    causes = causes_in_graph(layer.layer, [one.layer for one in course.layers])
    yield Claim(
        layer.layer,
        severity,
        confidence,
        message,
        repair="" if severity is Severity.INFO else _repair(layer.layer, causes),
        evidence=course_evidence(layer, course, numbers, _OF_TRAINING),
        related=layer_variables(layer.layer.statistics, "bit for bit the same while the layer was trained"),
    )


def _judged(layer: LayerCourse) -> tuple[Severity, Confidence, str]:
    stayed = "moving mean and variance stayed bit for bit the same while the layer was trained"
    if layer.last_verdict in (Verdict.MOVING, Verdict.DRIFTING):
        return Severity.INFO, Confidence.HIGH, f"{stayed}, for a time: later they moved again"
    if is_deliberately_frozen(layer.layer):
        return Severity.INFO, Confidence.HIGH, f"{stayed}: the layer is marked as not trainable"
    if is_trained_in_inference_mode(layer.layer):
        return Severity.INFO, Confidence.HIGH, f"{stayed}: the graph trains it in inference mode, with these statistics"
    if layer.layer.declared_training is False:
        message = f"{stayed}: the model calls it with training=False, to keep these statistics"
        return Severity.INFO, Confidence.HIGH, message
    if statistics_unused(layer.layer):
        return Severity.INFO, Confidence.MEDIUM, f"{stayed}; {NOTHING_READS}"
    message = f"{stayed}: the updates got lost, or training goes on in inference mode to keep them"
    return Severity.WARNING, Confidence.HIGH if layer.layer.updates else Confidence.MEDIUM, message


def _repair(layer: Layer, causes: Collection[Cause]) -> str:
    """Return how to go on; what the graph shows to be the cause has code of its own."""
    codes = [cause.value for cause in causes]
    if not IN_INFERENCE_MODE.isdisjoint(causes):
        return repairs.after(codes, "# then train on: weights that were trained with these statistics belong to them")
    if codes:
        return repairs.after(codes, repairs.recompute(layer))
    if layer.momentum == 1.0:
        return repairs.after(["BN305"], repairs.recompute_first(layer))
    return f"{repairs.run_updates(layer)}\n{repairs.recompute(layer)}"


def _saved_twice(course: Course) -> Iterator[Claim]:
    """Claim once that checkpoints of the run hold the same, where all that could be compared does."""
    numbers = tuple(number for number in course.twice if not _is_later(course, number))
    if numbers:
        before, after = course.pair(numbers[0])
        yield Claim(
            None,
            Severity.INFO,
            Confidence.HIGH,
            "two checkpoints hold the same: gamma, beta, statistics and the weights that were compared",
            evidence={"between": f"{before.name} and {after.name}", "pairs": len(numbers)},
        )


def _is_later(course: Course, number: int) -> bool:
    """Whether the step moved on: then something was trained that is not among the weights that were compared."""
    before, after = (checkpoint.step for checkpoint in course.pair(number))
    return before is not None and after is not None and before != after
