"""Which checkpoint of a directory is meant: what its state file says, else the newest.

The newest is the one with the highest step at the end of its name; a name without a step counts as older than any
with one, since the files' times say little after a copy or a clone. Times, then names, decide between equals. A
checkpoint that has an index goes before one that has only a graph.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from bnlint.artifacts import hints, naming
from bnlint.artifacts.listing import Listing
from bnlint.artifacts.storage import Storage
from bnlint.formats.checkpoint_state import read_checkpoint_state
from bnlint.formats.errors import FormatError

_SEPARATORS = re.compile(r"[/\\]")


class Choice(NamedTuple):
    """The checkpoint that a directory means, or why there is none."""

    head: str
    group: naming.Group | None
    reason: str = ""
    notes: tuple[str, ...] = ()


def choose(listing: Listing, head: str) -> Choice:
    """Choose the checkpoint that the directory before ``head`` means."""
    written, notes = _state(listing, head)
    for prefix in written:
        here = listing.group(head + _base(prefix))
        if here is not None:
            return Choice(head, here, notes=notes if prefix == written[0] else (*notes, _instead(written[0], here)))
    for prefix in written:
        elsewhere = _as_written(listing, head, prefix)
        if elsewhere is not None:
            return elsewhere
    newest = _newest(listing, head)
    if newest is None:
        return Choice(
            head, None, reason=hints.nothing(listing, head, [_base(prefix) for prefix in written]), notes=notes
        )
    return Choice(head, newest, notes=(*notes, _instead(written[0], newest)) if written else notes)


def name_of(storage: Storage, head: str) -> str:
    """Return the name of the directory before ``head``, for a checkpoint whose own name is empty."""
    return naming.split_path(storage.identity(head or "."))[1] or head


def _state(listing: Listing, head: str) -> tuple[list[str], tuple[str, ...]]:
    """Read the state file: its prefixes, latest first, and a note where it is there and unreadable."""
    if naming.STATE_FILE not in listing.names(head):
        return [], ()
    path = head + naming.STATE_FILE
    try:
        source = listing.storage.open(path)
        try:
            state = read_checkpoint_state(source)
        finally:
            source.close()
    except (FormatError, OSError) as error:
        return [], (f"the state file {path} could not be read: {error}",)
    written = dict.fromkeys(prefix for prefix in (state.latest, *reversed(state.all)) if prefix)
    return list(written), ()


def _base(prefix: str) -> str:
    """Return the last name of a path that may come from another system; of a glob of V1 shards, their prefix."""
    name = _SEPARATORS.split(prefix)[-1]
    return naming.v1_prefix(name) or name


def _instead(latest: str, group: naming.Group) -> str:
    return f"the state file names {_base(latest)}, which is not here; {group.prefix} was read instead"


def _as_written(listing: Listing, head: str, prefix: str) -> Choice | None:
    """Follow a path of the state file: relative to the file's directory, or absolute and still valid."""
    full = prefix if os.path.isabs(prefix) else head + prefix  # noqa: PTH117 - a Path would lose the spelling
    group = listing.group(full)
    return Choice(naming.split_path(full)[0], group) if group is not None else None


def _newest(listing: Listing, head: str) -> naming.Group | None:
    """Return the newest checkpoint (see the module) that can be checked."""
    groups = [group for group in listing.groups(head).values() if group.checkable]
    if len(groups) < 2:
        return groups[0] if groups else None

    def age(group: naming.Group) -> tuple[bool, int, float, str]:
        step = naming.step(group.prefix)
        facts = listing.facts(head + (group.index or group.meta or ""))
        return group.index is not None, -1 if step is None else step, facts.modified if facts else 0.0, group.prefix

    return max(groups, key=age)
