"""A `Source` as a Python file, for the libraries that want one. Reads only; knows nothing of formats."""

from __future__ import annotations

import errno
import io
import os
from collections import OrderedDict
from typing import TYPE_CHECKING

from bnlint.formats.errors import FormatError
from bnlint.formats.source import Source

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PAGE = 4096
"""HDF5 lays its metadata out in blocks of 2 KiB between the data, and reads it in pieces of a few hundred bytes."""
MAX_PAGES = 4096
"""Pages that are kept: 16 MiB."""


class SourceFile(io.RawIOBase):
    """A file over a source. Small reads share pages; a large one is one read of the source.

    Attributes:
        failure: what stopped the first read that failed. A C library that called may tell it in other words.
    """

    def __init__(self, source: Source, max_read: int | None = None) -> None:
        super().__init__()
        self._source = source
        self._max_read = source.size if max_read is None else max_read
        self._position = 0
        self._pages: OrderedDict[int, bytes] = OrderedDict()
        self.failure: Exception | None = None

    def readable(self) -> bool:
        """Be readable."""
        return True

    def seekable(self) -> bool:
        """Be seekable."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move the position; before the beginning there is nothing."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._source.size}[whence]
        if start + offset < 0:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))  # as a file does, which zipfile relies on
        self._position = start + offset
        return self._position

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill ``buffer`` from the position on, as far as the file goes."""
        view = memoryview(buffer).cast("B")
        length = max(0, min(len(view), self._source.size - self._position))
        try:
            self._check(length)
            view[:length] = self._read(self._position, length)
        except (FormatError, OSError) as error:
            self.failure = self.failure or error
            raise
        self._position += length
        return length

    def _check(self, length: int) -> None:
        if length > self._max_read:
            raise FormatError(f"offset {self._position}", f"expected at most {self._max_read} bytes, not {length}")

    def _read(self, offset: int, length: int) -> bytes:
        if length >= PAGE:
            return self._source.read(offset, length)
        first, last = offset // PAGE, (offset + length - 1) // PAGE
        data = b"".join([self._page(number) for number in range(first, last + 1)])
        start = offset - first * PAGE
        return data[start : start + length]

    def _page(self, number: int) -> bytes:
        page = self._pages.get(number)
        if page is None:
            offset = number * PAGE
            page = self._source.read(offset, min(PAGE, self._source.size - offset))
            self._pages[number] = page
            if len(self._pages) > MAX_PAGES:
                self._pages.popitem(last=False)
        else:
            self._pages.move_to_end(number)
        return page
