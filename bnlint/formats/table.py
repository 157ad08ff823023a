"""LevelDB's table: sorted keys and values in checksummed blocks.

The ``.index`` of a checkpoint is one, and so is every shard of a V1 checkpoint, which holds the tensors themselves.
Source: LevelDB ``doc/table_format.md``; ``tsl/lib/io/{format,block,table}.cc``. Knows bytes only, neither
Protocol Buffers nor what the keys mean.

Every block that is read is verified. The footer has no checksum, so that what it leads to is checked instead:
keys ascend strictly over the whole file, no key lies beyond its index key, and the data blocks follow each other
from offset 0 without a hole. Readers that skip a bad block lose thousands of variables without a word. Between the
last data block and the index anything may stand, since other writers keep filters there.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

from bnlint.formats import crc32c, snappy
from bnlint.formats.errors import FormatError
from bnlint.formats.source import Source
from bnlint.formats.varint import read_varint

MAGIC = 0xDB4775248B80FB57
FOOTER_SIZE = 48
_TRAILER_SIZE = 5  # one byte of compression type, four of checksum
_MAX_KEY_BYTES = 256 << 20
"""Budget for all decoded keys: prefix sharing lets one byte of file stand for a key of any length."""

Record = tuple[bytes, bytes]


class _Handle(NamedTuple):
    """Where a block is: offset and size in bytes, without its trailer."""

    offset: int
    size: int

    @property
    def end(self) -> int:
        return self.offset + self.size + _TRAILER_SIZE


def is_table(source: Source) -> bool:
    """Say whether the file ends like a table."""
    if source.size < FOOTER_SIZE:
        return False
    return int.from_bytes(source.read(source.size - 8, 8), "little") == MAGIC


def read_table(source: Source) -> list[Record]:
    """Read and verify a whole table.

    Returns:
        All keys with their values, in ascending order of the keys.

    Raises:
        FormatError: any byte is not as the format promises.
    """
    table = Table(source)
    return [record for number in range(table.blocks) for record in table.block(number)]


class Table:
    """A table of which some blocks are read. Reads the footer and the index at once.

    Attributes:
        blocks: how many data blocks there are.

    Raises:
        FormatError: the footer or the index is not as the format promises.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._reader = _BlockReader(source)
        metaindex, index = self._reader.handles()
        self._reader.block(metaindex)  # nothing in it is needed (TensorFlow leaves it empty), but it must be intact
        records = self._reader.block(index)
        self._bounds = [bound for bound, _ in records]
        self._handles = _contiguous([_handle(value, 0)[0] for _, value in records])
        self.blocks = len(records)
        self._latest: tuple[int, dict[bytes, bytes] | FormatError] = -1, {}

    def block(self, number: int) -> list[Record]:
        """Read and verify one data block.

        Raises:
            FormatError: any of its bytes is not as the format promises.
        """
        return self._block(number, self._reader)

    def value(self, key: bytes) -> bytes | None:
        """Return the value of ``key``, None where the table lacks it.

        Reads and verifies one block, and remembers it: keys that are asked for in ascending order cost each block once.

        Raises:
            FormatError: a byte of the block that would hold the key is not as the format promises.
        """
        number = bisect_left(self._bounds, key)
        if number == self.blocks:
            return None
        if self._latest[0] != number:
            self._latest = -1, {}  # a block may take 100 MB, and more: do not keep two
            self._latest = number, self._records(number)
        found = self._latest[1]
        if isinstance(found, FormatError):
            raise FormatError(found.place, found.detail)
        return found.get(key)

    def _records(self, number: int) -> dict[bytes, bytes] | FormatError:
        try:
            return dict(self._block(number, _BlockReader(self._source)))
        except FormatError as error:
            return error

    def _block(self, number: int, reader: _BlockReader) -> list[Record]:
        block = reader.block(self._handles[number])
        after = self._bounds[number - 1] if number else None
        _check_bounds(block, after, self._bounds[number], self._handles[number])
        return block


def _contiguous(handles: list[_Handle]) -> list[_Handle]:
    """Check that the data blocks follow each other from offset 0."""
    end = 0
    for handle in handles:
        if handle.offset != end:
            raise FormatError(f"offset {end}", f"expected a data block, the next one begins at {handle.offset}")
        end = handle.end
    return handles


def _check_bounds(block: list[Record], after: bytes | None, bound: bytes, handle: _Handle) -> None:
    """Check that a block's keys lie between its neighbours' in the index; inside the block they ascend already."""
    if not block:
        raise FormatError(f"block at offset {handle.offset}", "expected at least one key")
    if block[-1][0] > bound or (after is not None and block[0][0] <= after):
        raise FormatError(f"block at offset {handle.offset}", "expected keys in the range the index block gives")


def _handle(data: bytes, position: int) -> tuple[_Handle, int]:
    offset, position = read_varint(data, position)
    size, position = read_varint(data, position)
    return _Handle(offset, size), position


class _BlockReader:
    """Reads blocks of one file and keeps the budget for their decoded keys."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._key_budget = _MAX_KEY_BYTES

    def handles(self) -> tuple[_Handle, _Handle]:
        """Read the footer and return where the metaindex and the index block are."""
        size = self._source.size
        if size < FOOTER_SIZE:
            raise FormatError("offset 0", f"expected a table of at least {FOOTER_SIZE} bytes, found {size}")
        place = size - FOOTER_SIZE
        footer = self._source.read(place, FOOTER_SIZE)
        magic = int.from_bytes(footer[40:], "little")
        if magic != MAGIC:
            detail = f"expected the table magic {MAGIC:#x}, found {magic:#x}; is the file cut short?"
            raise FormatError(f"offset {size - 8}", detail)
        try:
            metaindex, position = _handle(footer[:40], 0)
            index, position = _handle(footer[:40], position)
        except FormatError as error:
            raise FormatError(f"offset {place}", f"expected two block handles ({error.detail})") from error
        if any(footer[position:40]):
            raise FormatError(f"offset {place + position}", "expected zero bytes between the handles and the magic")
        return metaindex, index

    def block(self, handle: _Handle) -> list[Record]:
        """Read, verify, decompress and decode one block."""
        place = f"block at offset {handle.offset}"
        limit = self._source.size - FOOTER_SIZE
        if handle.end > limit:
            raise FormatError(place, f"expected {handle.size} bytes and a checksum before the footer at {limit}")
        stored = self._source.read(handle.offset, handle.size + _TRAILER_SIZE)
        expected = int.from_bytes(stored[-4:], "little")
        found = crc32c.masked(stored[:-4])
        if found != expected:
            raise FormatError(place, f"expected checksum {expected:#010x}, found {found:#010x}")
        try:
            return self._decode(_uncompressed(stored[:-_TRAILER_SIZE], stored[-_TRAILER_SIZE]))
        except FormatError as error:
            raise FormatError(f"{place}, {error.place}", error.detail) from error

    def _decode(self, data: bytes) -> list[Record]:
        """Decode a block's entries one after the other; its restart points serve random access only."""
        end = _entries_end(data)
        records: list[Record] = []
        position, key = 0, b""
        while position < end:
            start = position
            head = data[position : position + 3]
            if len(head) == 3 and max(head) < 0x80:  # nearly always each of the three varints is one byte
                shared, unshared, length = head
                position += 3
            else:
                shared, unshared, length, position = _three_varints(data, position)
            if shared > len(key) or unshared + length > end - position:
                raise FormatError(f"byte {start}", "expected an entry that fits its block")
            self._key_budget -= shared + unshared
            if self._key_budget < 0:
                raise FormatError(f"byte {start}", f"the keys take more than {_MAX_KEY_BYTES} bytes")
            previous, key = key, key[:shared] + data[position : position + unshared]
            if records and key <= previous:
                raise FormatError(f"byte {start}", f"expected a key after {previous!r}, found {key!r}")
            position += unshared
            records.append((key, data[position : position + length]))
            position += length
        return records


def _three_varints(data: bytes, position: int) -> tuple[int, int, int, int]:
    """Read the lengths that begin an entry."""
    shared, position = read_varint(data, position)
    unshared, position = read_varint(data, position)
    length, position = read_varint(data, position)
    return shared, unshared, length, position


def _uncompressed(data: bytes, compression: int) -> bytes:
    if compression == 0:
        return data
    if compression == 1:
        return snappy.decompress(data)
    raise FormatError("compression type", f"expected 0 (none) or 1 (snappy), found {compression}")


def _entries_end(data: bytes) -> int:
    """Return where a block's entries end and its restart offsets (u32 each, then their count) begin."""
    count = int.from_bytes(data[-4:], "little") if len(data) >= 4 else 0
    end = len(data) - 4 * (count + 1)
    if count < 1 or end < 0:
        raise FormatError("block end", f"expected restart offsets, found a count of {count} in {len(data)} bytes")
    return end
