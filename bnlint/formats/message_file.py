"""A file that holds one protocol buffer with a graph in it, binary or text: the same suffix goes for both.

Knows sizes and encodings; what the message must hold is its own format's matter. The encoding has no checksum.
"""

from __future__ import annotations

from bnlint.formats import messages
from bnlint.formats.errors import FormatError
from bnlint.formats.graph_file import is_text
from bnlint.formats.messages import Message
from bnlint.formats.source import Source, read_whole

MAX_BINARY = 1 << 30
"""Bytes. Protocol Buffers end at 2 GiB; a hostile message takes about 50 times its size in memory."""
MAX_TEXT = 64 << 20
"""Bytes. Text is parsed at about 3 MB/s."""


def read_message(source: Source, kind: Message, field: str) -> Message:
    """Read a message of class ``kind``, binary or text, in which ``field`` is set.

    Raises:
        FormatError: it is neither, lacks the field, or is larger than the limits above.
        OSError: the storage failed.
    """
    data = read_whole(source, MAX_BINARY, "a graph")
    try:
        message = messages.parse(kind, data, "offset 0")
    except FormatError as error:
        message, reason = None, error
    else:
        reason = _without_graph(kind)
    if message is not None and _has(message, field):
        return message
    if not is_text(data):
        raise reason
    return _from_text(data, kind, field)


def _without_graph(kind: Message) -> FormatError:
    return FormatError("offset 0", f"expected a {kind.DESCRIPTOR.name} message with a graph, found none")


def _has(message: Message, field: str) -> bool:
    """Whether ``field`` is there: a repeated one is where it has an element."""
    return any(descriptor.name == field for descriptor, _ in message.ListFields())


def _from_text(data: bytes, kind: Message, field: str) -> Message:
    if len(data) > MAX_TEXT:
        raise FormatError("offset 0", f"expected a text graph of at most {MAX_TEXT} bytes, found {len(data)}")
    message = messages.parse_text(kind, data, f"a {kind.DESCRIPTOR.name}, binary or text")
    if not _has(message, field):
        raise _without_graph(kind)
    return message
