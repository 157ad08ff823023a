"""A guard against heaps of strings that HDF5 would walk for ever.

A global heap collection is a row of objects, each saying how long it is. HDF5 (seen in 1.14.6 and 2.0.0) adds that up
without a look: one byte that makes a length 0 and it never returns, holding Python's lock. Source of the layout:
"Disk Format: Level 1E - Global Heap" in the HDF5 File Format Specification.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from bnlint.formats.errors import FormatError
from bnlint.formats.source import Source
from bnlint.formats.source_file import SourceFile

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_MAGIC = b"GCOL\x01\x00\x00\x00"
_HEADER = struct.Struct("<8sQ")
_OBJECT = struct.Struct("<HHIQ")
MAX_HEAP = 1 << 28
"""Bytes of one collection."""
_LARGEST_FIRST_READ = 1 << 16
"""HDF5 first reads 4 KiB of a collection, perhaps with metadata around it; what is larger is values."""


class GuardedFile(SourceFile):
    """A file that looks at the heaps in it before HDF5 does."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._checked: set[int] = set()

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill ``buffer``; with zeros where that fails, and ``failure`` says why.

        HDF5 leaves a file open whose driver raised while it was opened, and crashes when it closes it after Python's
        end. Zeros are damage, which it can clean up after.
        """
        view = memoryview(buffer).cast("B")
        try:
            return super().readinto(view)
        except (FormatError, OSError) as error:
            error.with_traceback(None)
            view[:] = bytes(len(view))
            return len(view)

    def _read(self, offset: int, length: int) -> bytes:
        data = super()._read(offset, length)
        if length <= _LARGEST_FIRST_READ:
            found = data.find(_MAGIC)
            while found >= 0:
                self._check_heap(offset + found)
                found = data.find(_MAGIC, found + 1)
        return data

    def _check_heap(self, offset: int) -> None:
        """Walk the collection at ``offset`` as HDF5 does."""
        if offset in self._checked:
            return
        left = self._source.size - offset
        size = _HEADER.unpack(self._source.read(offset, _HEADER.size))[1] if left >= _HEADER.size else 0
        if not _HEADER.size <= size <= min(left, MAX_HEAP):
            raise FormatError(f"offset {offset}", f"expected a heap of at most {min(left, MAX_HEAP)} bytes, not {size}")
        heap = self._source.read(offset, size)
        position = _HEADER.size
        while position + _OBJECT.size <= size:
            index, _, _, length = _OBJECT.unpack_from(heap, position)
            step = _OBJECT.size + (length + 7) // 8 * 8 if index else length  # free space counts its own header
            if not _OBJECT.size <= step <= size - position:
                raise FormatError(
                    f"offset {offset + position}", f"expected {size - position} bytes at most, not {step}"
                )
            position += step
        self._checked.add(offset)
