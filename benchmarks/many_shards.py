"""Compare what `bnlint check` costs on a checkpoint of many shards and on a small one with the same batch norm.

usage: python benchmarks/many_shards.py [--shards 1000] [--layers 200] [--megabytes 1] [--pairs 5] [--v1]

The small one is one shard of batch-norm variables and little else; the large one spreads them over its shards, each of
which holds weights of so many megabytes too. Both are written by TensorFlow, without a graph. A V1 checkpoint lists
variables in each shard, so that bnlint has to open all of them.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import shutil
import sys
import tempfile
from typing import Any, NamedTuple

import numpy as np
from measuring import Cost, measure, ratio, show

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


class _Tensors(NamedTuple):
    """What one shard holds."""

    names: list[str]
    values: list[Any]


def _shards(layers: int, count: int, size: int) -> list[_Tensors]:
    """Deal out the variables of ``layers``, and to each shard weights of ``size`` bytes."""
    rng = np.random.default_rng(0)
    shards = [_Tensors([f"weights_{n:04}"], [rng.random(size // 4, np.float32)]) for n in range(count)]
    own = ("gamma", "beta", "moving_mean", "moving_variance")
    for number, name in enumerate(f"block{n:03}/bn/{variable}" for n in range(layers) for variable in own):
        shards[number % count].names.append(name)
        shards[number % count].values.append(rng.uniform(0.5, 1.5, 256).astype(np.float32))
    return shards


def _save_v2(prefix: str, shards: list[_Tensors]) -> None:
    import tensorflow as tf  # noqa: PLC0415 - half a GB, for a moment

    parts = [f"{prefix}_temp/part-{n:05d}-of-{len(shards):05d}" for n in range(len(shards))]
    pathlib.Path(f"{prefix}_temp").mkdir()
    for part, (names, values) in zip(parts, shards, strict=True):
        tf.raw_ops.SaveV2(prefix=part, tensor_names=names, shape_and_slices=[""] * len(names), tensors=values)
    tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=parts, destination_prefix=prefix)
    shutil.rmtree(f"{prefix}_temp", ignore_errors=True)


def _save_v1(prefix: str, shards: list[_Tensors]) -> None:
    import tensorflow as tf  # noqa: PLC0415 - half a GB, for a moment

    for number, (names, values) in enumerate(shards):
        path = f"{prefix}-{number:05d}-of-{len(shards):05d}"
        tf.raw_ops.SaveSlices(filename=path, tensor_names=names, shapes_and_slices=[""] * len(names), data=values)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shards", type=int, default=1000)
    parser.add_argument("--layers", type=int, default=200)
    parser.add_argument("--megabytes", type=float, default=1.0, help="of weights in every shard")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--v1", action="store_true", help="the format before TensorFlow 0.12")
    args = parser.parse_args()
    save = _save_v1 if args.v1 else _save_v2
    small: list[Cost] = []
    large: list[Cost] = []
    with tempfile.TemporaryDirectory() as directory:
        for name, count, size in (("small", 1, 4096), ("large", args.shards, int(args.megabytes * 1e6))):
            pathlib.Path(f"{directory}/{name}").mkdir()
            save(f"{directory}/{name}/model.ckpt", _shards(args.layers, count, size))
        last = f"model.ckpt-{args.shards - 1:05d}-of-{args.shards:05d}" if args.v1 else "model.ckpt"
        first = "model.ckpt-00000-of-00001" if args.v1 else "model.ckpt"
        for _ in range(args.pairs):
            small.append(measure([sys.executable, "-m", "bnlint", "check", f"{directory}/small/{first}"]))
            large.append(measure([sys.executable, "-m", "bnlint", "check", f"{directory}/large/{last}"]))
    show("small", small)
    show(f"{args.shards} shards", large)
    print(f"the large one takes {ratio(large, small)}")


if __name__ == "__main__":
    main()
