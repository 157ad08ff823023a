"""A GraphDef in a file of its own, such as ``frozen.pb``: binary, or text.

Source: ``tensorflow/core/framework/graph.proto``. Knows nothing of what the graph computes.
"""

from __future__ import annotations

from bnlint.formats import messages
from bnlint.formats.message_file import read_message
from bnlint.formats.messages import Message
from bnlint.formats.source import Source


def read_graph_def(source: Source) -> Message:
    """Read a GraphDef, binary or text.

    Raises:
        FormatError: it is neither, has no node, or is larger than `message_file` allows.
        OSError: the storage failed.
    """
    return read_message(source, messages.GraphDef, "node")
