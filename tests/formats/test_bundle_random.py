"""Random entries with correct checksums: an error of the format or the same bytes."""

from __future__ import annotations

import warnings

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bnlint.formats.errors import FormatError
from bnlint.formats.source import BytesSource
from bnlint.formats.table import read_table
from bnlint.formats.tensor_bundle import read_index
from tests.formats.sample import EXPECTED, assert_right, part, read
from tests.formats.writing import edited, table

numbers = st.sampled_from([0, 1, 2, 3, 4, 6, 7, 8, 10, 14, 19, 23, 24, 25, 100, 2**31 - 1, -1, -(2**31)])
longs = numbers | st.sampled_from([2**32, 2**62, 2**63 - 1, -(2**63)]) | st.integers(-300, 300)
dims = st.lists(longs, max_size=4)
pieces = st.lists(st.lists(st.tuples(longs, st.none() | longs), max_size=3), max_size=4)
edits = st.fixed_dictionaries(
    {},
    optional={"dtype": numbers, "shape": dims, "shard_id": numbers, "offset": longs, "size": longs, "slices": pieces},
)
keys = st.sampled_from([*EXPECTED, *(part(number) for number in range(4)), b"new"])


def _relabelled(index, name):
    """Whether the index calls the same bytes something else, which nothing in the file contradicts."""
    found, expected = index.tensors[name], EXPECTED[name]
    dtype = "string" if expected.dtype == object else expected.dtype.name
    return found.dtype.name != dtype or found.shape != expected.shape


@settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(keys, edits | st.none() | st.binary(max_size=6), min_size=1, max_size=3))
def test_random_entries_yield_errors_or_the_same_bytes(bundle, changes):
    records = dict(read_table(BytesSource(bundle[0])))
    assume(all(key in records or change is not None for key, change in changes.items()))
    index_bytes = edited(bundle[0], changes)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            values, _ = read(index_bytes, bundle[1])
        except FormatError:
            return
    index = read_index(BytesSource(index_bytes))
    assert_right({n: v for n, v in values.items() if n in EXPECTED and not _relabelled(index, n)})


@settings(max_examples=200)
@given(st.binary(max_size=40), st.binary(max_size=40))
def test_random_messages_are_errors_or_entries(key, value):
    data = table([(b"", b"\x08\x01"), (b"k" + key, value)])
    try:
        index = read_index(BytesSource(data))
    except FormatError:
        return
    assert list(index.tensors) == [b"k" + key]
