"""The report of ``--quiet``: a line for each thing that is wrong, nothing of what is in order. For logs and mails.

What could not be read is not in it: that is said on stderr, whatever is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bnlint.findings import Finding, Severity, Skipped
from bnlint.report.about import About
from bnlint.report.artifacts import skips, totals
from bnlint.report.blocks import Block, blocks
from bnlint.report.diagnoses import heading
from bnlint.report.failing import is_failing
from bnlint.report.page import Line, Part, count
from bnlint.results import Report

_LEAST = Severity.WARNING
"""What is only worth knowing is not wrong, unless a run is to fail for it."""


def quiet_lines(report: Report, about: About) -> Iterator[Line]:
    """Return a line for each diagnosis and for what else fails the run, then the totals; nothing where all is well."""
    is_silent = True
    for line in _wrong(report, about):
        yield line
        is_silent = False
    if not is_silent:
        yield replace(totals(report.summary, checked=True), verbatim=True)


def _wrong(report: Report, about: About) -> Iterator[Line]:
    least = _LEAST if about.fail_on is None else min(about.fail_on, _LEAST)
    for artifact in report.artifacts:
        yield from _diagnoses(artifact.path, artifact.findings, tuple(layer.name for layer in artifact.layers), least)
        yield from _blind(artifact.path, artifact.skipped, about)
    for run in report.runs:
        place = f"run {run.name}"
        yield from _diagnoses(place, run.findings, (), least)
        yield from _blind(place, run.skipped, about)


def _diagnoses(place: str, findings: Iterable[Finding], layers: tuple[str, ...], least: Severity) -> Iterator[Line]:
    for block in blocks((f for f in findings if f.suppressed is None), layers):
        if block.severity >= least:
            yield Line((Part(place, "name"), Part(": "), *heading(block.lead), Part(_rest(block))), verbatim=True)


def _rest(block: Block) -> str:
    """Say what else belongs to the diagnosis, of how many layers, and what it is."""
    others = dict.fromkeys(_along(f, block.lead) for f in (*block.causes, *block.symptoms) if f.rule != block.lead.rule)
    along = f" with {', '.join(others)}" if others else ""
    where = f", {count(len(block.layers), 'layer')}" if block.layers else ""
    return f"{along}{where}: {block.lead.message}"


def _along(finding: Finding, lead: Finding) -> str:
    """Name a finding of the same diagnosis; what is worse than its cause may be what the report fails for."""
    return f"{finding.severity.label} {finding.rule}" if finding.severity > lead.severity else finding.rule


def _blind(place: str, skipped: Iterable[Skipped], about: About) -> Iterator[Line]:
    for line in skips(skip for skip in skipped if is_failing(skip, about)):
        yield Line((Part(place, "name"), Part(f": {line.label} "), *line.parts), verbatim=True)
