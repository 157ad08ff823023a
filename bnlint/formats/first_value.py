"""What stands first in a table: the value under the empty key, which tells a V2 index from a V1 checkpoint.

Reads a few bytes and verifies nothing; `bnlint.formats.table` reads whole tables.
"""

from __future__ import annotations

from bnlint.formats import messages
from bnlint.formats.errors import FormatError
from bnlint.formats.source import Source
from bnlint.formats.varint import read_varint

_HEAD = 64


def is_index(source: Source) -> bool:
    """Tell the index of a V2 checkpoint from a V1 table: a header begins with field 1 as a varint, V1's as bytes."""
    value = _first_value(source)
    return value is not None and (not value or value[0] & 7 == 0)


def shard_count(source: Source) -> int | None:
    """Return how many data files an index speaks of; None where its beginning does not tell."""
    value = _first_value(source)
    if value is None:
        return None
    try:
        return int(messages.parse(messages.BundleHeader, value, "key ''").num_shards)
    except FormatError:
        return None


def _first_value(source: Source) -> bytes | None:
    """Return the value, or as much of it as is in the first bytes; None where the first key is not empty."""
    head = source.read(0, min(source.size, _HEAD))
    if head[:2] != b"\x00\x00":  # no bytes shared with the key before, none of its own
        return None
    try:
        length, start = read_varint(head, 2)
    except FormatError:
        return None
    return head[start : start + length]
