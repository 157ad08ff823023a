"""How the values of a variable are spread → a picture: the outline of an SVG, and its words. Geometry only."""

from __future__ import annotations

from typing import NamedTuple

from bnlint.report.evidence import number, span
from bnlint.results import Distribution, TensorSummary

WIDTH, HEIGHT = 24, 99
"""Of the drawing, which is stretched to its place on the page: with whole numbers a thousand of them stay small."""
LABELS = {"moving_mean": "mean", "moving_variance": "variance", "gamma": "gamma", "beta": "beta"}
"""The roles that are drawn, in the order of the page, and what people call them."""
INITIAL = {"moving_mean": 0.0, "moving_variance": 1.0, "gamma": 1.0, "beta": 0.0}
"""What a layer starts from, unless somebody chose otherwise."""
_LEAST = 6
"""A single channel among thousands can still be seen."""


class Picture(NamedTuple):
    """One variable of one layer."""

    kind: str
    """``bars`` for a histogram; ``flat`` where all channels are the same; ``extent`` from the least to the largest."""
    lines: str
    """The data of an SVG path that is stroked."""
    mark: str
    """Where `INITIAL` lies; empty where it is outside."""
    description: str


def picture(role: str, held: TensorSummary, spread: Distribution | None) -> Picture | None:
    """Draw how the values of a role are spread; without a distribution, from where to where they go.

    None where no value is finite.
    """
    low, high = held.min, held.max
    if low is None or high is None:
        return None
    if low == high:
        return Picture("flat", f"M{WIDTH / 2:g} {HEIGHT}V0", "", f"{number(low)} in every channel")
    words = f"{span(low, high)}, median {'-' if held.median is None else number(held.median)}"
    if spread is None or not any(spread.counts):
        start, end = min(low, INITIAL[role]), max(high, INITIAL[role])
        line = f"M{_place(low, start, end):.4g} {HEIGHT * 2 // 3}H{_place(high, start, end):.4g}"
        return Picture("extent", line, _mark(role, start, end), words)
    counts = f"{words}; channels in {len(spread.counts)} equal bins: {', '.join(map(str, spread.counts))}"
    return Picture("bars", _histogram(spread), _mark(role, spread.low, spread.high), counts)


def _histogram(spread: Distribution) -> str:
    """Draw a line upwards for each bin that holds something; the page gives it the width of a bar."""
    wide, most = WIDTH / len(spread.counts), max(spread.counts)
    return "".join(
        f"M{(place + 0.5) * wide:.4g} {HEIGHT}V{HEIGHT - max(round(count / most * HEIGHT), _LEAST)}"
        for place, count in enumerate(spread.counts)
        if count
    )


def _mark(role: str, low: float, high: float) -> str:
    initial = INITIAL[role]
    return f"M{_place(initial, low, high):.4g} 0V{HEIGHT}" if low <= initial <= high else ""


def _place(value: float, low: float, high: float) -> float:
    """Return how far right ``value`` lies. Halves, because the difference of two large numbers may be infinite."""
    extent = high / 2 - low / 2
    return WIDTH * ((value / 2 - low / 2) / extent) if extent else WIDTH / 2
