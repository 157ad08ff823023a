"""Which run an artifact belongs to, by where it is and what it is called, and how old it is in that run.

A run is what shares a directory, a format and a name without its progress. Where a directory is called by the progress
itself (``epoch_3/model.ckpt``), those beside it hold the rest of the run.
"""

from __future__ import annotations

import os
from typing import NamedTuple, TypeAlias

from bnlint.artifacts import naming, runs
from bnlint.artifacts.contents import Candidate
from bnlint.artifacts.packages import name_of, parent
from bnlint.artifacts.places import BundleFiles, KerasDirectory, Place, SavedModelFiles
from bnlint.artifacts.storage import Storage
from bnlint.findings import Problem

Age: TypeAlias = tuple[bool, int, bool, int, float]
"""Greatest for the newest: whether it has values, the directory's step, whether a state file calls it the latest, its
own step, the time of its last change."""
_NO_POSITION = -1


class Membership(NamedTuple):
    """The place of one artifact in a run."""

    run: tuple[str, ...]
    """The same for all artifacts of the run, and for no others."""
    title: str
    """What people call the run: where it is, and what the names have in common."""
    age: Age

    @property
    def position(self) -> tuple[int, int] | None:
        """Where the names put it in the run, None where they say nothing."""
        where = self.age[1], self.age[3]
        return None if where == (_NO_POSITION, _NO_POSITION) else where


def membership(storage: Storage, candidate: Candidate) -> Membership | None:
    """Return the run that an artifact belongs to; None for a problem."""
    place = candidate.found
    if isinstance(place, Problem):
        return None
    head, name = _head_and_name(place)
    above, outer, outside = head, "", _NO_POSITION
    called = runs.directory_position(name_of(storage, head))
    if called is not None:
        above, (outer, outside) = parent(head), called
    own = runs.position(name)
    rest = runs.without_progress(name)
    age = (candidate.has_values, outside, candidate.is_latest, _NO_POSITION if own is None else own, candidate.modified)
    key = (type(place).__name__, storage.identity(above or os.curdir), outer, runs.run_name(name))
    return Membership(key, "/".join(filter(None, (f"{above}{outer}".rstrip("/"), rest))) or os.curdir, age)


def _head_and_name(place: Place) -> tuple[str, str]:
    """Return what stands before the artifact's own name, and that name."""
    match place:
        case BundleFiles(prefix=prefix):
            head, base = naming.split_path(prefix)
            return head, base or place.name
        case SavedModelFiles(graph=str(graph)):
            return parent(naming.split_path(graph)[0]), place.name
        case SavedModelFiles(variables=BundleFiles(prefix=prefix)):
            return parent(parent(naming.split_path(prefix)[0])), place.name
        case KerasDirectory(index=str(index)):
            return naming.split_path(index)[0], place.name
        case KerasDirectory(weights=weights):
            return parent(naming.split_path(weights[0])[0]), place.name
        case SavedModelFiles():
            return parent(naming.inside(place.path)), place.name
        case _:
            return naming.split_path(place.file)[0], place.name
