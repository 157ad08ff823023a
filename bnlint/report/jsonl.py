"""Report → a line of JSON for each of its parts (`bnlint.report.line_document`), for what reads a stream.

As for `bnlint.report.json`, whose parts these are: ASCII only, and the same report gives the same bytes. The lines of
several reports may follow one another in a file.
"""

from __future__ import annotations

from collections.abc import Iterator

from bnlint.report.about import About
from bnlint.report.document import SCHEMA_VERSION
from bnlint.report.document_parts import artifact_of, baseline_of, run_of, summary_of, tool, unused_of
from bnlint.report.json import dumped
from bnlint.report.line_document import ArtifactLine, HeadLine, Line, RunLine, SummaryLine
from bnlint.results import Report


def pieces(report: Report, about: About) -> Iterator[str]:
    """Return the report line by line."""
    for line in _lines(report, about):
        yield dumped(line) + "\n"


def _lines(report: Report, about: About) -> Iterator[Line]:
    head: HeadLine = {
        "kind": "head",
        "schema_version": SCHEMA_VERSION,
        "tool": tool(),
        "rules": list(report.rules),
    }
    yield head
    for artifact in report.artifacts:
        artifact_line: ArtifactLine = {
            "kind": "artifact",
            "schema_version": SCHEMA_VERSION,
            "artifact": artifact_of(artifact),
        }
        yield artifact_line
    for run in report.runs:
        run_line: RunLine = {"kind": "run", "schema_version": SCHEMA_VERSION, "run": run_of(run)}
        yield run_line
    last: SummaryLine = {
        "kind": "summary",
        "schema_version": SCHEMA_VERSION,
        "baseline": baseline_of(report),
        "unused_suppressions": unused_of(report),
        "summary": summary_of(report.summary),
        "exit_code": about.exit_code,
        "failed_by": sorted(about.failures),
    }
    yield last
