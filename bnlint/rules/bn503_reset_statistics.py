"""The moving statistics went back to their initial values in the course of the run.

## What it means
In one checkpoint the moving mean and variance were off their initial values, and in the next they hold them again, bit
for bit, while gamma and beta do not. A program restored a part of the model: what is trainable, and not the statistics.

## Why it is bad
Inference with the weights of a long training and the statistics 0 and 1 is wrong, and what the statistics had learned
is lost. Training does not notice, as it normalises with the batch.

## How it is recognised
Several checkpoints of a run are compared pair by pair, in the order of their steps. It is an error, and a warning
where a later checkpoint shows the statistics moving again: they recover, as far as the momentum and the steps since
then allow. Where gamma and beta went back to their initial values too, the layer was initialised anew, and nothing is
said, unless the kernel that feeds it was kept. A gamma or beta that is not known to start at a constant counts as
trained.

## Example
    saver = tf.train.Saver(tf.trainable_variables())
    saver.restore(sess, checkpoint)              # moving_mean and moving_variance stay as initialised

    $ bnlint check fixtures/tf1.15/run_reset --history --select BN503
    error BN503 reset-statistics: 2 of 2 layers
      moving mean and variance went back to their initial values: a restart did
      not restore them
      layers      conv/bn, dense/bn
      evidence    pairs 1, compared 2, moving_mean_shift 1.57,
                  moving_variance_shift 0.466 to 4.88, weights_shift 0.00208 to
                  0.00468; between: model.ckpt-40 and model.ckpt-41
      variable    conv/bn/moving_mean and 3 more: back at its initial value

## How to repair
With an Estimator, look for the plain string in `WarmStartSettings(vars_to_warm_start=".*")`, which means trainable
variables only; a list, `[".*"]`, means all.

Restore all variables of the model, and start again from the checkpoint before. Where that is gone, train on, or
recompute the statistics with passes over training data.

## Known limits
The program must have saved before its first update: one update later the statistics are no longer 0 and 1, and look
like those of a short training (BN105). Two trainings that were saved under one name are taken for one.
"""

from __future__ import annotations

from collections.abc import Iterator

from bnlint.findings import Confidence, Severity
from bnlint.layers.course import Course, LayerCourse, LayerShift, Verdict
from bnlint.layers.layer import Dialect, Layer
from bnlint.layers.subject import Need
from bnlint.rules import repairs
from bnlint.rules.courses import blind, course_evidence, pairs, statistics
from bnlint.rules.evidence import layer_variables
from bnlint.rules.rule import Blind, Claim, run_rule

_REPAIR = """\
# restore all variables of the model, not tf.trainable_variables()
model = tf.trainable_variables() + [
    v for v in tf.global_variables() if "moving_" in v.name]
tf.train.Saver(model).restore(sess, checkpoint)
# tf.estimator.WarmStartSettings: vars_to_warm_start=[".*"], with the brackets;
# a plain ".*" means trainable variables only"""
_REPAIR_EAGER = """\
# restore the model, not a list of its trainable variables
tf.train.Checkpoint(model=model).restore(path).expect_partial()
# or model.load_weights(path)"""


@run_rule("BN503", "reset-statistics", Severity.ERROR, {Need.VALUES}, __doc__)
def reset_statistics(layer: LayerCourse, course: Course) -> Iterator[Claim | Blind]:
    """Claim that both statistics went back to their initial values."""
    yield from blind(layer, course, _is_known, "nothing says what its statistics start at")
    numbers = pairs(layer, Verdict.RESET)
    if not numbers:
        return
    message = "moving mean and variance went back to their initial values: a restart did not restore them"
    recovers = any(verdict is Verdict.MOVING for verdict in layer.verdicts[numbers[-1] + 1 :])
    if recovers:
        message += "; since then they move again"
    repair = _REPAIR_EAGER if layer.layer.dialect is Dialect.EAGER else _REPAIR
    yield Claim(
        layer.layer,
        Severity.WARNING if recovers else Severity.ERROR,
        Confidence.HIGH,
        message,
        repair=f"{repair}\n{_recompute(layer.layer)}",
        evidence=course_evidence(layer, course, numbers, ("moving_mean", "moving_variance", "weights")),
        related=layer_variables(layer.layer.statistics, "back at its initial value"),
    )


def _is_known(shift: LayerShift) -> bool:
    """Whether a pair would show a reset: both statistics were compared, and are known to be at init or not."""
    return len(statistics(shift)) == 2 and shift.was_frozen is not None and shift.is_frozen is not None


def _recompute(layer: Layer) -> str:
    return f"# where the checkpoint before is gone:\n{repairs.recompute_first(layer)}"
