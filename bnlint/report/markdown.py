"""Report → Markdown for the summary of a step in GitHub Actions, and for comments there, in GitLab and Gitea.

The verdict first, a table of all artifacts, then what was found, folded. GitHub throws away the whole summary of a step
that is larger than 1 MiB, so that what does not fit is counted and left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from bnlint.findings import Severity
from bnlint.report import checked, gfm
from bnlint.report.about import About
from bnlint.report.artifacts import header, skips, totals
from bnlint.report.baselined import resolved
from bnlint.report.course import changes_by_layer, course
from bnlint.report.diagnoses import Context, Told, diagnoses
from bnlint.report.layer_facts import facts
from bnlint.report.overview import MANY, is_eventful, run_verdict, tell, verdict
from bnlint.report.page import Line, Part, Style, count
from bnlint.report.retold import retold
from bnlint.report.runs import Place, course_of, places, run_header
from bnlint.report.standing import standing
from bnlint.report.unused import unused
from bnlint.results import ArtifactReport, Report, RunReport

_KIB = 1024
_MOST = 900 * _KIB
"""Bytes of the whole: what else a step writes into its summary needs room, too."""
_MOST_OF_TABLE, _MOST_OF_LISTS = 300 * _KIB, 100 * _KIB
_LONG = 100 * _KIB
"""What is told of one artifact or run is shortened where it would take more."""
_SIGNS = {"error": "❌", "warning": "⚠️", "damaged": "❌", "not read": "❌", "ok": "✅"}
_OF_STYLES: Mapping[Style, str] = {"good": "✅", "error": "❌", "plain": "ℹ️"}  # noqa: RUF001 - an emoji
_CALM = frozenset({"ok", "info", "nothing"})
_COLUMNS = ("", "checkpoint", "found", "layers", "errors", "warnings", "infos", "suppressed", "skipped", "problems")


class _Row(NamedTuple):
    """A line of the table."""

    is_calm: bool
    markdown: str


class _Room:
    """How many bytes may still be written."""

    def __init__(self, size: int) -> None:
        self._left = size

    def takes(self, text: str) -> bool:
        """Say whether ``text`` fits, and make room for it if it does."""
        size = len(text.encode())
        if size > self._left:
            return False
        self._left -= size
        return True


def pieces(report: Report, about: About) -> Iterator[str]:
    """Return the report piece by piece."""
    again = retold(report)
    room = _Room(_MOST)
    for text in (
        _verdict(report, about),
        _table(report, again),
        _list("suppressions that hid nothing", unused(report.unused, verbose=False)),
        _list("in the baseline and no longer there", resolved(report, verbose=False)),
    ):
        room.takes(text)
        yield text
    left_out = 0
    for section in _sections(report, again):
        fitting = next((text for text in section if room.takes(text)), None)
        left_out += fitting is None
        yield fitting or ""
    if left_out:
        what = "checkpoint or run" if left_out == 1 else "checkpoints and runs"
        yield (
            f"**Left out**: what there is to tell of {left_out} more {what}, "
            "because a summary in GitHub may not be larger than 1 MiB.\n"
        )


def _verdict(report: Report, about: About) -> str:
    stands = standing(report, about)
    sums = totals(report.summary, checked=bool(report.rules)).text
    why = gfm.prose("; ".join(stands.reasons))
    lines = [
        f"## bnlint: {stands.word}\n",
        f"{_OF_STYLES[stands.style]} {gfm.prose(sums)}{f' ({why})' if why else ''}\n",
    ]
    if report.baseline is not None:
        lines.append(f"Findings that stand in the baseline {gfm.code(report.baseline)} are not counted.\n")
    return "\n".join((*lines, ""))


def _table(report: Report, again: Mapping[str, str]) -> str:
    """Return a line for each artifact, and for each run with more wrong; of too many, those in order go first."""
    rows = [_row(artifact, again.get(artifact.path)) for artifact in report.artifacts]
    rows += [row for run in report.runs if (row := _run_row(run)) is not None]
    if not rows:
        return ""
    kept, room = set[int](), _Room(_MOST_OF_TABLE)
    for number in sorted(range(len(rows)), key=lambda n: rows[n].is_calm):
        if room.takes(rows[number].markdown):
            kept.add(number)
    head = f"| {' | '.join(_COLUMNS)} |\n| :-: | --- | --- {'| --: ' * (len(_COLUMNS) - 3)}|\n"
    table = head + "".join(row.markdown for number, row in enumerate(rows) if number in kept)
    lost = [row for number, row in enumerate(rows) if number not in kept]
    if not lost:
        return f"{table}\n"
    calm = sum(row.is_calm for row in lost)
    return f"{table}\n**Left out** of the table: {count(len(lost), 'checkpoint')}, {calm} of them in order.\n\n"


def _row(artifact: ArtifactReport, like: str | None) -> _Row:
    label, _, what = verdict(artifact)
    found = f"{gfm.prose(what)}, as in {gfm.code(like)}" if like is not None and label not in _CALM else gfm.prose(what)
    sign = _SIGNS["damaged"] if artifact.problems else _SIGNS.get(label, "")
    counts = _counts(artifact, len(artifact.layers), len(artifact.problems))
    return _Row(label in _CALM, _cells(sign, gfm.code(artifact.path), f"**{label}**: {found}", *counts))


def _run_row(run: RunReport) -> _Row | None:
    found = run_verdict(run)
    if found is None:
        return None
    label, _, what = found
    counts = _counts(run, len(changes_by_layer(run)), 0)
    cells = _cells(_SIGNS[label], f"run {gfm.code(run.name)}", f"**{label}**: {gfm.prose(what)}", *counts)
    return _Row(label in _CALM, cells)


def _counts(told: ArtifactReport | RunReport, layers: int, problems: int) -> Iterator[str]:
    severities = [f.severity for f in told.findings if f.suppressed is None]
    yield str(layers)
    yield from (str(severities.count(severity)) for severity in sorted(Severity, reverse=True))
    yield str(len(told.findings) - len(severities))
    yield str(len({skip.rule for skip in told.skipped}))
    yield str(problems)


def _cells(*cells: str) -> str:
    return f"| {' | '.join(map(gfm.cell, cells))} |\n"


def _list(title: str, lines: Iterable[Line]) -> str:
    """Return a folded list, of which as much is told as there is room for."""
    items = list(map(gfm.item, lines))
    if not items:
        return ""
    room = _Room(_MOST_OF_LISTS)
    shown = [item for item in items if room.takes(item)]
    rest = f"- and {len(items) - len(shown)} more\n" if len(shown) < len(items) else ""
    return _folded(title, "".join(shown) + rest)


def _sections(report: Report, again: Mapping[str, str]) -> Iterator[Iterable[str]]:
    """Return what is told of each artifact and run: in full, and shorter."""
    are_many = len(report.artifacts) >= MANY
    told: dict[str, Told] = {}
    for artifact in report.artifacts:
        if artifact.path in again or (are_many and not _is_telling(artifact)):
            continue
        if are_many:
            tell(artifact, told)
        yield _long_and_short(partial(_artifact, artifact, report.rules, told))
    known = places(report.artifacts) if report.runs else {}
    for run in report.runs:
        yield _long_and_short(partial(_run, run, known, told))


def _is_telling(artifact: ArtifactReport) -> bool:
    return is_eventful(artifact) or any(finding.suppressed for finding in artifact.findings)


def _long_and_short(write: Callable[..., str]) -> Iterator[str]:
    full = write(verbose=True)
    if len(full.encode()) <= _LONG:
        yield full
    yield write(verbose=False)


def _artifact(artifact: ArtifactReport, rules: Sequence[str], told: Mapping[str, Told], *, verbose: bool) -> str:
    title, *facts_of_it = header(artifact)
    *found, briefly = diagnoses(artifact.findings, Context.of(artifact, told), verbose=verbose)
    return "".join(
        (
            f"### {gfm.code(title.text)}\n\n",
            _items(facts_of_it),
            *map(_diagnosis, found),
            _items([*briefly, *(checked.verdict(artifact, len(rules)) if rules else ())]),
            _skipped(skips(artifact.skipped)),
            "" if rules else _layers(artifact),
        )
    )


def _run(run: RunReport, known: Mapping[str, Place], told: Mapping[str, Told], *, verbose: bool) -> str:
    _, *facts_of_it = run_header(run, known, verbose=verbose)
    changes = changes_by_layer(run)
    *found, briefly = diagnoses(run.findings, Context(tuple(changes), told=told), verbose=verbose)
    rows = [(layer, course(each).word) for layer, each in changes.items()]
    return "".join(
        (
            f"### run {gfm.code(run.name)}\n\n",
            _items([*facts_of_it, *course_of(run)]),
            *map(_diagnosis, found),
            _items(briefly),
            _skipped(skips(run.skipped)),
            _two_columns("where each layer is heading", ("layer", "course"), rows),
        )
    )


def _diagnosis(lines: Sequence[Line]) -> str:
    """Return a diagnosis folded: what it is can be seen, what proves it and how to repair it where it is opened."""
    heading, *rest = lines
    inside: list[str] = []
    block: list[str] = []
    for line in (*rest, Line()):
        if line.verbatim:
            block.append(line.text)
            continue
        if block:
            inside.append(f"\n{gfm.fenced(block, 'python')}\n")
            block = []
        if line.parts:
            inside.append(gfm.item(line))
    return _folded(heading.parts, "".join(inside))


def _skipped(lines: Sequence[Line]) -> str:
    return _folded("rules that could not look", "".join(map(gfm.item, lines))) if lines else ""


def _layers(artifact: ArtifactReport) -> str:
    rows = [(layer.name, facts(layer)) for layer in artifact.layers]
    return _two_columns("layers", ("layer", "what is known of it"), rows)


def _two_columns(title: str, heads: tuple[str, str], rows: Sequence[tuple[str, str]]) -> str:
    if not rows:
        return ""
    cells = "".join(f"| {gfm.cell(gfm.code(name))} | {gfm.cell(gfm.prose(text))} |\n" for name, text in rows)
    return _folded(title, f"| {heads[0]} | {heads[1]} |\n| --- | --- |\n{cells}")


def _items(lines: Iterable[Line]) -> str:
    items = "".join(map(gfm.item, lines))
    return f"{items}\n" if items else ""


def _folded(title: str | Iterable[Part], inside: str) -> str:
    """Return something to open. Markdown within HTML begins and ends with an empty line."""
    summary = gfm.in_html([Part(title)] if isinstance(title, str) else title)
    return f"<details><summary>{summary}</summary>\n\n{inside}\n</details>\n\n"
