"""A long sequence that takes little memory: items lie packed, and are unpacked one at a time for whoever asks.

What a check says of a thousand checkpoints is needed once, in order, to be written; as objects it would be most of the
memory of the run. Knows nothing of what the items are, but that they can be pickled.
"""

from __future__ import annotations

import os
import pickle
import threading
import zlib
from array import array
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import IO, Generic, TypeVar, overload

_T = TypeVar("_T")

FEW = 16
"""So many items are kept as they are."""
MEMORY = 1 << 20
"""Bytes of packed items that are kept in memory; what is more goes to a temporary file."""
_FASTEST = 1


def packed(items: Iterable[_T]) -> Sequence[_T]:
    """Take all ``items``, one at a time, and return them as an immutable sequence: a tuple of a few, else packed."""
    items = iter(items)
    first = tuple(islice(items, FEW + 1))
    return first if len(first) <= FEW else _Packed(_Store(), array("Q"), chain(first, items))


class _Packed(Sequence[_T]):
    """Packed items. Equal to a tuple of the same."""

    def __init__(self, store: _Store, ends: array[int], items: Iterable[_T] = ()) -> None:
        self._store = store
        self._ends = ends
        for item in items:
            ends.append(store.append(zlib.compress(pickle.dumps(item, pickle.HIGHEST_PROTOCOL), _FASTEST)))

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, index: int) -> _T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[_T]: ...
    def __getitem__(self, index: int | slice) -> _T | Sequence[_T]:
        if isinstance(index, slice):
            return packed(self[number] for number in range(len(self))[index])
        number = range(len(self))[index]
        data = self._store.read(self._ends[number - 1] if number else 0, self._ends[number])
        item: _T = pickle.loads(zlib.decompress(data))  # noqa: S301 - what `__init__` packed
        return item

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, tuple | _Packed):
            return NotImplemented
        return len(self) == len(other) and all(one == another for one, another in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"<{len(self)} packed items>"

    def __reduce__(self) -> tuple[object, ...]:
        """Travel packed."""
        return _restored, (self._store.read(0, self._ends[-1]), self._ends)


def _restored(data: bytes, ends: array[int]) -> _Packed[object]:
    store = _Store()
    store.append(data)
    return _Packed(store, ends)


class Shelf(Generic[_T]):
    """Packed items by number, put there and taken in any order."""

    def __init__(self) -> None:
        self._store = _Store()
        self._ends: dict[int, tuple[int, int]] = {}
        self._end = 0

    def put(self, number: int, item: _T) -> None:
        """Pack an item."""
        start = self._end
        self._end = self._store.append(zlib.compress(pickle.dumps(item, pickle.HIGHEST_PROTOCOL), _FASTEST))
        self._ends[number] = (start, self._end)

    def __contains__(self, number: int) -> bool:
        return number in self._ends

    def take(self, number: int) -> _T:
        """Unpack an item; it stays on the shelf."""
        item: _T = pickle.loads(zlib.decompress(self._store.read(*self._ends[number])))  # noqa: S301 - what `put` packed
        return item


class _Store:
    """Bytes that are appended and read: the last in memory, those before in a file that has no name.

    Where no file can be written they stay in memory. Reading is safe in several threads, and in a forked process.
    """

    def __init__(self) -> None:
        self._memory = bytearray()
        self._written = 0
        self._file: IO[bytes] | None = None
        self._is_refused = False
        self._lock = threading.Lock()

    def __del__(self) -> None:
        if self._file is not None:
            self._file.close()

    def append(self, data: bytes) -> int:
        """Add ``data``, and return where it ends."""
        self._memory += data
        end = self._written + len(self._memory)
        if len(self._memory) >= MEMORY and not self._is_refused:
            self._write()
        return end

    def _write(self) -> None:
        """Move what is in memory to the end of the file."""
        from tempfile import TemporaryFile  # noqa: PLC0415 - only for very many

        try:
            if self._file is None:
                self._file = TemporaryFile(prefix="bnlint", buffering=0)  # noqa: SIM115 - lives as long as the store
            self._file.seek(self._written)
            rest = bytes(self._memory)
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError:  # no directory, no room
            self._is_refused = True
            return
        self._written += len(self._memory)
        self._memory.clear()

    def read(self, start: int, end: int) -> bytes:
        """Return the bytes between two places."""
        head = self._read_file(start, min(end, self._written)) if start < self._written else b""
        return head + self._memory[max(start - self._written, 0) : max(end - self._written, 0)]

    def _read_file(self, start: int, end: int) -> bytes:
        assert self._file is not None
        parts = []
        while start < end:
            if hasattr(os, "pread"):  # moves no position, which another process may share
                part = os.pread(self._file.fileno(), end - start, start)
            else:
                with self._lock:
                    self._file.seek(start)
                    part = self._file.read(end - start)
            if not part:
                raise OSError("a temporary file was cut short")
            parts.append(part)
            start += len(part)
        return b"".join(parts)
