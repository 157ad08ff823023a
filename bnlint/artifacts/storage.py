"""Where files live: listing, facts and reading, for a local disk or later a remote store.

Knows paths and nothing of what is in the files.
"""

from __future__ import annotations

import os
import stat
from typing import NamedTuple, Protocol

from bnlint.formats.source import LocalFile, Source


class FileFacts(NamedTuple):
    """What the storage knows without reading: size in bytes, time of the last change in seconds."""

    is_directory: bool
    size: int
    modified: float


class Storage(Protocol):
    """Files by path. Paths are joined with ``/`` or the system's separator and otherwise left as they are."""

    def names(self, directory: str, /) -> tuple[str, ...]:
        """Return the sorted names in ``directory`` (empty: the current one).

        Raises:
            OSError: it is no directory or cannot be listed.
        """
        ...

    def facts(self, path: str, /) -> FileFacts | None:
        """Return what is known of ``path``, None where there is nothing."""
        ...

    def identity(self, path: str, /) -> str:
        """Return one spelling for all the paths that mean the same file."""
        ...

    def open(self, path: str, /) -> Source:
        """Open a file for reading.

        Raises:
            FormatError: it is no regular file.
            OSError: it cannot be opened.
        """
        ...


class LocalStorage:
    """The disks of this machine."""

    def names(self, directory: str, /) -> tuple[str, ...]:
        """List a directory."""
        return tuple(sorted(os.listdir(directory or os.curdir)))  # noqa: PTH208 - names, not paths

    def facts(self, path: str, /) -> FileFacts | None:
        """Follow links and look."""
        try:
            found = os.stat(path)  # noqa: PTH116 - a Path would normalise what the user wrote
        except (OSError, ValueError):  # ValueError: a NUL in the path
            return None
        return FileFacts(stat.S_ISDIR(found.st_mode), found.st_size, found.st_mtime)

    def identity(self, path: str, /) -> str:
        """Resolve links, ``..`` and the current directory."""
        return os.path.realpath(path)

    def open(self, path: str, /) -> Source:
        """Open a regular file."""
        return LocalFile(path)
