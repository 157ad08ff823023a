"""Make the checkpoint that the benchmarks read: 2 GB, 200 batch-norm layers, saved by TensorFlow after a step.

usage: python benchmarks/make_checkpoint.py DIRECTORY [--layers 200] [--gigabytes 2] [--wiring group]
"""

from __future__ import annotations

import argparse
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

import numpy as np
import tensorflow as tf

_CHANNELS = 512
"""As in the checkpoint that the reader was designed against: 0.8 MB of moving statistics in 200 layers."""


def _layer(x: tf.Tensor, number: int) -> tf.Tensor:
    v1 = tf.compat.v1
    with v1.variable_scope(f"block{number}"):
        kernel = v1.get_variable("kernel", [1, 1, _CHANNELS, _CHANNELS], initializer=v1.glorot_uniform_initializer())
        x = tf.nn.conv2d(x, kernel, 1, "SAME")
        x = v1.layers.batch_normalization(x, training=True, name="bn")
        return tf.nn.relu(x)


def _ballast(gigabytes: float, layers: int) -> tf.Tensor:
    """Return a loss over weights that only take room, so that the file has the wanted size (each has one slot)."""
    v1 = tf.compat.v1
    network = layers * _CHANNELS * _CHANNELS * 4 * 2
    rows = max(0, int(gigabytes * 1e9 - network)) // (8 * 4 * 2 * 1024)
    tables = [
        v1.get_variable(f"table{n}/weights", [rows, 1024], initializer=v1.random_uniform_initializer()) for n in range(8)
    ]
    return tf.add_n([tf.reduce_mean(table) for table in tables])


def main() -> None:
    """Build, train one step, save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--layers", type=int, default=200)
    parser.add_argument("--gigabytes", type=float, default=2.0)
    parser.add_argument(
        "--wiring",
        choices=["group", "control_dependencies"],
        default="group",
        help="control_dependencies puts an edge from every update on every gradient node: a graph of 24 MB, not 9",
    )
    args = parser.parse_args()
    v1 = tf.compat.v1
    v1.disable_v2_behavior()
    x = images = v1.placeholder(tf.float32, [None, 2, 2, _CHANNELS], "images")
    for number in range(args.layers):
        x = _layer(x, number)
    loss = tf.reduce_mean(tf.square(x)) + _ballast(args.gigabytes, args.layers)
    step = v1.train.get_or_create_global_step()
    updates = v1.get_collection(v1.GraphKeys.UPDATE_OPS)
    with tf.control_dependencies(updates if args.wiring == "control_dependencies" else []):
        train = v1.train.MomentumOptimizer(0.01, 0.9).minimize(loss, global_step=step)
    train = tf.group(train, *updates)
    args.directory.mkdir(parents=True, exist_ok=True)
    with v1.Session() as session:
        session.run(v1.global_variables_initializer())
        session.run(train, {images: np.random.default_rng(0).random((4, 2, 2, _CHANNELS), np.float32)})
        v1.train.Saver().save(session, str(args.directory / "model.ckpt"))


if __name__ == "__main__":
    main()
