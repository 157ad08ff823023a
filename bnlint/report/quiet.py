"""The report of ``--quiet``: a line for each thing that is wrong, nothing of what is in order. For logs and mails.

What could not be read is not in it: that is said on stderr, whatever is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bnlint.findings import Finding, Severity, Skipped
from bnlint.report.artifacts import skips, totals
from bnlint.report.blocks import Block, blocks
from bnlint.report.diagnoses import heading
from bnlint.report.page import Line, Part, count
from bnlint.results import Report

_LEAST = Severity.WARNING
"""What is only worth knowing is not wrong, unless a run is to fail for it."""


def quiet_lines(report: Report, *, fail_on: Severity | None = None, failures: Iterable[str] = ()) -> Iterator[Line]:
    """Return a line for each diagnosis, then the totals; nothing where there is none.

    ``failures`` has the settings that fail the report, as in `bnlint.report.about.About`: what they fail for is told.
    """
    least = _LEAST if fail_on is None else min(fail_on, _LEAST)
    is_strict = "strict" in failures
    is_silent = True
    for line in _wrong(report, least, is_strict=is_strict):
        yield line
        is_silent = False
    if not is_silent:
        yield replace(totals(report.summary, checked=True), verbatim=True)


def _wrong(report: Report, least: Severity, *, is_strict: bool) -> Iterator[Line]:
    for artifact in report.artifacts:
        yield from _diagnoses(artifact.path, artifact.findings, tuple(layer.name for layer in artifact.layers), least)
        if is_strict:
            yield from _absent(artifact.path, artifact.skipped)
    for run in report.runs:
        place = f"run {run.name}"
        yield from _diagnoses(place, run.findings, (), least)
        if is_strict:
            yield from _absent(place, run.skipped)


def _diagnoses(place: str, findings: Iterable[Finding], layers: tuple[str, ...], least: Severity) -> Iterator[Line]:
    for block in blocks((f for f in findings if f.suppressed is None), layers):
        if block.severity >= least:
            yield Line((Part(place, "name"), Part(": "), *heading(block.lead), Part(_rest(block))), verbatim=True)


def _rest(block: Block) -> str:
    """Say what else belongs to the diagnosis, of how many layers, and what it is."""
    others = dict.fromkeys(f.rule for f in (*block.causes, *block.symptoms) if f.rule != block.lead.rule)
    along = f" with {', '.join(others)}" if others else ""
    where = f", {count(len(block.layers), 'layer')}" if block.layers else ""
    return f"{along}{where}: {block.lead.message}"


def _absent(place: str, skipped: Iterable[Skipped]) -> Iterator[Line]:
    for line in skips(s for s in skipped if s.is_part_absent):
        yield Line((Part(place, "name"), Part(f": {line.label} "), *line.parts), verbatim=True)
