from __future__ import annotations

import json

import pytest

from bnlint.artifacts.object_graph import Objects
from bnlint.artifacts.saved_objects import described_objects, is_keras, matching, trainable_keys
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
