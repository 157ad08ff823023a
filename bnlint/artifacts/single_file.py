"""A file that was passed and is no part of a V2 checkpoint: what it is, in one sentence.

Looks at a few bytes; reads no format.
"""

from __future__ import annotations

from collections.abc import Iterable

from bnlint.artifacts import naming
from bnlint.artifacts.storage import Storage
from bnlint.findings import Problem, ProblemKind
from bnlint.formats.errors import FormatError
from bnlint.formats.identify import HEAD_SIZE, identify
from bnlint.formats.source import Source
from bnlint.formats.table import is_table

_V1 = "is a checkpoint in the V1 format (before TensorFlow 0.12), which bnlint does not read yet"


def describe(storage: Storage, path: str, base: str) -> Problem:
    """Name the file ``path`` (whose name is ``base``) as what it is."""
    try:
        source = storage.open(path)
        try:
            what = _describe(source)
        finally:
            source.close()
    except FormatError as error:
        return Problem(path, f"is no regular file: {error.detail}", ProblemKind.NO_CHECKPOINT)
    except OSError as error:
        return Problem(path, f"cannot be read: {error.strerror}")
    if naming.is_apple_double(base) and naming.split_suffix(base)[1]:
        what += f"; did you mean {path[: len(path) - len(base)]}{base[2:]}?"
    return Problem(path, what, ProblemKind.NO_CHECKPOINT)


def _describe(source: Source) -> str:
    if is_table(source):
        return "is the index of a checkpoint; its name must end in .index" if _is_bundle(source) else _V1
    identity = identify(source.read(0, min(source.size, HEAD_SIZE)))
    if identity is None:
        return "is no checkpoint: expected a prefix, one of its files, or a directory"
    return f"is {identity.noun}, not a TensorFlow checkpoint" + (f"; {identity.advice}" if identity.advice else "")


def _is_bundle(source: Source) -> bool:
    """Tell a V2 index from a V1 table by its first value: a header begins with field 1 as a varint, V1's as bytes."""
    head = source.read(0, 16)
    return head.startswith(b"\x00\x00") and head[3] < 0x80 and head[3] & 7 == 0


def v1_files(storage: Storage, head: str, group: naming.Group, names: Iterable[str]) -> tuple[str, ...]:
    """Return the files that hold the values of a checkpoint without an index, if it was saved in the V1 format.

    Args:
        storage: where the files are.
        head: what stands before the names.
        group: the checkpoint.
        names: everything in its directory.
    """
    if group.index is not None:
        return ()
    candidates = [name for name in names if name == group.prefix or naming.v1_prefix(name) == group.prefix]
    return tuple([head + name for name in candidates if _is_table(storage, head + name)])


def _is_table(storage: Storage, path: str) -> bool:
    try:
        source = storage.open(path)
        try:
            return is_table(source)
        finally:
            source.close()
    except (FormatError, OSError):
        return False
