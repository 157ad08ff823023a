"""A small TensorFlow 1 training graph and its checkpoint, made by the newest TensorFlow."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np


def graph(tf: ModuleType) -> Any:
    """Build a graph with a partitioned variable, trainable and other ones, and collections of every kind."""
    v1 = tf.compat.v1
    built = v1.Graph()
    with built.as_default():
        x = v1.placeholder(tf.float32, [None, 4], name="x")
        with v1.variable_scope("bn", use_resource=False):
            mean = v1.get_variable("moving_mean", [4], initializer=v1.zeros_initializer(), trainable=False)
            v1.get_variable("moving_variance", [4], initializer=v1.ones_initializer(), trainable=False)
            gamma = v1.get_variable("gamma", [4], initializer=v1.ones_initializer())
        with v1.variable_scope("emb", use_resource=False, partitioner=v1.fixed_size_partitioner(3)):
            w = v1.get_variable("w", [7, 4], initializer=v1.random_normal_initializer(seed=1))
        with v1.variable_scope("res", use_resource=True):
            bias = v1.get_variable("bias", [4], initializer=v1.zeros_initializer())
        loss = tf.reduce_sum(tf.matmul(x * gamma + bias, tf.transpose(tf.convert_to_tensor(w))))
        update = v1.assign(mean, tf.reduce_mean(x, 0), name="update")
        v1.add_to_collection("update_ops", update)
        v1.add_to_collection("my_variables", gamma)
        v1.add_to_collection("words", "bn/gamma")
        v1.add_to_collection("numbers", 5)
        with v1.control_dependencies([update]):
            v1.train.AdamOptimizer().minimize(loss, global_step=v1.train.get_or_create_global_step())
        tf.cond(v1.placeholder(tf.bool, []), lambda: loss, lambda: loss * 2)
    return built


def checkpoint(tf: ModuleType, prefix: str, *, sharded: bool = False) -> dict[str, Any]:
    """Train one step, save, and return what was saved."""
    v1 = tf.compat.v1
    built = graph(tf)
    with built.as_default(), v1.Session() as session:
        session.run(v1.global_variables_initializer())
        session.run("Adam", {"x:0": np.arange(8, dtype="f4").reshape(2, 4)})
        v1.train.Saver(sharded=sharded).save(session, prefix, latest_filename="state")
    reader = tf.train.load_checkpoint(prefix)
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}
