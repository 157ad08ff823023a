"""Numbers along a run → the outlines of a chart: a band with its middle, and bars. Geometry only."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

WIDTH, HEIGHT, BARS = 200, 48, 24
"""Of the level; of the bars below it, which has the same width."""
_FLAT = 0.05
"""Levels that differ by less than this part of the largest are drawn as if they were equal."""
_GAP = 1.0


class Level(NamedTuple):
    """Least, middle and largest value of a checkpoint."""

    low: float
    middle: float
    high: float


def is_in_order(steps: Sequence[int | None]) -> bool:
    """Say whether every checkpoint has a step, each a later one than that before it."""
    known = [step for step in steps if step is not None]
    return len(known) == len(steps) and all(before < after for before, after in pairwise(known))


def along(steps: Sequence[int | None]) -> list[float]:
    """Return how far right each checkpoint lies: by its step where those are in order, else in even distances."""
    known = [step for step in steps if step is not None]
    numbers = known if is_in_order(steps) else list(range(len(steps)))
    if len(numbers) < 2:
        return [0.0] * len(numbers)
    return [WIDTH * (number - numbers[0]) / (numbers[-1] - numbers[0]) for number in numbers]


def band(levels: Sequence[Level | None], xs: Sequence[float]) -> tuple[str, str]:
    """Return the outline of the band and the line in the middle; both are broken where there is no number."""
    known = [level for level in levels if level is not None]
    if not known:
        return "", ""
    bottom, top = _limits(min(level.low for level in known), max(level.high for level in known))
    areas, lines = "", ""
    for points in _stretches(levels, xs):
        highs = [(x, _y(level.high, bottom, top)) for x, level in points]
        lows = [(x, _y(level.low, bottom, top)) for x, level in reversed(points)]
        areas += _path([*highs, *lows]) + "z"
        lines += _path([(x, _y(level.middle, bottom, top)) for x, level in points])
    return areas, lines


def bars(distances: Sequence[float | None], edges: Sequence[tuple[float, float]]) -> str:
    """Return a bar for each distance that is a number and not nothing, between its two edges."""
    top = max((d for d in distances if d is not None and math.isfinite(d)), default=0.0)
    return "".join(
        f"M{left + _GAP:.4g} {BARS}v{-max(distance / top * BARS, 1):.3g}h{max(right - left - 2 * _GAP, 1):.4g}V{BARS}z"
        for distance, (left, right) in zip(distances, edges, strict=True)
        if distance and math.isfinite(distance)
    )


def _limits(low: float, high: float) -> tuple[float, float]:
    """Return what the bottom and the top of a chart stand for, in halves; noise is no mountain range."""
    half, middle = high / 2 - low / 2, high / 2 + low / 2
    room = max(half, max(abs(low), abs(high)) * _FLAT, 1e-30)
    return middle / 2 - room / 2, middle / 2 + room / 2


def _y(value: float, bottom: float, top: float) -> float:
    return HEIGHT - 1 - (HEIGHT - 2) * ((value / 2 - bottom) / (top - bottom))


def _stretches(levels: Sequence[Level | None], xs: Sequence[float]) -> Iterator[list[tuple[float, Level]]]:
    """Return the points without a gap between them; a lonely one is drawn as a short dash."""
    for is_known, group in groupby(zip(xs, levels, strict=True), key=lambda point: point[1] is not None):
        points = [(x, level) for x, level in group if level is not None]
        if is_known and len(points) == 1:
            x, level = points[0]
            points = [(max(x - 2, 0), level), (min(x + 2, WIDTH), level)]
        if points:
            yield points


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.4g} {y:.4g}" for x, y in points)
