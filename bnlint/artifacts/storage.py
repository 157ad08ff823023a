"""Where files live: listing, facts and reading, for a local disk or a remote store.

Knows paths and nothing of what is in the files.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from typing import NamedTuple, Protocol

from bnlint.formats.source import LocalFile, Source

_URL = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.\-]+::)*[A-Za-z][A-Za-z0-9+.\-]+://", re.ASCII)
"""``gs://``, or fsspec's chains such as ``simplecache::gs://``. One letter alone is a drive of Windows."""


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
        """Return what is known of ``path``, None where there is nothing.

        Raises:
            OSError: a remote store did not answer.
        """
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
        try:
            return tuple(sorted(os.listdir(directory or os.curdir)))  # noqa: PTH208 - names, not paths
        except ValueError as error:  # a NUL in the path
            raise FileNotFoundError(str(error)) from None

    def facts(self, path: str, /) -> FileFacts | None:
        """Follow links and look.

        Raises:
            PermissionError: nobody may look there.
        """
        try:
            found = os.stat(path)  # noqa: PTH116 - a Path would normalise what the user wrote
        except PermissionError:
            raise
        except (OSError, ValueError):  # ValueError: a NUL in the path
            return None
        return FileFacts(stat.S_ISDIR(found.st_mode), found.st_size, found.st_mtime)

    def identity(self, path: str, /) -> str:
        """Resolve links, ``..`` and the current directory."""
        try:
            return os.path.realpath(path)
        except OSError:  # the working directory is gone
            return path

    def open(self, path: str, /) -> Source:
        """Open a regular file."""
        return LocalFile(path)


def is_url(path: str) -> bool:
    """Say whether ``path`` means a file in a remote store."""
    return _URL.match(path) is not None


def storage_of(path: str) -> Storage:
    """Return the storage that ``path`` is in."""
    if not is_url(path):
        return LocalStorage()
    from bnlint.artifacts.remote import REMOTE  # noqa: PLC0415 - few paths are remote

    return REMOTE


def forget() -> None:
    """Ask remote stores again for what was seen in an earlier run; in a notebook there are many."""
    remote = sys.modules.get("bnlint.artifacts.remote")
    if remote is not None:
        remote.REMOTE.forget()
