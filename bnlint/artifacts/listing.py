"""Directories and the checkpoints in them, listed once each. Knows names, not what is in the files."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing

from bnlint.artifacts import naming
from bnlint.artifacts.storage import FileFacts, Storage
from bnlint.formats.errors import FormatError
from bnlint.formats.first_value import shard_count

MAX_DIRECTORIES = 100_000
"""A run has a handful; who passes a whole disk is told, instead of left to wait."""


class Listing:
    """What one call of `locate` has seen. ``head`` is always what stands before a name in a directory."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self._names: dict[str, tuple[str, ...]] = {}
        self._groups: dict[str, Mapping[str, naming.Group]] = {}
        self._why_not: dict[str, OSError] = {}

    def names(self, head: str) -> tuple[str, ...]:
        """Return the names in a directory; none where it cannot be listed."""
        if head not in self._names:
            try:
                self._names[head] = self.storage.names(head)
            except OSError as error:
                self._names[head] = ()
                self._why_not[head] = error
        return self._names[head]

    def why_not(self, head: str) -> OSError | None:
        """Return why a directory could not be listed, None where it could."""
        self.names(head)
        return self._why_not.get(head)

    def forget(self, head: str) -> None:
        """Forget a directory; in a tree of thousands, what is in each would be most of the memory of a walk."""
        for seen in (self._names, self._groups, self._why_not):
            seen.pop(head, None)

    def is_hidden(self, head: str) -> bool:
        """Whether there may be files in a directory that does not say which: over http, or without the right."""
        error = self.why_not(head)
        return error is not None and not isinstance(error, FileNotFoundError | NotADirectoryError)

    def groups(self, head: str) -> Mapping[str, naming.Group]:
        """Return the checkpoints in a directory by prefix, also those of which only tensor data is there."""
        if head not in self._groups:
            self._groups[head] = naming.group(self.names(head))
        return self._groups[head]

    def known(self, head: str, prefix: str) -> naming.Group | None:
        """Return the checkpoint called ``prefix``; its files are asked for one by one where they are not listed."""
        return self._asked_for(head, prefix) if self.is_hidden(head) else self.groups(head).get(prefix)

    def group(self, prefix: str) -> naming.Group | None:
        """Return the checkpoint with this prefix where something of it can be checked."""
        head, base = naming.split_path(prefix)
        found = self.known(head, base)
        return found if found is not None and found.checkable else None

    def facts(self, path: str) -> FileFacts | None:
        """Return what the storage knows of a path; None where it does not answer."""
        try:
            return self.storage.facts(path)
        except OSError:
            return None

    def is_file(self, path: str) -> bool:
        """Say whether there is a file."""
        facts = self.facts(path)
        return facts is not None and not facts.is_directory

    def _asked_for(self, head: str, prefix: str) -> naming.Group | None:
        index, meta = prefix + naming.INDEX, prefix + naming.META
        has_index, has_meta = self.is_file(head + index), self.is_file(head + meta)
        if not has_index and not has_meta:
            return None
        count = self._shards(head + index) if has_index else 0
        return naming.Group(
            prefix,
            index if has_index else None,
            meta if has_meta else None,
            tuple(naming.shard_name(prefix, shard, count) for shard in range(count)),
        )

    def _shards(self, index: str) -> int:
        """Return how many data files an index speaks of. Whether they are there is seen when they are read."""
        try:
            with closing(self.storage.open(index)) as source:
                count = shard_count(source)
        except (FormatError, OSError):
            return 0
        return count if count is not None and 0 <= count <= naming.MAX_SHARDS else 1
