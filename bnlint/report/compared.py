"""Two artifacts side by side, for people: layer by layer what moved between them, and what that looks like.

The name of a layer stands last in its row: however long it is, and in whatever script, the numbers stay in columns.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from bnlint.findings import Severity
from bnlint.report.artifacts import header, notes, origin, problems, skips, totals
from bnlint.report.course import STYLES, changes_by_layer
from bnlint.report.diagnoses import Context, diagnoses
from bnlint.report.evidence import number
from bnlint.report.overview import overview
from bnlint.report.page import INDENT, Line, Part, labelled, listed, paragraphs, prose
from bnlint.report.runs import course_of
from bnlint.report.unused import unused
from bnlint.results import ArtifactReport, LayerChange, PairReport, Report, RunReport, Shift

STILL, MOVED, NOTHING = "=", "moved", "-"
_COLUMNS = {
    "weights": "weights",
    "gamma": "gamma",
    "beta": "beta",
    "mean": "moving_mean",
    "variance": "moving_variance",
}
"""The head of each column, and the key of its shift."""
_VERDICT, _NUMBER = 9, 10
_LEGEND = (
    "root mean square; of mean and variance in units of the standard deviation of the layer's inputs, of gamma and "
    f"beta of its outputs, of weights of themselves; {STILL} where not one bit changed, {MOVED} where the distance is "
    f"no number, {NOTHING} where one of the two has no values"
)


def diff_lines(report: Report, *, verbose: bool = False) -> Iterator[Line]:
    """Return the whole comparison, line by line; ``verbose`` leaves nothing out."""
    return paragraphs(_groups(report, verbose=verbose))


def _groups(report: Report, *, verbose: bool) -> Iterator[Iterable[Line]]:
    yield [line for artifact, side in _sides(report) for line in _artifact(artifact, side, verbose=verbose)]
    for run in report.runs:
        yield from _run(run, verbose=verbose)
    if any(f.severity > Severity.INFO and f.suppressed is None for a in report.artifacts for f in a.findings):
        yield overview(report.artifacts)
    yield unused(report.unused, verbose=verbose)
    yield [totals(report.summary, checked=bool(report.rules))]


def _sides(report: Report) -> Iterator[tuple[ArtifactReport, str]]:
    """Return the artifacts with what they are to the other; an empty word where nothing was compared."""
    sides = [side for run in report.runs for p in run.pairs for side in ((p.before, "before"), (p.after, "after"))]
    for artifact in report.artifacts:
        side = next((side for side in sides if side[0] == artifact.path), None)
        if side is not None:
            sides.remove(side)  # an artifact that is compared with itself is both
        yield artifact, "" if side is None else side[1]


def _artifact(artifact: ArtifactReport, side: str, *, verbose: bool) -> Sequence[Line]:
    """Say in short which artifact this is; of one that could not be read, why."""
    if artifact.format is None or not side:
        return header(artifact)
    named = "" if artifact.name is None or artifact.name in artifact.path else f" ({artifact.name})"
    title = labelled(side, Part(f"{artifact.path}{named}", "title"), f": {origin(artifact)}{_step(artifact)}")
    return [title, *problems(artifact), *(notes(artifact) if verbose else ())]


def _step(artifact: ArtifactReport) -> str:
    if artifact.step is None:
        return ""
    return f", {artifact.step.said}" if artifact.step.is_least else f", step {artifact.step.value}"


def _run(run: RunReport, *, verbose: bool) -> list[Sequence[Line]]:
    layers = tuple(changes_by_layer(run))
    found = diagnoses(run.findings, Context(layers), verbose=verbose)
    tables = [_table(pair, verbose=verbose) for pair in run.pairs]
    remarks = [labelled("note", note) for note in run.notes]
    return [*tables, remarks, *found, [*skips(run.skipped), *course_of(run)]]


def _table(pair: PairReport, *, verbose: bool) -> list[Line]:
    lines = [_line(change) for change in pair.layers]
    if lines:
        lines = [_head(), *lines, labelled("distance", Part(_LEGEND, "faint"))]
    for side, names in (("before", pair.only_before), ("after", pair.only_after)):
        if names:
            lines.append(labelled(f"only {side}", Part(listed(names, shown=None if verbose else 6), "name")))
    if not pair.layers:
        where = "both" if lines else "either"
        lines.append(prose(f"no batch-norm layer in {where}: nothing to compare"))
    return lines


def _head() -> Line:
    cells = "".join(f"{name:>{_NUMBER}}" for name in _COLUMNS)
    return Line((Part(f"{'':{INDENT}}{'verdict':{_VERDICT}}{cells}  layer", "label"),), verbatim=True)


def _line(change: LayerChange) -> Line:
    verdict = Part(f"{change.verdict:{_VERDICT}}", STYLES.get(change.verdict, "plain"))
    cells = "".join(f"{_cell(change.shifts.get(role)):>{_NUMBER}}" for role in _COLUMNS.values())
    return Line((Part(" " * INDENT), verdict, Part(f"{cells}  "), Part(change.layer, "name")), verbatim=True)


def _cell(shift: Shift | None) -> str:
    """Return how far something moved. What moved less than can be told apart from 0 is not called still."""
    if shift is None:
        return NOTHING
    if not shift.has_moved:
        return STILL
    return MOVED if shift.distance is None or not math.isfinite(shift.distance) else number(shift.distance)
