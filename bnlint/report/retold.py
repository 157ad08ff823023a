"""Older checkpoints of a run that have nothing to tell but what its newest one tells: a person reads it once."""

from __future__ import annotations

from collections.abc import Mapping

from bnlint.findings import Severity
from bnlint.results import ArtifactReport, Report


def retold(report: Report) -> Mapping[str, str]:
    """Return the paths of such checkpoints, each with the path of the newest one of its run.

    A finding keeps its fingerprint from one save to the next, so equal ones say the same. Damage is told in any case;
    that old checkpoints lack their graph is usual, and is told with the line that is left of them.
    """
    newest = {path: run.artifacts[-1] for run in report.runs if run.pairs for path in run.artifacts}
    if not newest:
        return {}
    wanted = frozenset(newest.values())
    told = {artifact.path: _told(artifact) for artifact in report.artifacts if artifact.path in wanted}
    return {
        artifact.path: newest[artifact.path]
        for artifact in report.artifacts
        if artifact.path in newest
        and artifact.path not in wanted
        and newest[artifact.path] in told
        and not artifact.problems
        and _told(artifact) <= told[newest[artifact.path]]
    }


def _told(artifact: ArtifactReport) -> frozenset[tuple[str, Severity]]:
    """Return what of an artifact takes more than a line."""
    return frozenset(
        (f.fingerprint, f.severity) for f in artifact.findings if f.suppressed is None and f.severity > Severity.INFO
    )
