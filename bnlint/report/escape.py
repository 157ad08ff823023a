"""Names and paths from outside, made safe to print.

Whoever wrote a checkpoint chose the names in it: they may hold terminal escapes, newlines, direction marks or bytes
that are no text.
"""

from __future__ import annotations

import re

_FIRST_ESCAPED_BYTE, _LAST_ESCAPED_BYTE = 0xDC80, 0xDCFF
"""Python's surrogateescape keeps an undecodable byte 0xNN as U+DCNN."""
_COMMAND = re.compile(r"::(?=[A-Za-z])|##(?=\w*\[)")


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


def inert(text: str) -> str:
    """Return ``visible(text)`` so that it is no command to a CI server that reads the log, wherever a line breaks.

    GitHub's runner obeys a line that begins with ``::error``, Azure's and TeamCity's what follows ``##vso[`` or
    ``##teamcity[`` (their documentation of logging commands).
    """
    return _COMMAND.sub(_broken, visible(text))


def _broken(command: re.Match[str]) -> str:
    return f"{command[0][0]}\\x{ord(command[0][1]):02x}"


def _written_out(character: str) -> str:
    code = ord(character)
    if _FIRST_ESCAPED_BYTE <= code <= _LAST_ESCAPED_BYTE:
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
