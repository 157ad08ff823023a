"""Layouts that no living Keras writes, and names that need thought. Files are as those Kerases were seen to write."""

from __future__ import annotations

import json

import h5py
import numpy as np

from bnlint.artifacts.artifact import Part
from tests.artifacts.keras_models import everything, opened


def layer(class_name, name, **config):
    return {"class_name": class_name, "name": name, "config": {"name": name, "trainable": True, **config}}


def model(*layers, name="net", class_name="Model"):
    return {"class_name": class_name, "name": name, "config": {"name": name, "layers": list(layers)}}


def legacy(groups, *, config=None, version="2.2.4-tf", optimizer=None, split=None):
    """Write ``m.h5`` in the old layout: the weights of each group by name, each with a value of its own."""
    values: dict[str, np.ndarray | np.generic] = {}
    with h5py.File("m.h5", "w") as file:
        root = file if config is None else file.create_group("model_weights")
        if config is not None:
            file.attrs["model_config"] = json.dumps(config).encode()
        if version:
            file.attrs["keras_version"] = version.encode()
        _names(root, "layer_names", list(groups), split)
        for group, weights in {**groups, **({"optimizer_weights": optimizer} if optimizer else {})}.items():
            inside = (file if group == "optimizer_weights" else root).create_group(group)
            _names(inside, "weight_names", weights, split)
            for weight in weights:
                is_clock = "iter" in weight or weight == "Variable:0"
                value = np.int64(5) if is_clock else np.full(4, len(values), "f4")
                inside.create_dataset(weight, data=value)
                values[inside.name.strip("/") + "/" + weight] = value
    return values


def _names(group, attribute, names, split):
    written = [name.encode() for name in names]
    if split is None:
        group.attrs[attribute] = written
        return
    for number, start in enumerate(range(0, len(written), split)):
        group.attrs[f"{attribute}{number}"] = written[start : start + split]


def records(artifact):
    return {record.name: (record.class_name, list(record.variables)) for record in artifact.records}


BN = ["gamma", "beta", "moving_mean", "moving_variance"]
KERAS_1_BN = ["gamma", "beta", "running_mean", "running_std"]


def test_keras_1():
    config = model(
        layer("BatchNormalization", "bn_1"), model(layer("Dense", "d"), layer("BatchNormalization", "b_n"), name="in")
    )
    values = legacy(
        {
            "bn_1": [f"bn_1_{name}:0" for name in KERAS_1_BN],
            "in": ["d_W:0", "d_b:0", *(f"b_n_{name}:0" for name in KERAS_1_BN)],
        },
        config=config,
        version="1.2.2",
        optimizer=["Variable:0", "Variable_1:0"],
    )
    artifact = opened("m.h5")
    assert artifact.framework == "keras2"
    expected = {"bn_1": ("BatchNormalization", BN), "in/d": ("Dense", ["W", "b"]), "in/b_n": ("BatchNormalization", BN)}
    assert records(artifact) == expected
    variance = artifact.records[0].variables["moving_variance"]
    assert variance == "model_weights/bn_1/bn_1_running_std:0"
    np.testing.assert_array_equal(artifact.read([variance]).arrays[variance], values[variance])
    assert artifact.saved["optimizer_weights/Variable:0"].full_name == "optimizer/iterations"
    assert dict(artifact.slots) == {"": ("optimizer_weights/Variable_1:0",)}


def test_keras_1_weights_alone():
    legacy({"bn_1": [f"bn_1_{n}" for n in KERAS_1_BN], "in": ["d_W", *(f"b_n_{n}" for n in KERAS_1_BN)]}, version=None)
    assert records(opened("m.h5")) == {"bn_1": (None, BN), "in/d": (None, ["W"]), "in/b_n": (None, BN)}


def test_a_sequential_of_keras_1_that_says_no_name():
    inner = {"class_name": "Sequential", "config": [layer("BatchNormalization", "x")]}
    config = {"class_name": "Sequential", "config": [layer("Dense", "d"), inner]}
    legacy({"d": ["d_W:0"], "sequential_1": [f"x_{n}:0" for n in KERAS_1_BN]}, config=config, version="1.2.2")
    assert records(opened("m.h5")) == {"d": ("Dense", ["W"]), "sequential_1/x": ("BatchNormalization", BN)}


def test_before_keras_1():
    with h5py.File("m.h5", "w") as file:
        file.attrs["nb_layers"] = 2
        for number in range(2):
            group = file.create_group(f"layer_{number}")
            group.attrs["nb_params"] = 4
            for position in range(4):
                group[f"param_{position}"] = np.ones(3)
    assert records(opened("m.h5")) == {f"layer_{n}": (None, ["0", "1", "2", "3"]) for n in range(2)}


def test_tensorflow_1_counts_scopes():
    """Layers of one name in two models; the weights of the second one are ``bn_1``."""
    config = model(
        model(layer("BatchNormalization", "bn", momentum=0.5), name="a"),
        model(layer("BatchNormalization", "bn"), name="b"),
    )
    legacy({"a": [f"bn/{n}:0" for n in BN], "b": [f"bn_1/{n}:0" for n in BN]}, config=config)
    artifact = opened("m.h5")
    assert records(artifact) == {"a/bn": ("BatchNormalization", BN), "b/bn": ("BatchNormalization", BN)}
    assert artifact.records[0].config["momentum"] == 0.5


def test_a_layer_that_is_called_like_a_counted_one():
    config = model(model(layer("BatchNormalization", "bn"), layer("Dense", "bn_1"), name="a"))
    legacy({"a": [*(f"bn/{n}:0" for n in BN), "bn_1/kernel:0"]}, config=config)
    assert records(opened("m.h5")) == {"a/bn": ("BatchNormalization", BN), "a/bn_1": ("Dense", ["kernel"])}


def test_two_scopes_that_may_be_either_of_two_layers():
    inner = [model(layer("BatchNormalization", "bn", momentum=m), name=n) for m, n in ((0.5, "x"), (0.9, "y"))]
    legacy({"a": [f"{s}/{n}:0" for s in ("bn", "bn_1") for n in BN]}, config=model(model(*inner, name="a")))
    artifact = opened("m.h5")
    assert records(artifact) == {"a/bn": (None, BN), "a/bn_1": (None, BN)}
    assert [record.config for record in artifact.records] == [{}, {}]


def test_two_scopes_that_are_one_layer():
    config = model(model(layer("BatchNormalization", "bn"), name="a"))
    legacy({"a": [f"{s}/{n}:0" for s in ("bn", "bn_1") for n in BN]}, config=config)
    assert list(records(opened("m.h5"))) == ["a/bn", "a/bn_1"]


def test_a_counted_scope_of_its_own_group():
    legacy({"conv": ["conv_1/kernel:0"], "bn": [f"bn_2/{n}_1:0" for n in BN]})
    assert records(opened("m.h5")) == {"conv": (None, ["kernel"]), "bn": (None, BN)}


def test_a_name_scope_around_the_model():
    legacy({"bn": [f"tower_0/bn/{n}:0" for n in BN]}, config=model(layer("BatchNormalization", "bn")))
    assert records(opened("m.h5")) == {"bn": ("BatchNormalization", BN)}


def test_order_says_nothing():
    """A frozen layer's weights come last."""
    names = ["bn/gamma:0", "bn/beta:0", "f/gamma:0", "f/beta:0", "bn/moving_mean:0", "bn/moving_variance:0"]
    names += ["f/moving_mean:0", "f/moving_variance:0"]
    for order in (names, names[::-1]):
        legacy({"a": order})
        found = {record.name: dict(record.variables) for record in opened("m.h5").records}
        assert found == {f"a/{s}": {n: f"a/{s}/{n}:0" for n in reversed(BN)} for s in ("bn", "f")}


def test_a_layer_that_builds_variables_beneath_itself():
    config = model(layer("MultiHeadAttention", "attention"), name="net")
    legacy({"attention": ["attention/query/kernel:0", "attention/bias:0"]}, config=config)
    assert records(opened("m.h5")) == {
        "attention/query": (None, ["kernel"]),
        "attention": ("MultiHeadAttention", ["bias"]),
    }


def test_variables_of_the_model_itself():
    legacy({"bn": [f"bn/{n}:0" for n in BN], "top_level_model_weights": ["net/scale:0"]})
    assert "top_level_model_weights/net" in records(opened("m.h5"))


def test_names_of_more_than_64_kilobytes():
    groups = {
        f"layer_with_a_long_name_{number:05}": [f"layer_with_a_long_name_{number:05}/kernel:0"] for number in range(50)
    }
    legacy(groups, split=7)
    with h5py.File("m.h5", "a") as file:
        file["of_no_layer/kernel:0"] = np.ones(2)
    assert records(opened("m.h5")) == {group: (None, ["kernel"]) for group in groups}


def test_names_in_dense_storage():
    groups = {f"layer_{number:05}_{'x' * 60}": ["kernel:0"] for number in range(1200)}
    with h5py.File("m.h5", "w", libver="latest") as file:
        file.attrs["layer_names"] = np.array([name.encode() for name in groups])
        assert file.attrs.get_id("layer_names").get_storage_size() > 1 << 16
        for name in groups:
            group = file.create_group(name)
            group.attrs["weight_names"] = [b"kernel:0"]
            group["kernel:0"] = np.ones(2)
    assert len(opened("m.h5").records) == 1200


def test_a_clock_that_was_counted():
    legacy({"d": ["d/kernel:0"]}, config=model(layer("Dense", "d")), optimizer=["Adam/iterations_1:0", "Adam/m_0:0"])
    saved = opened("m.h5").saved
    assert saved["optimizer_weights/Adam/iterations_1:0"].full_name == "Adam/iterations"


def test_slots_of_tf_keras_in_tensorflow_1():
    legacy(
        {"d": ["d/kernel:0"]},
        config=model(layer("Dense", "d")),
        optimizer=["training/Adam/iter:0", "training/Adam/d/kernel/m:0", "training/Adam/d/kernel/v:0"],
    )
    artifact = opened("m.h5")
    slots = ("optimizer_weights/training/Adam/d/kernel/m:0", "optimizer_weights/training/Adam/d/kernel/v:0")
    assert dict(artifact.slots) == {"model_weights/d/d/kernel:0": slots}
    assert artifact.saved["optimizer_weights/training/Adam/iter:0"].full_name == "training/Adam/iter"


def test_a_model_without_weights():
    legacy({}, config=model())
    artifact = opened("m.h5")
    assert (artifact.problems, artifact.records, dict(artifact.saved)) == ((), (), {})
    assert artifact.absent == {}
    assert list(artifact.without) == [Part.GRAPH]


def test_a_broken_configuration_costs_the_configuration_alone():
    legacy({"bn": [f"bn/{n}:0" for n in BN]}, config={"class_name": 7})
    artifact = opened("m.h5")
    (problem,) = artifact.problems
    assert problem.message == "model_config: the configuration: expected a model: an object with class_name and config"
    assert records(artifact) == {"bn": (None, BN)}


def test_a_weight_that_is_not_there():
    legacy({"bn": [f"bn/{n}:0" for n in BN]})
    with h5py.File("m.h5", "a") as file:
        del file["bn/bn/beta:0"]
    artifact = opened("m.h5")
    (problem,) = artifact.problems
    assert problem.message == "'bn/bn/beta:0': expected a dataset, which 'weight_names' names"
    assert records(artifact) == {"bn": (None, ["gamma", "moving_mean", "moving_variance"])}


def test_without_weight_names_the_paths_tell():
    legacy({"bn": [f"bn/{n}:0" for n in BN]})
    with h5py.File("m.h5", "a") as file:
        del file["bn"].attrs["weight_names"]
    assert {name: sorted(found[1]) for name, found in records(opened("m.h5")).items()} == {"bn": sorted(BN)}


def positional(paths, names=None):
    """Write ``m.weights.h5``: objects with as many vectors as is said."""
    with h5py.File("m.weights.h5", "w") as file:
        for path, count in paths.items():
            group = file.create_group(f"{path}/vars" if path else "vars")
            if names and path in names:
                group.attrs["name"] = names[path]
            for number in range(count):
                group[str(number)] = np.full(3, number, "f4")
    return opened("m.weights.h5")


def test_what_keras_2_11_to_2_13_call_the_layers():
    artifact = positional({"": 0, "_layer_checkpoint_dependencies/batch_normalization_1": 4})
    assert artifact.framework == "keras2"
    assert records(artifact) == {"batch_normalization_1": ("BatchNormalization", ["0", "1", "2", "3"])}


def test_an_attribute_says_no_class():
    """``normalization`` is what the program called it; its class is what Keras named it after."""
    paths = {"": 0, "normalization": 4}
    assert records(positional(paths)) == {"normalization": (None, ["0", "1", "2", "3"])}
    artifact = positional(paths, {"normalization": "batch_normalization_7"})
    assert artifact.framework == "keras3"
    assert records(artifact) == {"batch_normalization_7": ("BatchNormalization", ["0", "1", "2", "3"])}


def test_a_place_in_a_list_says_the_class():
    found = records(positional({"": 0, "layers/dense_1": 2, "layers/conv2d_transpose": 2, "layers/my": 2}))
    assert [found[name][0] for name in sorted(found)] == ["Conv2DTranspose", "Dense", None]


def test_two_objects_of_one_name():
    artifact = positional({"": 0, "a": 1, "b": 1}, {"a": "bn", "b": "bn"})
    assert sorted(records(artifact)) == ["a", "b"]


def test_many_positions_are_in_order():
    artifact = positional({"": 0, "layers/custom": 12})
    assert list(artifact.records[0].variables) == [str(number) for number in range(12)]


def test_variables_of_the_root():
    assert records(positional({"": 2})) == {"model": (None, ["0", "1"])}
    assert records(positional({"": 2}, {"": "net"})) == {"net": (None, ["0", "1"])}


def test_values_on_demand():
    artifact = positional({"": 0, "layers/dense": 2})
    values = artifact.read(["layers/dense/vars/1", "layers/dense/vars/1", "not/saved"])
    assert list(values.arrays) == ["layers/dense/vars/1"]
    assert values.problems == ()
    assert len(everything(artifact).arrays) == 2
