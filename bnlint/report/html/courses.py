"""Runs → how every layer went over the steps: a chart for each of its variables, and the word for where it heads."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from bnlint.report.course import HEALTHY, STYLES, changes_by_layer, course
from bnlint.report.evidence import number, span
from bnlint.report.html import charts
from bnlint.report.html.diagnosis import Link
from bnlint.report.html.gist import Gist
from bnlint.report.html.pictures import LABELS
from bnlint.report.html.share import Share
from bnlint.report.page import Style
from bnlint.report.runs import Place, along, since
from bnlint.report.sparkline import GAP, thinned
from bnlint.report.trajectory import STILL
from bnlint.results import LayerChange, Report, RunReport, Shift, TensorSummary

MOST_STRIPS = 300
"""Layers whose course is drawn, in all runs together. Those that ask for attention come first."""
MOST_DRAWN = 40
"""Checkpoints of a run that are drawn, evenly chosen."""
_ROLES = {**LABELS, "weights": "weights"}


class Chart(NamedTuple):
    """One variable of one layer over the run."""

    label: str
    band: str
    line: str
    value: str
    """From the first checkpoint to the last, in words."""
    extent: str
    """From the least value to the largest, of all channels and checkpoints."""
    level: str
    """The median at every checkpoint."""
    bars: str
    moved: str
    movement: str


class Strip(NamedTuple):
    """One layer over the run."""

    layer: Link
    word: str
    style: Style
    since: str
    charts: tuple[Chart, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is drawn of a run."""

    strips: tuple[Strip, ...]
    left_out: int
    """Layers for which there was no room."""
    chosen: int
    checkpoints: int
    first: str
    last: str
    is_even: bool
    """Whether steps do not tell the checkpoints apart, which are in even distances then."""


_Levels = Mapping[str, Sequence[Mapping[str, TensorSummary]]]
"""By layer, what each of the chosen checkpoints holds."""


def urgent(run: RunReport) -> frozenset[str]:
    """Return the layers of ``run`` that are drawn first: those with a finding, or a word that is no good one."""
    found = {finding.layer for finding in run.findings if finding.suppressed is None}
    return frozenset(
        layer
        for layer, changes in changes_by_layer(run).items()
        if layer in found or course(changes).word not in HEALTHY
    )


class Drawer:
    """Draws one run after the other, as long as there is room."""

    def __init__(self, report: Report, gist: Gist) -> None:
        self._artifacts = report.artifacts
        self._gist = gist
        self._share = Share(MOST_STRIPS, sum(len(urgent(run)) for run in report.runs))

    def drawn(self, run: RunReport, number_of_run: int) -> Drawn:
        """Return the course of the layers of ``run`` for which there is room."""
        changes, first = changes_by_layer(run), urgent(run)
        kept = [layer for layer in changes if self._share.takes(is_urgent=layer in first)]
        checkpoints = along(run, self._gist.places)
        chosen = list(thinned(range(len(checkpoints)), MOST_DRAWN))
        levels = self._levels([run.artifacts[place] for place in chosen], kept)
        steps = [checkpoints[place].step for place in chosen]
        xs = charts.along(steps)
        anchors = {layer: f"run-{number_of_run}-layer-{place}" for place, layer in enumerate(changes, 1)}
        strips = []
        for layer in sorted(kept, key=lambda layer: layer not in first):
            moves = {role: _moves(changes[layer], chosen, role) for role in _ROLES}
            found = (
                _chart(label, [held.get(role) for held in levels[layer]], moves[role], xs)
                for role, label in _ROLES.items()
            )
            strips.append(_strip(Link(layer, anchors[layer]), changes[layer], checkpoints, found))
        return Drawn(
            tuple(strips),
            len(changes) - len(kept),
            len(chosen),
            len(checkpoints),
            checkpoints[0].when if checkpoints else "",
            checkpoints[-1].when if checkpoints else "",
            not charts.is_in_order(steps),
        )

    def _levels(self, paths: Sequence[str], kept: Sequence[str]) -> _Levels:
        """Take from each checkpoint what its layers hold; one at a time, as they may lie packed."""
        levels: dict[str, list[Mapping[str, TensorSummary]]] = {layer: [] for layer in kept}
        for path in paths:
            position = self._gist.positions.get(path)
            layers = () if position is None else self._artifacts[position].layers
            held = {layer.name: layer.statistics for layer in layers}
            for layer, statistics in levels.items():
                statistics.append(held.get(layer, {}))
        return levels


def _strip(
    layer: Link,
    changes: Sequence[LayerChange | None],
    checkpoints: Sequence[Place],
    found_charts: Iterable[Chart | None],
) -> Strip:
    found = course(changes)
    style = STYLES.get(found.word, "plain")
    drawn = tuple(chart for chart in found_charts if chart is not None)
    return Strip(layer, found.word, style, since(found, checkpoints), drawn)


def _moves(changes: Sequence[LayerChange | None], chosen: Sequence[int], role: str) -> list[Shift | None]:
    """Return how the role moved towards each of the chosen checkpoints from the one before it."""
    towards = [changes[place - 1] if place <= len(changes) else None for place in chosen[1:]]
    return [None if change is None else change.shifts.get(role) for change in towards]


def _chart(
    label: str, levels: Sequence[TensorSummary | None], moves: Sequence[Shift | None], xs: Sequence[float]
) -> Chart | None:
    """Draw one role; None where neither its level nor its movement is known of any checkpoint."""
    if not any(levels) and not any(moves):
        return None
    values = [_level(held) for held in levels]
    band, line = charts.band(values, xs)
    medians = [GAP if value is None else number(value.middle) for value in values]
    distances = [None if move is None else move.distance for move in moves]
    moved = [_moved(move) for move in moves]
    return Chart(
        label,
        band,
        line,
        _from_to(medians) if band else "",
        _extent(values) if band else "",
        f"median {', '.join(medians)}" if band else "",
        charts.bars(distances, list(pairwise(xs))),
        _from_to(moved) if any(moves) else "",
        ", ".join(moved) if any(moves) else "",
    )


def _level(held: TensorSummary | None) -> charts.Level | None:
    if held is None or held.nonfinite or held.min is None or held.median is None or held.max is None:
        return None
    return charts.Level(held.min, held.median, held.max)


def _extent(values: Sequence[charts.Level | None]) -> str:
    known = [value for value in values if value is not None]
    return span(min(value.low for value in known), max(value.high for value in known))


def _moved(move: Shift | None) -> str:
    if move is None:
        return GAP
    if not move.has_moved:
        return STILL
    return GAP if move.distance is None or not math.isfinite(move.distance) else number(move.distance)


def _from_to(words: Sequence[str]) -> str:
    return words[0] if words[0] == words[-1] else f"{words[0]} → {words[-1]}"
