"""Checkpoints written and read by TensorFlow itself, to compare the readers with."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from bnlint.formats.bundle_data import read_tensor
from bnlint.formats.source import LocalFile, SourcePool
from bnlint.formats.tensor_bundle import read_index


class Saved(NamedTuple):
    """One input of SaveV2. ``slice`` is TensorFlow's spelling: ``4 6 0,2:-``."""

    name: bytes
    value: Any
    slice: str = ""


def save(tf: ModuleType, prefix: str, tensors: Sequence[Saved], shards: int = 1) -> None:
    """Save as a sharded Saver does: one SaveV2 per shard, then a merge."""
    written = []
    for shard in range(shards):
        mine = [tensor for number, tensor in enumerate(tensors) if number % shards == shard]
        part = f"{prefix}_temp/part-{shard:05d}-of-{shards:05d}"
        Path(part).parent.mkdir(parents=True, exist_ok=True)
        if mine:
            tf.raw_ops.SaveV2(
                prefix=part,
                tensor_names=[tensor.name for tensor in mine],
                shape_and_slices=[tensor.slice for tensor in mine],
                tensors=[tensor.value for tensor in mine],
            )
            written.append(part)
    tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=written, destination_prefix=prefix)
    shutil.rmtree(f"{prefix}_temp", ignore_errors=True)


def restore(tf: ModuleType, prefix: str, names: Sequence[bytes], dtypes: Sequence[Any]) -> dict[bytes, Any]:
    """Read whole tensors with RestoreV2."""
    if not names:
        return {}
    values = tf.raw_ops.RestoreV2(
        prefix=prefix, tensor_names=list(names), shape_and_slices=[""] * len(names), dtypes=list(dtypes)
    )
    return {name: value.numpy() for name, value in zip(names, values, strict=True)}


def read(prefix: str) -> dict[bytes, Any]:
    """Read every tensor with bnlint."""
    source = LocalFile(f"{prefix}.index")
    index = read_index(source)
    source.close()
    pool = SourcePool(LocalFile)
    try:
        return {
            name: read_tensor(index, name, lambda shard: pool.get(f"{prefix}.data-{shard:05d}-of-{index.shards:05d}"))
            for name in index.tensors
        }
    finally:
        pool.close()


def assert_same(ours: Any, theirs: Any) -> None:
    """Compare values bit for bit; bfloat16 and float8 as the float32 that holds them."""
    theirs = np.asarray(theirs, object if isinstance(theirs, bytes) else None)  # else a NUL at the end is lost
    if theirs.dtype.kind == "V" or theirs.dtype.name.startswith(("bfloat16", "float8")):
        theirs = theirs.astype(np.float32)
    assert ours.shape == theirs.shape
    if theirs.dtype.kind in "SO":
        assert ours.ravel().tolist() == [bytes(value) for value in theirs.ravel().tolist()]
    else:
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)
