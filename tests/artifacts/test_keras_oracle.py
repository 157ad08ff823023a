"""Files that Keras 3 and tf_keras save, against what these say is in the model: by value, never by order or name."""

from __future__ import annotations

import functools
import os
import tempfile

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.artifacts.keras_models import (
    everything,
    functional,
    identity,
    opened,
    owners,
    save,
    save_legacy_weights,
    shaken,
)

pytestmark = pytest.mark.filterwarnings("ignore:::(tf_)?keras\\..*")  # the oracle's own
ARCHITECTURES = {
    "several of one class": ["bn", "dense", "bn", "bn_no_scale", "bn"],
    "center and scale": ["bn_no_center", "bn_no_scale", "bn_plain", "bn"],
    "frozen": ["bn_frozen", "dense", "bn"],
    "nested": ["bn", ["dense", "bn", "bn_no_scale"], "bn", ["bn_plain", "bn"]],
    "nested twice": [["bn", ["bn_no_scale", "dense"], "bn"], "bn"],
    "sequential inside": [("dense", "bn", "activation", "bn_plain"), "bn", ("bn", "bn")],
    "shared": ["bn", "dense", "again", "again", "bn"],
    "shared with a model inside": ["bn", "dense", ["again", "bn"], "bn"],
    "wrapped": ["wrapped", "lstm", "bn", "wrapped"],
    "layer normalization": ["ln", "bn", "ln"],
    "no batch norm": ["dense", "activation"],
    "no variables": ["activation"],
}
KINDS = ("dense", "bn", "bn_no_scale", "bn_no_center", "bn_plain", "bn_frozen", "ln", "wrapped", "again", "activation")
kinds = st.sampled_from(KINDS)
inner = st.lists(kinds, min_size=1, max_size=3)
architectures = st.lists(kinds | inner | inner.map(lambda k: tuple(x for x in k if x != "again")), max_size=5)


def assert_is_model(path, model, *, is_named=True, is_configured=True):
    """The records of a file are the layers of the model, each with its own variables by value."""
    artifact = opened(path)
    assert artifact.problems == ()
    values = everything(artifact)
    assert values.problems == ()
    assert values.absent == {}
    live = {identity(v.numpy() for v in own): (layer, own) for layer, own in owners(model)}
    found = {identity(values.arrays[key] for key in record.variables.values()): record for record in artifact.records}
    assert found.keys() == live.keys()
    assert len({record.name for record in artifact.records}) == len(artifact.records)
    for which, record in found.items():
        layer, own = live[which]
        for number, variable in enumerate(own):
            attribute = variable.name.rpartition("/")[2].partition(":")[0]
            key = record.variables[attribute if attribute in record.variables else str(number)]
            np.testing.assert_array_equal(values.arrays[key], variable.numpy())
            assert artifact.saved[key].shape == tuple(variable.shape)
            assert artifact.saved[key].dtype == np.asarray(variable.numpy()).dtype.name
        is_cell = type(layer).__name__ == "LSTMCell"
        if is_named and not is_cell:
            assert record.name.endswith(layer.name)
        if is_configured and not is_cell:
            assert record.class_name == type(layer).__name__
            assert record.trainable == layer.trainable
            assert record.config["name"] == layer.name
            if type(layer).__name__ == "BatchNormalization":
                assert record.config["momentum"] == layer.momentum
                assert (record.config["center"], record.config["scale"]) == (layer.center, layer.scale)
        elif "Normalization" in type(layer).__name__ and record.class_name is not None:
            assert record.class_name == type(layer).__name__
    return artifact


def assert_all_files(keras, model, directory):
    is_3 = keras.__name__ == "keras"
    framework = "keras3" if is_3 else "keras2"
    legacy = assert_is_model(save(model, f"{directory}/m.h5"), model)
    assert (legacy.format, legacy.framework) == ("keras-hdf5", framework)
    weights = save_legacy_weights(keras, model, f"{directory}/legacy.h5")
    assert assert_is_model(weights, model, is_named=False, is_configured=False).framework == framework
    positional = save(model, f"{directory}/m.weights.h5", weights=True)
    assert_is_model(positional, model, is_named=is_3, is_configured=False)
    archive = assert_is_model(save(model, f"{directory}/m.keras"), model)
    assert (archive.format, archive.framework) == ("keras-archive", framework)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_layer_owns_what_keras_says(any_keras, here, architecture):
    assert_all_files(any_keras, shaken(functional(any_keras, ARCHITECTURES[architecture], "net")), here)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(architectures, st.integers(0, 99))
def test_random_models(any_keras, architecture, seed):
    model = shaken(functional(any_keras, architecture, "net"), seed)
    with tempfile.TemporaryDirectory() as directory:
        assert_all_files(any_keras, model, directory)


def test_everything_h5py_finds_is_saved(any_keras, here):
    model = trained(any_keras)
    for path in (save(model, "m.h5"), save(model, "m.weights.h5", weights=True)):
        artifact = opened(path)
        values = everything(artifact)
        found: dict[str, np.ndarray] = {}
        with h5py.File(path) as file:
            file.visititems(functools.partial(collect, found))
        assert artifact.saved.keys() == found.keys() == values.arrays.keys()
        for key, expected in found.items():
            np.testing.assert_array_equal(values.arrays[key], expected)
            assert (artifact.saved[key].dtype, artifact.saved[key].shape) == (expected.dtype.name, expected.shape)


def collect(found, name, item):
    if isinstance(item, h5py.Dataset):
        found[name] = item[()]


def trained(keras, optimizer="adam"):
    model = functional(keras, ["bn", "dense", ("dense", "bn_no_scale")], "net")
    model.compile(optimizer, "mse")
    data = np.random.default_rng(0).normal(size=(8, 3, 4))
    model.fit(data, data, batch_size=4, epochs=1, verbose=0)
    return model


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop"])
@pytest.mark.parametrize("name", ["m.h5", "m.weights.h5", "m.keras"])
def test_the_clock_has_the_name_of_one(any_keras, here, name, optimizer):
    artifact = opened(save(trained(any_keras, optimizer), name, weights=name == "m.weights.h5"))
    words = ("iteration", "iterations")
    clocks = [v for v in artifact.saved.values() if (v.full_name or "").rpartition("/")[2] in words]
    assert [v.shape for v in clocks] == [()]
    assert artifact.read([clocks[0].name]).arrays[clocks[0].name] == 2
    assert clocks[0].name not in {key for keys in artifact.slots.values() for key in keys}


def test_slots_belong_to_variables_where_names_tell(any_keras, here):
    model = trained(any_keras)
    artifact = opened(save(model, "m.h5"))
    (gamma,) = [key for key in artifact.saved if key.startswith("model_weights") and "net_0/gamma" in key]
    assert len(artifact.slots[gamma]) == 2
    assert len(artifact.slots) == sum(1 for _ in model.trainable_variables)
    for variable, slots in artifact.slots.items():
        assert {artifact.saved[slot].shape for slot in slots} == {artifact.saved[variable].shape}


@pytest.mark.parametrize("name", ["m.weights.h5", "m.keras"])
def test_slots_without_names_belong_to_nobody_known(any_keras, here, name):
    model = trained(any_keras)
    artifact = opened(save(model, name, weights=name == "m.weights.h5"))
    assert list(artifact.slots) == [""]
    assert len(artifact.slots[""]) == 2 * len(model.trainable_variables)
    assert not any("optimizer" in record.name for record in artifact.records)


def test_a_subclassed_model(any_keras, here):
    model = subclassed(any_keras)
    assert_is_model(save_legacy_weights(any_keras, model, "m.h5"), model, is_named=True, is_configured=False)
    for path in (save(model, "m.weights.h5", weights=True), save(model, "m.keras")):
        artifact = assert_is_model(path, model, is_named=False, is_configured=False)
        classes = [record.class_name for record in artifact.records if len(record.variables) == 4]
        assert classes == ["BatchNormalization"] * 3


def subclassed(keras):
    class Net(keras.Model):  # type: ignore[name-defined, misc]
        def __init__(self):
            super().__init__()
            self.first = keras.layers.BatchNormalization()
            self.list = [keras.layers.Dense(4), keras.layers.BatchNormalization()]
            self.rest = keras.Sequential([keras.layers.Dense(4), keras.layers.BatchNormalization()])

        def call(self, inputs, training=None):
            outputs = self.first(inputs, training=training)
            for layer in self.list:
                outputs = layer(outputs)
            return self.rest(outputs)

        def get_config(self):
            return {}

    model = Net()
    model(np.zeros((1, 3, 4), "f4"))
    return shaken(model)


def test_several_optimizers(any_keras, here):
    model = subclassed(any_keras)
    for name in ("generator_optimizer", "d_opt"):
        optimizer = any_keras.optimizers.Adam()
        optimizer.build(model.trainable_variables)
        optimizer.iterations.assign(7)
        setattr(model, name, optimizer)
    artifact = opened(save(model, "m.weights.h5", weights=True))
    clocks = {v.full_name: v.name for v in artifact.saved.values() if v.full_name}
    assert sorted(clocks) == ["d_opt/iteration", "generator_optimizer/iteration"]
    assert [int(value) for value in artifact.read(list(clocks.values())).arrays.values()] == [7, 7]
    assert len(artifact.slots[""]) == 4 * len(model.trainable_variables)


def test_other_normalizations_say_their_class(any_keras, here):
    layers = any_keras.layers
    adapted = layers.Normalization(name="prepare")
    adapted.adapt(np.random.default_rng(0).normal(size=(8, 3, 4)))
    start = layers.Input((3, 4))
    end = layers.GroupNormalization(2)(layers.LayerNormalization()(adapted(start)))
    model = any_keras.Model(start, end)
    for path in (save(model, "m.weights.h5", weights=True), save(model, "m.keras"), save(model, "m.h5")):
        found = {record.class_name for record in opened(path).records}
        assert found == {"Normalization", "LayerNormalization", "GroupNormalization"}


def test_half_and_bfloat16(any_keras, here):
    values = np.array([1.0, -0.5, 3.0, 0.0078125], "f4")
    for dtype in ("float16", "bfloat16"):
        model = any_keras.Sequential([any_keras.layers.Input((4,)), any_keras.layers.BatchNormalization(dtype=dtype)])
        layer = model.layers[-1]
        layer.beta.assign(any_keras.ops.cast(values, dtype) if hasattr(any_keras, "ops") else values)
        if any_keras.__name__ == "tf_keras":
            continue
        artifact = opened(save(model, f"{dtype}.weights.h5", weights=True))
        (record,) = artifact.records
        key = record.variables["1"]
        assert artifact.saved[key].dtype in (dtype, "float32")
        np.testing.assert_array_equal(artifact.read([key]).arrays[key].astype("f4"), values)


def test_weights_in_several_files(any_keras, here):
    if any_keras.__name__ != "keras":
        pytest.skip("only Keras 3 splits weights")
    from tests.artifacts.keras_models import opened_directory

    model = shaken(functional(any_keras, ["dense", "bn", ["bn", "dense"], "bn"], "net"))
    model.save_weights("m.weights.json", max_shard_size=100 / 1024**3)
    shards = tuple(sorted(name for name in os.listdir() if name.endswith(".h5")))
    assert len(shards) > 2
    artifact = opened_directory(*shards, index="m.weights.json")
    assert artifact.problems == ()
    values = everything(artifact)
    live = {identity(v.numpy() for v in own) for _, own in owners(model)}
    assert {identity(values.arrays[k] for k in r.variables.values()) for r in artifact.records} == live
    os.remove(shards[1])
    broken = opened_directory(*shards, index="m.weights.json")
    (problem,) = broken.problems
    assert problem.message == "is not there, though m.weights.json lists it"
    assert len(everything(broken).arrays) < len(values.arrays)


@pytest.mark.parametrize("path", ["m.h5", "m.keras"])
@pytest.mark.parametrize("stated", [True, False, None])
def test_what_calls_state_holds_in_keras_2_alone(path, stated, any_keras, here):
    layers, arguments = any_keras.layers, {} if stated is None else {"training": stated}
    model = functional(any_keras, ["dense", "bn"], "base")
    start = layers.Input((3, 4))
    model = shaken(any_keras.Model(start, model(start, **arguments)))
    bn = model.layers[1].layers[-1]
    before = bn.moving_mean.numpy()
    model(np.ones((2, 3, 4), "f4"), training=False)
    model(np.ones((2, 3, 4), "f4"), training=True)
    save(model, path)
    (record,) = (record for record in opened(path).records if record.class_name == "BatchNormalization")
    is_followed = any_keras.__name__ == "tf_keras"
    assert record.training is (stated if is_followed else None)
    assert np.any(bn.moving_mean.numpy() != before) == (record.training is not False)
