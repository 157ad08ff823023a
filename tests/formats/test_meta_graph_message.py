from __future__ import annotations

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bnlint.formats import message_file, messages
from bnlint.formats.errors import FormatError
from bnlint.formats.meta_graph import read_meta_graph
from bnlint.formats.source import BytesSource
from tests.formats.writing import varint


def read(data):
    return read_meta_graph(BytesSource(data))


@pytest.fixture(scope="module")
def exported(tf):
    """A small training graph, binary and as text."""
    v1 = tf.compat.v1
    with v1.Graph().as_default():
        x = v1.placeholder(tf.float32, [None, 2], name="x")
        with v1.variable_scope("bn"):
            v1.get_variable("moving_mean", [2], initializer=v1.zeros_initializer(), trainable=False, use_resource=False)
            gamma = v1.get_variable("gamma", [2], initializer=v1.ones_initializer(), use_resource=False)
        v1.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_sum(x * gamma))
        v1.add_to_collection("numbers", 5)
        v1.add_to_collection("rates", 0.5)
        v1.add_to_collection("words", "hello")
        return v1.train.Saver().export_meta_graph()


def test_reads_binary_and_text_alike(tf, exported):
    from google.protobuf import text_format

    binary = read(exported.SerializeToString())
    text = read(text_format.MessageToString(exported).encode())
    binary.DiscardUnknownFields()  # of which the text parser keeps none
    assert binary == text
    assert sorted(binary.collection_def) == [
        "numbers",
        "rates",
        "train_op",
        "trainable_variables",
        "variables",
        "words",
    ]
    assert [node.name for node in binary.graph_def.node] == [node.name for node in exported.graph_def.node]
    assert binary.meta_info_def.tensorflow_version == tf.__version__


def test_any_lists_in_text_are_passed_over():
    collection = b'collection_def { key: "k" value { any_list { value { [type.googleapis.com/x.Y] { z: 1 } } } } }'
    graph = read(b'graph_def { node { name: "a" op: "NoOp" } }' + collection).graph_def
    assert [node.name for node in graph.node] == ["a"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "expected a MetaGraphDef message with a graph, found none"),
        (b"\x7a\x00", "expected a MetaGraphDef message with a graph, found none"),
        (b"\x12\xff\xff\xff\xff\x0f", "expected a MetaGraphDef message"),
        (b"\x12\x05ab", "expected a MetaGraphDef message"),
        (b"hello", "expected a MetaGraphDef, binary or text"),
        (b"saver_def { max_to_keep: 5 }", "with a graph, found none"),
        (b"graph_def { node { name: ", "expected a MetaGraphDef, binary or text"),
        (b"graph_def { node { name: '\xff' } }", "expected a MetaGraphDef, binary or text"),
        (b"a {" * 20_000, "expected a MetaGraphDef, binary or text"),
        (b"\x12" + varint(8) + b"\x0a\x06\x0a\x04\xff\xfe\xfd\xfc", "expected a MetaGraphDef message"),
    ],
)
def test_what_is_none_is_a_format_error(data, why):
    with pytest.raises(FormatError, match=why):
        read(data)


def test_an_empty_graph_is_a_graph():
    assert len(read(b"\x12\x00").graph_def.node) == 0


def test_every_truncation_is_noticed_or_shorter(exported):
    data = exported.SerializeToString()
    whole = len(exported.graph_def.node)
    for length in range(0, len(data), 7):
        try:
            found = read(data[:length])
        except FormatError:
            continue
        assert len(found.graph_def.node) in (0, whole)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_random_bytes_yield_format_errors_only(exported, draw):
    data = bytearray(exported.SerializeToString())
    for _ in range(draw.draw(st.integers(1, 4))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    with contextlib.suppress(FormatError):
        read(bytes(data))


def test_sizes_are_bounded(monkeypatch):
    monkeypatch.setattr(message_file, "MAX_TEXT", 30)
    with pytest.raises(FormatError, match="expected a text graph of at most 30 bytes, found 39"):
        read(b'graph_def { node { name: "a" op: "b" }}')
    monkeypatch.setattr(message_file, "MAX_BINARY", 10)
    with pytest.raises(FormatError, match="expected a graph of at most 10 bytes, found 11"):
        read(bytes(11))


def test_a_name_that_is_not_utf_8_is_refused():
    node = b"\x0a\x01\xff"
    graph = b"\x0a" + varint(len(node)) + node
    with pytest.raises(FormatError):
        read(b"\x12" + varint(len(graph)) + graph)
    assert messages.MetaGraphDef


def test_what_protobuf_says_of_a_text_is_short():
    with pytest.raises(FormatError, match=r"^offset 0: expected a MetaGraphDef, binary or text") as raised:
        read(b'graph_def { node { name: "' + b"n" * 10_000 + b'" nothing } }')
    assert len(str(raised.value)) < 300
