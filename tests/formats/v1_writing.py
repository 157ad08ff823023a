"""A writer of V1 checkpoints, for what TensorFlow refuses to write or to read, and for what must be refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import cramjam
import numpy as np

from bnlint.formats import messages
from bnlint.formats.ordered_code import FULL, Extent, slice_key
from bnlint.formats.source import BytesSource
from bnlint.formats.table import read_table
from tests.formats.writing import Records, assemble, contents, stored, table

FIELDS = {
    "float32": "float_val",
    "float64": "double_val",
    "int64": "int64_val",
    "uint32": "uint32_val",
    "uint64": "uint64_val",
    "bool": "bool_val",
    "float16": "half_val",
    "bfloat16": "half_val",
    "complex64": "scomplex_val",
    "complex128": "dcomplex_val",
    "string": "string_val",
}


class Tensor(NamedTuple):
    """A variable. ``slices`` are (start, length) per dimension, of which None stands for one over everything."""

    name: str
    dtype: str
    value: Any
    slices: Sequence[Sequence[tuple[int, int]]] | None = None


def extents(tensor: Tensor) -> list[tuple[Extent, ...]]:
    """Return the slices as the writer spells them: all of a tensor has no lengths."""
    if tensor.slices is None:
        return [(Extent(0, FULL),) * np.ndim(tensor.value)]
    return [tuple(Extent(*extent) for extent in extents) for extents in tensor.slices]


def shard(tensors: Sequence[Tensor], *, version: Mapping[str, Any] | None = None) -> bytes:
    """Write one shard with the slices of ``tensors``."""
    return table(records(tensors, version=version), per_block=3)


def compressed(tensors: Sequence[Tensor]) -> bytes:
    """Write one shard whose blocks are compressed."""
    everything = records(tensors)
    chunks = [everything[start : start + 3] for start in range(0, len(everything), 3)]
    return assemble(
        [(chunk[-1][0], stored(bytes(cramjam.snappy.compress_raw(contents(chunk))), kind=1)) for chunk in chunks]
    )


def records(tensors: Sequence[Tensor], *, version: Mapping[str, Any] | None = None) -> Records:
    """Return the keys and values of one shard."""
    listed = messages.SavedTensorSlices()
    listed.meta.versions.producer = 1
    found = {}
    for name, value in (version or {}).items():
        if name == "bad_consumers":
            listed.meta.versions.bad_consumers.extend(value)
        else:
            setattr(listed.meta.versions, name, value)
    for tensor in tensors:
        value = np.asarray(tensor.value, object if tensor.dtype == "string" else None)
        meta = listed.meta.tensor.add(name=tensor.name, type=number(tensor.dtype))
        for size in value.shape:
            meta.shape.dim.add().size = size
        for piece in extents(tensor):
            record = messages.SavedTensorSlices()
            record.data.name = tensor.name
            for message in (meta.slice.add(), record.data.slice):
                _fill_slice(message, piece)
            fill(record.data.data, tensor.dtype, value[window(piece)])
            found[slice_key(tensor.name.encode(), piece)] = record.SerializeToString()
    return [(b"", listed.SerializeToString()), *sorted(found.items())]


def window(piece: Sequence[Extent]) -> tuple[slice, ...]:
    return tuple(slice(start, None if length == FULL else start + length) for start, length in piece)


def number(dtype: str) -> int:
    """Return the number of a dtype by TensorFlow's name."""
    names = {"float32": "FLOAT", "float64": "DOUBLE", "float16": "HALF"}
    value = messages.TensorProto.DESCRIPTOR.fields_by_name["dtype"].enum_type.values_by_name
    return int(value[f"DT_{names.get(dtype, dtype.upper())}"].number)


def fill(proto: Any, dtype: str, value: Any) -> None:
    """Put the values into the field of their dtype, as TensorFlow's writer does: no dtype, no shape."""
    flat = np.asarray(value, object if dtype == "string" else None).ravel()
    if dtype.startswith("complex"):
        flat = np.stack([flat.real, flat.imag], 1).ravel()
    elif dtype in ("float16", "bfloat16"):
        flat = flat.view("u2")
    getattr(proto, FIELDS.get(dtype, "int_val")).extend(flat.tolist())


def _fill_slice(message: Any, piece: Sequence[Extent]) -> None:
    for start, length in piece:
        extent = message.extent.add(start=start)
        if length != FULL:
            extent.length = length


def edited(data: bytes, key: bytes, change: Any) -> bytes:
    """Rewrite a shard with correct checksums and one record changed by ``change``, or removed where that is None."""
    found = dict(read_table(BytesSource(data)))
    if change is None:
        del found[key]
    elif isinstance(change, bytes):
        found[key] = change
    else:
        record = messages.SavedTensorSlices.FromString(found[key])
        change(record)
        found[key] = record.SerializeToString()
    return table(sorted(found.items()), per_block=3)
