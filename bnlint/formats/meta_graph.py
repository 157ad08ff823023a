"""A MetaGraphDef, the content of a ``.meta`` file: binary, or text under the same suffix.

Source: ``tensorflow/core/protobuf/meta_graph.proto``. The format has no checksum; whoever uses the message checks
that its names resolve. Knows nothing of what the graph computes.
"""

from __future__ import annotations

from bnlint.formats import messages
from bnlint.formats.message_file import read_message
from bnlint.formats.messages import Message
from bnlint.formats.source import Source


def read_meta_graph(source: Source) -> Message:
    """Read a MetaGraphDef, binary or text.

    Raises:
        FormatError: it is neither, holds no graph, or is larger than `message_file` allows.
        OSError: the storage failed.
    """
    return read_message(source, messages.MetaGraphDef, "graph_def")
