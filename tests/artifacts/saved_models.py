"""SavedModels, as files in the current directory and as TensorFlow writes them."""

from __future__ import annotations

import os
from types import ModuleType
from typing import Any

import numpy as np

from bnlint.artifacts.places import BundleFiles, SavedModelFiles
from bnlint.artifacts.saved_model import open_saved_model
from bnlint.artifacts.storage import LocalStorage

SHARD = "variables.data-00000-of-00001"
INPUT = (None, 4, 4, 3)


def place(directory: str = "m") -> SavedModelFiles:
    """Return the files of a SavedModel that are there."""

    def there(name: str) -> str | None:
        return f"{directory}/{name}" if os.path.exists(f"{directory}/{name}") else None

    variables = None
    if there("variables"):
        prefix = f"{directory}/variables/variables"
        shard = there(f"variables/{SHARD}")
        variables = BundleFiles(
            path=directory,
            prefix=prefix,
            name="variables",
            index=there("variables/variables.index"),
            meta=None,
            shards=() if shard is None else (shard,),
        )
    graph = there("saved_model.pb") or there("saved_model.pbtxt")
    return SavedModelFiles(directory, directory, graph, variables, there("keras_metadata.pb"))


def opened(directory: str = "m"):
    return open_saved_model(place(directory), LocalStorage())


def network(tf: ModuleType, x: Any, *, training: Any) -> Any:
    """Build a network with a fused and a decomposed batch norm in a TensorFlow 1 graph, by hand."""
    v1 = tf.compat.v1
    with v1.variable_scope("bn", reuse=v1.AUTO_REUSE, use_resource=False):
        ones, zeros = v1.ones_initializer(), v1.zeros_initializer()
        gamma, beta = v1.get_variable("gamma", [3], initializer=ones), v1.get_variable("beta", [3], initializer=zeros)
        mean = v1.get_variable("moving_mean", [3], initializer=zeros, trainable=False)
        variance = v1.get_variable("moving_variance", [3], initializer=ones, trainable=False)
    if training:
        return v1.nn.fused_batch_norm(x, gamma, beta, is_training=True)[0]
    return v1.nn.fused_batch_norm(x, gamma, beta, mean, variance, is_training=False)[0]


def two_graphs(tf: ModuleType, directory: str, *, as_text: bool = False) -> dict[str, Any]:
    """Save a training and a serving graph over the same variables; return the values."""
    v1 = tf.compat.v1
    builder = v1.saved_model.Builder(directory)
    with v1.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, INPUT, name="x")
        v1.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_mean(network(tf, x, training=True)))
        for number, variable in enumerate(v1.global_variables()):
            session.run(v1.assign(variable, np.arange(3) + number))
        values = {v.op.name: session.run(v) for v in v1.global_variables()}
        builder.add_meta_graph_and_variables(session, ["train"])
    with v1.Graph().as_default():
        x = v1.placeholder(tf.float32, INPUT, name="x")
        y = network(tf, x, training=False)
        signature = v1.saved_model.predict_signature_def({"x": x}, {"y": y})
        builder.add_meta_graph(["serve"], signature_def_map={"serving_default": signature})
    builder.save(as_text=as_text)
    return values


def module(tf: ModuleType, *, training: bool) -> Any:
    """Return a tf.Module with a layer as TensorFlow 2 builds it, called in one mode, with a signature of its own."""
    made = tf.Module()
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    for number, name in enumerate(names):
        values = np.arange(3, dtype=np.float32) + number
        setattr(made, name, tf.Variable(values, name=f"bn/{name}", trainable=number < 2))

    @tf.function(input_signature=[tf.TensorSpec(INPUT, name="x")])
    def call(x):
        y, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=x,
            scale=made.gamma,
            offset=made.beta,
            mean=made.moving_mean,
            variance=made.moving_variance,
            is_training=training,
            exponential_avg_factor=0.1,
        )
        if training:
            made.moving_mean.assign(mean)
            made.moving_variance.assign(variance)
        return {"y": y}

    made.call = call
    return made
