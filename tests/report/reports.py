"""Reports by hand, for tables of renderings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bnlint.findings import (
    ArtifactReport,
    Confidence,
    Finding,
    JsonValue,
    LayerReport,
    Related,
    Report,
    Severity,
    Suppression,
    TensorSummary,
)

NAMES = {"BN101": "frozen-statistics", "BN301": "unwired-updates", "BN302": "unregistered-updates"}
ROLES = ("gamma", "beta", "moving_mean", "moving_variance")


def finding(
    rule: str,
    layer: str | None = "a",
    *,
    severity: Severity = Severity.ERROR,
    confidence: Confidence = Confidence.HIGH,
    message: str | None = None,
    repair: str = "",
    evidence: Mapping[str, JsonValue] | None = None,
    related: tuple[Related, ...] = (),
    causes: tuple[str, ...] = (),
    suppressed: str | None = None,
) -> Finding:
    return Finding(
        rule=rule,
        name=NAMES.get(rule, "some-name"),
        severity=severity,
        confidence=confidence,
        layer=layer,
        message=message or f"what {rule} says",
        repair=repair,
        fingerprint=f"{rule}/{layer}",
        evidence=evidence or {},
        related=related,
        causes=causes,
        suppressed=None if suppressed is None else Suppression(suppressed),
    )


def cause_and_symptom(layer: str, **more: Any) -> tuple[Finding, Finding]:
    symptom = finding("BN101", layer, causes=(f"BN301/{layer}",), repair="# repair the cause above", **more)
    return symptom, finding("BN301", layer, repair="run(updates)", **more)


def layer_report(name: str = "a", **more: Any) -> LayerReport:
    fields: dict[str, Any] = {
        "channels": 4,
        "variables": {role: f"{name}/{role}" for role in ROLES},
        "momentum": 0.99,
        "epsilon": 0.001,
        "statistics": {role: TensorSummary(0.25, 0.5, 1234567.0, 0, 0) for role in ROLES},
        "wired": {"moving_mean": True, "moving_variance": False},
        "modes": {"training": 1, "inference": 2, "switched": 0, "learning-phase": 0},
    }
    return LayerReport(name, **{**fields, **more})


def report(*findings: Finding, layers: int | None = None, rules: int = 11, **more: Any) -> Report:
    named = dict.fromkeys(f.layer for f in findings if f.layer is not None)
    names = list(named) if layers is None else [f"layer_{number}" for number in range(layers)]
    fields: dict[str, Any] = {
        "path": "model.ckpt",
        "format": "tensor-bundle",
        "framework": "tf1",
        "trained": True,
        "layers": tuple(layer_report(name) for name in names),
        "findings": findings,
    }
    return Report((ArtifactReport(**{**fields, **more}),), rules=tuple(f"BN{number}" for number in range(rules)))
