from __future__ import annotations

import os
import shutil

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bnlint.artifacts.artifact import Part, Signature
from bnlint.artifacts.object_graph import KEY
from bnlint.artifacts.opening import open_artifact
from bnlint.artifacts.places import GraphFile
from bnlint.artifacts.storage import LocalStorage
from bnlint.formats import messages
from bnlint.layers.build import build_subject
from bnlint.layers.layer import Mode
from tests.artifacts import saved_models
from tests.artifacts.opening import content, everything, replace
from tests.artifacts.saved_models import opened
from tests.formats.oracle import assert_same

PB, INDEX = "m/saved_model.pb", "m/variables/variables.index"


@pytest.fixture(scope="session")
def made(tf, tmp_path_factory):
    """SavedModels of TensorFlow 2, by what they show."""
    directory = tmp_path_factory.mktemp("saved_models")
    for name, training in (("inference", False), ("training", True)):
        module = saved_models.module(tf, training=training)
        tf.saved_model.save(module, f"{directory}/{name}", signatures=module.call)
    module = saved_models.module(tf, training=False)
    module.call = None
    tf.saved_model.save(module, f"{directory}/unsigned")
    return directory


@pytest.fixture
def model(made, here):
    """Copy one of them to ``m``."""
    return lambda name: shutil.copytree(made / name, "m")


def layer_of(artifact):
    (layer,) = build_subject(artifact).subject.layers
    return layer


def keys(layer):
    return [variable.name.partition("/")[0] for variable in layer.variables]


def test_a_saved_model_of_tensorflow_2(tf, model):
    model("inference")
    artifact = opened()
    assert (artifact.format, artifact.name, artifact.framework) == ("saved-model", "m", "tf2")
    assert (artifact.problems, artifact.absent, artifact.without) == ((), {}, {})
    assert {name for name, _ in tf.train.list_variables("m/variables/variables")} == set(artifact.saved)
    graph = artifact.meta_graph
    assert graph.is_serving
    assert [s.name for s in graph.signatures] == ["serving_default"]
    layer = layer_of(artifact)
    assert layer.name == "bn"
    assert keys(layer) == ["gamma", "beta", "moving_mean", "moving_variance"]
    assert [a.mode for a in layer.applications] == [Mode.INFERENCE]
    assert layer.updates == ()


def test_values_are_those_that_tensorflow_reads(tf, model):
    model("training")
    artifact = opened()
    reader = tf.train.load_checkpoint("m/variables/variables")
    values = everything(artifact)
    assert values.problems == ()
    for key, (dtype, shape) in {k: (v.dtype, v.shape) for k, v in artifact.saved.items() if k != KEY}.items():
        assert_same(values.arrays[key], reader.get_tensor(key))
        assert tf.as_dtype(dtype) == reader.get_variable_to_dtype_map()[key]
        assert list(shape) == reader.get_variable_to_shape_map()[key]


def test_stripped_defaults_mean_training(model):
    model("training")
    layer = layer_of(opened())
    (application,) = layer.applications
    assert application.mode is Mode.TRAINING
    assert [s.by for s in application.served] == ["signature 'serving_default'"]
    assert all(update.served for update in layer.updates)
    assert layer.momentum == 0.9
    assert layer.epsilon == pytest.approx(1e-4)


def test_variables_know_whether_they_may_be_trained(model):
    model("inference")
    variables = {v.key.partition("/")[0]: v.trainable for v in opened().meta_graph.variables}
    assert variables == {"gamma": True, "beta": True, "moving_mean": False, "moving_variance": False}


def test_without_a_signature_there_is_no_graph_and_the_layers_are_known(model):
    model("unsigned")
    artifact = opened()
    assert artifact.meta_graph is None
    assert list(artifact.without) == [Part.GRAPH]
    assert "no signature" in artifact.without[Part.GRAPH]
    assert artifact.problems == ()
    assert layer_of(artifact).name == "bn"


def test_variables_alone(model):
    model("inference")
    os.remove(PB)
    artifact = opened()
    assert artifact.meta_graph is None
    assert artifact.absent == {Part.GRAPH: "m has no saved_model.pb"}
    assert layer_of(artifact).name == "bn"


def test_a_graph_alone(model):
    model("inference")
    saved = {key: variable for key, variable in opened().saved.items() if key != KEY}
    shutil.rmtree("m/variables")
    artifact = opened()
    assert artifact.saved == saved
    assert artifact.absent == dict.fromkeys((Part.NAMES, Part.VALUES), "m has no variables/")
    assert layer_of(artifact).applications


@pytest.mark.parametrize("lost", ["", saved_models.SHARD, "variables.index"])
def test_without_values_the_graph_knows_the_layers_that_it_serves_in_training_mode(model, lost):
    model("training")
    whole = layer_of(opened())
    path = f"m/variables/{lost}"
    shutil.rmtree(path) if not lost else os.remove(path)
    layer = layer_of(opened())
    assert [v.name for v in layer.variables] == [v.name for v in whole.variables]
    assert layer.applications == whole.applications


def test_an_object_that_is_not_there_is_told_without_variables_too(model):
    model("inference")
    shutil.rmtree("m/variables")

    def change(meta):
        meta.object_graph_def.nodes[0].children[0].node_id = 1000

    artifact = edited(change)
    (problem,) = artifact.problems
    assert problem.message.startswith("object_graph_def: an object refers to object 1000 of ")
    assert artifact.saved is None


def test_data_that_is_missing_is_absent(model):
    model("inference")
    os.remove(f"m/variables/{saved_models.SHARD}")
    artifact = opened()
    assert artifact.absent == {Part.VALUES: f"m/variables/{saved_models.SHARD} is not there"}
    assert len(artifact.saved) == 5
    assert keys(layer_of(artifact)) == ["gamma", "beta", "moving_mean", "moving_variance"]


def test_a_model_without_variables_misses_nothing(tf):
    made = tf.Module()
    made.call = tf.function(lambda x: {"y": x + 1}, input_signature=[tf.TensorSpec([None])])
    tf.saved_model.save(made, "m", signatures=made.call)
    shutil.rmtree("m/variables")
    artifact = opened()
    assert artifact.absent == {}
    assert artifact.without == dict.fromkeys((Part.NAMES, Part.VALUES), "the SavedModel has no variables")


@pytest.mark.parametrize("as_text", [False, True])
def test_graphs_with_tags_share_their_variables(tf, as_text):
    values = saved_models.two_graphs(tf, "m", as_text=as_text)
    artifact = opened()
    assert (artifact.framework, artifact.problems, artifact.absent) == ("tf1", (), {})
    found = everything(artifact).arrays
    assert set(found) == set(values)
    for name, value in values.items():
        assert_same(found[name], value)
    layer = layer_of(artifact)
    modes = {a.mode: (a.on_training_path, a.served) for a in layer.applications}
    assert modes == {Mode.TRAINING: (True, ()), Mode.INFERENCE: (False, ())}
    assert layer.gamma.is_optimized
    assert artifact.meta_graph.signatures == (
        Signature(
            "serving_default", {"x": "serve/x:0"}, {"y": "serve/FusedBatchNormV3:0"}, "tensorflow/serving/predict"
        ),
    )


def test_keras_says_class_configuration_and_trainable(tf, any_keras):
    layers = any_keras.layers
    frozen = any_keras.Sequential([layers.BatchNormalization(name="bn_in", momentum=0.9)], name="inner")
    model = any_keras.Sequential([any_keras.Input((4,)), frozen, layers.BatchNormalization(name="bn", scale=False)])
    frozen.trainable = False
    if any_keras.__name__ == "tf_keras":
        model.save("m")
    else:
        tf.saved_model.save(model, "m")
    artifact = opened()
    assert artifact.problems == ()
    records = {r.name.rpartition("/")[2]: r for r in artifact.records if "moving_mean" in r.variables}
    assert sorted(records["bn"].variables) == ["beta", "moving_mean", "moving_variance"]
    assert artifact.framework == {"keras": "keras3", "tf_keras": "keras2"}[any_keras.__name__]
    if any_keras.__name__ == "tf_keras":
        assert {name: (r.class_name, r.config["momentum"], r.trainable) for name, r in records.items()} == {
            "bn": ("BatchNormalization", 0.99, True),
            "bn_in": ("BatchNormalization", 0.9, False),
        }


@pytest.mark.parametrize("training", [False, True])
def test_keras_3_export_is_recognised_by_structure(tf, training):
    keras = pytest.importorskip("keras", minversion="3")
    layers = keras.layers
    inner = keras.Sequential([layers.BatchNormalization(name="bn_in"), layers.LayerNormalization(name="ln")])
    model = keras.Sequential([keras.Input((4,)), inner, layers.BatchNormalization(name="bn", scale=False)], name="net")
    for variable in model.variables:
        variable.assign(np.random.default_rng(1).uniform(1, 2, variable.shape))
    archive = keras.export.ExportArchive()
    archive.track(model)
    spec = [tf.TensorSpec((None, 4))]
    archive.add_endpoint("serve", lambda x: model(x, training=training), input_signature=spec)
    archive.write_out("m", verbose=False)
    artifact = opened()
    assert artifact.problems == ()
    found = build_subject(artifact).subject.layers
    assert sorted(layer.name.rpartition("/")[2] for layer in found) == ["bn", "bn_in"]
    for layer in found:
        assert layer.epsilon == pytest.approx(0.001)
        assert {a.mode for a in layer.applications} == {Mode.TRAINING if training else Mode.INFERENCE}
        assert all(a.served for a in layer.applications) == training
        theirs = {v.path.rpartition("net/")[2]: v for v in model.variables}
        scope = "bn" if layer.name.endswith("bn") else next(p for p in theirs if "bn_in" in p).rpartition("/")[0]
        np.testing.assert_array_equal(layer.moving_mean.values, theirs[f"{scope}/moving_mean"])


def test_a_saved_model_by_another_name(model):
    model("inference")
    os.rename(PB, "model.bin")
    artifact = open_artifact(GraphFile("model.bin", "model.bin", "model.bin"), LocalStorage())
    assert artifact.format == "saved-model"
    assert artifact.meta_graph is not None
    assert [s.name for s in artifact.meta_graph.signatures] == ["serving_default"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is empty, not a SavedModel"),
        (b"<html>", "is an HTML page, not a SavedModel"),
        (b"\x12\x05ab", "expected a SavedModel message"),
    ],
)
def test_a_damaged_graph_leaves_the_variables(model, data, why):
    model("inference")
    replace(PB, data)
    artifact = opened()
    (problem,) = artifact.problems
    assert problem.path == PB
    assert why in problem.message
    assert artifact.absent == {Part.GRAPH: f"{PB} is damaged"}
    assert layer_of(artifact).name == "bn"


def edited(change):
    message = messages.SavedModel.FromString(content(PB))
    change(message.meta_graphs[0])
    replace(PB, message.SerializeToString())
    return opened()


def test_an_output_that_is_no_node_is_told(model):
    model("inference")

    def change(meta):
        meta.signature_def["serving_default"].outputs["y"].name = "nowhere:0"

    assert [p.message for p in edited(change).problems] == [
        "signature 'serving_default': names 'nowhere:0', which is no node of the graph"
    ]


def test_an_object_that_is_not_there_is_told_once(model):
    model("inference")

    def change(meta):
        for child in meta.object_graph_def.nodes[0].children:
            child.node_id = 1000

    artifact = edited(change)
    (problem,) = artifact.problems
    count = len(messages.SavedModel.FromString(content(PB)).meta_graphs[0].object_graph_def.nodes)
    assert problem.message == f"object_graph_def: an object refers to object 1000 of {count}"
    assert layer_of(artifact).name == "bn"


def test_metadata_that_is_none_is_told(model):
    model("inference")
    replace("m/keras_metadata.pb", b"\x0a\x05ab")
    (problem,) = opened().problems
    assert problem.path == "m/keras_metadata.pb"


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_random_changes_make_problems_only(made, here, draw):
    shutil.rmtree("m", ignore_errors=True)
    shutil.copytree(made / draw.draw(st.sampled_from(("inference", "training"))), "m")
    name = draw.draw(st.sampled_from((PB, PB, PB, INDEX, f"m/variables/{saved_models.SHARD}")))
    data = bytearray(content(name))
    for _ in range(draw.draw(st.integers(1, 5))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    if draw.draw(st.booleans()):
        del data[draw.draw(st.integers(0, len(data))) :]
    replace(name, data)
    build_subject(opened())
