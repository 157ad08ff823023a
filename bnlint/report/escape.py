"""Names and paths from outside, made safe to print.

Whoever wrote a checkpoint chose the names in it: they may hold terminal escapes, newlines, direction marks or bytes
that are no text.
"""

from __future__ import annotations

_FIRST_ESCAPED_BYTE, _LAST_ESCAPED_BYTE = 0xDC80, 0xDCFF
"""Python's surrogateescape keeps an undecodable byte 0xNN as U+DCNN."""


def decodable(text: str) -> str:
    r"""Return ``text`` with what is no character written out: a byte as ``\xNN``, a surrogate as ``\uNNNN``."""
    if text.isascii():
        return text
    return "".join(_written_out(c) if "\ud800" <= c <= "\udfff" else c for c in text)


def visible(text: str) -> str:
    """Return ``text`` as one line in which nothing acts on a terminal: control characters come as escapes."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _written_out(c) for c in text)


def _written_out(character: str) -> str:
    code = ord(character)
    if _FIRST_ESCAPED_BYTE <= code <= _LAST_ESCAPED_BYTE:
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
