"""From what people pass to the files of a checkpoint.

A prefix, any of its files, several of them, a directory, a ``checkpoint`` state file: all lead to the same
`BundleFiles`, and what leads nowhere becomes a `Problem` that says what was probably meant. Looks at names, and inside
a file only to say what it is; reads no tensors and no graph. Paths are reported as the user wrote them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from bnlint.artifacts import directory as directories
from bnlint.artifacts import hints, naming
from bnlint.artifacts.listing import Listing
from bnlint.artifacts.single_file import describe, v1_files
from bnlint.artifacts.storage import LocalStorage, Storage
from bnlint.findings import Problem, ProblemKind


@dataclass(frozen=True, slots=True)
class BundleFiles:
    """The files of one TensorFlow checkpoint that are there. At least one of ``index`` and ``meta`` is."""

    path: str
    """As the user wrote it."""
    prefix: str
    """What all the files begin with; ends with a separator where the basename is empty."""
    name: str
    """The prefix without its directory; the directory's name where the basename is empty."""
    index: str | None
    meta: str | None
    shards: tuple[str, ...]
    """Whatever is called ``.data-…-of-…``, which may include leftovers of another save."""
    v1: tuple[str, ...] = ()
    """Files that hold the values in the V1 format, where there is no index."""
    notes: tuple[str, ...] = ()
    """How the path led here, where that is not obvious."""


Located: TypeAlias = BundleFiles | Problem


def locate(paths: Sequence[str], storage: Storage | None = None) -> tuple[Located, ...]:
    """Find the checkpoints that ``paths`` mean, in their order; paths of one checkpoint give one result.

    Never raises for anything that is wrong with a path.
    """
    search = _Search(storage or LocalStorage())
    found: list[Located] = []
    seen: set[tuple[str, str]] = set()
    for path in paths:
        result = search.one(path)
        if isinstance(result, BundleFiles):
            head, base = naming.split_path(result.prefix)
            identity = search.storage.identity(head or "."), base
            if identity in seen:
                continue
            seen.add(identity)
        found.append(result)
    return tuple(found)


class _Search:
    """One call of `locate`."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self._listing = Listing(storage)

    def one(self, path: str) -> Located:
        """Find what one path means."""
        head, base = naming.split_path(path)
        facts = self.storage.facts(path)
        group = self._listing.groups(head).get(base) if base else None
        if facts is not None and facts.is_directory:
            # A prefix may be a directory too. TensorFlow then reads the prefix, if it has an index.
            return self._bundle(path, head, group) if group and group.index else self._directory(path)
        if facts is not None:
            return self._file(path, head, base)
        if group is not None:
            return self._bundle(path, head, group)
        return Problem(path, hints.missing(self._listing, head, base), ProblemKind.MISSING)

    def _file(self, path: str, head: str, base: str) -> Located:
        """A file that exists: part of a checkpoint, a state file, or something to be named."""
        prefix, suffix = naming.split_suffix(base)
        group = self._listing.groups(head).get(naming.v1_prefix(base) or prefix)
        if group is not None and (suffix or group.checkable):
            return self._bundle(path, head, group)
        if base == naming.STATE_FILE:
            return self._directory(path, head)
        return describe(self.storage, path, base)

    def _bundle(self, path: str, head: str, group: naming.Group) -> Located:
        """Collect the files of a checkpoint that was found by its name."""
        if not group.checkable:
            return Problem(path, hints.data_alone(group), ProblemKind.NO_CHECKPOINT)
        return BundleFiles(
            path=path,
            prefix=head + group.prefix,
            name=group.prefix or directories.name_of(self.storage, head),
            index=None if group.index is None else head + group.index,
            meta=None if group.meta is None else head + group.meta,
            shards=_join(head, group.shards),
            v1=v1_files(self.storage, head, group, self._listing.names(head)),
        )

    def _directory(self, path: str, head: str | None = None) -> Located:
        """Choose a checkpoint in a directory."""
        head = naming.inside(path) if head is None else head
        try:
            self.storage.names(head)
        except OSError as error:
            return Problem(path, f"cannot be listed: {error.strerror}")
        choice = directories.choose(self._listing, head)
        if choice.group is None:
            return Problem(path, choice.reason, ProblemKind.NO_CHECKPOINT)
        found = self._bundle(path, choice.head, choice.group)
        return replace(found, notes=choice.notes) if isinstance(found, BundleFiles) else found


def _join(head: str, names: Iterable[str]) -> tuple[str, ...]:
    return tuple([head + name for name in names])
