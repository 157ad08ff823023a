from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnlint.formats.errors import FormatError
from bnlint.formats.varint import read_varint
from tests.formats.writing import varint


@given(st.integers(0, 2**64 - 1), st.binary(max_size=3), st.binary(max_size=3))
def test_reads_what_was_written(value, before, after):
    data = before + varint(value)
    assert read_varint(data + after, len(before)) == (value, len(data))


@pytest.mark.parametrize("data", [b"", b"\x80", b"\xff" * 9 + b"\x02", b"\x80" * 10 + b"\x00", b"\x85\x00"])
def test_refuses_more_than_64_bits_an_early_end_and_padding(data):
    with pytest.raises(FormatError, match="varint"):
        read_varint(data, 0)
