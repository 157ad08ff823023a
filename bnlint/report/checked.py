"""The report of a check, for people: artifact by artifact, run by run, and of many a line for each at the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bnlint.findings import Severity
from bnlint.report.artifacts import header, skips, totals
from bnlint.report.baselined import is_baselined, resolved
from bnlint.report.course import changes_by_layer
from bnlint.report.diagnoses import Context, Told, diagnoses
from bnlint.report.overview import MANY, blind_spots, is_eventful, overview, tell
from bnlint.report.page import Line, Part, count, paragraphs, prose
from bnlint.report.retold import retold
from bnlint.report.runs import Place, course_of, places, run_header
from bnlint.report.unused import unused
from bnlint.results import ArtifactReport, Report, RunReport


def check_lines(report: Report, *, verbose: bool = False) -> Iterator[Line]:
    """Return the whole report, line by line; ``verbose`` leaves nothing out."""
    return paragraphs(_groups(report, verbose=verbose))


def _groups(report: Report, *, verbose: bool) -> Iterator[Iterable[Line]]:
    are_many = len(report.artifacts) >= MANY and not verbose
    again = {} if verbose else retold(report)
    is_brief = are_many or bool(again)
    told: dict[str, Told] = {}
    for artifact in report.artifacts:
        if artifact.path in again or (are_many and not is_eventful(artifact)):
            continue
        if is_brief:
            tell(artifact, told)
        yield from _artifact(artifact, len(report.rules), told, verbose=verbose)
    known = places(report.artifacts) if report.runs else {}
    for run in report.runs:
        yield from _run(run, known, told, verbose=verbose)
    if is_brief:
        yield [*overview(report.artifacts, again, report.runs), *blind_spots(report.artifacts, again)]
    yield unused(report.unused, verbose=verbose)
    yield resolved(report, verbose=verbose)
    yield [totals(report.summary, checked=True)]


def _artifact(artifact: ArtifactReport, rules: int, told: Mapping[str, Told], *, verbose: bool) -> list[Sequence[Line]]:
    shown = diagnoses(artifact.findings, Context.of(artifact, told), verbose=verbose)
    return [header(artifact), *shown, [*skips(artifact.skipped), *verdict(artifact, rules)]]


def _run(
    run: RunReport, known: Mapping[str, Place], told: Mapping[str, Told], *, verbose: bool
) -> list[Sequence[Line]]:
    shown = diagnoses(run.findings, Context(tuple(changes_by_layer(run)), told=told), verbose=verbose)
    return [run_header(run, known, verbose=verbose), *shown, [*skips(run.skipped), *course_of(run)]]


def verdict(artifact: ArtifactReport, rules: int) -> list[Line]:
    """Say what was looked at where nothing was found, so that silence is never taken for health."""
    blind = _blind(artifact)
    counted = [f.severity for f in artifact.findings if f.suppressed is None]
    if artifact.format is not None and not artifact.layers:
        is_partial = artifact.problems or any(s.is_part_absent for s in artifact.skipped)
        return [prose(f"no batch-norm layers found{' in what could be read' if is_partial else ': nothing to check'}")]
    if artifact.format is None or any(s > Severity.INFO for s in counted):
        return []
    if len(blind) == rules:
        return [prose(f"{count(len(artifact.layers), 'layer')}: nothing could be checked")]
    looked = count(rules, "rule") if not blind else f"{rules - len(blind)} of {count(rules, 'rule')}"
    verdict = "nothing above info" if counted else "nothing else wrong" if artifact.findings else "nothing wrong"
    if any(is_baselined(f) for f in artifact.findings):
        verdict = "nothing new above info" if counted else "nothing new"
    seen = f"{count(len(artifact.layers), 'layer')}, {looked}: "
    # What a format never holds is no reason for doubt, nor that nobody passed another checkpoint of the run.
    is_doubtful = any(s.is_part_absent for s in artifact.skipped) or artifact.problems
    return [prose(seen, Part(verdict, "plain" if is_doubtful else "good"))]


def _blind(artifact: ArtifactReport) -> frozenset[str]:
    """Return the rules that looked at no layer: not at the artifact, or at each of its layers not."""
    every = {layer.name for layer in artifact.layers}
    unseen: dict[str, set[str]] = {}
    for skip in artifact.skipped:
        unseen.setdefault(skip.rule, set()).update(every if skip.layers is None else skip.layers)
    told = {finding.rule for finding in artifact.findings}
    return frozenset(artifact.ignored) | {rule for rule, layers in unseen.items() if layers >= every} - told
