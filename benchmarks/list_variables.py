"""Compare bnlint with TensorFlow's own reader at listing the variables of a checkpoint that has many.

usage: python benchmarks/list_variables.py [--variables 100000] [--pairs 5]

Each runs in a process of its own, in turns. Whole processes are compared, and what is left of both without their start
and imports.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile

from measuring import Cost, measure, ratio, show

_BNLINT = """
import gc, sys, time
gc.disable()  # as bnlint does while it opens an artifact
from bnlint.artifacts.locate import locate
from bnlint.artifacts.opening import open_artifact
from bnlint.artifacts.storage import LocalStorage
import bnlint.artifacts.tensor_bundle  # which opening would import
began = time.perf_counter()
(place,) = locate([sys.argv[1]])
artifact = open_artifact(place, LocalStorage())
shapes = {name: variable.shape for name, variable in artifact.saved.items()}
print(len(shapes), time.perf_counter() - began)
"""
_TENSORFLOW = """
import os, sys, time
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow as tf
began = time.perf_counter()
shapes = tf.train.load_checkpoint(sys.argv[1]).get_variable_to_shape_map()
print(len(shapes), time.perf_counter() - began)
"""


def make(prefix: str, variables: int) -> None:
    """Save small variables with the names of a deep network: a kernel, and the four of a batch norm."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf  # noqa: PLC0415 - half a GB, for a moment

    own = ("conv/kernel", "bn/gamma", "bn/beta", "bn/moving_mean", "bn/moving_variance")
    names = [f"tower_0/block_{n // len(own):06}/{own[n % len(own)]}" for n in range(variables)]
    value = tf.constant([1.0, 2.0])
    tf.raw_ops.SaveV2(prefix=prefix, tensor_names=names, shape_and_slices=[""] * variables, tensors=[value] * variables)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variables", type=int, default=100_000)
    parser.add_argument("--pairs", type=int, default=5)
    args = parser.parse_args()
    ours: list[Cost] = []
    theirs: list[Cost] = []
    with tempfile.TemporaryDirectory() as directory:
        prefix = f"{directory}/model.ckpt"
        make(prefix, args.variables)
        for _ in range(args.pairs):
            ours.append(measure([sys.executable, "-c", _BNLINT, prefix]))
            theirs.append(measure([sys.executable, "-c", _TENSORFLOW, prefix]))
    inside = []
    for label, costs in (("bnlint", ours), ("TensorFlow", theirs)):
        show(label, costs)
        counts, seconds = zip(*(cost.output.split() for cost in costs), strict=True)
        inside.append(statistics.median(map(float, seconds)))
        print(f"{'':12}without the start: {inside[-1]:.2f} s for {counts[0]} variables")
    print(f"bnlint takes {ratio(ours, theirs)}; without the start {inside[0] / inside[1]:.2f} of the time")


if __name__ == "__main__":
    main()
