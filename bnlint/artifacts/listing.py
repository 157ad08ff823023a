"""Directories and the checkpoints in them, listed once each. Knows names, not what is in the files."""

from __future__ import annotations

from collections.abc import Mapping

from bnlint.artifacts import naming
from bnlint.artifacts.storage import FileFacts, Storage


class Listing:
    """What one call of `locate` has seen. ``head`` is always what stands before a name in a directory."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self._names: dict[str, tuple[str, ...]] = {}
        self._groups: dict[str, Mapping[str, naming.Group]] = {}

    def names(self, head: str) -> tuple[str, ...]:
        """Return the names in a directory; none where it cannot be listed."""
        if head not in self._names:
            try:
                self._names[head] = self.storage.names(head)
            except OSError:
                self._names[head] = ()
        return self._names[head]

    def groups(self, head: str) -> Mapping[str, naming.Group]:
        """Return the checkpoints in a directory by prefix, also those of which only tensor data is there."""
        if head not in self._groups:
            self._groups[head] = naming.group(self.names(head))
        return self._groups[head]

    def group(self, prefix: str) -> naming.Group | None:
        """Return the checkpoint with this prefix where something of it can be checked."""
        head, base = naming.split_path(prefix)
        found = self.groups(head).get(base)
        return found if found is not None and found.checkable else None

    def facts(self, path: str) -> FileFacts | None:
        """Return what the storage knows of a path."""
        return self.storage.facts(path)
