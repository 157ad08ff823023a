"""What a report fails, and the exit code that says so."""

from __future__ import annotations

from collections.abc import Collection

from bnlint.findings import ProblemKind, Severity
from bnlint.results import Report
from bnlint.settings import Settings

OK, FAILED, UNREADABLE, NO_CHECKPOINT = range(4)
"""Nothing to object to; findings; a path or file that could not be read; a place without a checkpoint."""


def exit_code(report: Report, failed: Collection[str]) -> int:
    """Return the exit code of a report that ``failed`` some settings (`failures`).

    What could not be read beats findings, and findings beat a place without a checkpoint.
    """
    kinds = {p.kind for a in report.artifacts for p in a.problems}
    if kinds - {ProblemKind.NO_CHECKPOINT}:
        return UNREADABLE
    if kinds and "fail_on" not in failed:
        return NO_CHECKPOINT
    return FAILED if failed else OK


def failures(report: Report, settings: Settings) -> frozenset[str]:
    """Return the names of the settings that fail ``report``: fail_on, strict, require_layers."""
    summary = report.summary
    counts = {Severity.ERROR: summary.errors, Severity.WARNING: summary.warnings, Severity.INFO: summary.infos}
    least = settings.fail_on
    failed = {
        "fail_on": least is not None and any(number for severity, number in counts.items() if severity >= least),
        "strict": settings.strict
        and any(s.is_part_absent for told in (report.artifacts, report.runs) for one in told for s in one.skipped),
        "require_layers": settings.require_layers and not summary.layers,
    }
    return frozenset(name for name, has_failed in failed.items() if has_failed)
