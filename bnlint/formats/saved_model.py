"""A SavedModel's ``saved_model.pb``, or ``saved_model.pbtxt``, and the Keras metadata that may lie beside it.

Source: ``tensorflow/core/protobuf/saved_model.proto``, ``keras/protobuf/saved_metadata.proto``. Knows nothing of what
the graphs compute.
"""

from __future__ import annotations

from bnlint.formats import messages
from bnlint.formats.errors import FormatError
from bnlint.formats.message_file import MAX_BINARY, read_message
from bnlint.formats.messages import Message
from bnlint.formats.source import Source, read_whole

_VERSION = 1
"""The only version of the schema so far (``SAVED_MODEL_SCHEMA_VERSION``)."""


def read_saved_model(source: Source) -> Message:
    """Read a SavedModel, binary or text.

    Raises:
        FormatError: it is neither, holds no meta-graph, comes from the future, or is larger than `message_file` allows.
        OSError: the storage failed.
    """
    message = read_message(source, messages.SavedModel, "meta_graphs")
    found = message.saved_model_schema_version
    if found > _VERSION:  # modules of TensorFlow Hub say no version
        raise FormatError("offset 0", f"expected version {_VERSION} of the SavedModel schema, found {found}")
    return message


def read_keras_metadata(source: Source) -> Message:
    """Read ``keras_metadata.pb``, a SavedMetadata message.

    Raises:
        FormatError: it is none, or is too large.
        OSError: the storage failed.
    """
    return messages.parse(messages.SavedMetadata, read_whole(source, MAX_BINARY, "metadata"), "offset 0")
