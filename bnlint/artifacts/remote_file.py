"""A remote file as a `Source` that asks for few ranges, each a little larger than what is wanted of it.

What takes time in a remote store is the number of requests, not the bytes. Small reads share pages, and the more of
them there were, the more is read around the next one; who knows beforehand what will be read says so (`prefetch`).
Knows nothing of where the file is.
"""

from __future__ import annotations

import contextlib
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from bnlint.formats.source import check_range

PAGE = 4096
"""Bytes fetched at least: the footer of a table and its index, the four tensors of a layer."""
LARGE = 1 << 15
"""A read of more is one request of exactly that."""
_MOST_PAGES = 4096
"""Pages that are remembered: 16 MiB."""
_TRIALS, _NEAR, _FAR, _GROWTH = 4, 2, 64, 200
"""The first few requests are for the pages that are wanted alone; then for at least two on either side, and for more
the larger the share of the file that was wanted so far. HDF5 spreads the two or three pages that describe a variable
evenly between the values: where these are small, it is soon better to read the whole file."""
MOST_AHEAD = 1 << 25
"""Bytes that are fetched before they are asked for."""


class Pages:
    """What is remembered of a file, also after it was closed."""

    def __init__(self) -> None:
        self.held: OrderedDict[int, bytes] = OrderedDict()
        self.wanted: set[int] = set()
        """Pages that somebody asked for, which others came along with."""
        self.requests = 0
        self.lock = threading.Lock()


class RemoteFile:
    """A file that is read by ranges.

    Args:
        fetch: returns the bytes from one offset to another; may be called in several threads.
        size: the length of the file.
        pages: what is known of it already.
        at_once: how many ranges may be fetched at a time.
    """

    def __init__(
        self, fetch: Callable[[int, int], bytes], size: int, pages: Pages | None = None, at_once: int = 1
    ) -> None:
        self._fetch_range = fetch
        self._pages = pages or Pages()
        self._at_once = at_once
        self._ahead: list[tuple[int, bytes]] = []
        self.size = size

    def read(self, offset: int, length: int, /) -> bytes:
        """Return exactly ``length`` bytes from ``offset``."""
        check_range(self.size, offset, length)
        if not length:
            return b""
        number = bisect_right(self._ahead, offset, key=lambda piece: piece[0]) - 1
        if number >= 0:
            start, data = self._ahead[number]
            if offset + length <= start + len(data):
                return data[offset - start : offset - start + length]
        with self._pages.lock:
            return self._read_pages(offset, length)

    def _read_pages(self, offset: int, length: int) -> bytes:
        first, last = offset // PAGE, (offset + length - 1) // PAGE
        held = self._pages.held
        if length > LARGE and not all(page in held for page in range(first, last + 1)):
            return self._fetch(offset, offset + length)
        self._pages.wanted.update(range(first, last + 1))
        missing = [page for page in range(first, last + 1) if page not in held]
        if missing:
            self._load(missing[0], missing[-1])
        start = offset - first * PAGE
        data = b"".join([held[page] for page in range(first, last + 1)])[start : start + length]
        while len(held) > _MOST_PAGES:
            held.popitem(last=False)
        return data

    def _load(self, first: int, last: int) -> None:
        """Fetch the pages from ``first`` to ``last``, and those around that are not there yet."""
        held, count = self._pages.held, -(-self.size // PAGE)
        reach = 0
        if self._pages.requests >= _TRIALS:
            reach = min(_NEAR + _GROWTH * len(self._pages.wanted) // count, _FAR)
        for _ in range(reach):
            first -= first > 0 and first - 1 not in held
            last += last + 1 < count and last + 1 not in held
        start = first * PAGE
        data = self._fetch(start, min((last + 1) * PAGE, self.size))
        self._pages.requests += 1
        for page in range(first, last + 1):
            held[page] = data[page * PAGE - start : (page + 1) * PAGE - start]

    def prefetch(self, ranges: Iterable[tuple[int, int]], /) -> None:
        """Fetch what will be read, several ranges at a time, neighbours together. What fails is left to `read`.

        Args:
            ranges: offsets and lengths; large ones are left to `read` too.
        """
        pieces = _merged((start, start + length) for start, length in ranges if 0 < length <= LARGE)
        pieces = [(start, end) for start, end in pieces if start >= 0 and end <= self.size]
        pool = ThreadPoolExecutor(self._at_once, thread_name_prefix="bnlint")
        try:
            with contextlib.suppress(OSError):
                for (start, _), data in zip(pieces, pool.map(lambda piece: self._fetch(*piece), pieces), strict=True):
                    self._ahead.append((start, data))
        finally:
            pool.shutdown(cancel_futures=True)
        self._ahead.sort(key=lambda piece: piece[0])

    def _fetch(self, start: int, end: int) -> bytes:
        data = self._fetch_range(start, end)
        if len(data) != end - start:
            raise OSError(f"the store sent {len(data)} bytes instead of {end - start} from offset {start}")
        return data

    def close(self) -> None:
        """Forget what was fetched ahead; connections belong to the filesystem, pages to who lent them."""
        self._ahead.clear()


def _merged(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join ranges that lie less than a page apart, as far as all of them together are not too much."""
    pieces: list[tuple[int, int]] = []
    total = 0
    for start, end in sorted(ranges):
        is_near = bool(pieces) and start - pieces[-1][1] < PAGE
        begin = pieces[-1][1] if is_near else start
        total += max(end - begin, 0)
        if total > MOST_AHEAD:
            break
        if is_near:
            pieces[-1] = (pieces[-1][0], max(pieces[-1][1], end))
        else:
            pieces.append((start, end))
    return pieces
