"""What is served normalises with the statistics of the request, or moves the moving ones.

## What it means
From a serving signature of a SavedModel, or from the outputs of a frozen graph, a layer in training mode is reached,
or an op that assigns to its moving mean or variance: the model was exported from the training graph, or called with
`training=True`.

## Why it is bad
A prediction depends on what else is in the batch, and a request of one sample is normalised by itself. Where
requests move the statistics, every request changes the model too.

## How it is recognised
Everything that the outputs of a signature need is looked at, control dependencies and function bodies included.
Branches whose predicate is False by default (`tf.placeholder_with_default(False, …)`, Keras's learning phase) do not
count, nor do training copies in the function library that no signature calls. A bare placeholder that every request
must feed is a warning. A signature that trains (it applies gradients, or moves a trainable variable) is not served.

## Example
    y = model(x, training=True)
    tf.saved_model.simple_save(sess, "export", {"x": x}, {"y": y})

    $ bnlint check fixtures/tf1.15/serving_training_mode
    error BN403 training-mode-serving: 2 of 2 layers
      served in training mode: it normalises with the statistics of each
      request's batch
      layers      conv/bn, dense/bn
      evidence    served_by: signature 'serving_default'
      op          conv/bn/FusedBatchNormV3, dense/bn/batchnorm/Rsqrt: normalises
                  with the statistics of the batch

## How to repair
TensorFlow 1: build the model anew with `training=False`, restore the checkpoint, and export that graph. TensorFlow 2:
drop `training=True` from the call that is exported. Keras 3: `model.export(...)`, or an `ExportArchive` whose
endpoint calls the model with `training=False`.

## Known limits
Freezing a graph whose layers are in training mode drops the statistics. The layers are then known by their scale and
offset alone, and one that has neither, or was never trained, is not seen. A predicate that is computed from data, or is
a variable, counts as one that must be fed. A training checkpoint says nothing of what is served.
"""

from __future__ import annotations

from collections.abc import Iterator

from bnlint.findings import Confidence, JsonValue, Related, Severity
from bnlint.layers.layer import Application, Layer, Served, UpdateOp
from bnlint.layers.subject import Need, Subject
from bnlint.rules import repairs
from bnlint.rules.rule import Blind, Claim, rule


@rule("BN403", "training-mode-serving", Severity.ERROR, {Need.SERVING}, __doc__)
def training_mode_serving(layer: Layer, subject: Subject) -> Iterator[Claim | Blind]:
    """Claim that serving normalises with batch statistics, or moves the moving ones."""
    applications = tuple(a for a in layer.applications if a.served)
    updates = tuple(u for u in layer.updates if u.served and u.momentum != 1.0)  # 1 writes back what it read
    served = (*(s for a in applications for s in a.served), *(s for u in updates for s in u.served))
    if not served:
        return
    certain = _is_certain(served)
    if certain:
        applications = tuple(a for a in applications if _is_certain(a.served))
        updates = tuple(u for u in updates if _is_certain(u.served))
    yield Claim(
        layer,
        Severity.ERROR if certain else Severity.WARNING,
        Confidence.HIGH if certain else Confidence.MEDIUM,
        _message(applications, updates, None if certain else served[0].must_feed),
        repair=repairs.serve_in_inference_mode(subject.framework),
        evidence=_evidence(served, certain=certain),
        related=(
            *(Related("op", a.op, "normalises with the statistics of the batch") for a in applications),
            *(Related("op", u.op, "moves a statistic") for u in updates),
        ),
    )


def _is_certain(served: tuple[Served, ...]) -> bool:
    return any(s.must_feed is None for s in served)


def _message(applications: tuple[Application, ...], updates: tuple[UpdateOp, ...], predicate: str | None) -> str:
    if predicate is not None:
        return (
            f"served in training mode wherever {predicate!r} is fed so: it has no default, "
            "and every request must get it right"
        )
    if not applications:
        return "serving moves its statistics: an update stands on the way to what is served"
    message = "served in training mode: it normalises with the statistics of each request's batch"
    return f"{message}, and every request moves the moving ones" if updates else message


def _evidence(served: tuple[Served, ...], *, certain: bool) -> dict[str, JsonValue]:
    if certain:
        return {"served_by": _once(s.by for s in served if s.must_feed is None)}
    return {
        "served_by": _once(s.by for s in served),
        "must_be_fed": _once(s.must_feed for s in served if s.must_feed is not None),
    }


def _once(words: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
