"""A source that remembers what was read of it."""

from __future__ import annotations

from bnlint.formats.source import BytesSource


class Counting(BytesSource):
    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.reads: list[tuple[int, int]] = []

    def read(self, offset: int, length: int, /) -> bytes:
        self.reads.append((offset, length))
        return super().read(offset, length)

    @property
    def total(self) -> int:
        """How many bytes were read."""
        return sum(length for _, length in self.reads)
