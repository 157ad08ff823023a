"""Where bytes come from: an interface of one size and one positioned read, and the local file behind it.

Knows nothing of formats. A remote store implements the same `Source` with range requests. Never maps
memory: a mapped file that is truncated under its reader kills the process by SIGBUS, a read only ends early.
"""

from __future__ import annotations

import os
import stat
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Protocol, runtime_checkable

from bnlint.formats.errors import FormatError

MAX_OPEN = 64
"""Files a `SourcePool` keeps open; checkpoints of 1,000 shards exist, and 256 descriptors are a common limit."""


class Source(Protocol):
    """Random access to the bytes of one file."""

    @property
    def size(self) -> int:
        """Length in bytes when the file was opened."""
        ...

    def read(self, offset: int, length: int, /) -> bytes:
        """Return exactly ``length`` bytes from ``offset``.

        Raises:
            FormatError: the file ends before that.
            OSError: the storage failed.
        """
        ...

    def close(self) -> None:
        """Release what the source holds; it is not read again."""
        ...


@runtime_checkable
class Prefetcher(Protocol):
    """A source for which it is good to know beforehand what will be read of it: one that is far away."""

    def prefetch(self, ranges: Iterable[tuple[int, int]], /) -> None:
        """Prepare to read ``ranges``, which are offsets and lengths. Never raises for bad ones."""
        ...


def check_range(size: int, offset: int, length: int) -> None:
    """Refuse a range that is not inside a file of ``size`` bytes, before anything is allocated for it.

    Raises:
        FormatError: the range starts or ends outside the file.
    """
    if offset < 0 or length < 0 or offset + length > size:
        raise FormatError(f"offset {offset}", f"expected {length} bytes, the file ends at {size}")


def read_whole(source: Source, limit: int, noun: str) -> bytes:
    """Return all bytes of a source that should be a ``noun``, of ``limit`` bytes at most.

    Raises:
        FormatError: it is larger.
        OSError: the storage failed.
    """
    if source.size > limit:
        raise FormatError("offset 0", f"expected {noun} of at most {limit} bytes, found {source.size}")
    return source.read(0, source.size)


class BytesSource:
    """Bytes that are in memory already, such as the member of an archive."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    def read(self, offset: int, length: int, /) -> bytes:
        """Return exactly ``length`` bytes from ``offset``."""
        check_range(self.size, offset, length)
        return self._data[offset : offset + length]

    def close(self) -> None:
        """Do nothing; memory needs no closing."""


class LocalFile:
    """A regular file, read by position so that several readers can share the descriptor.

    Raises:
        FormatError: the path names a directory, a pipe or a device.
        OSError: the file could not be opened.
    """

    def __init__(self, path: str) -> None:
        # Asked before opening: opening a pipe would wait for its writer.
        if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 - one system call less than Path
            raise FormatError("offset 0", "expected a regular file")
        self._descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        self.size = os.fstat(self._descriptor).st_size
        self._lock = threading.Lock()

    def read(self, offset: int, length: int, /) -> bytes:
        """Return exactly ``length`` bytes from ``offset``."""
        check_range(self.size, offset, length)
        data = self._pread(length, offset)
        if len(data) < length:
            data = self._read_on(data, offset, length)
        return data

    def _read_on(self, first: bytes, offset: int, length: int) -> bytes:
        """Collect a range that the system hands out in several pieces (Linux stops at 2 GiB)."""
        parts, have = [first], len(first)
        while have < length:
            part = self._pread(length - have, offset + have)
            if not part:
                raise FormatError(f"offset {offset + have}", f"expected {length - have} more bytes, the file ends here")
            parts.append(part)
            have += len(part)
        return b"".join(parts)

    def _pread(self, length: int, offset: int) -> bytes:
        if hasattr(os, "pread"):
            return os.pread(self._descriptor, length, offset)
        with self._lock:  # Windows has no pread
            os.lseek(self._descriptor, offset, os.SEEK_SET)
            return os.read(self._descriptor, length)

    def close(self) -> None:
        """Close the descriptor; closing twice is harmless."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __del__(self) -> None:
        if hasattr(self, "_descriptor"):
            self.close()


class SourcePool:
    """Opens sources by name and keeps the last `MAX_OPEN` of them. Not for use by several threads at once."""

    def __init__(self, opener: Callable[[str], Source], limit: int = MAX_OPEN) -> None:
        self._opener = opener
        self._limit = limit
        self._open: OrderedDict[str, Source] = OrderedDict()

    def get(self, name: str) -> Source:
        """Return the source called ``name``; it stays usable until ``limit`` others were asked for.

        Raises:
            FormatError: what the opener refuses.
            OSError: it could not be opened.
        """
        source = self._open.get(name)
        if source is None:
            source = self._opener(name)
            self._open[name] = source
            if len(self._open) > self._limit:
                self._open.popitem(last=False)[1].close()
        self._open.move_to_end(name)
        return source

    def close(self) -> None:
        """Close whatever is open; the pool can be used again."""
        while self._open:
            self._open.popitem()[1].close()
