"""How mean and variance of each layer went over the checkpoints of a run, for people: sparklines, and a word.

A layer has two rows, and a third for its weights where they were compared. On the left is what the statistic was: of
the means the one that is farthest from 0, as they lie on both sides of it, of the variances the median. On the right is
how far it moved from each checkpoint to the next (`bnlint.results.Shift`): falling towards nothing where it converges,
``=`` where it stalls, as high as ever and the weights at ``=`` where it drifts. What the word means stands in
`bnlint.report.course`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from bnlint.report.artifacts import origin
from bnlint.report.course import STYLES, Course, changes_by_layer, course
from bnlint.report.evidence import number
from bnlint.report.layer_facts import facts
from bnlint.report.page import INDENT, Line, Part, labelled, prose
from bnlint.report.runs import Place, along, places, run_header, since
from bnlint.report.sparkline import GAP, bars, curve, thinned
from bnlint.results import ArtifactReport, LayerChange, Report, RunReport, Shift, TensorSummary

STILL = "="
"""Stands for a movement of not a single bit."""
_WIDTH = 80
_LABEL, _MOVED = 10, "moved"
_GAPS = 4 + 3 + len(f"{_MOVED} ")
"""Columns between numbers and lines."""
_ROLES = {"mean": "moving_mean", "variance": "moving_variance", "weights": "weights"}
_LEGEND = (
    "the mean that is farthest from 0, the median variance, and how far all of them moved from each checkpoint to the "
    "next: root mean square over the channels, in units of the standard deviation of the inputs; "
    f"{STILL} where not one bit changed, {GAP} where there is no number"
)


class _Series(NamedTuple):
    """A row of numbers: the first, a character for each, the last."""

    first: str
    line: str
    last: str


class _Row(NamedTuple):
    label: str
    value: _Series
    movement: _Series


class _Columns(NamedTuple):
    """How wide everything is that stands side by side: the first number, the line, the last number."""

    value: tuple[int, int, int]
    movement: tuple[int, int, int]


_Levels: TypeAlias = "Mapping[tuple[str, str], Mapping[str, float | None]]"
"""What the statistics of a layer of an artifact were, by path and layer."""
_NOTHING = _Series("", "", "")


def compared(report: Report) -> frozenset[str]:
    """Return the paths of the artifacts whose runs are drawn."""
    return frozenset(path for run in report.runs if run.pairs for path in run.artifacts)


def course_lines(report: Report) -> Iterator[Sequence[Line]]:
    """Return a paragraph for every run whose checkpoints were compared, and one for each of its layers.

    Of a run that could not be compared it is what its notes say.
    """
    if not report.runs:
        return
    paths = compared(report)
    known, levels = places(report.artifacts), _levels(report, paths)
    newest = {run.artifacts[-1] for run in report.runs if run.pairs}
    last = {a.path: a for a in report.artifacts if a.path in newest and a.format is not None}
    for run in report.runs:
        if run.pairs:
            yield from _run(run, known, levels, last.get(run.artifacts[-1]))
        elif run.notes:
            yield run_header(run, known)


def _levels(report: Report, paths: frozenset[str]) -> _Levels:
    return {
        (artifact.path, layer.name): {
            "mean": _farthest(layer.statistics.get("moving_mean")),
            "variance": _median(layer.statistics.get("moving_variance")),
        }
        for artifact in report.artifacts
        if artifact.path in paths
        for layer in artifact.layers
    }


def _farthest(held: TensorSummary | None) -> float | None:
    if held is None or held.nonfinite or held.min is None or held.max is None:
        return None
    return max(abs(held.min), abs(held.max))


def _median(held: TensorSummary | None) -> float | None:
    return None if held is None or held.nonfinite else held.median


def _run(
    run: RunReport, known: Mapping[str, Place], levels: _Levels, newest: ArtifactReport | None
) -> Iterator[Sequence[Line]]:
    header = [*run_header(run, known), *([] if newest is None else [labelled("newest", origin(newest))])]
    changes = changes_by_layer(run)
    inventory = {} if newest is None else {layer.name: layer for layer in newest.layers}
    if not changes:
        yield [*header, prose("no batch-norm layer stands in two neighbours: nothing to compare")]
        return
    rows = {layer: _rows(run, layer, each, levels) for layer, each in changes.items()}
    columns = _columns([row for group in rows.values() for row in group])
    checkpoints = along(run, known)
    drawn = columns.value[1]
    some = f"; {drawn} of the {len(checkpoints)} checkpoints" if drawn < len(checkpoints) else ""
    yield [*header, labelled("drawn", Part(f"{_LEGEND}{some}", "faint"))]
    for layer, each in changes.items():
        known_facts = [prose(facts(inventory[layer]))] if layer in inventory else []
        lines = [_line(row, columns) for row in rows[layer]]
        yield [_title(layer, course(each), checkpoints), *known_facts, *lines]


def _title(layer: str, found: Course, checkpoints: Sequence[Place]) -> Line:
    begun = since(found, checkpoints)
    heading = Part(found.word, STYLES.get(found.word, "plain"))
    return prose(Part(layer, "title"), ": ", heading, f" {begun}" if begun else "", indent=0)


def _rows(run: RunReport, layer: str, changes: Sequence[LayerChange | None], levels: _Levels) -> list[_Row]:
    shifts = {role: [None if c is None else c.shifts.get(role) for c in changes] for role in _ROLES.values()}
    rows = []
    for label, role in _ROLES.items():
        if label == "weights" and all(shift is None for shift in shifts[role]):
            continue
        values = [levels.get((path, layer), {}).get(label) for path in run.artifacts]
        rows.append(_Row(label, _NOTHING if label == "weights" else _series(values, curve), _movement(shifts[role])))
    return rows


def _series(values: Sequence[float | None], draw: Callable[[Sequence[float | None]], str]) -> _Series:
    return _Series(_number(values[0]), draw(values), _number(values[-1]))


def _movement(shifts: Sequence[Shift | None]) -> _Series:
    """Draw how far something moved; where it did not move at all, that is said and not drawn."""
    distances = [None if shift is None else shift.distance for shift in shifts]
    first, line, last = _series(distances, bars)
    still = [shift is not None and not shift.has_moved for shift in shifts]
    return _Series(
        STILL if still[0] else first,
        "".join(STILL if is_still else block for block, is_still in zip(line, still, strict=True)),
        STILL if still[-1] else last,
    )


def _number(value: float | None) -> str:
    return GAP if value is None or not math.isfinite(value) else number(value)


def _columns(rows: Sequence[_Row]) -> _Columns:
    """Make the lines as long as they are, or as there is room for beside the numbers."""
    value, movement = ([row.value for row in rows], [row.movement for row in rows])
    widths = [max(len(series[cell]) for series in column) for column in (value, movement) for cell in (0, 2)]
    room = (_WIDTH - INDENT - _LABEL - _GAPS - sum(widths)) // 2
    lines = [min(max(len(series.line) for series in column), room) for column in (value, movement)]
    return _Columns((widths[0], lines[0], widths[1]), (widths[2], lines[1], widths[3]))


def _line(row: _Row, columns: _Columns) -> Line:
    value, movement = _aligned(row.value, columns.value), _aligned(row.movement, columns.movement)
    parts = (Part(f"{'':{INDENT}}{row.label:{_LABEL}}{value}   "), Part(f"{_MOVED} ", "label"), Part(movement.rstrip()))
    return Line(parts, verbatim=True)


def _aligned(series: _Series, widths: tuple[int, int, int]) -> str:
    first, line, last = widths
    return f"{series.first:>{first}} {''.join(thinned(series.line, line)):{line}} {series.last:{last}}"
