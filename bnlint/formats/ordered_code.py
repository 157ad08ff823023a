r"""OrderedCode: the encoding of the keys under which slices of partitioned variables are stored.

``num(0) str(name) num(rank) {snum(start) snum(length)}*``, each number and string encoded so that encoded keys
sort like what they stand for. Source: ``tensorflow/core/lib/strings/ordered_code.cc`` and
``EncodeTensorNameSlice`` in ``tensorflow/core/util/saved_tensor_slice_util.cc``. Knows no tables and no entries.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from bnlint.formats.errors import FormatError

FULL = -1
"""The length that stands for the whole dimension."""

SLICE_PREFIX = b"\x00"
"""How every slice key begins (the number 0), and no variable name does."""

_MAX_SIGNED_BYTES = 10  # 69 bits, the first width that holds an int64

_SPECIAL = re.compile(rb"[\x00\xff]")
_ESCAPES = {b"\x00": b"\x00\xff", b"\xff": b"\xff\x00"}
_UNESCAPES = {escaped: plain for plain, escaped in _ESCAPES.items()}
_END = b"\x00\x01"


class Extent(NamedTuple):
    """The part of one dimension that a slice covers, in elements; ``length`` is `FULL` for all of it."""

    start: int
    length: int


def slice_key(name: bytes, extents: Sequence[Extent]) -> bytes:
    """Return the key of one slice, with the extents exactly as the variable's entry has them.

    A full dimension is written as (0, size) by some writers and as (0, `FULL`) by others, with different keys.
    """
    parts = [_number(0), _string(name), _number(len(extents))]
    parts += [_signed(value) for extent in extents for value in extent]
    return b"".join(parts)


def parse_slice_key(key: bytes) -> tuple[bytes, tuple[Extent, ...]]:
    """Return the variable and the extents that ``key`` names.

    Raises:
        FormatError: ``key`` is no slice key.
    """
    zero, position = _parse_number(key, 0)
    name, position = _parse_string(key, position)
    rank, position = _parse_number(key, position)
    if zero != 0 or rank > len(key):
        raise FormatError("slice key", "expected the number 0, a name and a rank")
    extents = []
    for _ in range(rank):
        start, position = _parse_signed(key, position)
        length, position = _parse_signed(key, position)
        extents.append(Extent(start, length))
    if position != len(key):
        raise FormatError(f"slice key byte {position}", f"expected the end after {rank} extents")
    return name, tuple(extents)


def _number(value: int) -> bytes:
    """Encode 0 … 2**64-1: the number of bytes, then the bytes, highest first; 0 has none."""
    width = (value.bit_length() + 7) // 8
    return bytes([width]) + value.to_bytes(width, "big")


def _parse_number(data: bytes, position: int) -> tuple[int, int]:
    if position >= len(data) or data[position] > 8 or position + 1 + data[position] > len(data):
        raise FormatError(f"slice key byte {position}", "expected a number")
    end = position + 1 + data[position]
    return int.from_bytes(data[position + 1 : end], "big"), end


def _string(value: bytes) -> bytes:
    """Escape 00 and ff, so that the end mark 00 01 sorts before every longer string."""
    return _SPECIAL.sub(lambda match: _ESCAPES[match[0]], value) + _END


def _parse_string(data: bytes, position: int) -> tuple[bytes, int]:
    parts = []
    while True:
        match = _SPECIAL.search(data, position)
        if match is None:
            raise FormatError(f"slice key byte {position}", "expected the end mark of a name")
        mark = data[match.start() : match.start() + 2]
        parts.append(data[position : match.start()])
        position = match.start() + 2
        if mark == _END:
            return b"".join(parts), position
        if mark not in _UNESCAPES:
            raise FormatError(f"slice key byte {match.start()}", "expected an escaped 00 or ff, or an end mark")
        parts.append(_UNESCAPES[mark])


def _signed(value: int) -> bytes:
    """Encode a number in the fewest bytes n that hold -2**(7n-1) … 2**(7n-1)-1.

    A number >= 0 begins with n one-bits and a zero-bit; a negative one is the complement of ``-1 - value``.
    """
    magnitude = value if value >= 0 else ~value
    width = magnitude.bit_length() // 7 + 1
    code = ((1 << width) - 1) << (7 * width) | magnitude
    if value < 0:
        code ^= (1 << (8 * width)) - 1
    return code.to_bytes(width, "big")


def _parse_signed(data: bytes, position: int) -> tuple[int, int]:
    head = int.from_bytes(data[position : position + 2].ljust(2, b"\x00"), "big")
    flip = 0 if head >> 15 else 0xFFFF
    width = 16 - ((head ^ flip) ^ 0xFFFF).bit_length()  # leading one-bits
    end = position + width
    if width > _MAX_SIGNED_BYTES or end > len(data):
        raise FormatError(f"slice key byte {position}", "expected a signed number")
    code = int.from_bytes(data[position:end], "big")
    if flip:
        code ^= (1 << (8 * width)) - 1
    magnitude = code & ((1 << (7 * width)) - 1)
    return ~magnitude if flip else magnitude, end
