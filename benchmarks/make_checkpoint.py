"""Make the checkpoint that the benchmarks read: 2 GB, 200 batch-norm layers, written by TensorFlow's Saver.

usage: python benchmarks/make_checkpoint.py DIRECTORY [--graph inference] [--layers 200] [--gigabytes 2]

The graph beside the values is that of a released model (inference), or of a training program whose updates are joined
to the train op by tf.group (training) or by tf.control_dependencies, which puts an edge from every update on every
gradient node: 1, 4 and 24 MB.
"""

from __future__ import annotations

import argparse
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1
_CHANNELS = 512
"""0.8 MB of moving statistics in 200 layers, beside 2 GB of weights."""
_TABLES = 8


def _layer(x: tf.Tensor, number: int, *, training: bool) -> tf.Tensor:
    with v1.variable_scope(f"block{number}"):
        kernel = v1.get_variable("kernel", [1, 1, _CHANNELS, _CHANNELS], initializer=v1.glorot_uniform_initializer())
        x = tf.nn.conv2d(x, kernel, 1, "SAME")
        return tf.nn.relu(v1.layers.batch_normalization(x, training=training, name="bn"))


def _ballast(size: float) -> tf.Tensor:
    """Return the mean of weights that only take room, ``size`` bytes of them."""
    rows = max(1, int(size) // (_TABLES * 4 * 1024))
    uniform = v1.random_uniform_initializer()
    tables = [v1.get_variable(f"table{n}/weights", [rows, 1024], initializer=uniform) for n in range(_TABLES)]
    return tf.add_n([tf.reduce_mean(table) for table in tables])


def _train_op(loss: tf.Tensor, wiring: str) -> tf.Operation:
    step = v1.train.get_or_create_global_step()
    updates = v1.get_collection(v1.GraphKeys.UPDATE_OPS)
    with tf.control_dependencies(updates if wiring == "control_dependencies" else []):
        train = v1.train.MomentumOptimizer(0.01, 0.9).minimize(loss, global_step=step)
    return tf.group(train, *updates)


def main() -> None:
    """Build, run once, save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--graph", choices=["inference", "training", "control_dependencies"], default="inference")
    parser.add_argument("--layers", type=int, default=200)
    parser.add_argument("--gigabytes", type=float, default=2.0)
    args = parser.parse_args()
    training = args.graph != "inference"
    v1.disable_v2_behavior()
    copies = 2 if training else 1  # a variable and its momentum slot
    x = images = v1.placeholder(tf.float32, [None, 2, 2, _CHANNELS], "images")
    for number in range(args.layers):
        x = _layer(x, number, training=training)
    rest = args.gigabytes * 1e9 / copies - args.layers * _CHANNELS * _CHANNELS * 4
    loss = tf.reduce_mean(tf.square(x)) + _ballast(rest)
    run = _train_op(loss, args.graph) if training else loss
    args.directory.mkdir(parents=True, exist_ok=True)
    with v1.Session() as session:
        session.run(v1.global_variables_initializer())
        for variable in v1.global_variables():
            if "/bn/" in variable.name:  # a released model's batch norm is not as it was initialised
                variable.load(np.random.default_rng(0).uniform(0.5, 1.5, _CHANNELS), session)
        session.run(run, {images: np.random.default_rng(0).random((4, 2, 2, _CHANNELS), np.float32)})
        v1.train.Saver().save(session, str(args.directory / "model.ckpt"))


if __name__ == "__main__":
    main()
