"""Which run of a baseline is which run of a check: the one at the same place, or one that was moved there.

A run is found again where it was. One that is no longer where it was, and that was not looked for there, may be at a
place that the baseline does not know: of the runs with its name the one whose path ends as its own did. Each run of the
baseline speaks for one run of the check at most, so that what was found in one model never hides what is new in
another.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import lru_cache

from bnlint.artifacts import naming, runs
from bnlint.artifacts.storage import is_url


def found_again(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """Return the place in the baseline by the place in the check.

    Args:
        old: the names of the runs of the baseline, by place.
        new: the names of the runs of the check, by place, in order.
    """
    again = {place: place for place in new if place in old}
    strays = {place: name for place, name in old.items() if place not in new}
    unknown = {place: name for place, name in new.items() if place not in old}
    for there, here in _by_other_names(strays, unknown):
        again[here] = there
        del strays[there], unknown[here]
    wanted = set(unknown.values())
    disk = Disk()
    gone = {place: name for place, name in strays.items() if name in wanted and not disk.has(place)}
    depth = max((len(_parts(place)) for place in (*gone, *unknown)), default=0)
    for shared in range(depth, -1, -1) if gone and unknown else ():
        waiting = _by_end(gone, shared)
        for end, places in _by_end(unknown, shared).items():
            for there, here in zip(waiting.get(end, ()), places, strict=False):
                again[here] = there
                del gone[there], unknown[here]
    return again


def _by_other_names(old: Mapping[str, str], new: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the places that are the same but for a link on the way, as to a home directory."""
    real = {(_real(place), name): place for place, name in old.items()}
    found = {real[key]: place for place, name in new.items() if (key := (_real(place), name)) in real}
    return list(found.items())


def _real(place: str) -> str:
    return place if is_url(place) else os.path.realpath(place)


def _by_end(places: Mapping[str, str], shared: int) -> dict[tuple[str, ...], list[str]]:
    """Return places by the name of their run and the last ``shared`` parts of their paths."""
    found: dict[tuple[str, ...], list[str]] = {}
    for place, name in places.items():
        parts = _parts(place)
        found.setdefault((name, *parts[max(len(parts) - shared, 0) :]), []).append(place)
    return found


def _parts(place: str) -> list[str]:
    return place.replace(os.sep, "/").split("/")


class Disk:
    """What is where, by the names of files alone. A directory is listed once."""

    def __init__(self) -> None:
        self._runs = lru_cache(None)(_runs_in)
        self._steps = lru_cache(None)(_steps_in)

    def has(self, place: str) -> bool:
        """Say whether artifacts of a run still are where it was. Of a remote store nobody asks."""
        if is_url(place):
            return False
        head, name = os.path.split(place)
        above, outer = os.path.split(head)
        return os.path.isdir(place) or name in self._runs(head) or outer in self._steps(above)  # noqa: PTH112 - a string


def _runs_in(directory: str) -> frozenset[str]:
    """Return the names of the runs that have files in ``directory``."""
    stems = (naming.split_suffix(name)[0] for name in _names(directory))
    return frozenset(runs.without_progress(naming.v1_prefix(stem) or stem) for stem in stems)


def _steps_in(directory: str) -> frozenset[str]:
    """Return what directories of one step are called without it: ``epoch`` for ``epoch_3``."""
    positions = (runs.directory_position(name) for name in _names(directory))
    return frozenset(position[0] for position in positions if position is not None)


def _names(directory: str) -> Iterable[str]:
    try:
        return os.listdir(directory)  # noqa: PTH208 - names are all that is wanted
    except OSError:
        return ()
