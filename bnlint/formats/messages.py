"""Protocol Buffers messages, made at run time from the committed descriptors of ``schema.proto``.

A private descriptor pool, so that an installed TensorFlow with other versions of the same messages is neither
disturbed nor relied on, and no generated code, which would tie bnlint to one release of protobuf. (Before protobuf 4.25
a private pool's classes are freed while they are in use, and the process crashes.) Knows how to parse and nothing of
what the fields mean.
"""

from __future__ import annotations

import pkgutil
from typing import Any, TypeAlias

from google.protobuf import descriptor_pb2, descriptor_pool, message, message_factory
from google.protobuf.internal import api_implementation

from bnlint.formats.errors import FormatError

Message: TypeAlias = Any
"""A message, or the class of one; its fields are those in ``schema.proto``."""


_LONGEST = 200
"""Characters of what protobuf says of a text."""


def _classes() -> dict[str, Message]:
    """Make the classes of all messages, by full name.

    All are kept, also those that are only fields of others: protobuf before 4.25 frees the class of a field's message
    while the field can still be asked for, and crashes.
    """
    pool = descriptor_pool.DescriptorPool()
    data = pkgutil.get_data(__package__, "schema.binpb")
    assert data is not None, "schema.binpb is part of the package"
    files = descriptor_pb2.FileDescriptorSet.FromString(data).file
    for file in files:
        pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClassesForFiles([file.name for file in files], pool)


_CLASSES = _classes()

AttrValue = _CLASSES["bnlint.AttrValue"]
BundleEntry = _CLASSES["bnlint.BundleEntryProto"]
BundleHeader = _CLASSES["bnlint.BundleHeaderProto"]
CheckpointState = _CLASSES["bnlint.CheckpointState"]
GraphDef = _CLASSES["bnlint.GraphDef"]
MetaGraphDef = _CLASSES["bnlint.MetaGraphDef"]
SavedMetadata = _CLASSES["bnlint.SavedMetadata"]
SavedModel = _CLASSES["bnlint.SavedModel"]
SavedTensorSlices = _CLASSES["bnlint.SavedTensorSlices"]
TensorProto = _CLASSES["bnlint.TensorProto"]
TrackableObjectGraph = _CLASSES["bnlint.TrackableObjectGraph"]
VariableDef = _CLASSES["bnlint.VariableDef"]


def parse(kind: Message, data: bytes, place: str) -> Message:
    """Parse ``data`` as a message of class ``kind``.

    Raises:
        FormatError: it is none, naming ``place``. Nesting deeper than protobuf's limit of 100 is an error too.
    """
    try:
        return kind.FromString(data)
    except message.DecodeError as error:
        raise FormatError(
            place, f"expected a {kind.DESCRIPTOR.name} message that is neither cut short nor damaged ({error})"
        ) from error


def parse_text(kind: Message, data: bytes, expected: str) -> Message:
    """Parse ``data`` as the text format of a message of class ``kind``; fields that the schema lacks are skipped.

    Raises:
        FormatError: it is not the text that was ``expected``, in words.
    """
    from google.protobuf import text_format  # noqa: PLC0415 - 10 ms that most calls do not need

    try:
        return text_format.Parse(data, kind(), allow_unknown_field=True)
    except (text_format.ParseError, UnicodeDecodeError, RecursionError) as error:
        told = str(error)
        if len(told) > _LONGEST:  # protobuf repeats the line, which may be a whole tensor
            told = f"{told[: _LONGEST // 2]} … {told[-_LONGEST // 2 :]}"
        raise FormatError("offset 0", f"expected {expected} ({told})") from error


def is_slow() -> bool:
    """Say whether protobuf runs in pure Python, which takes about 60 times as long for a large graph."""
    return bool(api_implementation.Type() == "python")
