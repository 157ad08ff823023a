"""A small tensor bundle with one tensor of every kind, and what reading it must yield."""

from __future__ import annotations

from typing import Any

import numpy as np

from bnlint.formats.bundle_data import read_tensor
from bnlint.formats.errors import FormatError
from bnlint.formats.ordered_code import Extent, slice_key
from bnlint.formats.shards import check_disjoint, misfits
from bnlint.formats.source import BytesSource
from bnlint.formats.tensor_bundle import read_index

W = np.arange(6, dtype="<f4").reshape(2, 3)
P = np.arange(24, dtype="<i4").reshape(4, 6)
S = np.array([b"one", b"", b"three" * 40], object)
SLICES = [((0, 2), (0, 3)), ((0, 2), (3, 3)), ((2, 2), (0, 3)), ((2, 2), (3, 3))]
EXPECTED: dict[bytes, Any] = {
    b"b": np.array([True, False]),
    b"e": np.zeros((0, 4), "f4"),
    b"p": P,
    b"s": S,
    b"scalar": np.float64(2.5),
    b"w": W,
}


def part(number):
    return slice_key(b"p", [Extent(*extent) for extent in SLICES[number]])


def read(index_bytes, data):
    """Read everything: values by name, and the errors."""
    index = read_index(BytesSource(index_bytes))
    check_disjoint(index)
    values, errors = {}, list(misfits(index, {0: len(data)}).values())
    for name in index.tensors:
        try:
            values[name] = read_tensor(index, name, lambda _: BytesSource(data))
        except FormatError as error:
            errors.append(error)
    return values, errors


def assert_right(values):
    for name, value in values.items():
        assert value.dtype == EXPECTED[name].dtype
        assert value.shape == EXPECTED[name].shape
        assert value.tolist() == EXPECTED[name].tolist()
