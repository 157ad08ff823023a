"""What to say where no checkpoint is: what was probably meant, and what is there instead.

Words only; whether there is a checkpoint was decided before.
"""

from __future__ import annotations

from collections.abc import Sequence

from bnlint.artifacts import naming
from bnlint.artifacts.listing import Listing

_MAX_SUBDIRECTORIES = 200
_OTHER_SUFFIXES = (".h5", ".hdf5", ".keras", ".pb", ".pbtxt", ".tflite")


def missing(listing: Listing, head: str, base: str) -> str:
    """Say that ``head`` + ``base`` is not there, and what may have been meant."""
    directory = head.rstrip("/") or head
    facts = listing.facts(head) if head else None
    if head and (facts is None or not facts.is_directory):
        return f"does not exist: there is no directory {directory}"
    names = listing.names(head)
    unfinished = [name for name in names if naming.unfinished_prefix(name) == naming.split_suffix(base)[0]]
    if unfinished:
        return f"does not exist; {unfinished[0]} is what an unfinished save of it left behind"
    near = _near(base, listing, head)
    return f"does not exist; did you mean {head}{near}?" if near else "does not exist"


def _near(base: str, listing: Listing, head: str) -> str | None:
    """Return the name that ``base`` was probably meant to be."""
    wanted = naming.split_suffix(base.rstrip("."))[0]
    prefixes = [prefix for prefix, group in listing.groups(head).items() if group.checkable]
    steps = [prefix for prefix in prefixes if naming.without_step(prefix) == wanted]
    if steps:
        return max(steps, key=lambda prefix: naming.step(prefix) or 0)
    if wanted in prefixes:
        return wanted
    return _alike(wanted, prefixes) or _alike(wanted, listing.names(head))


def _alike(wanted: str, names: Sequence[str]) -> str | None:
    import difflib  # noqa: PLC0415 - only needed where something is missing

    folded = {name.casefold(): name for name in reversed(names)}
    close = difflib.get_close_matches(wanted.casefold(), folded, n=1)
    return folded[close[0]] if close else None


def data_alone(group: naming.Group) -> str:
    """Say that a checkpoint has tensor data and nothing that describes it."""
    return (
        f"only tensor data ({group.shards[0]}) is there; without {group.prefix}{naming.INDEX} "
        "nothing says what is in it (an unfinished save, or files that were not copied)"
    )


def nothing(listing: Listing, head: str, listed: Sequence[str]) -> str:
    """Say what is in a directory that holds no checkpoint. ``listed`` are prefixes that its state file has."""
    explanations = (_leftover(listing, head), _v1(listing, head, listed), _below(listing, head), _other(listing, head))
    for explanation in explanations:
        if explanation is not None:
            return explanation
    if listed:
        return f"holds no checkpoint: its state file names {listed[0]}, of which nothing is here"
    return "holds no checkpoint"


def _leftover(listing: Listing, head: str) -> str | None:
    groups = listing.groups(head)
    if groups:  # none of them checkable
        return f"holds no checkpoint: {data_alone(next(iter(groups.values())))}"
    unfinished = [name for name in listing.names(head) if naming.unfinished_prefix(name) is not None]
    return f"holds no checkpoint, only what an unfinished save left behind ({unfinished[0]})" if unfinished else None


def _v1(listing: Listing, head: str, listed: Sequence[str]) -> str | None:
    names = listing.names(head)
    found = [name for name in names if name in listed or naming.v1_prefix(name) in listed]
    if not found:
        return None
    return f"holds {found[0]}, a checkpoint in the V1 format (before TensorFlow 0.12), which bnlint does not read yet"


def _other(listing: Listing, head: str) -> str | None:
    names = [
        name for name in listing.names(head) if name.endswith(_OTHER_SUFFIXES) and not naming.is_apple_double(name)
    ]
    return f"holds no TensorFlow checkpoint, only {names[0]}, which bnlint does not read yet" if names else None


def _below(listing: Listing, head: str) -> str | None:
    """Return a checkpoint or a directory of checkpoints one level down, or inside a SavedModel there."""
    names = [name for name in listing.names(head) if not name.startswith(".")]
    for name in names[:_MAX_SUBDIRECTORIES]:
        facts = listing.facts(head + name)
        if facts is None or not facts.is_directory:
            continue
        for directory in (head + name, naming.inside(head + name) + "variables"):
            inner = naming.inside(directory)
            groups = [group for group in listing.groups(inner).values() if group.checkable]
            if groups:
                found = inner + groups[0].prefix if len(groups) == 1 else directory
                return f"holds no checkpoint itself; did you mean {found}?"
    return None
