"""Reports by hand, for tables of renderings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bnlint.findings import Confidence, Finding, JsonValue, Problem, Related, Severity, Suppression
from bnlint.results import (
    ArtifactReport,
    LayerChange,
    LayerReport,
    PairReport,
    Report,
    RunReport,
    Shift,
    Step,
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


def artifact(step: int, levels: Mapping[str, tuple[float, float]], **more: Any) -> ArtifactReport:
    """Return a checkpoint of a run: per layer the mean that is farthest from 0, and the median variance."""
    layers = tuple(
        layer_report(
            name,
            statistics={
                "moving_mean": TensorSummary(-mean, mean / 2, mean, 0, 0),
                "moving_variance": TensorSummary(0.0, variance, 9.0, 0, 0),
            },
        )
        for name, (mean, variance) in levels.items()
    )
    fields: dict[str, Any] = {
        "path": f"run/m-{step}",
        "name": f"m-{step}",
        "format": "tensor-bundle",
        "framework": "tf1",
        "trained": True,
        "step": Step(step, "global_step"),
        "layers": layers,
    }
    return ArtifactReport(**{**fields, **more})


def unread(path: str, *problems: Problem) -> ArtifactReport:
    return ArtifactReport(path, None, "unknown", None, problems=problems)


def change(layer: str = "a", verdict: str = "moving", **distances: float | str | None) -> LayerChange:
    """Return how a layer moved: by role a distance, ``=`` for bit-equal, None for what is no number."""
    shifts = {
        role: Shift(distance != "=", 0.0 if isinstance(distance, str) else distance)
        for role, distance in distances.items()
    }
    return LayerChange(layer, verdict, shifts)


def moved(verdict: str, mean: float | str | None, variance: float | str | None, layer: str = "a") -> LayerChange:
    return change(layer, verdict, moving_mean=mean, moving_variance=variance, weights=0.5)


def run_of(*pairs: Sequence[LayerChange], **more: Any) -> RunReport:
    """Return a run with a checkpoint at every hundredth step; ``pairs`` are the changes from one to the next."""
    paths = tuple(f"run/m-{100 * (number + 1)}" for number in range(len(pairs) + 1))
    compared = tuple(
        PairReport(before, after, tuple(changes))
        for before, after, changes in zip(paths, paths[1:], pairs, strict=False)
    )
    return RunReport("m", **{"artifacts": paths, "pairs": compared, **more})
