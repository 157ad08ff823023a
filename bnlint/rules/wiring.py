"""What BN301 and BN302 share: both report updates that no training step runs."""

from __future__ import annotations

from collections.abc import Iterator

from bnlint.findings import JsonValue, Severity
from bnlint.layers.layer import Layer
from bnlint.layers.predicates import at_init, is_frozen, statistics_unused, unwired_statistics
from bnlint.layers.subject import Subject
from bnlint.layers.why import Cause, severity_of_cause, why_not_updated
from bnlint.rules import repairs
from bnlint.rules.evidence import trained_evidence, update_ops
from bnlint.rules.rule import Claim


def unwired_claims(layer: Layer, subject: Subject, cause: Cause, where: str) -> Iterator[Claim]:
    """Yield the claim of ``cause``, if that is why the layer is not updated; ``where`` says where its ops stand."""
    if cause not in why_not_updated(layer, subject):
        return
    severity, confidence = severity_of_cause(layer, subject)
    unwired = unwired_statistics(layer)
    evidence: dict[str, JsonValue] = {"unwired": tuple(v.name for v in unwired), **trained_evidence(layer, subject)}
    what = "moving statistics" if len(unwired) == len(layer.statistics) else unwired[0].name.rpartition("/")[2]
    message = f"no training step updates its {what}: the update ops {where}"
    if severity is Severity.INFO:
        message += _excuse(layer, subject)
    yield Claim(
        layer,
        severity,
        confidence,
        message,
        repair="" if severity is Severity.INFO else repairs.run_updates(layer),
        evidence=evidence,
        related=update_ops((u for v in unwired for u in v.updates), "runs with no op that applies gradients"),
    )


def _excuse(layer: Layer, subject: Subject) -> str:
    if statistics_unused(layer):
        return "; inference uses batch statistics, so nothing reads the moving ones"
    if subject.trained.is_trained is False:
        return "; nothing was trained yet"
    if is_frozen(layer) is not False or any(at_init(s) for s in unwired_statistics(layer)):
        return "; the layer itself was not trained"
    return "; the statistics moved, so the program ran the updates some other way"
