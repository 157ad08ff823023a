"""Base-128 varints, as in Protocol Buffers and LevelDB: seven bits per byte, lowest first."""

from __future__ import annotations

from bnlint.formats.errors import FormatError

_MAX_BYTES = 10  # of 64 bits


def read_varint(data: bytes, position: int) -> tuple[int, int]:
    """Decode the varint at ``position``.

    Returns:
        The value (0 … 2**64-1) and the position after it.

    Raises:
        FormatError: ``data`` ends inside it, it has more than 64 bits, or it is longer than it need be, as no writer
            writes it.
    """
    value = 0
    for count, byte in enumerate(data[position : position + _MAX_BYTES]):
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            if value >> 64 or (count and not byte):
                break
            return value, position + count + 1
    raise FormatError(f"byte {position}", "expected a varint of at most 64 bits, without leading zeros")
