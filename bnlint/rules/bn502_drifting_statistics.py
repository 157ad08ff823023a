"""The moving statistics moved from one checkpoint of the run to the next, and what they belong to did not.

## What it means
Gamma, beta and the weights are bit for bit the same in both checkpoints, and the moving mean and variance differ. So
something other than training moved them: a pass in training mode, or the update ops run by themselves.

## Why it is bad
Where an evaluation or a served model does that, the results hang on what was evaluated before, and the statistics
drift towards the validation data or the last requests. Where the layers are a frozen base under a new head, the base
is no longer the one that was trained.

## How it is recognised
Several checkpoints of a run are compared pair by pair, in the order of their steps, bit by bit. It is a warning where
the step moved on, or is not known: training ran, and passed this layer by. Where both checkpoints have the same step
nothing was trained in between, and it is an error. It is info where the statistics were at their initial values before:
they were recomputed, as BN101 recommends.

The legal exception is the same to the bit: statistics of a trained model that were recomputed over training data
on purpose (PreciseBN, stochastic weight averaging). Then ignore it for this run.

## Example
    for batch in validation:
        model(batch, training=True)              # evaluates, and moves the statistics
    checkpoint.save(directory)

    $ bnlint check fixtures/tf1.15/run_drifting --history
    error BN502 drifting-statistics: 2 of 2 layers
      moving mean and variance moved while gamma, beta and the weights stayed
      bit for bit the same, at the same step: inference moved them, or they were
      recomputed on purpose (PreciseBN)
      layers      conv/bn, dense/bn
      evidence    pairs 1, compared 2, moving_mean_shift 0.0161 to 0.045,
                  moving_variance_shift 0.00441 to 0.116; between: model.ckpt-40
                  and model.ckpt-41
      variable    conv/bn/moving_mean and 3 more: moved while gamma, beta and
                  the weights stayed

## How to repair
Evaluate and serve in inference mode: `training=False`, without the update ops. Freeze a base with its mode as well:
`base(x, training=False)`, or `trainable = False` in TensorFlow 2. Then go back to a checkpoint from before.

## Known limits
Weights beside gamma and beta are compared by the kernel that goes with the layer, or a bounded sample of all. A network
that is trained in turns (the generator of a GAN while only the discriminator steps) drifts by this rule, if its updates
run in the other's turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bnlint.findings import Confidence, Severity
from bnlint.layers.course import Course, LayerCourse, Verdict
from bnlint.layers.layer import Dialect, Layer
from bnlint.layers.subject import Need
from bnlint.rules.courses import UNTOLD, blind, course_evidence, is_told, moved_far, pairs
from bnlint.rules.evidence import layer_variables
from bnlint.rules.rule import Blind, Claim, Threshold, run_rule

_MOVED = Threshold(
    "BN502.moved", 0.0, "mean or variance have to move this far between two checkpoints, in standard deviations"
)
_STATISTICS = ("moving_mean", "moving_variance")
_REPAIR = """\
# evaluate with training False, and fetch no update ops:
sess.run(predictions, feed_dict={images: batch, is_training: False})
# a base that is frozen has its mode frozen too:
features = base(images, training=False)"""
_REPAIR_EAGER = """\
# evaluate in inference mode:
predictions = model(images, training=False)
# a base that is frozen has its mode frozen too:
base.trainable = False
features = base(images, training=False)"""


@run_rule("BN502", "drifting-statistics", Severity.WARNING, {Need.VALUES}, __doc__, thresholds=(_MOVED,))
def drifting_statistics(layer: LayerCourse, course: Course) -> Iterator[Claim | Blind]:
    """Claim that the statistics moved by themselves."""
    yield from blind(layer, course, is_told, UNTOLD)
    least = _MOVED.of(course)
    numbers = [n for n in pairs(layer, Verdict.DRIFTING) if moved_far(layer, n, _STATISTICS, least)]
    if not numbers:
        return
    severity, confidence, message = _judged(layer, course, numbers)
    yield Claim(
        layer.layer,
        severity,
        confidence,
        message,
        repair="" if severity is Severity.INFO else _repair(layer.layer),
        evidence=course_evidence(layer, course, numbers, _STATISTICS),
        related=layer_variables(layer.layer.statistics, "moved while gamma, beta and the weights stayed"),
    )


def _judged(layer: LayerCourse, course: Course, numbers: Sequence[int]) -> tuple[Severity, Confidence, str]:
    telling = [number for number in numbers if not _was_frozen(layer, number)]
    moved = f"moving mean and variance moved while {_stayed(layer, telling or numbers)} stayed bit for bit the same"
    if not telling:
        return Severity.INFO, Confidence.MEDIUM, f"{moved}: they were at their initial values and have been recomputed"
    still = [number for number in telling if _have_weights_moved(layer, number) is False]
    if any(_is_same_step(course, number) for number in telling if _have_weights_moved(layer, number) is not True):
        message = f"{moved}, at the same step: inference moved them, or they were recomputed on purpose (PreciseBN)"
        return Severity.ERROR, Confidence.HIGH if still else Confidence.MEDIUM, message
    if still or all(_have_weights_moved(layer, number) is None for number in telling):
        message = f"{moved}: a pass in training mode that trains nothing here moved them, or they were recomputed"
        return Severity.WARNING, Confidence.HIGH if still else Confidence.MEDIUM, f"{message} on purpose (PreciseBN)"
    message = (
        f"{moved} and other parts of the model were trained: a frozen base that runs in training mode, or gamma and "
        "beta that are not to be trained"
    )
    return Severity.WARNING, Confidence.MEDIUM, message


def _stayed(layer: LayerCourse, numbers: Sequence[int]) -> str:
    """Return what stayed in all of these pairs, as far as it could be compared."""
    shifts = [shift for number in numbers if (shift := layer.shifts[number]) is not None]
    words = [role for role in ("gamma", "beta") if any(role in shift.shifts for shift in shifts)]
    if all(shift.weights is not None and not shift.weights.has_moved for shift in shifts):
        words.append("the weights")
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]


def _have_weights_moved(layer: LayerCourse, number: int) -> bool | None:
    shift = layer.shifts[number]
    return None if shift is None or shift.weights is None else shift.weights.has_moved


def _was_frozen(layer: LayerCourse, number: int) -> bool:
    shift = layer.shifts[number]
    return shift is not None and shift.was_frozen is True


def _is_same_step(course: Course, number: int) -> bool:
    """Whether one clock says the same of both checkpoints; one that never left 0 says nothing."""
    before, after = (checkpoint.step for checkpoint in course.pair(number))
    return before is not None and before == after and before.value > 0 and not before.is_least


def _repair(layer: Layer) -> str:
    return _REPAIR_EAGER if layer.dialect is Dialect.EAGER else _REPAIR
