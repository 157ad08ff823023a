"""TensorFlow's dtypes: number, name, and how their bytes become a numpy array.

Source: ``tensorflow/core/framework/types.proto``. Dtypes that numpy lacks (bfloat16, float8) become float32, which
holds every one of their values; quantized ones become the integers they are stored as. Knows no shapes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bnlint.formats.errors import FormatError, UnsupportedError

Array = npt.NDArray[np.generic]

STRING = 7
RESOURCE = 20
VARIANT = 21
_REFERENCE = 100
"""Added to a dtype's number where a graph means a reference to a variable; never stored in a checkpoint."""


class DType(NamedTuple):
    """One dtype. ``storage`` is numpy's name for its little-endian bytes, None where there is no reading for them."""

    number: int
    name: str
    storage: str | None = None
    convert: Callable[[Array], Array] | None = None

    @property
    def itemsize(self) -> int:
        """Bytes per element.

        Raises:
            UnsupportedError: bnlint does not know the dtype's layout.
        """
        return self._storage().itemsize

    def decode(self, data: bytes, *, big_endian: bool = False) -> Array:
        """Turn stored bytes into a flat array in native byte order.

        Raises:
            FormatError: ``data`` is no whole number of elements, or a bool is neither 0 nor 1.
            UnsupportedError: bnlint does not know the dtype's layout.
        """
        storage = self._storage()
        if len(data) % storage.itemsize:
            raise FormatError(self.name, f"expected a multiple of {storage.itemsize} bytes, found {len(data)}")
        stored = np.frombuffer(data, storage.newbyteorder(">") if big_endian else storage)
        native = stored.astype(stored.dtype.newbyteorder("="), copy=False)
        return native if self.convert is None else self.convert(native)

    def _storage(self) -> np.dtype[np.generic]:
        if self.storage is None:
            raise UnsupportedError(self.name, "unsupported dtype")
        return np.dtype(self.storage)


def lookup(number: int) -> DType:
    """Return the dtype of a stored tensor. One from the future has a name and no storage.

    Raises:
        FormatError: ``number`` cannot be the dtype of something stored.
    """
    if not 0 < number < _REFERENCE:
        raise FormatError("dtype", f"expected the number of a dtype, found {number}")
    return _BY_NUMBER.get(number) or DType(number, f"dtype {number}")


def name_of(number: int) -> str:
    """Return TensorFlow's name for any dtype a graph may mention, as ``tf.as_dtype(number).name`` does."""
    referred = _BY_NUMBER.get(number - _REFERENCE)
    if referred:
        return f"{referred.name}_ref"
    known = _BY_NUMBER.get(number)
    return known.name if known else f"dtype {number}"


def _bools(stored: Array) -> Array:
    if stored.size and stored.max() > 1:
        raise FormatError("bool", f"expected 0 or 1, found {stored.max()}")
    return stored.astype(np.bool_)


def _bfloat16(stored: Array) -> Array:
    return (stored.astype(np.uint32) << 16).view(np.float32)


def _float8(mantissa: int, bias: int, special: str) -> Callable[[Array], Array]:
    """Build the table of an 8-bit float: sign, ``7 - mantissa`` bits of exponent, ``mantissa`` bits.

    ``special`` says what the extremes mean: ``ieee`` (infinities and NaNs as usual), ``fn`` (finite; all ones is
    NaN) or ``fnuz`` (finite; one NaN, in place of minus zero). Source: ``ml_dtypes/include/float8.h``.
    """
    codes = np.arange(256)
    magnitude = codes & 0x7F
    exponent, fraction = magnitude >> mantissa, magnitude & ((1 << mantissa) - 1)
    significand = np.where(exponent == 0, 0, 1 << mantissa) + fraction
    with np.errstate(all="ignore"):
        values = np.ldexp(significand.astype(np.float32), np.maximum(exponent, 1) - bias - mantissa)
    if special == "ieee":
        top = exponent == (1 << (7 - mantissa)) - 1
        values[top] = np.where(fraction[top] == 0, np.inf, np.nan)
    elif special == "fn":
        values[magnitude == 0x7F] = np.nan
    values = np.where(codes & 0x80, -values, values)
    if special == "fnuz":
        values[0x80] = np.nan
    table = values.astype(np.float32)
    return lambda stored: table[stored.astype(np.intp)]


_ALL = (
    DType(1, "float32", "<f4"),
    DType(2, "float64", "<f8"),
    DType(3, "int32", "<i4"),
    DType(4, "uint8", "u1"),
    DType(5, "int16", "<i2"),
    DType(6, "int8", "i1"),
    DType(STRING, "string"),
    DType(8, "complex64", "<c8"),
    DType(9, "int64", "<i8"),
    DType(10, "bool", "u1", _bools),
    DType(11, "qint8", "i1"),
    DType(12, "quint8", "u1"),
    DType(13, "qint32", "<i4"),
    DType(14, "bfloat16", "<u2", _bfloat16),
    DType(15, "qint16", "<i2"),
    DType(16, "quint16", "<u2"),
    DType(17, "uint16", "<u2"),
    DType(18, "complex128", "<c16"),
    DType(19, "float16", "<f2"),
    DType(RESOURCE, "resource"),
    DType(VARIANT, "variant"),
    DType(22, "uint32", "<u4"),
    DType(23, "uint64", "<u8"),
    DType(24, "float8_e5m2", "u1", _float8(2, 15, "ieee")),
    DType(25, "float8_e4m3fn", "u1", _float8(3, 7, "fn")),
    DType(26, "float8_e4m3fnuz", "u1", _float8(3, 8, "fnuz")),
    DType(27, "float8_e4m3b11fnuz", "u1", _float8(3, 11, "fnuz")),
    DType(28, "float8_e5m2fnuz", "u1", _float8(2, 16, "fnuz")),
    DType(29, "int4"),
    DType(30, "uint4"),
    DType(31, "int2"),
    DType(32, "uint2"),
    DType(33, "float4_e2m1fn"),
)
_BY_NUMBER = {dtype.number: dtype for dtype in _ALL}
