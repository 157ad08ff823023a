"""Where a layer is heading: the changes from checkpoint to checkpoint of a run → one word.

Told from the verdicts of the pairs alone, and for a layer that moves, from how far its statistics moved. The word is
that of the end of the run, as a person wants to know what the newest checkpoint is worth:

- ``reset``: some pair of the run is; whatever came after, part of the training was thrown away.
- ``frozen``, ``stalled``, ``drifting``, ``fixed``: the last pair that says anything is. A pair says nothing where it
  could not be compared (``unknown``) or holds the same state twice (``same``).
- ``converging``: it moves, and in the last pair each statistic moved at most half as far as in the pair in which it
  moved farthest. ``steady``: it moves as far as ever. ``moving``: one pair only, or distances that are no numbers.
- ``unchanged``: nothing moved in any pair, or nothing any more after the layer had moved, as in a base that is kept
  while a head is trained. ``not compared``: no pair could be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from bnlint.report.page import Style
from bnlint.results import LayerChange, RunReport

STATISTICS = ("moving_mean", "moving_variance")
_SILENT = frozenset({"same", "unknown"})
_CALMER = 0.5
"""What is left of the farthest movement in a layer that converges."""
STYLES: Mapping[str, Style] = {
    "reset": "error",
    "frozen": "error",
    "stalled": "warning",
    "drifting": "warning",
    "converging": "good",
}
"""How a word looks where it stands; the others are plain."""
HEALTHY = frozenset({"converging", "steady", "moving", "fixed", "unchanged"})
"""The words of layers that do as they should. Where all are unchanged, nothing was compared that could tell."""


class Course(NamedTuple):
    """What became of one layer."""

    word: str
    since: int | None = None
    """The number of the checkpoint from which on it is so, where it was not so from the first."""


def course(changes: Sequence[LayerChange | None]) -> Course:
    """Say where a layer is heading; ``changes`` are those of all pairs of its run, None where one lacks the layer."""
    known = [(place, change) for place, change in enumerate(changes) if change and change.verdict not in _SILENT]
    resets = [place for place, change in known if change.verdict == "reset"]
    if resets:
        return Course("reset", resets[-1] + 1)
    if not known:
        return Course("unchanged" if any(change and change.verdict == "same" for change in changes) else "not compared")
    word = known[-1][1].verdict
    rest = [place for place, change in enumerate(changes) if change and change.verdict == "same"]
    if word == "moving" and rest and rest[-1] > known[-1][0]:
        return Course("unchanged", known[-1][0] + 1)
    if word == "moving":
        return Course(_moving([change for _, change in known if change.verdict == "moving"]))
    others = [place for place, change in known if change.verdict != word]
    return Course(word, others[-1] + 1 if others else None)


def _moving(changes: Sequence[LayerChange]) -> str:
    """Tell convergence from movement without an end."""
    courses = [[change.shifts[role] for change in changes if role in change.shifts] for role in STATISTICS]
    distances = [[shift.distance for shift in shifts if shift.distance is not None] for shifts in courses]
    if any(len(numbers) < 2 or len(numbers) < len(shifts) for numbers, shifts in zip(distances, courses, strict=True)):
        return "moving"
    return "converging" if all(numbers[-1] <= max(numbers) * _CALMER for numbers in distances) else "steady"


def changes_by_layer(run: RunReport) -> dict[str, list[LayerChange | None]]:
    """Return the changes of each layer over all pairs of ``run``, layers in the order of the newest pair first."""
    newest_first = dict.fromkeys(change.layer for pair in reversed(run.pairs) for change in pair.layers)
    changes: dict[str, list[LayerChange | None]] = {layer: [None] * len(run.pairs) for layer in newest_first}
    for place, pair in enumerate(run.pairs):
        for change in pair.layers:
            changes[change.layer][place] = change
    return changes


def tally(words: Iterable[str]) -> str:
    """Count the words: ``2 stalled, 34 converging``, those that ask for attention first."""
    counts = Counter(words)
    order = [*STYLES, *sorted(counts.keys() - STYLES.keys())]
    return ", ".join(f"{counts[word]} {word}" for word in order if counts[word])
