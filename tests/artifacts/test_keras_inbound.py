from __future__ import annotations

import json

import pytest

from bnlint.artifacts.keras_config import ConfigLayer, parse_config
from bnlint.artifacts.keras_inbound import calls_of


def layer(class_name, name, *inputs, **config):
    """Return a layer as Keras 2 writes it, called once with the outputs of ``inputs``."""
    nodes = [[[source, 0, 0, {}] for source in inputs]] if inputs else []
    written = {"class_name": class_name, "config": {"name": name, "trainable": True, **config}, "name": name}
    return {**written, "inbound_nodes": nodes}


def called_again(written, *inputs):
    nodes = [*written["inbound_nodes"], [[source, 0, 0, {}] for source in inputs]]
    return {**written, "inbound_nodes": nodes}


def model(*layers, class_name="Functional"):
    return {"class_name": class_name, "config": {"name": "m", "layers": list(layers)}}


def fed(written, name="bn"):
    """Return the name of what feeds a layer of the model."""
    (found,) = (child.layer for child in flat(parse_config(json.dumps(written))) if child.layer.name == name)
    return None if found.fed_by is None else found.fed_by.name


def flat(about: ConfigLayer):
    for child in about.children:
        yield child
        yield from flat(child.layer)


BN = layer("BatchNormalization", "bn", "c")
CONV = layer("Conv2D", "c", "images", filters=5)
IMAGES = layer("InputLayer", "images")
OTHER = layer("Conv2D", "d", "images", filters=7)


def behind(*layers):
    """Return a model in which ``bn`` is fed by the last of ``layers``."""
    return model(IMAGES, CONV, OTHER, *layers, layer("BatchNormalization", "bn", layers[-1]["name"]))


FUNCTIONAL = {
    "a convolution": (model(IMAGES, CONV, BN), "c"),
    "in any order": (model(BN, CONV, IMAGES), "c"),
    "a dense layer": (model(IMAGES, layer("Dense", "c", "images", units=3), BN), "c"),
    "Keras 1": (model(IMAGES, layer("Convolution2D", "c", "images", nb_filter=3), BN), "c"),
    "an activation": (behind(layer("Activation", "a", "c")), "c"),
    "an activation and dropout": (behind(layer("LeakyReLU", "a", "c"), layer("SpatialDropout2D", "b", "a")), "c"),
    "the input": (model(IMAGES, layer("BatchNormalization", "bn", "images")), None),
    "a layer that is not there": (model(IMAGES, BN), None),
    "pooling": (behind(layer("MaxPooling2D", "a", "c")), None),
    "a flatten": (behind(layer("Flatten", "a", "c")), None),
    "a residual sum": (behind(layer("Add", "a", "c", "d")), None),
    "concat": (behind(layer("Concatenate", "a", "c", "d")), None),
    "a depthwise convolution": (behind(layer("DepthwiseConv2D", "a", "c")), None),
    "a separable convolution": (behind(layer("SeparableConv2D", "a", "c")), None),
    "a transposed convolution": (behind(layer("Conv2DTranspose", "a", "c")), None),
    "a convolution for each time step": (behind(layer("TimeDistributed", "a", "c")), None),
    "another model": (behind(layer("Functional", "a", "c")), None),
    "two calls, one feeder": (model(IMAGES, CONV, called_again(BN, "c")), "c"),
    "two calls, two feeders": (model(IMAGES, CONV, OTHER, called_again(BN, "d")), None),
    "two calls, the second of the input": (model(IMAGES, CONV, called_again(BN, "images")), None),
    "two calls, the second of nothing": (model(IMAGES, CONV, called_again(BN)), None),
    "called with two tensors": (model(IMAGES, CONV, OTHER, layer("BatchNormalization", "bn", "c", "d")), None),
    "never called": (model(IMAGES, CONV, layer("BatchNormalization", "bn")), None),
    "two layers of one name": (model(IMAGES, CONV, CONV, BN), None),
    "a cycle": (model(layer("ReLU", "c", "r"), layer("ReLU", "r", "c"), BN), None),
}


@pytest.mark.parametrize(("written", "expected"), FUNCTIONAL.values(), ids=FUNCTIONAL)
def test_a_functional_model(written, expected):
    assert fed(written) == expected


def chain(*layers):
    return model(*layers, class_name="Sequential")


SEQUENTIAL = {
    "a convolution": (chain(IMAGES, CONV, BN), "c"),
    "an activation": (chain(CONV, layer("ReLU", "r"), BN), "c"),
    "pooling": (chain(CONV, layer("AveragePooling2D", "r"), BN), None),
    "before the convolution": (chain(BN, CONV), None),
    "between two": (chain(OTHER, BN, CONV), "d"),
    "in a model": (model(IMAGES, chain(CONV, BN)), "c"),
}


@pytest.mark.parametrize(("written", "expected"), SEQUENTIAL.values(), ids=SEQUENTIAL)
def test_a_sequential_model(written, expected):
    assert fed(written) == expected


def test_a_sequential_model_of_keras_1_does_not_say_names():
    layers = [{"class_name": "Dense", "config": {"output_dim": 7}}, {"class_name": "BatchNormalization", "config": {}}]
    (_, norm) = parse_config(json.dumps({"class_name": "Sequential", "config": layers})).children
    assert norm.layer.fed_by is not None
    assert norm.layer.fed_by.config == {"output_dim": 7}


def tensor(name):
    return {"class_name": "__keras_tensor__", "config": {"shape": [None, 4], "keras_history": [name, 0, 0]}}


CALLS = {
    "Keras 1 and 2": ([[["a", 0, 0]]], (("a",),)),
    "with arguments": ([[["a", 0, 0, {"training": True}]]], (("a",),)),
    "of two tensors": ([[["a", 0, 0, {}], ["b", 0, 0, {}]]], (("a", "b"),)),
    "one tensor twice": ([[["a", 0, 0, {}], ["a", 0, 0, {}]]], (("a",),)),
    "with a tensor as an argument": ([[["a", 0, 0, {}]], [["a", 1, 0, {"y": 3}]]], (("a",), ("a",))),
    "Keras 3": ([{"args": [tensor("a")], "kwargs": {"mask": None}}], (("a",),)),
    "of a list, Keras 3": ([{"args": [[tensor("a"), tensor("b")]], "kwargs": {}}], (("a", "b"),)),
    "by keyword, Keras 3": ([{"args": [tensor("a")], "kwargs": {"scale": tensor("b")}}], (("a", "b"),)),
    "of nothing": ([[]], ((),)),
    "not said": (None, ()),
    "not a list": ({"a": 1}, ()),
    "numbers": ([3, "a", None], ((), (), ())),
    "booleans in place of numbers": ([[["a", True, False]]], ((),)),
}


@pytest.mark.parametrize(("nodes", "calls"), CALLS.values(), ids=CALLS)
def test_what_a_layer_was_called_with(nodes, calls):
    assert calls_of(nodes) == calls


def test_calls_that_nest_too_deeply_say_nothing():
    node = ["a", 0, 0]
    for _ in range(100):
        node = [node]
    assert calls_of([node]) == ((),)


def with_training(written, training):
    """Return a layer of Keras 2 all of whose calls state ``training``."""
    nodes = [[[*tensor[:3], {"training": training}] for tensor in call] for call in written["inbound_nodes"]]
    return {**written, "inbound_nodes": nodes}


def called_in(written, name="bn"):
    """Return the mode that a layer of the model is called in."""
    (found,) = (child.layer for child in flat(parse_config(json.dumps(written))) if child.layer.name == name)
    return found.training


def within(inner, training=None):
    """Return a model that calls another one, a base, with ``training`` where it is given."""
    base = layer("Functional", "base", "images", layers=[CONV, inner])
    return model(base if training is None else with_training(base, training))


IN_KERAS_3 = {
    **BN,
    "inbound_nodes": [
        {
            "args": [{"class_name": "__keras_tensor__", "config": {"keras_history": ["c", 0, 0]}}],
            "kwargs": {"training": False},
        }
    ],
}


@pytest.mark.parametrize(
    ("written", "mode"),
    [
        (model(CONV, BN), None),
        (model(CONV, with_training(BN, training=False)), False),
        (model(CONV, with_training(BN, training=True)), True),
        (model(CONV, with_training(BN, training=0)), False),
        (model(CONV, with_training(BN, training=None)), None),
        (model(CONV, with_training(BN, training="yes")), None),
        # several calls
        (model(CONV, with_training(called_again(BN, "c"), training=False)), False),
        (model(CONV, called_again(with_training(BN, training=False), "c")), None),
        # a base in another model
        (within(BN), None),
        (within(BN, training=False), False),
        (within(with_training(BN, training=True), training=False), True),
        (within(called_again(with_training(BN, training=True), "c"), training=False), None),
        # Keras 3 overrules it
        (model(CONV, IN_KERAS_3), None),
        # odd ones
        (model(CONV, {**BN, "inbound_nodes": [[["c", 0, 0, []]]]}), None),
        (model(CONV, {**BN, "inbound_nodes": [[["c", 0, 0]]]}), None),
        (model(CONV, {**BN, "inbound_nodes": 3}), None),
    ],
)
def test_the_mode_that_all_calls_state(written, mode):
    assert called_in(written) is mode
