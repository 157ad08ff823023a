"""The text file called ``checkpoint`` in which a Saver notes its latest checkpoints.

Source: ``tensorflow/python/training/checkpoint_state.proto``. Its paths may be absolute, from another machine, or
globs of V1 shards; what they lead to is for others to find out.
"""

from __future__ import annotations

from typing import NamedTuple

from bnlint.formats import messages
from bnlint.formats.source import Source, read_whole

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
    data = read_whole(source, MAX_SIZE, "a checkpoint state")
    message = messages.parse_text(messages.CheckpointState, data, "a checkpoint state in text format")
    return CheckpointState(message.model_checkpoint_path, tuple(message.all_model_checkpoint_paths))
