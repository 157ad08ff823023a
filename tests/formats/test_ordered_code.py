from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnlint.formats.errors import FormatError
from bnlint.formats.ordered_code import FULL, Extent, parse_slice_key, slice_key

int64 = st.integers(-(2**63), 2**63 - 1)
names = st.binary(max_size=12) | st.lists(st.sampled_from([b"\x00", b"\x01", b"\xff", b"a"])).map(b"".join)
extents = st.lists(st.builds(Extent, int64, int64), max_size=5).map(tuple)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (0, "80"),
        (4, "84"),
        (63, "bf"),
        (64, "c040"),
        (-1, "7f"),
        (-64, "40"),
        (-65, "3fbf"),
        (8191, "dfff"),
        (8192, "e02000"),
        (2**48 - 1, "feffffffffffff"),
        (2**63 - 1, "ffc07fffffffffffffff"),
        (-(2**63), "003f8000000000000000"),
    ],
)
def test_signed_numbers(value, code):
    assert slice_key(b"", [Extent(value, 0)]).hex() == "00" + "0001" + "0101" + code + "80"


@given(names, extents)
def test_reads_what_was_written(name, cut):
    assert parse_slice_key(slice_key(name, cut)) == (name, cut)


@given(st.lists(st.tuples(names, int64, int64), min_size=2))
def test_codes_sort_like_what_they_stand_for(values):
    keys = [slice_key(name, [Extent(start, length)]) for name, start, length in values]
    assert sorted(range(len(keys)), key=keys.__getitem__) == sorted(range(len(keys)), key=values.__getitem__)


@given(names, extents, st.data())
def test_garbage_is_refused_or_means_something_else(name, cut, draw):
    key = bytearray(slice_key(name, cut))
    key[draw.draw(st.integers(0, len(key) - 1))] = draw.draw(st.integers(0, 255))
    try:
        other = parse_slice_key(bytes(key))
    except FormatError:
        return
    assert (other == (name, cut)) == (slice_key(*other) == slice_key(name, cut))


@pytest.mark.parametrize(
    "key",
    [
        "",
        "00",
        "0061",
        "00610000",
        "0061000101",
        "006100010101",
        "00610001010184",
        "01",
        "0101000100",
        "0000010101808080",
    ],
)
def test_cut_keys_are_refused(key):
    with pytest.raises(FormatError, match="slice key"):
        parse_slice_key(bytes.fromhex(key))


def test_full_dimensions_have_two_spellings():
    assert slice_key(b"w", [Extent(0, 4)]) != slice_key(b"w", [Extent(0, FULL)])
