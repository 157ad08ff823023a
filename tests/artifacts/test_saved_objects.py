from __future__ import annotations

import json

import pytest

from bnlint.artifacts.object_graph import Objects
from bnlint.artifacts.saved_objects import described_objects, is_keras, matching, objects_of, trainable_keys
from bnlint.formats import messages
from bnlint.formats.errors import FormatError
from tests.artifacts.objects import SUFFIX, object_graph

OBJECTS = Objects(
    messages.TrackableObjectGraph.FromString(
        object_graph("model=1 other=4", "bn=2", "gamma=3 self=1", "model/bn/gamma:bn/gamma", "v=5", "other/v:v")
    )
)


def saved(metadata=None, *, identifier="_tf_keras_layer"):
    """Return the same objects in another order: 0 root, 1 gamma, 2 bn, 3 model; ``other`` is unknown here."""
    graph = messages.MetaGraphDef().object_graph_def
    for children in ({"model": 3}, {}, {"gamma": 1, "self": 3}, {"bn": 2}):
        node = graph.nodes.add()
        for name, number in children.items():
            node.children.add(local_name=name, node_id=number)
    graph.nodes[1].variable.trainable = True
    for number, text in (metadata or {}).items():
        graph.nodes[number].user_object.identifier = identifier
        graph.nodes[number].user_object.metadata = text
    return graph


def layer(**fields):
    return json.dumps({"class_name": "BatchNormalization", "config": {"momentum": 0.9}, **fields})


def test_objects_are_matched_by_the_names_of_children():
    assert matching(OBJECTS, saved()) == {0: 0, 1: 3, 2: 2, 3: 1}
    assert trainable_keys(OBJECTS, saved()) == {f"model/bn/gamma{SUFFIX}": True}


@pytest.mark.parametrize(("own", "model", "expected"), [(True, True, True), (False, True, False), (True, False, False)])
def test_a_layer_is_trainable_where_all_around_it_is(own, model, expected):
    about = described_objects(OBJECTS, saved({2: layer(trainable=own), 3: layer(trainable=model)}), None)
    assert {n: (d.class_name, d.config["momentum"], d.trainable) for n, d in about.items()} == {
        2: ("BatchNormalization", 0.9, expected)
    }


def called(training):
    """Return what Keras writes of a layer that is called once; without a word of ``training`` where it is None."""
    return layer(inbound_nodes=[[["images", 0, 0, {} if training is None else {"training": training}]]])


@pytest.mark.parametrize(
    ("own", "model", "expected"),
    [(None, None, None), (False, None, False), (None, False, False), (True, False, True), (None, True, True)],
)
def test_a_layer_is_called_as_it_says_or_else_as_the_models_around_it(own, model, expected):
    about = described_objects(OBJECTS, saved({2: called(own), 3: called(model)}), None)
    assert about[2].training is expected


def test_the_file_beside_it_says_the_same():
    metadata = messages.SavedMetadata()
    metadata.nodes.add(node_id=2, metadata=layer())
    (about,) = described_objects(OBJECTS, saved(), metadata).values()
    assert (about.class_name, about.trainable) == ("BatchNormalization", None)


@pytest.mark.parametrize("text", ["", "{", "[1]", '"text"', "null", "[" * 100_000])
def test_what_is_no_json_object_says_nothing(text):
    assert described_objects(OBJECTS, saved({2: text}), None) == {}


def test_fields_of_another_type_say_nothing():
    (about,) = described_objects(OBJECTS, saved({2: layer(class_name=3, config=[], trainable="no")}), None).values()
    assert (about.class_name, dict(about.config), about.trainable) == (None, {}, None)


def test_what_is_not_keras_is_not_read():
    assert described_objects(OBJECTS, saved({2: layer()}, identifier="_generic_user_object"), None) == {}
    assert not is_keras(saved({2: layer()}, identifier="_generic_user_object"))
    assert is_keras(saved({2: layer()}))


def test_an_object_that_is_not_there_is_a_format_error():
    graph = saved()
    graph.nodes[0].children[0].node_id = 9
    with pytest.raises(FormatError, match="an object refers to object 9 of 4"):
        matching(OBJECTS, graph)


def test_without_objects_nothing_matches():
    assert matching(OBJECTS, messages.MetaGraphDef().object_graph_def) == {}
    assert matching(Objects(messages.TrackableObjectGraph()), saved()) == {}


def declared(*lines):
    """Return a SavedObjectGraph: for each object ``child=number …`` or, for a variable, its name."""
    graph = messages.MetaGraphDef().object_graph_def
    for line in lines:
        node = graph.nodes.add()
        if "=" not in line:
            node.variable.name, node.variable.dtype = line, 1
            node.variable.shape.dim.add(size=3)
        for word in line.split() if "=" in line else ():
            name, _, number = word.partition("=")
            node.children.add(local_name=name, node_id=int(number))
    return graph


def test_variables_have_the_keys_that_a_checkpoint_gives_them():
    objects, variables = objects_of(declared("a=1 twice=3", "a.b/c=2 self=0", "net/bn/gamma", "v"))
    assert {key: (v.dtype, v.shape) for key, v in variables.items()} == dict.fromkeys(
        (f"a/a..b.Sc{SUFFIX}", f"twice{SUFFIX}"), ("float32", (3,))
    )
    assert objects.full_names == {f"a/a..b.Sc{SUFFIX}": "net/bn/gamma", f"twice{SUFFIX}": "v"}
    assert objects.keys == {2: f"a/a..b.Sc{SUFFIX}", 3: f"twice{SUFFIX}"}


def test_variables_that_no_index_lists_are_not_known():
    objects, variables = objects_of(declared("a=1 b=2", "v", "w"), {f"b{SUFFIX}"})
    assert [*variables] == [*objects.full_names] == [*objects.keys.values()] == [f"b{SUFFIX}"]


def test_a_variable_without_a_shape_or_a_holder_is_not_known():
    graph = declared("v=1", "open", "lost")
    graph.nodes[1].variable.shape.unknown_rank = True
    objects, variables = objects_of(graph)
    assert (variables, objects.keys) == ({}, {})


def test_a_variable_far_down_is_not_known_and_costs_no_more():
    lines = [f"v={number}" for number in range(1, 2000)]
    assert objects_of(declared(*lines, "deep"))[1] == {}


def test_without_objects_there_are_no_variables():
    assert objects_of(declared())[1] == {}


def test_variables_that_refer_to_what_is_not_there_are_a_format_error():
    with pytest.raises(FormatError, match=r"^object_graph_def: an object refers to object 9 of 1$"):
        objects_of(declared("v=9"))
