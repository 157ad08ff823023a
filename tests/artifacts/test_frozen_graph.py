from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bnlint.artifacts.artifact import Part
from bnlint.artifacts.frozen_graph import open_frozen_graph
from bnlint.artifacts.places import GraphFile
from bnlint.artifacts.storage import LocalStorage
from bnlint.formats import messages
from bnlint.layers.build import build_subject
from bnlint.layers.layer import Mode
from bnlint.layers.subject import Need
from tests.artifacts import saved_models
from tests.artifacts.opening import content, everything, replace
from tests.formats.oracle import assert_same

NAMES = ("gamma", "beta", "moving_mean", "moving_variance")


def opened(name="g.pb"):
    return open_frozen_graph(GraphFile(name, name, name), LocalStorage())


def layers_of(artifact):
    return build_subject(artifact).subject.layers


def network(tf, training):
    """Return a session on a network of TensorFlow 1, its output, and what its variables hold."""
    v1 = tf.compat.v1
    with v1.Graph().as_default():
        x = v1.placeholder(tf.float32, saved_models.INPUT, name="x")
        y = saved_models.network(tf, x, training=training)
        session = v1.Session()
        values = {}
        for number, variable in enumerate(v1.global_variables()):
            values[variable.op.name] = np.arange(3, dtype=np.float32) + number
            session.run(v1.assign(variable, values[variable.op.name]))
        return session, y, values


@pytest.fixture(scope="session")
def frozen(tf):
    """A graph of TensorFlow 1, frozen, and the values in it."""
    session, y, values = network(tf, training=False)
    constants = tf.compat.v1.graph_util.convert_variables_to_constants
    return constants(session, session.graph.as_graph_def(), [y.op.name]), values


@pytest.mark.parametrize("as_text", [False, True])
def test_constants_are_variables_again(tf, frozen, as_text):
    graph, values = frozen
    tf.io.write_graph(graph, ".", "g.pb", as_text=as_text)
    artifact = opened()
    assert (artifact.format, artifact.problems, artifact.absent) == ("frozen-graph", (), {})
    found = everything(artifact).arrays
    constants = {n.name: tf.make_ndarray(n.attr["value"].tensor) for n in graph.node if n.op == "Const"}
    assert set(values) <= set(found) <= set(constants)
    for name, value in found.items():
        assert_same(value, constants[name])
        assert artifact.saved[name][1:3] == (value.dtype.name, value.shape)
    (layer,) = layers_of(artifact)
    assert layer.name == "bn"
    assert [v.name for v in layer.variables] == [f"bn/{name}" for name in NAMES]
    np.testing.assert_array_equal(layer.moving_variance.values, values["bn/moving_variance"])
    assert [a.mode for a in layer.applications] == [Mode.INFERENCE]
    assert artifact.meta_graph.is_serving
    assert artifact.meta_graph.outputs == ("FusedBatchNormV3",)


def test_a_graph_frozen_by_tensorflow_2(tf):
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    module = saved_models.module(tf, training=False)
    graph = convert_variables_to_constants_v2(module.call.get_concrete_function()).graph.as_graph_def()
    replace("g.pb", graph.SerializeToString())
    artifact = opened()
    assert (artifact.framework, artifact.problems) == ("tf2", ())
    (layer,) = layers_of(artifact)
    for name in NAMES:
        np.testing.assert_array_equal(getattr(layer, name).values, getattr(module, name).numpy())
    assert [a.mode for a in layer.applications] == [Mode.INFERENCE]


def test_a_graph_that_is_not_frozen_has_no_values(tf):
    session, _, _ = network(tf, training=True)
    tf.io.write_graph(session.graph, ".", "graph.pbtxt")
    artifact = opened("graph.pbtxt")
    reason = "graph.pbtxt holds a graph and no values: it is not frozen"
    assert artifact.absent == {Part.NAMES: reason, Part.VALUES: reason}
    assert not artifact.meta_graph.is_serving
    (layer,) = layers_of(artifact)
    assert [a.mode for a in layer.applications] == [Mode.TRAINING]
    assert Need.SERVING in build_subject(artifact).subject.missing


def test_a_graph_frozen_in_training_mode_still_has_its_layer(tf):
    session, y, _ = network(tf, training=True)
    constants = tf.compat.v1.graph_util.convert_variables_to_constants
    tf.io.write_graph(constants(session, session.graph.as_graph_def(), [y.op.name]), ".", "g.pb", as_text=False)
    built = build_subject(opened())
    (layer,) = built.subject.layers
    assert [v.is_saved for v in layer.statistics] == [False, False]
    assert [a.served[0].by for a in layer.applications] == ["output 'FusedBatchNormV3'"]


def test_a_meta_graph_by_another_name(tf):
    v1 = tf.compat.v1
    with v1.Graph().as_default():
        x = v1.placeholder(tf.float32, saved_models.INPUT, name="x")
        saved_models.network(tf, x, training=False)
        v1.train.Saver().export_meta_graph("g.pb")
    artifact = opened()
    reason = "g.pb holds a graph and no values"
    assert artifact.absent == {Part.NAMES: reason, Part.VALUES: reason}
    assert artifact.meta_graph.saver is not None
    (layer,) = layers_of(artifact)
    assert layer.name == "bn"


def graph_def(*nodes):
    message = messages.GraphDef()
    for name, op, *inputs in nodes:
        message.node.add(name=name, op=op, input=inputs)
    return message


def constant(message, name, shape, dtype=1, **fields):
    node = message.node.add(name=name, op="Const")
    tensor = node.attr["value"].tensor
    tensor.dtype = dtype
    for size in shape:
        tensor.tensor_shape.dim.add().size = size
    for field, values in fields.items():
        getattr(tensor, field).extend(values)


def test_only_filled_floating_point_arrays_are_variables():
    message = graph_def(("x", "Placeholder"))
    constant(message, "scalar", (), float_val=[1])
    constant(message, "empty", (0,))
    constant(message, "whole", (2,), 3, int_val=[1])
    constant(message, "double", (2,), 2, double_val=[1])
    constant(message, "splat", (1 << 40,), float_val=[3])
    constant(message, "wrong", (2,), float_val=[1, 2, 3])
    constant(message, "negative", (-2,), float_val=[1])
    message.node.add(name="nothing", op="Const")
    replace("g.pb", message.SerializeToString())
    artifact = opened()
    assert {v.name: (v.dtype, v.shape) for v in artifact.saved.values()} == {
        "double": ("float64", (2,)),
        "splat": ("float32", (1 << 40,)),
        "wrong": ("float32", (2,)),
    }
    values = everything(artifact)
    assert values.arrays["double"].tolist() == [1, 1]
    assert values.absent == {
        "splat": f"the constant 'splat' cannot be decoded: unsupported: 1 values repeated to {1 << 40}",
        "wrong": "the constant 'wrong' cannot be decoded: expected at most 2 values, found 3",
    }


def test_outputs_are_what_nothing_takes_or_waits_for():
    nodes = (("x", "Placeholder"), ("a", "Relu", "x"), ("b", "Relu", "a"), ("c", "Relu", "x"), ("d", "NoOp", "^c"))
    replace("g.pb", graph_def(*nodes, ("e", "Identity", "x")).SerializeToString())
    assert opened().meta_graph.outputs == ("b", "e")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is empty, not a graph (GraphDef)"),
        (b"<html>", "is an HTML page, not a graph (GraphDef)"),
        (b"\x0a\x05ab", "expected a GraphDef message"),
        (b'node { name: "a" ', "expected a GraphDef, binary or text"),
        (
            graph_def(("a", "Relu", "b")).SerializeToString(),
            "node 'a' has the input 'b', which is no node of the graph",
        ),
        (graph_def(("a", "NoOp"), ("a", "NoOp")).SerializeToString(), "two nodes are called 'a'"),
    ],
)
def test_what_is_no_graph_is_one_problem(data, why):
    replace("g.pb", data)
    artifact = opened()
    (problem,) = artifact.problems
    assert problem.path == "g.pb"
    assert why in problem.message
    assert "\n" not in problem.message
    assert artifact.absent == dict.fromkeys(Part, "g.pb is damaged")
    assert (artifact.meta_graph, artifact.saved) == (None, None)


def test_a_file_that_is_not_there_is_one_problem():
    (problem,) = opened().problems
    assert problem.message == "cannot be read: No such file or directory"


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_random_changes_make_problems_only(frozen, here, draw):
    data = bytearray(frozen[0].SerializeToString())
    for _ in range(draw.draw(st.integers(1, 5))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    replace("g.pb", data)
    build_subject(opened())
    assert content("g.pb") == data
