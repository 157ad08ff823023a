"""TensorProto, the tensors inside a graph, as arrays.

Source: ``tensorflow/core/framework/tensor.proto`` and ``Tensor::FromProto`` in ``tensor.cc``. Knows no graph.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import numpy as np

from bnlint.formats import dtypes
from bnlint.formats.dtypes import Array
from bnlint.formats.errors import FormatError, UnsupportedError
from bnlint.formats.messages import Message
from bnlint.formats.slices import MAX_RANK, parse_shape

_FIELDS = {
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
}
"""The field of the values by dtype; every other integer is in ``int_val``, every float8 in ``float8_val``."""
_MOST_REPEATED = 1 << 28
"""Elements of a tensor that is written as fewer values: the array costs nothing, what is computed of it does."""


def to_array(tensor: Message) -> Array:
    """Return the value of a TensorProto.

    Fewer values than elements mean that the last one is repeated, and none at all that every element is zero. Such an
    array is a read-only view of one element, so that a large constant costs nothing.

    Raises:
        FormatError: the fields contradict each other.
        UnsupportedError: bnlint cannot decode this dtype or rank.
    """
    dtype = dtypes.lookup(tensor.dtype)
    shape = parse_shape(tensor.tensor_shape, "tensor")
    if len(shape) > MAX_RANK:
        raise UnsupportedError("tensor", f"unsupported rank {len(shape)}")
    if tensor.tensor_content and dtype.number != dtypes.STRING:
        flat = dtype.decode(tensor.tensor_content)
        if flat.size != math.prod(shape):
            raise FormatError("tensor", f"expected {math.prod(shape)} elements of {dtype.name}, found {flat.size}")
        return flat.reshape(shape)
    flat = typed_values(tensor, dtype)
    return _fill(flat, np.array(b"", object) if dtype.number == dtypes.STRING else np.zeros((), flat.dtype), shape)


def typed_values(tensor: Message, dtype: dtypes.DType) -> Array:
    """Return the values that stand in a TensorProto's typed fields, flat, whatever its own dtype and shape say.

    Raises:
        FormatError: a value is none of ``dtype``.
        UnsupportedError: bnlint cannot decode this dtype.
    """
    return _strings(tensor.string_val) if dtype.number == dtypes.STRING else _values(tensor, dtype)


def _strings(values: Sequence[bytes]) -> Array:
    strings = np.empty(len(values), object)
    strings[:] = list(values)
    return strings


def _values(tensor: Message, dtype: dtypes.DType) -> Array:
    """Collect the typed values, in the dtype they are read as."""
    if dtype.name.startswith("float8"):
        return dtype.decode(tensor.float8_val)
    values = getattr(tensor, _FIELDS.get(dtype.name, "int_val"))
    if dtype.convert is None and dtype.storage is not None and "c" in dtype.storage:
        if len(values) % 2:
            raise FormatError("tensor", "expected pairs of real and imaginary parts")
        parts = np.fromiter(values, f"<f{dtype.itemsize // 2}", len(values))
        return cast("Array", parts.view(dtype.storage))
    if dtype.name in ("float16", "bfloat16"):  # as bits
        return dtype.decode(_integers(values, "<u2").tobytes())
    if dtype.name in ("float32", "float64", "bool"):
        return np.fromiter(values, np.dtype(dtype.name), len(values))
    if dtype.storage is None:
        raise UnsupportedError("tensor", f"unsupported dtype {dtype.name}")
    return _integers(values, dtype.storage)


def _integers(values: Sequence[int], dtype: str) -> Array:
    limits = np.iinfo(dtype)
    if values and not limits.min <= min(values) <= max(values) <= limits.max:
        raise FormatError("tensor", f"expected values between {limits.min} and {limits.max}")
    return np.fromiter(values, dtype, len(values))


def _fill(flat: Array, zero: Array, shape: tuple[int, ...]) -> Array:
    """Shape the values, repeating the last of them to the end."""
    count = math.prod(shape)
    if flat.size == count:
        return flat.reshape(shape)
    if flat.size > count:
        raise FormatError("tensor", f"expected at most {count} values, found {flat.size}")
    if count > _MOST_REPEATED:
        raise UnsupportedError("tensor", f"unsupported: {flat.size} values repeated to {count}")
    if flat.size < 2:
        return np.broadcast_to(flat[0] if flat.size else zero, shape)
    return np.concatenate([flat, np.broadcast_to(flat[-1:], (count - flat.size,))]).reshape(shape)
