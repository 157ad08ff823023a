"""Which message a file with a graph is: GraphDef, MetaGraphDef or SavedModel, binary or text.

None of the three has a magic number, and all go by any suffix, so the first fields tell: their numbers in
``tensorflow/core/framework/graph.proto``, ``core/protobuf/meta_graph.proto`` and ``saved_model.proto``. Looks at the
beginning only and parses nothing; a file that is taken for a graph may still turn out to be damaged.
"""

from __future__ import annotations

import enum
import re

from bnlint.formats.errors import FormatError
from bnlint.formats.source import Source
from bnlint.formats.varint import read_varint

_HEAD = 64 << 10
"""Bytes that are looked at. A MetaGraphDef may have a list of ops of that size before its graph."""
_VARINT, _BYTES = 0, 2
_FIXED = {1: 8, 5: 4}
_OP = re.compile(rb"[A-Za-z_>][A-Za-z0-9_>/.\-]*")
"""What ops and functions are called (tensorflow/core/framework/op_def_util.cc)."""
_TEXT = re.compile(rb"\s*(?:#[^\n]*\s*)*([a-z_]+)\s*:?\s*[{<\d]")


class GraphKind(enum.Enum):
    """A message that holds a graph, by its name."""

    GRAPH_DEF = "GraphDef"
    META_GRAPH_DEF = "MetaGraphDef"
    SAVED_MODEL = "SavedModel"


_TEXT_FIELDS = {
    b"node": GraphKind.GRAPH_DEF,
    b"versions": GraphKind.GRAPH_DEF,
    b"library": GraphKind.GRAPH_DEF,
    b"meta_info_def": GraphKind.META_GRAPH_DEF,
    b"graph_def": GraphKind.META_GRAPH_DEF,
    b"saver_def": GraphKind.META_GRAPH_DEF,
    b"collection_def": GraphKind.META_GRAPH_DEF,
    b"signature_def": GraphKind.META_GRAPH_DEF,
    b"saved_model_schema_version": GraphKind.SAVED_MODEL,
    b"meta_graphs": GraphKind.SAVED_MODEL,
}


def kind_of_graph_file(source: Source) -> GraphKind | None:
    """Return which graph message ``source`` begins like; None for anything else, whatever it is.

    Raises:
        OSError: the storage failed.
    """
    head = source.read(0, min(source.size, _HEAD))
    if _is_saved_model(head, source.size):
        return GraphKind.SAVED_MODEL
    if _is_graph_def(head, source.size):
        return GraphKind.GRAPH_DEF
    if _is_meta_graph(head, source.size):
        return GraphKind.META_GRAPH_DEF
    match = _TEXT.match(head) if is_text(head) else None
    return _TEXT_FIELDS.get(match[1]) if match else None


def is_text(data: bytes) -> bool:
    """Say whether ``data`` may be text: its beginning has no control characters but white space."""
    head = data[:4096]
    return bool(head) and not any(byte < 0x20 and byte not in b"\t\n\r" for byte in head)


def _is_saved_model(head: bytes, size: int) -> bool:
    """Whether a schema version comes first, and then a MetaGraphDef."""
    fields = _fields(head, size)
    if [(number, kind) for number, kind, *_ in fields[:2]] != [(1, _VARINT), (2, _BYTES)]:
        return False
    _, _, start, length = fields[1]
    return _is_meta_graph(head[start:], length)


def _is_meta_graph(head: bytes, size: int) -> bool:
    """Whether there is a graph, with nothing but a MetaInfoDef before it."""
    for number, kind, start, length in _fields(head, size):
        if kind != _BYTES or number > 2:
            return False
        if number == 2:
            return length == 0 or _is_graph_def(head[start:], length)
        if start + length > len(head):
            return _is_meta_info(head[start:], length)  # the graph lies beyond what is looked at
    return False


def _is_meta_info(head: bytes, size: int) -> bool:
    """Whether this is a MetaInfoDef with a list of ops (OpDefs, whose first field is a name)."""
    for number, kind, start, length in _fields(head, size):
        if number == 2:
            ops = _fields(head[start:], length)
            return bool(ops) and ops[0][:2] == (1, _BYTES) and _name(head[start:], ops[0]) is not None
        if kind != _BYTES or number > 1:
            return False
    return False


def _name(head: bytes, op: tuple[int, int, int, int]) -> bytes | None:
    """Return the name of the OpDef that the field ``op`` is."""
    inner = _fields(head[op[2] :], op[3])
    if not inner or inner[0][:2] != (1, _BYTES):
        return None
    start = op[2] + inner[0][2]
    name = head[start : start + inner[0][3]]
    return name if _OP.fullmatch(name) else None


def _is_graph_def(head: bytes, size: int) -> bool:
    """Whether a NodeDef comes first: a name and an op. Other messages that begin with bytes have neither."""
    fields = _fields(head, size)
    if not fields or fields[0][:2] != (1, _BYTES):
        return False
    _, _, start, length = fields[0]
    inner = _fields(head[start:], length)
    if [field[:2] for field in inner[:2]] != [(1, _BYTES), (2, _BYTES)]:
        return False
    name, op = (head[start + at : start + at + count] for _, _, at, count in inner[:2])
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return bool(name) and _OP.fullmatch(op) is not None


def _fields(head: bytes, size: int) -> list[tuple[int, int, int, int]]:
    """Return (number, wire type, start, length) of the fields of a message of ``size`` bytes that begin in ``head``.

    Empty where the bytes are no message: a field of an unknown wire type, or one that ends after the message.
    """
    found: list[tuple[int, int, int, int]] = []
    position = 0
    end = min(len(head), size)
    try:
        while position < end:
            tag, position = read_varint(head, position)
            number, kind = tag >> 3, tag & 7
            length = _FIXED.get(kind, 0)
            if kind == _VARINT:
                _, position = read_varint(head, position)
            elif kind == _BYTES:
                length, position = read_varint(head, position)
            elif kind not in _FIXED:
                return []
            if number == 0 or position + length > size:
                return []
            found.append((number, kind, position, length))
            position += length
    except FormatError:  # the head ends within a field, or the bytes are no varint
        return found if end < size else []
    return found
