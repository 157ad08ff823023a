"""Which artifacts of one directory are meant: of each run what its state file says, else the newest."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from typing import NamedTuple

from bnlint.artifacts import naming
from bnlint.artifacts.bundles import bundle, v1_bundle
from bnlint.artifacts.contents import Candidate
from bnlint.artifacts.listing import Listing
from bnlint.artifacts.places import BundleFiles
from bnlint.artifacts.storage import is_url
from bnlint.formats.checkpoint_state import read_checkpoint_state
from bnlint.formats.errors import FormatError

_SEPARATORS = re.compile(r"[/\\]")


class State(NamedTuple):
    """What a state file says: prefixes as they were written, latest first. Empty where there is none."""

    written: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def bases(self) -> tuple[str, ...]:
        """The prefixes' last names."""
        return tuple(_base(prefix) for prefix in self.written)


def newest(listing: Listing, head: str, candidates: Sequence[Candidate], state: State) -> list[Candidate]:
    """Return the newest artifact of each run of the directory before ``head``, in their order.

    A state file chooses among the checkpoints that it lists; files' names and times choose for all other runs.
    """
    bundles = {c.name: c for c in candidates if isinstance(c.found, BundleFiles)}
    listed = [bundles[base] for base in dict.fromkeys(state.bases) if base in bundles]
    chosen: dict[tuple[str, str], Candidate] = {}
    for candidate in (*listed, *sorted(candidates, key=lambda c: c.age, reverse=True)):
        chosen.setdefault(candidate.run, candidate)
    picked = [c for c in candidates if chosen[c.run] is c]
    elsewhere = None if listed else _as_written(listing, head, state)
    if elsewhere is not None:
        return [*picked, elsewhere]
    speaking = listed[0] if listed else max((c for c in picked if c.name in bundles), key=lambda c: c.age, default=None)
    return picked if speaking is None else [_noted(c, state) if c is speaking else c for c in picked]


def _noted(candidate: Candidate, state: State) -> Candidate:
    """Say of the checkpoint that was chosen how it came to that, where it is not plain."""
    notes = state.notes
    if state.written and state.bases[0] != candidate.name:
        notes += (f"the state file names {state.bases[0]}, which is not here; {candidate.name} was read instead",)
    if not notes or not isinstance(candidate.found, BundleFiles):
        return candidate
    return candidate._replace(found=replace(candidate.found, notes=notes))


def read_state(listing: Listing, head: str) -> State:
    """Read the state file of the directory before ``head``."""
    path = head + naming.STATE_FILE
    if not (listing.is_file(path) if listing.is_hidden(head) else naming.STATE_FILE in listing.names(head)):
        return State()
    try:
        with closing(listing.storage.open(path)) as source:
            state = read_checkpoint_state(source)
    except (FormatError, OSError) as error:
        return State(notes=(f"the state file {path} could not be read: {error}",))
    return State(tuple(dict.fromkeys(prefix for prefix in (state.latest, *reversed(state.all)) if prefix)))


def _base(prefix: str) -> str:
    """Return the last name of a path that may come from another system; of a glob of V1 shards, their prefix."""
    name = _SEPARATORS.split(prefix)[-1]
    return naming.v1_prefix(name) or name


def _as_written(listing: Listing, head: str, state: State) -> Candidate | None:
    """Follow the paths of a state file: relative to the file's directory, or absolute and still valid.

    One that leads from one store to another is not followed: a downloaded file must not choose what is read here.
    """
    for prefix in state.written:
        if is_url(prefix) or is_url(head):
            if is_url(prefix) != is_url(head) and (is_url(prefix) or os.path.isabs(prefix)):  # noqa: PTH117
                continue
            if is_url(prefix) and prefix.partition("://")[0] != head.partition("://")[0]:
                continue
        is_whole = is_url(prefix) or os.path.isabs(prefix)  # noqa: PTH117 - a Path would lose the spelling
        there, base = naming.split_path(prefix if is_whole else head + prefix)
        group = listing.known(there, base)
        if group is not None and group.checkable:
            return Candidate(bundle(listing, there + base, there, group), base)
        found = v1_bundle(listing, there + base, there, base)
        if found is not None:
            return Candidate(found, found.name)
    return None
