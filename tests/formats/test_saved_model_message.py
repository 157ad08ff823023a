from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnlint.formats import messages, saved_model
from bnlint.formats.errors import FormatError
from bnlint.formats.graph_def import read_graph_def
from bnlint.formats.saved_model import read_keras_metadata, read_saved_model
from bnlint.formats.source import BytesSource

TEXT = b'saved_model_schema_version: 1\nmeta_graphs { graph_def { node { name: "a" op: "NoOp" } } }'
GRAPH = b'node { name: "a" op: "NoOp" }'


def model(version=1):
    message = messages.SavedModel(saved_model_schema_version=version)
    message.meta_graphs.add().graph_def.node.add(name="a", op="NoOp")
    return message


def test_binary_and_text_are_read_alike():
    binary = read_saved_model(BytesSource(model().SerializeToString()))
    assert binary == read_saved_model(BytesSource(TEXT)) == model()


def test_a_module_of_tensorflow_hub_says_no_version():
    assert read_saved_model(BytesSource(model(0).SerializeToString())) == model(0)


def test_a_graph_is_read_binary_or_text():
    graph = messages.GraphDef()
    graph.node.add(name="a", op="NoOp")
    assert read_graph_def(BytesSource(GRAPH)) == read_graph_def(BytesSource(graph.SerializeToString())) == graph


@pytest.mark.parametrize(
    ("read", "data", "why"),
    [
        (read_saved_model, b"", "expected a SavedModel message with a graph, found none"),
        (read_saved_model, b"\x08\x01", "expected a SavedModel message with a graph, found none"),
        (read_saved_model, b"\x12\x05ab", "expected a SavedModel message"),
        (read_saved_model, b"saved_model_schema_version: 1", "with a graph, found none"),
        (read_saved_model, model(2).SerializeToString(), "expected version 1 of the SavedModel schema, found 2"),
        (read_graph_def, b"", "expected a GraphDef message with a graph, found none"),
        (read_graph_def, b"node { name: ", "expected a GraphDef, binary or text"),
        (read_graph_def, b"\x0a\x05ab", "expected a GraphDef message"),
        (read_keras_metadata, b"\x0a\x05ab", "expected a SavedMetadata message"),
    ],
)
def test_what_is_none_is_a_format_error(read, data, why):
    with pytest.raises(FormatError, match=why):
        read(BytesSource(data))


def test_metadata_is_bounded(monkeypatch):
    monkeypatch.setattr(saved_model, "MAX_BINARY", 10)
    with pytest.raises(FormatError, match="expected metadata of at most 10 bytes, found 11"):
        read_keras_metadata(BytesSource(bytes(11)))


@given(st.data())
def test_random_changes_yield_format_errors_only(draw):
    data = bytearray(draw.draw(st.sampled_from((model().SerializeToString(), TEXT))))
    for _ in range(draw.draw(st.integers(1, 4))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    with contextlib.suppress(FormatError):
        read_saved_model(BytesSource(bytes(data)))
