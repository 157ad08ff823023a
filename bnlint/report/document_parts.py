"""Report → the parts of `bnlint.report.document.Document`. Numbers and names are still as they were found."""

from __future__ import annotations

from typing import cast

from bnlint import __version__, results
from bnlint import findings as found
from bnlint.report import document as v1
from bnlint.report.words import ConfidenceWord, SeverityWord

_SEVERITY: dict[found.Severity, SeverityWord] = {
    found.Severity.ERROR: "error",
    found.Severity.WARNING: "warning",
    found.Severity.INFO: "info",
}
_CONFIDENCE: dict[found.Confidence, ConfidenceWord] = {
    found.Confidence.HIGH: "high",
    found.Confidence.MEDIUM: "medium",
    found.Confidence.LOW: "low",
}


def tool() -> v1.Tool:
    """Return which bnlint this is."""
    return {"name": "bnlint", "version": __version__}


def baseline_of(report: results.Report) -> v1.Baseline | None:
    """Return the baseline and what of it is no longer found."""
    if report.baseline is None:
        return None
    return {
        "path": report.baseline,
        "resolved": [
            {"fingerprint": r.fingerprint, "rule": r.rule, "layer": r.layer, "run": r.run, "times": r.times}
            for r in report.resolved
        ],
    }


def unused_of(report: results.Report) -> list[v1.UnusedSuppression]:
    """Return the suppressions that matched nothing."""
    return [
        {
            "source": unused.source,
            "rules": list(unused.rules),
            "layer": unused.layer,
            "path": unused.path,
            "reason": unused.reason,
            "why": unused.why,
            "is_elsewhere": unused.is_elsewhere,
        }
        for unused in report.unused
    ]


def summary_of(summary: results.Summary) -> v1.Summary:
    """Return the counts."""
    return {
        "artifacts": summary.artifacts,
        "layers": summary.layers,
        "errors": summary.errors,
        "warnings": summary.warnings,
        "infos": summary.infos,
        "skipped": summary.skipped,
        "problems": summary.problems,
        "suppressed": summary.suppressed,
    }


def artifact_of(artifact: results.ArtifactReport) -> v1.Artifact:
    """Return one artifact, or a path that led to none."""
    return {
        "path": artifact.path,
        "format": artifact.format,
        "framework": artifact.framework,
        "tensorflow": artifact.tensorflow,
        "trained": artifact.trained,
        "trained_by": artifact.trained_by,
        "name": artifact.name,
        "step": None if artifact.step is None else _step(artifact.step),
        "clocks": [_step(clock) for clock in artifact.clocks],
        "layers": [_layer(layer) for layer in artifact.layers],
        "findings": [_finding(finding) for finding in artifact.findings],
        "skipped": [_skipped(skipped) for skipped in artifact.skipped],
        "problems": [{"path": p.path, "message": p.message, "kind": p.kind.value} for p in artifact.problems],
        "notes": list(artifact.notes),
        "ignored": list(artifact.ignored),
    }


def _step(step: results.Step) -> v1.Step:
    return {"value": step.value, "source": step.source, "is_least": step.is_least}


def _layer(layer: results.LayerReport) -> v1.Layer:
    return {
        "name": layer.name,
        "channels": layer.channels,
        "variables": dict(layer.variables),
        "shapes": {role: None if shape is None else list(shape) for role, shape in layer.shapes.items()},
        "momentum": layer.momentum,
        "momentum_source": layer.momentum_source,
        "epsilon": layer.epsilon,
        "statistics": {role: _tensor(tensor) for role, tensor in layer.statistics.items()},
        "wired": dict(layer.wired),
        "modes": dict(layer.modes),
    }


def _tensor(tensor: results.TensorSummary) -> v1.Tensor:
    return {
        "min": tensor.min,
        "median": tensor.median,
        "max": tensor.max,
        "nonfinite": tensor.nonfinite,
        "at_init": tensor.at_init,
    }


def _finding(finding: found.Finding) -> v1.Finding:
    suppressed = finding.suppressed
    return {
        "rule": finding.rule,
        "name": finding.name,
        "severity": _SEVERITY[finding.severity],
        "confidence": _CONFIDENCE[finding.confidence],
        "layer": finding.layer,
        "message": finding.message,
        "evidence": cast("dict[str, v1.Json]", finding.evidence),
        "related": [{"kind": r.kind, "name": r.name, "note": r.note} for r in finding.related],
        "causes": list(finding.causes),
        "repair": finding.repair,
        "fingerprint": finding.fingerprint,
        "suppressed": None if suppressed is None else {"reason": suppressed.reason, "kind": suppressed.kind.value},
    }


def _skipped(skipped: found.Skipped) -> v1.Skipped:
    return {
        "rule": skipped.rule,
        "layers": None if skipped.layers is None else list(skipped.layers),
        "reason": skipped.reason,
        "is_part_absent": skipped.is_part_absent,
    }


def run_of(run: results.RunReport) -> v1.Run:
    """Return one run."""
    return {
        "name": run.name,
        "artifacts": list(run.artifacts),
        "findings": [_finding(finding) for finding in run.findings],
        "pairs": [_pair(pair) for pair in run.pairs],
        "skipped": [_skipped(skipped) for skipped in run.skipped],
        "notes": list(run.notes),
        "ignored": list(run.ignored),
    }


def _pair(pair: results.PairReport) -> v1.Pair:
    return {
        "before": pair.before,
        "after": pair.after,
        "layers": [_change(change) for change in pair.layers],
        "only_before": list(pair.only_before),
        "only_after": list(pair.only_after),
    }


def _change(change: results.LayerChange) -> v1.LayerChange:
    return {
        "layer": change.layer,
        "verdict": change.verdict,
        "shifts": {role: {"has_moved": s.has_moved, "distance": s.distance} for role, s in change.shifts.items()},
    }
