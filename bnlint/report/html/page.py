"""Report → what the templates show, in its order. Artifacts pass one at a time: a first look, diagnoses, layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bnlint import __version__
from bnlint.report.about import About
from bnlint.report.artifacts import header, skips
from bnlint.report.checked import verdict
from bnlint.report.course import changes_by_layer
from bnlint.report.diagnoses import Context
from bnlint.report.html import courses, layer_rows
from bnlint.report.html.diagnosis import Link, Teller, Told
from bnlint.report.html.gist import Gist, Row, gist_of, outcome, run_anchor
from bnlint.report.html.pictures import LABELS
from bnlint.report.html.templates import rendered
from bnlint.report.page import Line, Style, labelled
from bnlint.report.runs import course_of, run_header
from bnlint.report.standing import standing
from bnlint.results import ArtifactReport, Report, RunReport

_LONG = 1000
"""With more cards and rows than that, a browser draws what is in the window: all of them would take it seconds."""


@dataclass(frozen=True, slots=True)
class Section:
    """One artifact or one run."""

    anchor: str
    title: str
    style: Style
    header: Sequence[Line]
    diagnoses: Sequence[Told]
    footer: Sequence[Line]
    course: courses.Drawn | None = None


class Rule(NamedTuple):
    """What one of the rules came to."""

    code: str
    name: str
    summary: str
    outcome: Sequence[tuple[Style, str]]


def pieces(report: Report, about: About) -> Iterator[str]:
    """Return the report piece by piece."""
    gist, teller = gist_of(report), Teller()
    yield from rendered(
        "page.html",
        {
            "version": __version__,
            "report": report,
            "gist": gist,
            "standing": standing(report, about),
            "is_long": _is_long(gist),
            "troubled": [row for row in gist.rows if row.problems],
            "artifacts": _artifacts(report, gist, teller),
            "runs": _runs(report, gist, teller),
            "rows": layer_rows.rows(report.artifacts, gist),
            "most_rows": layer_rows.MOST_ROWS,
            "most_pictured": layer_rows.MOST_PICTURED,
            "labels": LABELS,
            "rules": tuple(_rules(report, about, gist)),
        },
    )


def _is_long(gist: Gist) -> bool:
    return len(gist.rows) + min(gist.summary.layers, layer_rows.MOST_ROWS) > _LONG


def _artifacts(report: Report, gist: Gist, teller: Teller) -> Iterator[Section]:
    """Return those that could be read; of the others everything is said above them."""
    for number, (artifact, row) in enumerate(zip(report.artifacts, gist.rows, strict=True), 1):
        if row.is_read:
            yield _artifact(artifact, row, _anchors(artifact, number, gist), len(report.rules), teller)


def _artifact(artifact: ArtifactReport, row: Row, anchors: Mapping[str, str], rules: int, teller: Teller) -> Section:
    title, *lines = header(artifact)
    ignored = [labelled("ignored", f"{', '.join(artifact.ignored)}: by the settings for this path")]
    return Section(
        row.anchor,
        title.text,
        row.style,
        lines,
        teller.tell(artifact.findings, Context.of(artifact, {}), Link(artifact.path, row.anchor), anchors.get),
        [
            *skips(artifact.skipped),
            *(ignored if artifact.ignored else ()),
            *(verdict(artifact, rules) if rules else ()),
        ],
    )


def _anchors(artifact: ArtifactReport, number: int, gist: Gist) -> dict[str, str]:
    """Return where in the table the layers of an artifact stand; nothing where there may be no room for them."""
    if gist.noticed > layer_rows.MOST_ROWS:
        return {}
    return {layer.name: layer_rows.anchor(number, place) for place, layer in enumerate(artifact.layers, 1)}


def _runs(report: Report, gist: Gist, teller: Teller) -> Iterator[Section]:
    drawer = courses.Drawer(report, gist)
    for number, run in enumerate(report.runs, 1):
        drawn = drawer.drawn(run, number) if run.pairs else None
        yield _run(run, run_anchor(number), drawn, gist, teller)


def _run(run: RunReport, anchor: str, drawn: courses.Drawn | None, gist: Gist, teller: Teller) -> Section:
    title, *lines = run_header(run, gist.places, verbose=True)
    strips = {} if drawn is None else {strip.layer.name: strip.layer.anchor for strip in drawn.strips}
    ignored = [labelled("ignored", f"{', '.join(run.ignored)}: by the settings for its path")]
    return Section(
        anchor,
        title.text,
        "plain",
        lines,
        teller.tell(run.findings, Context(tuple(changes_by_layer(run))), Link(run.name, anchor), strips.get),
        [*skips(run.skipped), *(ignored if run.ignored else ()), *course_of(run)],
        drawn,
    )


def _rules(report: Report, about: About, gist: Gist) -> Iterator[Rule]:
    documented = {rule.code: rule for rule in about.rules}
    for code in report.rules:
        rule = documented.get(code)
        name, summary = ("", "") if rule is None else (rule.name, rule.summary)
        yield Rule(code, name, summary, tuple(outcome(code, gist)))
