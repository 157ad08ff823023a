"""The first look at a report: what the page says before it comes to any artifact, and how much there will be of each.

Keeps a line per artifact and nothing of its layers, as artifacts may be very many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from bnlint.findings import Finding
from bnlint.report.artifacts import problems
from bnlint.report.baselined import IN_BASELINE, SUPPRESSED, suppression
from bnlint.report.overview import run_verdict, verdict
from bnlint.report.page import Line, Style, count
from bnlint.report.runs import Place, places
from bnlint.results import ArtifactReport, Report, RunReport, Summary


class Row(NamedTuple):
    """One artifact in a line, or a run."""

    anchor: str
    path: str
    label: str
    style: Style
    what: str
    step: int | None
    layers: int
    problems: tuple[Line, ...]
    is_read: bool


@dataclass(frozen=True, slots=True)
class Gist:
    """What is known of a report after the first look."""

    rows: tuple[Row, ...]
    runs: tuple[Row, ...]
    """Those whose checkpoints show something wrong together, which none of them may show by itself."""
    summary: Summary
    suppressed: int
    baselined: int
    found: Mapping[str, Counter[str]]
    """By rule, how often it found something, of what severity; suppressed, and in the baseline."""
    skipped: Counter[str]
    """By rule, how many artifacts and runs it could not look at."""
    noticed: int
    """Layers about which something was found."""
    newest: Mapping[str, tuple[Finding, ...]]
    """What was found of a run, by the path of its newest artifact."""
    places: Mapping[str, Place]
    positions: Mapping[str, int]
    """By path, where among the artifacts one is that belongs to a run."""


def gist_of(report: Report) -> Gist:
    """Look at every artifact once."""
    newest = {run.artifacts[-1]: run.findings for run in report.runs if run.artifacts}
    in_runs = frozenset(path for run in report.runs for path in run.artifacts)
    rows: list[Row] = []
    known: dict[str, Place] = {}
    positions: dict[str, int] = {}
    found: dict[str, Counter[str]] = {}
    skipped: Counter[str] = Counter()
    noticed = 0
    for position, artifact in enumerate(report.artifacts):
        rows.append(_row(artifact, position))
        _count(artifact, found, skipped)
        noticed += len({layer.name for layer in artifact.layers} & findings_by_layer(artifact, newest).keys())
        if artifact.path in in_runs:
            known |= places([artifact])
            positions[artifact.path] = position
    for run in report.runs:
        _count(run, found, skipped)
    return Gist(
        rows=tuple(rows),
        runs=tuple(_run_rows(report)),
        summary=report.summary,
        suppressed=sum(counts[SUPPRESSED] for counts in found.values()),
        baselined=sum(counts[IN_BASELINE] for counts in found.values()),
        found=found,
        skipped=skipped,
        noticed=noticed,
        newest=newest,
        places=known,
        positions=positions,
    )


def findings_by_layer(
    artifact: ArtifactReport, newest: Mapping[str, tuple[Finding, ...]]
) -> dict[str, tuple[Finding, ...]]:
    """Return what was found of each layer that has something; what its run showed is told of the newest artifact."""
    by_layer: dict[str, tuple[Finding, ...]] = {}
    for finding in (*artifact.findings, *newest.get(artifact.path, ())):
        if finding.layer is not None:
            by_layer[finding.layer] = (*by_layer.get(finding.layer, ()), finding)
    return by_layer


def outcome(code: str, gist: Gist) -> Iterator[tuple[Style, str]]:
    """Say what a rule came to: each kind of finding with its count, then where it could not look."""
    counts = gist.found.get(code, Counter())
    styles: dict[str, Style] = {"error": "error", "warning": "warning", "info": "info"}
    for word in (*styles, SUPPRESSED, IN_BASELINE):
        if counts[word]:
            noun = count(counts[word], word) if word in styles else f"{counts[word]} {word}"
            yield styles.get(word, "faint"), noun
    if not counts:
        yield "plain", "nothing found"
    if gist.skipped[code]:
        yield "faint", f"skipped {count(gist.skipped[code], 'time')}"


def _row(artifact: ArtifactReport, position: int) -> Row:
    label, style, what = verdict(artifact)
    step = None if artifact.step is None else artifact.step.value
    anchor = f"artifact-{position + 1}"
    return Row(
        anchor,
        artifact.path,
        label,
        style,
        what,
        step,
        len(artifact.layers),
        problems(artifact),
        artifact.format is not None,
    )


def _run_rows(report: Report) -> Iterator[Row]:
    for number, run in enumerate(report.runs, 1):
        found = run_verdict(run)
        if found is not None:
            label, style, what = found
            yield Row(run_anchor(number), run.name, label, style, what, None, 0, (), is_read=False)


def run_anchor(number: int) -> str:
    """Return where a run is told of; they are counted from 1."""
    return f"run-{number}"


def _count(told: ArtifactReport | RunReport, found: dict[str, Counter[str]], skipped: Counter[str]) -> None:
    for finding in told.findings:
        found.setdefault(finding.rule, Counter())[suppression(finding) or finding.severity.label] += 1
    skipped.update({skip.rule for skip in told.skipped})
