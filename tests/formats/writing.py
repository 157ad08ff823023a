"""A writer of tables and indexes, made from the format's description, so that anything can be wrong in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from bnlint.formats import crc32c, messages
from bnlint.formats.source import BytesSource
from bnlint.formats.table import MAGIC, read_table

Records = Sequence[tuple[bytes, bytes]]


def varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def entry(shared: int, suffix: bytes, value: bytes) -> bytes:
    return varint(shared) + varint(len(suffix)) + varint(len(value)) + suffix + value


def contents(records: Records, interval: int = 16) -> bytes:
    """Encode a block, sharing prefixes between restart points."""
    out, restarts, last = bytearray(), [], b""
    for number, (key, value) in enumerate(records):
        shared = 0
        if number % interval == 0:
            restarts.append(len(out))
        else:
            while shared < min(len(key), len(last)) and key[shared] == last[shared]:
                shared += 1
        out += entry(shared, key[shared:], value)
        last = key
    restarts = restarts or [0]
    return bytes(out) + b"".join(r.to_bytes(4, "little") for r in (*restarts, len(restarts)))


def stored(block: bytes, kind: int = 0) -> bytes:
    """Add the trailer to a block."""
    body = block + bytes([kind])
    return body + crc32c.masked(body).to_bytes(4, "little")


def footer(metaindex: tuple[int, int], index: tuple[int, int]) -> bytes:
    handles = b"".join(varint(number) for number in (*metaindex, *index))
    return handles.ljust(40, b"\x00") + MAGIC.to_bytes(8, "little")


def assemble(blocks: Iterable[tuple[bytes, bytes]], between: bytes = b"") -> bytes:
    """Put stored blocks, each with its index key, into a table; ``between`` stands before the metaindex."""
    out, index = bytearray(), []
    for bound, block in blocks:
        index.append((bound, varint(len(out)) + varint(len(block) - 5)))
        out += block
    out += between
    handles = []
    for block in (stored(contents([])), stored(contents(index))):
        handles.append((len(out), len(block) - 5))
        out += block
    return bytes(out) + footer(*handles)


def table(records: Records, per_block: int = 5) -> bytes:
    """Write a table as TensorFlow does, with ``per_block`` records in a block."""
    chunks = [records[start : start + per_block] for start in range(0, len(records), per_block)]
    return assemble([(chunk[-1][0], stored(contents(chunk))) for chunk in chunks])


def edited(index: bytes, changes: Mapping[bytes, Mapping[str, Any] | bytes | None]) -> bytes:
    """Rewrite an index with correct checksums and some entries changed.

    A mapping sets fields of the entry (or of the header, key ``b""``), bytes replace it, None removes it.
    """
    records = dict(read_table(BytesSource(index)))
    for key, change in changes.items():
        if change is None:
            del records[key]
        elif isinstance(change, bytes):
            records[key] = change
        else:
            kind = messages.BundleEntry if key else messages.BundleHeader
            records[key] = _changed(kind.FromString(records.get(key, b"")), change)
    return table(sorted(records.items()), per_block=1000)


def _changed(message: Any, change: Mapping[str, Any]) -> bytes:
    for field, value in change.items():
        if field in _SETTERS:
            _SETTERS[field](message, value)
        else:
            setattr(message, field, value)
    data = message.SerializeToString()
    assert isinstance(data, bytes)
    return data


def _set_shape(message: Any, shape: Sequence[int]) -> None:
    del message.shape.dim[:]
    for dim in shape:
        message.shape.dim.add().size = dim


def _set_slices(message: Any, slices: Sequence[Sequence[tuple[int, int | None]]]) -> None:
    """Extents are (start, length); a length of None is left out."""
    del message.slices[:]
    for extents in slices:
        piece = message.slices.add()
        for start, length in extents:
            extent = piece.extent.add()
            extent.start = start
            if length is not None:
                extent.length = length


def _set_version(message: Any, version: Mapping[str, Any]) -> None:
    for name, value in version.items():
        if name == "bad_consumers":
            message.version.bad_consumers.extend(value)
        else:
            setattr(message.version, name, value)


_SETTERS: Mapping[str, Callable[[Any, Any], None]] = {
    "shape": _set_shape,
    "slices": _set_slices,
    "version": _set_version,
}
