"""Report → the JSON document of `bnlint.report.document`, for machines.

ASCII only, everything else escaped: the bytes are the same in every locale and nothing in a name reaches a terminal.
The same report gives the same bytes. Nothing here knows rich.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping

from bnlint import __version__
from bnlint import findings as found
from bnlint.report import document as v1
from bnlint.report.escape import decodable

_SEVERITY: dict[found.Severity, v1.SeverityWord] = {
    found.Severity.ERROR: "error",
    found.Severity.WARNING: "warning",
    found.Severity.INFO: "info",
}
_CONFIDENCE: dict[found.Confidence, v1.ConfidenceWord] = {
    found.Confidence.HIGH: "high",
    found.Confidence.MEDIUM: "medium",
    found.Confidence.LOW: "low",
}


def render(report: found.Report) -> str:
    """Return ``report`` as one JSON object on one line: Python indents in Python, a third of a run's time."""
    return "".join(pieces(report))


def pieces(report: found.Report) -> Iterator[str]:
    """Return what `render` does piece by piece: artifacts one at a time, as they may be very many.

    The fields are those of `bnlint.report.document.Document`, in its order.
    """
    tool: v1.Tool = {"name": "bnlint", "version": __version__}
    yield f'{{"schema_version": {v1.SCHEMA_VERSION}, "tool": {_dumped(tool)}, "rules": {_dumped(report.rules)}'
    yield ', "artifacts": ['
    for number, artifact in enumerate(report.artifacts):
        yield f"{', ' if number else ''}{_dumped(_artifact(artifact))}"
    yield '], "runs": ['
    for number, run in enumerate(report.runs):
        yield f"{', ' if number else ''}{_dumped(_run(run))}"
    yield f'], "summary": {_dumped(_summary(report.summary))}}}\n'


def _dumped(value: object) -> str:
    return json.dumps(_plain(value), allow_nan=False)


def _summary(summary: found.Summary) -> v1.Summary:
    return {
        "artifacts": summary.artifacts,
        "layers": summary.layers,
        "errors": summary.errors,
        "warnings": summary.warnings,
        "infos": summary.infos,
        "skipped": summary.skipped,
        "problems": summary.problems,
    }


def _artifact(artifact: found.ArtifactReport) -> v1.Artifact:
    step = artifact.step
    return {
        "path": artifact.path,
        "format": artifact.format,
        "framework": artifact.framework,
        "tensorflow": artifact.tensorflow,
        "trained": artifact.trained,
        "trained_by": artifact.trained_by,
        "name": artifact.name,
        "step": None if step is None else {"value": step.value, "source": step.source},
        "clocks": [{"value": c.value, "source": c.source, "is_least": c.is_least} for c in artifact.clocks],
        "layers": [_layer(layer) for layer in artifact.layers],
        "findings": [_finding(finding) for finding in artifact.findings],
        "skipped": [_skipped(skipped) for skipped in artifact.skipped],
        "problems": [{"path": p.path, "message": p.message, "kind": p.kind.value} for p in artifact.problems],
        "notes": list(artifact.notes),
    }


def _layer(layer: found.LayerReport) -> v1.Layer:
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


def _tensor(tensor: found.TensorSummary) -> v1.Tensor:
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
        "evidence": {key: _plain(value) for key, value in finding.evidence.items()},
        "related": [{"kind": r.kind, "name": r.name, "note": r.note} for r in finding.related],
        "causes": list(finding.causes),
        "repair": finding.repair,
        "fingerprint": finding.fingerprint,
        "suppressed": None if suppressed is None else {"reason": suppressed.reason},
    }


def _skipped(skipped: found.Skipped) -> v1.Skipped:
    return {
        "rule": skipped.rule,
        "layers": None if skipped.layers is None else list(skipped.layers),
        "reason": skipped.reason,
    }


def _run(run: found.RunReport) -> v1.Run:
    return {
        "name": run.name,
        "artifacts": list(run.artifacts),
        "findings": [_finding(finding) for finding in run.findings],
        "pairs": [_pair(pair) for pair in run.pairs],
        "skipped": [_skipped(skipped) for skipped in run.skipped],
        "notes": list(run.notes),
    }


def _pair(pair: found.PairReport) -> v1.Pair:
    return {
        "before": pair.before,
        "after": pair.after,
        "layers": [_change(change) for change in pair.layers],
        "only_before": list(pair.only_before),
        "only_after": list(pair.only_after),
    }


def _change(change: found.LayerChange) -> v1.LayerChange:
    return {
        "layer": change.layer,
        "verdict": change.verdict,
        "shifts": {role: {"has_moved": s.has_moved, "distance": s.distance} for role, s in change.shifts.items()},
    }


def _plain(value: object) -> v1.Json:
    """Return ``value`` as JSON has it: floats to six significant digits, NaN and infinity as null."""
    if isinstance(value, str):
        return decodable(value)
    if isinstance(value, float):
        return float(f"{value:.6g}") + 0.0 if math.isfinite(value) else None  # + 0.0 makes -0.0 plain
    if isinstance(value, dict | Mapping):  # a plain dict is told at once, any other mapping slowly
        return {decodable(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    assert value is None or isinstance(value, bool | int), f"{type(value).__name__} is nothing that JSON has"
    return value
