"""The moving statistics are trainable variables, which optimizers, weight decay and clipping take for weights.

## What it means
The moving mean or variance stands in TRAINABLE_VARIABLES, or an optimizer keeps slots for it. `tf.Variable` and
`tf.get_variable` make trainable variables unless they are told not to.

## Why it is bad
Two write the same variable: the average and the optimizer. Where a layer is also trained in inference mode, gradients
push the variance about, below 0 too (BN104). Where it is not, no gradient of the loss reaches the statistics, but
whatever walks over all trainable variables does: an L2 penalty pulls them to 0, clipping by the global norm counts
them in, `tf.trainable_variables()` as a list for averages or for another optimizer holds them, and a count of
parameters is wrong.

## How it is recognised
By the collections of the graph, the flags of a SavedModel, and the names of slots in the save. The text says whether
an optimizer of the graph applies gradients to them. It is info where nothing in the artifact trains. Averages of
weights that stand beside a variable (`ExponentialMovingAverage`, Keras's `use_ema`) are no slots.

## Example
    pop_mean = tf.Variable(tf.zeros([channels]))
    pop_variance = tf.Variable(tf.ones([channels]))

    $ bnlint check fixtures/tf1.15/statistics_trainable
    warning BN202 trainable-statistics: 2 of 2 layers, confidence medium
      the moving statistics are trainable: no gradient reaches them here, but
      weight decay and clipping take every trainable variable
      layers      conv/bn, dense/bn
      variable    conv/bn/pop_mean and 3 more: trainable

## How to repair
    pop_mean = tf.Variable(tf.zeros([channels]), trainable=False)
    pop_variance = tf.Variable(tf.ones([channels]), trainable=False)

The names stay, so that old checkpoints can be restored. Where an optimizer moved the statistics, recompute them.

## Known limits
Without a graph only an optimizer that has slots leaves a trace. Of layers whose statistics are meant to be learned
nothing is known: `--ignore BN202` for such models.
"""

from __future__ import annotations

from collections.abc import Iterator

from bnlint.findings import Confidence, JsonValue, Severity
from bnlint.layers.layer import Dialect, Layer, Variable
from bnlint.layers.predicates import is_in_hands_of_an_optimizer
from bnlint.layers.subject import Need, Subject
from bnlint.rules.evidence import layer_variables
from bnlint.rules.rule import Blind, Claim, rule

_REPAIR = """\
# the statistics are no weights
pop_mean = tf.Variable(tf.zeros([channels]), trainable=False)
pop_variance = tf.Variable(tf.ones([channels]), trainable=False)
# or tf.get_variable(..., trainable=False)"""
_REPAIR_LAYERS = """\
# this layer makes statistics that are not trainable; do not hand them to an optimizer
train_op = optimizer.minimize(loss, var_list=tf.trainable_variables())
# (not tf.global_variables()), nor add them to TRAINABLE_VARIABLES"""
_REPAIR_EAGER = """\
# in build(): the statistics are no weights
self.moving_mean = self.add_weight(
    name="moving_mean", shape=(channels,), initializer="zeros", trainable=False)
self.moving_variance = self.add_weight(
    name="moving_variance", shape=(channels,), initializer="ones", trainable=False)
# (tf.Module: tf.Variable(tf.zeros([channels]), trainable=False))"""
_REPAIRS = {
    Dialect.EAGER: _REPAIR_EAGER,
    Dialect.TF_LAYERS: _REPAIR_LAYERS,
    Dialect.SLIM: _REPAIR_LAYERS,
    Dialect.KERAS: _REPAIR_LAYERS,
}


@rule("BN202", "trainable-statistics", Severity.WARNING, set(), __doc__, explains=("BN104",))
def trainable_statistics(layer: Layer, subject: Subject) -> Iterator[Claim | Blind]:
    """Claim that a statistic is trainable, or was trained."""
    found = [s for s in layer.statistics if is_in_hands_of_an_optimizer(s)]
    if not found:
        yield from _blind(layer, subject)
        return
    slots = tuple(slot for s in found for slot in s.slots)
    evidence: dict[str, JsonValue] = {"trainable": tuple(s.name for s in found if s.is_trainable)}
    if slots:
        evidence["slots"] = slots
    # Without a graph a statistic is known to be trainable from the list of an optimizer.
    trains = bool(slots) or Need.TRAINING not in subject.missing or Need.GRAPH in subject.missing
    reached = any(s.is_optimized for s in found)
    yield Claim(
        layer,
        Severity.WARNING if trains else Severity.INFO,
        Confidence.HIGH if reached or slots else Confidence.MEDIUM,
        _said(layer, found) + _reach(found, trains=trains),
        repair=_REPAIRS.get(layer.dialect, _REPAIR) if trains else "",
        evidence=evidence,
        related=layer_variables(found, "trainable" if any(s.is_trainable for s in found) else "trained"),
    )


def _blind(layer: Layer, subject: Subject) -> Iterator[Blind]:
    """Yield that nothing says whether the statistics are trainable: an optimizer gives slots to what it has moved."""
    if any(s.is_trainable is None for s in layer.statistics):
        reason = subject.missing.get(Need.GRAPH, "nothing says which variables are trainable")
        yield Blind(layer, reason, is_part_absent=Need.GRAPH in subject.absent)


def _said(layer: Layer, found: list[Variable]) -> str:
    which = "the moving mean is" if found[0] is layer.moving_mean else "the moving variance is"
    if len(found) == len(layer.statistics):
        which = "the moving statistics are"
    return f"{which} trainable" if any(s.is_trainable for s in found) else f"{which} in the hands of an optimizer"


def _reach(found: list[Variable], *, trains: bool) -> str:
    """Return who touches them."""
    if any(s.is_optimized for s in found):
        return ": an optimizer applies gradients to what updates should average"
    if any(s.slots for s in found):
        return ": an optimizer has slots for what updates should average"
    if not trains:
        return "; nothing in the artifact trains"
    return ": no gradient reaches them here, but weight decay and clipping take every trainable variable"
