from __future__ import annotations

import gc

import numpy as np
import pytest

from bnlint.artifacts import meta_graph
from bnlint.artifacts.artifact import GraphVariable, Saver
from bnlint.artifacts.attributes import LazyAttributes
from bnlint.artifacts.meta_graph import convert
from bnlint.formats import dtypes, messages
from bnlint.graph.functions import CALLS, Placeholder
from bnlint.graph.graph import GraphError
from bnlint.graph.inline import Flat
from tests.artifacts import saving
from tests.formats.oracle import assert_same


@pytest.fixture(scope="module")
def exported(tf):
    v1 = tf.compat.v1
    with saving.graph(tf).as_default():
        return v1.train.Saver().export_meta_graph()


def converted(exported):
    found, errors = convert(messages.MetaGraphDef.FromString(exported.SerializeToString()))
    assert errors == ()
    return found


@pytest.fixture(scope="module")
def functionless(exported):
    """The same without its calls of functions, whose bodies would join the graph."""
    message = type(exported).FromString(exported.SerializeToString())
    for node in message.graph_def.node:
        if node.op in CALLS:
            node.op = "Unknown"
    return message


def test_nodes_are_those_of_the_graph(functionless):
    graph = converted(functionless).graph
    assert len(graph) == len(functionless.graph_def.node)
    for node, theirs in zip(graph.nodes, functionless.graph_def.node, strict=True):
        assert (node.name, node.op, tuple(node.inputs)) == (theirs.name, theirs.op, tuple(theirs.input))


def test_calls_keep_their_names(exported):
    graph = converted(exported).graph
    assert len(graph) > len(exported.graph_def.node)
    calls = [node.name for node in exported.graph_def.node if node.op in CALLS]
    assert calls
    assert {graph.nodes[graph.number(name)].op for name in calls} == {"IdentityN"}


def test_attributes_are_those_of_tensorflow(tf, functionless):
    compared = set()
    for node, theirs in zip(converted(functionless).graph.nodes, functionless.graph_def.node, strict=True):
        assert sorted(node.attributes) == sorted(theirs.attr)
        assert len(node.attributes) == len(theirs.attr)
        for name, value in node.attributes.items():
            attr = theirs.attr[name]
            kind = attr.WhichOneof("value")
            compared.add(kind)
            if kind == "tensor":
                assert_same(value, tf.make_ndarray(attr.tensor))
            elif kind == "type":
                assert value == tf.as_dtype(attr.type).name
            elif kind == "shape":
                assert value == (None if attr.shape.unknown_rank else tuple(dim.size for dim in attr.shape.dim))
            elif kind == "s":
                assert value == attr.s.decode()
            elif kind == "func":
                assert value == attr.func.name
            elif kind == "list":
                assert isinstance(value, tuple)
            else:
                assert value == getattr(attr, kind)
                assert type(value) is {"b": bool, "i": int, "f": float}[kind]
    assert compared >= {"tensor", "type", "shape", "s", "func", "list", "b", "i"}


def attribute(**fields):
    node = messages.MetaGraphDef().graph_def.node.add()
    node.attr["a"].CopyFrom(messages.AttrValue(**fields))
    return LazyAttributes(node)["a"]


def test_lists():
    kinds = messages.AttrValue.ListValue
    assert attribute(list=kinds()) == ()
    assert attribute(list=kinds(i=[1, -2])) == (1, -2)
    assert attribute(list=kinds(f=[0.5])) == (0.5,)
    assert attribute(list=kinds(b=[True, False])) == (True, False)
    assert attribute(list=kinds(s=[b"a", b"\xff"])) == ("a", "\\xff")
    assert attribute(list=kinds(type=[1, 101, 77])) == ("float32", "float32_ref", "dtype 77")
    shapes = kinds()
    shapes.shape.add().dim.add().size = -1
    shapes.shape.add().unknown_rank = True
    assert attribute(list=shapes) == ((-1,), None)
    assert attribute(list=kinds(func=[messages.AttrValue(func={"name": "f"}).func])) == ("f",)


def test_single_values():
    assert attribute(s=b"a\xffb") == "a\\xffb"
    assert attribute(f=0.5) == 0.5
    assert attribute(type=101) == "float32_ref"
    assert attribute(placeholder="T") == Placeholder("T")
    assert isinstance(attribute(placeholder="T"), Placeholder)
    assert attribute(func={"name": "f", "attr": {"T": messages.AttrValue(i=3)}}).attributes == {"T": 3}
    assert attribute() is None
    tensor = messages.TensorProto(dtype=dtypes.STRING, string_val=[b"x"])
    assert attribute(tensor=tensor).item() == b"x"


def test_a_tensor_that_contradicts_itself_is_none():
    assert attribute(tensor=messages.TensorProto(dtype=1, tensor_content=b"abc")) is None
    assert attribute(tensor=messages.TensorProto(dtype=20)) is None


def test_asking_changes_nothing():
    node = messages.MetaGraphDef().graph_def.node.add()
    attributes = LazyAttributes(node)
    assert "a" not in attributes
    assert attributes.get("a") is None
    with pytest.raises(KeyError):
        attributes["a"]
    assert len(attributes) == 0
    assert repr(attributes) == "{}"


def test_variables_are_listed_once(exported):
    variables = {variable.name: variable for variable in converted(exported).variables}
    assert len(variables) == len(converted(exported).variables)
    assert variables["bn/gamma"] == GraphVariable("bn/gamma", "bn/gamma/Assign", "bn/gamma", trainable=True)
    assert variables["bn/moving_mean"] == GraphVariable(
        "bn/moving_mean", "bn/moving_mean/Assign", "bn/moving_mean", trainable=False
    )
    assert variables["emb/w/part_1"].key == "emb/w"
    assert variables["emb/w/part_1/Adam"].key == "emb/w/Adam"
    assert variables["res/bias"].trainable is True
    assert variables["res/bias"].initializer == "res/bias/Assign"
    assert variables["global_step"].trainable is False


def test_trainable_is_unknown_where_the_writer_did_not_know_it(exported):
    message = messages.MetaGraphDef.FromString(exported.SerializeToString())
    for collection in message.collection_def.values():
        definitions = list(collection.bytes_list.value)
        for number, data in enumerate(definitions):
            definition = messages.VariableDef()
            if not data.startswith(b"bn/"):
                definition.ParseFromString(data)
                definition.ClearField("trainable")
                collection.bytes_list.value[number] = definition.SerializeToString()
    assert {variable.trainable for variable in convert(message)[0].variables} == {None}


def test_collections_hold_names(exported):
    collections = converted(exported).collections
    assert collections["update_ops"] == ("update",)
    assert collections["train_op"] == ("Adam",)
    assert collections["my_variables"] == ("bn/gamma",)
    assert collections["trainable_variables"] == (
        "bn/gamma",
        "emb/w/part_0",
        "emb/w/part_1",
        "emb/w/part_2",
        "res/bias",
    )
    assert collections["global_step"] == ("global_step",)
    assert not {"words", "numbers", "cond_context"} & collections.keys()


def test_the_saver_and_the_version(tf, exported):
    found = converted(exported)
    assert found.saver == Saver("save/control_dependency", "save/restore_all", "save/Const")
    assert found.tensorflow_version == tf.__version__
    exported = type(exported).FromString(exported.SerializeToString())
    exported.ClearField("saver_def")
    assert converted(exported).saver is None


def test_functions_are_read_as_written(exported, monkeypatch):
    read = []

    def inline(nodes, functions, *_):
        read.extend(functions)
        return Flat(list(nodes), {})

    monkeypatch.setattr(meta_graph, "inline", inline)
    converted(exported)
    theirs = exported.graph_def.library.function
    assert read
    for function, definition in zip(read, theirs, strict=True):
        assert function.name == definition.signature.name
        assert function.arguments == tuple(argument.name for argument in definition.signature.input_arg)
        assert function.results == tuple(argument.name for argument in definition.signature.output_arg)
        assert [node.name for node in function.nodes] == [node.name for node in definition.node_def]
        assert function.returns == dict(definition.ret)
        assert function.control_returns == dict(definition.control_ret)
        assert function.lists == set()


def _message(*names, collections=()):
    message = messages.MetaGraphDef()
    for name in names:
        message.graph_def.node.add(name=name, op="VariableV2")
    for name, values in collections:
        if isinstance(values[0], bytes):
            message.collection_def[name].bytes_list.value.extend(values)
        else:
            message.collection_def[name].node_list.value.extend(values)
    return message


def _variable(name, initializer="v"):
    return messages.VariableDef(variable_name=name, initializer_name=initializer).SerializeToString()


@pytest.mark.parametrize(
    ("collection", "error", "names"),
    [
        (("update_ops", ["v", "w:0"]), "collection 'update_ops': names 'w:0', which is no node", ("v",)),
        (
            ("variables", [_variable("v:0"), _variable("w:0")]),
            "collection 'variables': names the variable 'w', which is no node of the graph",
            ("v",),
        ),
        (("variables", [_variable("v:0", "i")]), "'v' has the initializer 'i', which is no node", ()),
        (("variables", [b"\xff"]), "collection 'variables': expected a VariableDef message", ()),
        (("mine", [_variable("v:0"), b"\xff", b"word"]), None, ("v",)),
        (("mine", [b"word"]), None, None),
        (("cond_context", [_variable("v:0")]), None, None),
        (("variables", [_variable("v:0"), _variable("v:0")]), None, ("v", "v")),
    ],
)
def test_collections_that_lead_nowhere_are_told(collection, error, names):
    found, errors = convert(_message("v", collections=[collection]))
    assert found.collections.get(collection[0]) == names
    assert [str(e) for e in errors][:1] == [str(e) for e in errors]
    if error is None:
        assert errors == ()
    else:
        assert error in str(errors[0])


def test_other_messages_in_a_collection_are_told_from_variables():
    message = _message("v", "queue", collections=[("mine", [_variable("queue"), _variable("v:0")])])
    message.graph_def.node[1].op = "FIFOQueueV2"
    found, errors = convert(message)
    assert found.collections["mine"] == ("v",)
    assert errors == ()


def test_nodes_that_are_no_graph_are_refused():
    with pytest.raises(GraphError, match="two nodes are called 'v'"):
        convert(_message("v", "v"))
    message = _message("v")
    message.graph_def.node[0].input.append("w")
    with pytest.raises(GraphError, match="input 'w'"):
        convert(message)
    assert gc.isenabled()


def test_values_survive_the_message(exported):
    graph = converted(exported).graph
    gc.collect()
    constants = [node for node in graph.nodes if node.op == "Const"]
    assert all(isinstance(node.attributes["value"], np.ndarray) for node in constants)
