"""Raw Snappy, decoded without trusting it: nothing is allocated that the input could not fill.

Source: https://github.com/google/snappy/blob/main/format_description.txt. Knows nothing of tables.
"""

from __future__ import annotations

from bnlint.formats.errors import FormatError
from bnlint.formats.varint import read_varint

_MAX_EXPANSION = 22
"""Output bytes one input byte can yield: a copy of 64 bytes takes 3."""

_LITERAL = 0


def decompress(data: bytes) -> bytes:
    """Return what ``data`` was compressed from.

    Raises:
        FormatError: a length or offset that the data contradicts.
    """
    claimed, position = read_varint(data, 0)
    if claimed > _MAX_EXPANSION * len(data):
        raise FormatError("snappy header", f"claims {claimed} bytes, {len(data)} compressed bytes cannot hold them")
    output = bytearray()
    while position < len(data):
        if data[position] & 3 == _LITERAL:
            position = _literal(data, position, output, claimed)
        else:
            position = _copy(data, position, output, claimed)
    if len(output) != claimed:
        raise FormatError("snappy end", f"expected {claimed} bytes, found {len(output)}")
    return bytes(output)


def _literal(data: bytes, position: int, output: bytearray, claimed: int) -> int:
    """Append the literal whose tag is at ``position``; return the position after it."""
    start = position + 1
    length = (data[position] >> 2) + 1
    if length > 60:  # the length itself follows, in 1 to 4 bytes
        width = length - 60
        if start + width > len(data):
            raise FormatError(f"snappy byte {position}", f"expected a length of {width} bytes")
        length = int.from_bytes(data[start : start + width], "little") + 1
        start += width
    if length > len(data) - start or length > claimed - len(output):
        raise FormatError(f"snappy byte {position}", f"expected a literal of {length} bytes")
    output += data[start : start + length]
    return start + length


def _copy(data: bytes, position: int, output: bytearray, claimed: int) -> int:
    """Append the back reference whose tag is at ``position``; return the position after it."""
    tag = data[position]
    width = (0, 1, 2, 4)[tag & 3]
    end = position + 1 + width
    if end > len(data):
        raise FormatError(f"snappy byte {position}", f"expected an offset of {width} bytes")
    offset = int.from_bytes(data[position + 1 : end], "little")
    length = (tag >> 2) + 1
    if tag & 3 == 1:  # length - 4 in three bits of the tag, the offset's high bits in the other three
        length = ((tag >> 2) & 7) + 4
        offset |= (tag >> 5) << 8
    if not 0 < offset <= len(output) or length > claimed - len(output):
        raise FormatError(f"snappy byte {position}", f"cannot copy {length} bytes from {offset} bytes back")
    if offset >= length:
        start = len(output) - offset
        output += output[start : start + length]
    else:  # the copy reads what it writes: a repeated pattern
        pattern = output[-offset:]
        output += (pattern * (length // offset + 1))[:length]
    return end
