"""V1 checkpoints written and read by TensorFlow itself, whose save ops still write the format.

Eager code may call them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from bnlint.formats.source import LocalFile
from bnlint.formats.table import Table
from bnlint.formats.v1_checkpoint import Variable, add_shard, read_tensor, read_variables
from tests.formats.oracle import Saved


def shard_names(prefix: str, shards: int) -> list[str]:
    return [prefix] if shards == 1 else [f"{prefix}-{number:05d}-of-{shards:05d}" for number in range(shards)]


def save(tf: ModuleType, prefix: str, tensors: Sequence[Saved], shards: int = 1) -> list[str]:
    """Save as a Saver does, sharded or not; return the files. A shard must not be empty."""
    paths = shard_names(prefix, shards)
    for number, path in enumerate(paths):
        mine = [tensor for place, tensor in enumerate(tensors) if place % shards == number]
        tf.raw_ops.SaveSlices(
            filename=path,
            tensor_names=[tensor.name for tensor in mine],
            shapes_and_slices=[tensor.slice for tensor in mine],
            data=[tensor.value for tensor in mine],
        )
    return paths


def restore(tf: ModuleType, prefix: str, name: str, dtype: Any, shards: int = 1) -> Any:
    """Read a whole variable. This op reads slices and halves, which `tf.train.load_checkpoint` does not."""
    pattern = prefix if shards == 1 else f"{prefix}-?????-of-{shards:05d}"
    return tf.raw_ops.Restore(file_pattern=pattern, tensor_name=name, dt=dtype).numpy()


@contextmanager
def opened(paths: Sequence[str]) -> Iterator[tuple[Mapping[str, Variable], list[Table]]]:
    """Open all shards with bnlint."""
    sources = [LocalFile(path) for path in paths]
    try:
        tables = [Table(source) for source in sources]
        variables: dict[str, Variable] = {}
        for number, table in enumerate(tables):
            add_shard(variables, read_variables(table, number))
        yield variables, tables
    finally:
        for source in sources:
            source.close()


def read(paths: Sequence[str]) -> dict[str, Any]:
    """Read every variable with bnlint."""
    with opened(paths) as (variables, tables):
        return {name: read_tensor(name, variable, tables.__getitem__) for name, variable in variables.items()}
