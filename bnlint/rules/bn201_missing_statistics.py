"""The layer was saved without its moving mean or variance.

## What it means
The checkpoint holds the layer's gamma and beta (or, where it has neither, the weights that feed it) and not its
moving statistics: `Saver(tf.trainable_variables())` and the like. The statistics are not trainable.

## Why it is bad
After a restore the statistics are whatever the program initialises them to, 0 and 1 as a rule, or the restore
fails. Either way what training learned about the data is gone.

## How it is recognised
Variables of the graph are compared with the keys of the index; without an index, with the names that the SaveV2
op behind `saver_def` lists. A layer of which nothing was saved is a partial save and not reported. Another saver
of the same graph that does list the statistics makes it a warning: every Saver, restore-only ones too, adds a
SaveV2. Info where a sibling checkpoint holds them. Without a graph the object graph or Keras's configuration says
which layers are batch norm: by class, else by the name of a layer that has gamma or beta and no statistics
(layer and group normalization have none by nature). A layer written by hand that never had statistics misses none:
where the graph trains it so, a note says that it cannot be run in inference mode.

## Example
    saver = tf.train.Saver(tf.trainable_variables())

    $ bnlint check fixtures/tf1.15/saver_trainable_only
    error BN201 missing-statistics: 2 of 2 layers
      the layer was saved without its moving statistics: after a restore they
      are at their initial values, or the restore fails
      layers      conv/bn, dense/bn
      evidence    saved: conv/bn/gamma and 3 more
      variable    conv/bn/moving_mean and 3 more: not in the save
      saver       save/control_dependency: does not list it

## How to repair
`tf.train.Saver()` saves all global variables; with slim, `tf.train.Saver(slim.get_model_variables())`; in TensorFlow 2
`tf.train.Checkpoint(model=model)` or `model.save_weights`. Statistics that were not saved are lost: recompute them with
forward passes in training mode over training data.

## Known limits
Needs a graph, an object graph or a configuration: names alone do not tell that a layer had statistics.
"""

from __future__ import annotations

from collections.abc import Iterator

from bnlint.findings import Confidence, Related, Severity
from bnlint.layers.layer import Layer, Variable
from bnlint.layers.predicates import is_stripped, statistics_unused
from bnlint.layers.subject import Need, Subject
from bnlint.rules import repairs
from bnlint.rules.evidence import layer_variables
from bnlint.rules.rule import Blind, Claim, rule
from bnlint.rules.values import NOTHING_READS


@rule("BN201", "missing-statistics", Severity.ERROR, {Need.STRUCTURE}, __doc__)
def missing_statistics(layer: Layer, subject: Subject) -> Iterator[Claim | Blind]:
    """Claim that statistics of a saved layer are not in the save."""
    if is_stripped(layer):
        return  # BN403 says it
    missing = tuple(v for v in layer.statistics if v.is_saved is False)
    if not missing:
        if any(v.is_saved is None for v in layer.statistics):
            yield Blind(layer, "neither an index nor a saver in the graph says what was saved")
        return
    severity, confidence, message, further = _judged(layer, missing, subject)
    related = list(layer_variables(missing, "not in the save"))
    if subject.saver is not None:
        related.append(Related("saver", subject.saver, "does not list it"))
    yield Claim(
        layer,
        severity,
        confidence,
        message,
        repair=""
        if severity is Severity.INFO
        else f"{repairs.save_everything(layer)}\n{repairs.recompute_first(layer)}",
        evidence={
            "missing": tuple(v.name for v in missing),
            "saved": tuple(v.name for v in layer.variables if v.is_saved),
        },
        related=(*related, *further),
    )


def _judged(
    layer: Layer, missing: tuple[Variable, ...], subject: Subject
) -> tuple[Severity, Confidence, str, tuple[Related, ...]]:
    names = {v.name for v in missing}
    what = "the layer was saved without its moving statistics"
    holders = sorted({subject.elsewhere[name] for name in names if name in subject.elsewhere})
    if holders and names <= set(subject.elsewhere):
        found = tuple(Related("checkpoint", holder, "holds them") for holder in holders)
        return Severity.INFO, Confidence.HIGH, f"{what}; a sibling checkpoint holds them", found
    if statistics_unused(layer):
        return Severity.INFO, Confidence.MEDIUM, f"{what}; {NOTHING_READS}", ()
    savers = tuple(Related("saver", s.op, "lists them") for s in subject.other_savers if names <= s.names)
    if savers:
        message = f"{what}: a restore of this checkpoint leaves them at 0 and 1; another saver of the graph lists them"
        return Severity.WARNING, Confidence.MEDIUM, message, savers
    message = f"{what}: after a restore they are at their initial values, or the restore fails"
    return Severity.ERROR, Confidence.HIGH, message, ()
