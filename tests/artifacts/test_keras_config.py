from __future__ import annotations

import json

import pytest

from bnlint.artifacts import keras_config
from bnlint.artifacts.keras_config import parse_config
from bnlint.artifacts.keras_walk import layers_by_path, snake_case
from bnlint.formats.errors import FormatError


def layer(class_name, name, **config):
    return {"class_name": class_name, "config": {"name": name, "trainable": True, **config}}


def model(name, *layers, class_name="Functional", **config):
    return {"class_name": class_name, "config": {"name": name, "layers": list(layers), **config}}


def paths(written, groups=()):
    found = layers_by_path(parse_config(json.dumps(written)), frozenset(groups))
    return {path: layer.name for path, layer in found.items() if path}


def test_layers_are_counted_by_class():
    written = model("m", layer("Dense", "a"), layer("BatchNormalization", "b"), layer("Dense", "c"))
    assert paths(written) == {"layers/dense": "a", "layers/batch_normalization": "b", "layers/dense_1": "c"}


def test_operations_are_no_layers():
    add = {"module": "keras.src.ops.numpy", "class_name": "Dense", "config": {"name": "add"}}
    assert paths(model("m", add, layer("Dense", "a"))) == {"layers/dense": "a"}


def test_layers_under_other_keys():
    inner = {"name": "x", "class_name": "DTypePolicy", "config": {"name": "float32"}}
    custom = layer("Block", "block", conv=layer("Conv2D", "c"), rest=[layer("BatchNormalization", "d")], dtype=inner)
    assert paths(model("m", custom)) == {
        "layers/block": "block",
        "layers/block/conv": "c",
        "layers/block/rest/batch_normalization": "d",
    }


def test_a_bidirectional_has_two():
    found = paths(model("m", layer("Bidirectional", "b", layer=layer("LSTM", "l"))))
    assert found == {
        "layers/bidirectional": "b",
        "layers/bidirectional/forward_layer": "forward_l",
        "layers/bidirectional/backward_layer": "backward_l",
    }


def shared():
    """The outer model uses a layer that is in the inner one, and has another of its own."""
    inner = model("inner", layer("BatchNormalization", "s"))
    return model("m", inner, layer("BatchNormalization", "s"), layer("BatchNormalization", "own"))


def test_keras_3_counts_a_layer_that_was_saved_elsewhere():
    inner = "layers/functional/layers/batch_normalization"
    found = paths(shared(), {inner, "layers/batch_normalization_1"})
    assert found[inner] == "s"
    assert found["layers/batch_normalization_1"] == "own"


def test_tf_keras_does_not():
    inner = "layers/functional/layers/batch_normalization"
    found = paths(shared(), {inner, "layers/batch_normalization"})
    assert found == {"layers/functional": "inner", inner: "s", "layers/batch_normalization": "own"}


def test_another_layer_of_a_name_that_was_seen():
    inner = model("inner", layer("BatchNormalization", "s"), layer("BatchNormalization", "t"))
    written = model("m", inner, layer("BatchNormalization", "s"), layer("BatchNormalization", "t"))
    beneath = "layers/functional/layers/batch_normalization"
    found = paths(written, {beneath, beneath + "_1", "layers/batch_normalization"})
    assert found["layers/batch_normalization"] == "t"


def test_models_of_one_kind_with_layers_of_one_name():
    inner = [model(name, layer("BatchNormalization", "s")) for name in ("a", "b")]
    groups = {"layers/functional/layers/batch_normalization", "layers/functional_1/layers/batch_normalization"}
    found = paths(model("m", *inner), {*groups, "layers/functional", "layers/functional_1"})
    assert {path: name for path, name in found.items() if name == "s"} == dict.fromkeys(groups, "s")


def test_what_is_around_freezes():
    written = model("m", model("inner", layer("Dense", "a"), trainable=False), layer("Dense", "b", trainable=False))
    outer = parse_config(json.dumps(written))
    assert outer.trainable is None
    assert [child.layer.trainable for child in outer.children] == [False, False]
    assert outer.children[0].layer.children[0].layer.trainable is False


def test_a_sequential_of_keras_1():
    inner = {"class_name": "Sequential", "config": [layer("Dense", "a")]}
    outer = parse_config(json.dumps({"class_name": "Sequential", "config": [inner, layer("Dense", "b")]}))
    assert [child.layer.name for child in outer.children] == [None, "b"]
    assert outer.children[0].layer.children[0].layer.name == "a"


@pytest.mark.parametrize(
    "name", ["BatchNormalization", "Conv2D", "LSTM", "RMSNormalization", "GRUCell", "BatchNormalizationV1"]
)
def test_snake_case_is_that_of_keras(any_keras, name):
    if any_keras.__name__ == "keras":
        from keras.src.utils.naming import to_snake_case
    else:
        from tf_keras.src.utils.generic_utils import to_snake_case
    assert snake_case(name) == to_snake_case(name)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "JSON: Expecting value"),
        ("[" * 100_000, "JSON: nests too deeply"),
        ('{"a": 1, "a": 2}', "expected every key once"),
        ("1" * 5000, "expected a model"),
        (b"\xff\xfe", "JSON: "),
        ("[]", "expected a model"),
        ('{"class_name": 7, "config": {}}', "expected a model"),
    ],
)
def test_what_is_no_configuration(text, message):
    with pytest.raises(FormatError, match=message):
        parse_config(text)


def test_models_in_models_in_models():
    written = layer("Dense", "a")
    for _ in range(100):
        written = model("m", written)
    with pytest.raises(FormatError, match="expected at most 64 models in each other"):
        parse_config(json.dumps(written))


def test_a_large_configuration(monkeypatch):
    monkeypatch.setattr(keras_config, "MAX_CONFIG", 10)
    with pytest.raises(FormatError, match="expected at most 10 bytes, not 11"):
        parse_config(" " * 11)


@pytest.mark.parametrize(
    "config", [None, 7, "x", [], [None, 7, []], {"layers": None}, {"layers": [7, {}, {"class_name": 1}]}]
)
def test_odd_configurations_are_models_without_layers(config):
    assert parse_config(json.dumps({"class_name": "Model", "config": config})).children == ()


def test_a_number_of_any_length_stays_a_number():
    config = parse_config('{"class_name": "Dense", "config": {"small": -7, "large": 1%s}}' % ("0" * 5000)).config
    assert config == {"small": -7, "large": float("inf")}
