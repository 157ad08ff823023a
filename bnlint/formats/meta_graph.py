"""A MetaGraphDef, the content of a ``.meta`` file: binary, or text under the same suffix.

Source: ``tensorflow/core/protobuf/meta_graph.proto``. The format has no checksum; whoever uses the message checks
that its names resolve. Knows nothing of what the graph computes.
"""

from __future__ import annotations

from bnlint.formats import messages
from bnlint.formats.errors import FormatError
from bnlint.formats.messages import Message
from bnlint.formats.source import Source

MAX_BINARY = 1 << 30
"""Bytes. Protocol Buffers end at 2 GiB; a hostile message takes about 50 times its size in memory."""
MAX_TEXT = 64 << 20
"""Bytes. Text is parsed at about 3 MB/s."""


def read_meta_graph(source: Source) -> Message:
    """Read a MetaGraphDef, binary or text.

    Raises:
        FormatError: it is neither, holds no graph, or is larger than the limits above.
        OSError: the storage failed.
    """
    if source.size > MAX_BINARY:
        raise FormatError("offset 0", f"expected a graph of at most {MAX_BINARY} bytes, found {source.size}")
    data = source.read(0, source.size)
    try:
        message = messages.parse(messages.MetaGraphDef, data, "offset 0")
    except FormatError as error:
        message, reason = None, error
    else:
        reason = FormatError("offset 0", "expected a MetaGraphDef message with a graph, found none")
    if message is not None and message.HasField("graph_def"):
        return message
    if not is_text(data):
        raise reason
    return _from_text(data)


def is_text(data: bytes) -> bool:
    """Say whether ``data`` may be text: its beginning has no control characters but white space."""
    head = data[:4096]
    return bool(head) and not any(byte < 0x20 and byte not in b"\t\n\r" for byte in head)


def _from_text(data: bytes) -> Message:
    if len(data) > MAX_TEXT:
        raise FormatError("offset 0", f"expected a text graph of at most {MAX_TEXT} bytes, found {len(data)}")
    from google.protobuf import text_format  # noqa: PLC0415 - 10 ms that a binary graph does not need

    try:
        message = text_format.Parse(data, messages.MetaGraphDef(), allow_unknown_field=True)
    except (text_format.ParseError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError("offset 0", f"expected a MetaGraphDef, binary or text ({error})") from error
    if not message.HasField("graph_def"):
        raise FormatError("offset 0", "expected a MetaGraphDef message with a graph, found none")
    return message
