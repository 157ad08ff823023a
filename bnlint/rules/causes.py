"""What the rules about a layer's mode share: a cause whose severity follows from the values."""

from __future__ import annotations

from bnlint.findings import Related, Severity
from bnlint.layers.layer import Layer
from bnlint.layers.subject import Subject
from bnlint.layers.why import severity_of_cause
from bnlint.rules.evidence import trained_evidence
from bnlint.rules.rule import Claim


def mode_claim(layer: Layer, subject: Subject, message: str, repair: str, related: tuple[Related, ...]) -> Claim:
    """Return the claim that the mode of ``layer`` kept its statistics from moving; an info carries no repair."""
    severity, confidence = severity_of_cause(layer, subject)
    return Claim(
        layer,
        severity,
        confidence,
        message,
        repair="" if severity is Severity.INFO else repair,
        evidence=trained_evidence(layer, subject),
        related=related,
    )
