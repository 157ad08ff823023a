"""The text file called ``checkpoint`` in which a Saver notes its latest checkpoints.

Source: ``tensorflow/python/training/checkpoint_state.proto``. Its paths may be absolute, from another machine, or
globs of V1 shards; what they lead to is for others to find out.
"""

from __future__ import annotations

from typing import NamedTuple

from bnlint.formats import messages
from bnlint.formats.errors import FormatError
from bnlint.formats.source import Source

MAX_SIZE = 16 << 20
"""Bytes; the file holds a few paths."""


class CheckpointState(NamedTuple):
    """Prefixes as they were written. ``latest`` is empty where the file names none."""

    latest: str
    all: tuple[str, ...]
    """Oldest first; usually ends with ``latest``."""


def read_checkpoint_state(source: Source) -> CheckpointState:
    """Read a ``checkpoint`` file.

    Raises:
        FormatError: it is no CheckpointState in text format.
        OSError: the storage failed.
    """
    if source.size > MAX_SIZE:
        raise FormatError("offset 0", f"expected at most {MAX_SIZE} bytes, found {source.size}")
    from google.protobuf import text_format  # noqa: PLC0415 - 10 ms that most calls do not need

    try:
        text = source.read(0, source.size)
        message = text_format.Parse(text, messages.CheckpointState(), allow_unknown_field=True)
    except (text_format.ParseError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError("offset 0", f"expected a checkpoint state in text format ({error})") from error
    return CheckpointState(message.model_checkpoint_path, tuple(message.all_model_checkpoint_paths))
