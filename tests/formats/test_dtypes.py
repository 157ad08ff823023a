from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

from bnlint.formats import dtypes
from bnlint.formats.errors import FormatError, UnsupportedError

SUPPORTED = [number for number in range(1, 34) if dtypes.lookup(number).storage]


@pytest.mark.parametrize("number", range(1, 34))
def test_names_are_those_of_tensorflow(tf, number):
    assert dtypes.lookup(number).name == dtypes.name_of(number) == tf.as_dtype(number).name
    if number != dtypes.VARIANT:
        assert dtypes.name_of(number + 100) == tf.as_dtype(number + 100).name


def test_every_dtype_of_tensorflow_is_known(tf):
    from tensorflow.core.framework import types_pb2

    numbers = {number for number in types_pb2.DataType.values() if 0 < number < 100}
    assert numbers == set(range(1, 34))


@pytest.mark.parametrize("number", SUPPORTED)
def test_sizes_are_those_of_tensorflow(tf, number):
    assert dtypes.lookup(number).itemsize == tf.as_dtype(number).size


@pytest.mark.parametrize("name", [dtypes.lookup(number).name for number in range(24, 29)])
def test_every_float8_is_read_as_ml_dtypes_reads_it(name):
    codes = bytes(range(256))
    number = next(n for n in range(24, 29) if dtypes.lookup(n).name == name)
    expected = np.frombuffer(codes, getattr(ml_dtypes, name)).astype(np.float32)
    found = dtypes.lookup(number).decode(codes)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(np.signbit(found[expected == 0]), np.signbit(expected[expected == 0]))


def test_every_bfloat16_is_read_as_ml_dtypes_reads_it():
    codes = np.arange(2**16, dtype="<u2").tobytes()
    expected = np.frombuffer(codes, ml_dtypes.bfloat16).astype(np.float32)
    np.testing.assert_array_equal(dtypes.lookup(14).decode(codes), expected)
    swapped = np.arange(2**16, dtype=">u2").tobytes()
    np.testing.assert_array_equal(dtypes.lookup(14).decode(swapped, big_endian=True), expected)


@pytest.mark.parametrize("number", [1, 2, 3, 5, 8, 9, 17, 18, 19, 22, 23])
def test_byte_order(number):
    dtype = dtypes.lookup(number)
    values = np.array([1, 2, 300 if dtype.itemsize > 1 else 3], dtype.storage)
    stored = values.astype(values.dtype.newbyteorder(">")).tobytes()
    found = dtype.decode(stored, big_endian=True)
    np.testing.assert_array_equal(found, values)
    assert found.dtype.isnative


def test_bools_are_0_or_1():
    assert dtypes.lookup(10).decode(b"\0\1\1").tolist() == [False, True, True]
    assert dtypes.lookup(10).decode(b"").tolist() == []
    with pytest.raises(FormatError, match="expected 0 or 1, found 2"):
        dtypes.lookup(10).decode(b"\0\2")


def test_part_of_an_element_is_refused():
    with pytest.raises(FormatError, match="float32: expected a multiple of 4 bytes, found 6"):
        dtypes.lookup(1).decode(bytes(6))


@pytest.mark.parametrize("number", [7, 21, 29, 30, 31, 32, 33, 34, 99])
def test_what_has_no_reading_is_unsupported_and_has_a_name(number):
    dtype = dtypes.lookup(number)
    assert dtype.name
    with pytest.raises(UnsupportedError, match="unsupported dtype"):
        dtype.decode(b"")


@pytest.mark.parametrize("number", [0, -1, 100, 101, 2**31])
def test_what_cannot_be_stored_is_refused(number):
    with pytest.raises(FormatError, match="expected the number of a dtype"):
        dtypes.lookup(number)
    assert dtypes.name_of(number)
