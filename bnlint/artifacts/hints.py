"""What to say where no checkpoint is: what was probably meant, and what is there instead.

Words only; whether there is a checkpoint was decided before.
"""

from __future__ import annotations

from collections.abc import Sequence

from bnlint.artifacts import naming
from bnlint.artifacts.listing import Listing

_OTHER_SUFFIXES = (".tflite", ".onnx", ".pt", ".pth", ".safetensors", ".npz", ".pb", ".pbtxt", ".meta", ".index")
"""What models of other kinds are called, and files whose content did not keep what the name promises."""

NO_MATCH = "does not exist, and matches nothing as a glob"


def missing(listing: Listing, head: str, base: str) -> str:
    """Say that ``head`` + ``base`` is not there, and what may have been meant."""
    if listing.is_hidden(head):
        return "does not exist, nor is it the prefix of a checkpoint"
    directory = head.rstrip("/") or head
    facts = listing.facts(head) if head else None
    if head and (facts is None or not facts.is_directory):
        return f"does not exist: there is no directory {directory}"
    names = listing.names(head)
    if base in names:
        return "is a link that leads nowhere"
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
    leftover = _leftover(listing, head)
    if leftover is not None:
        return leftover
    if listed:
        return f"holds no checkpoint: its state file names {listed[0]}, of which nothing is here"
    others = [name for name in listing.names(head) if name.endswith(_OTHER_SUFFIXES) and not name.startswith(".")]
    return f"holds no TensorFlow checkpoint, only {others[0]}" if others else "holds no checkpoint"


def _leftover(listing: Listing, head: str) -> str | None:
    data = [group for group in listing.groups(head).values() if not group.checkable]
    if data:
        return f"holds no checkpoint: {data_alone(data[0])}"
    unfinished = [name for name in listing.names(head) if naming.unfinished_prefix(name) is not None]
    return f"holds no checkpoint, only what an unfinished save left behind ({unfinished[0]})" if unfinished else None
