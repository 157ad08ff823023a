from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnlint.formats import graph_file, messages
from bnlint.formats.graph_file import GraphKind, kind_of_graph_file
from bnlint.formats.source import BytesSource
from tests.formats.counting import Counting
from tests.formats.writing import varint

GRAPH, META, SAVED = GraphKind


def field(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


def kind(data):
    return kind_of_graph_file(BytesSource(data))


NODE = field(1, b"x") + field(2, b"Placeholder")
GRAPH_DEF = field(1, NODE) + field(4, b"\x08\x86\x01")
OP = field(1, field(1, b"Placeholder") + field(2, b""))
META_GRAPH_DEF = field(1, field(2, OP) + field(5, b"1.15.5")) + field(2, GRAPH_DEF)
SAVED_MODEL = b"\x08\x01" + field(2, META_GRAPH_DEF)

TABLE = {
    "a graph": (GRAPH_DEF, GRAPH),
    "a graph whose first node is larger than what is looked at": (field(1, NODE + field(5, bytes(1 << 17))), GRAPH),
    "a meta-graph": (META_GRAPH_DEF, META),
    "a meta-graph without information": (field(2, GRAPH_DEF), META),
    "a meta-graph with an empty graph": (field(1, field(5, b"2.4")) + field(2, b""), META),
    "a meta-graph with a long list of ops": (field(1, field(2, OP * 9000)) + field(2, GRAPH_DEF), META),
    "a SavedModel": (SAVED_MODEL, SAVED),
    "a SavedModel with a long list of ops": (
        b"\x08\x01" + field(2, field(1, field(2, OP * 9000)) + field(2, GRAPH_DEF)),
        SAVED,
    ),
    "a text graph": (b'node {\n  name: "x"\n  op: "Placeholder"\n}\n', GRAPH),
    "a text graph behind a comment": (b'# by hand\n\nversions { producer: 21 }\nnode { name: "x" }', GRAPH),
    "a text meta-graph": (b"meta_info_def {\n  stripped_op_list {\n", META),
    "a text SavedModel": (b"saved_model_schema_version: 1\nmeta_graphs {\n", SAVED),
    "nothing": (b"", None),
    "HTML": (b"<!DOCTYPE html><html>", None),
    "JSON": (b'{"node": {"name": 1}}', None),
    "prose": (b"node by node we went", None),
    "zeros": (bytes(1000), None),
    "an ONNX model": (b"\x08\x07" + field(2, b"pytorch") + field(3, b"1.9"), None),
    "an old ONNX model": (b"\x08\x01" + field(2, b"pytorch"), None),
    "a Caffe net": (field(1, b"AlexNet") + field(3, b"data"), None),
    "a node whose op has a space": (field(1, field(1, b"x") + field(2, b"no op")), None),
    "a node without a name": (field(1, field(1, b"") + field(2, b"NoOp")), None),
    "a node whose name is not UTF-8": (field(1, field(1, b"\xff\xfe") + field(2, b"NoOp")), None),
    "a node without an op": (field(1, field(1, b"x")), None),
    "a graph that ends within its first node": (field(1, NODE)[:-1], None),
    "a graph with a field of no known wire type": (GRAPH_DEF + b"\x0f", None),
}


@pytest.mark.parametrize(("data", "expected"), TABLE.values(), ids=TABLE)
def test_kinds(data, expected):
    assert kind(data) is expected


def test_what_tensorflow_writes(tf):
    from google.protobuf import text_format

    v1 = tf.compat.v1
    with v1.Graph().as_default() as graph:
        v1.get_variable("w", [2])
        meta = v1.train.Saver().export_meta_graph()
    saved = messages.SavedModel(saved_model_schema_version=1)
    saved.meta_graphs.add().MergeFromString(meta.SerializeToString())
    for message, expected in ((graph.as_graph_def(), GRAPH), (meta, META), (saved, SAVED)):
        assert kind(message.SerializeToString()) is expected
        assert kind(text_format.MessageToString(message).encode()) is expected


def test_only_the_beginning_is_read():
    source = Counting(field(1, NODE + field(5, bytes(1 << 20))))
    assert kind_of_graph_file(source) is GRAPH
    assert source.total == graph_file._HEAD


@given(st.binary(max_size=300))
def test_random_bytes_are_no_graph(data):
    kind(data)
    assert kind(b"\x80" + data) is None


@given(st.sampled_from((GRAPH_DEF, META_GRAPH_DEF, SAVED_MODEL)), st.data())
def test_damage_is_never_an_error(data, draw):
    changed = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 4))):
        changed[draw.draw(st.integers(0, len(changed) - 1))] = draw.draw(st.integers(0, 255))
    kind(bytes(changed[: draw.draw(st.integers(0, len(changed)))]))
