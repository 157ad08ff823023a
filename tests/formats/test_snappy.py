from __future__ import annotations

import cramjam
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bnlint.formats.errors import FormatError
from bnlint.formats.snappy import decompress

_repetitive = st.lists(st.tuples(st.binary(min_size=1, max_size=20), st.integers(1, 300)), max_size=20).map(
    lambda parts: b"".join(piece * times for piece, times in parts)
)


@given(_repetitive | st.binary(max_size=5000))
@example(b"")
@example(bytes(100_000))
@example(bytes(range(256)) * 300)
def test_reads_what_snappy_writes(data):
    assert decompress(bytes(cramjam.snappy.compress_raw(data))) == data


@settings(max_examples=400)
@given(st.binary(max_size=40), _repetitive, st.data())
def test_agrees_with_snappy_about_garbage(garbage, data, draw):
    good = bytearray(bytes(cramjam.snappy.compress_raw(data)))
    for _ in range(draw.draw(st.integers(0, 2))):
        good[draw.draw(st.integers(0, len(good) - 1))] = draw.draw(st.integers(0, 255))
    for damaged in (garbage, bytes(good)):
        try:
            ours: bytes | None = decompress(damaged)
        except FormatError:
            ours = None
        try:
            theirs: bytes | None = bytes(cramjam.snappy.decompress_raw(damaged))
        except cramjam.DecompressionError:
            theirs = None
        assert ours == theirs


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\xff\xff\xff\xff\x0f" + b"\x00a", "claims 4294967295 bytes"),
        (b"\x02\x00a", "expected 2 bytes, found 1"),
        (b"\x01\x04ab", "expected a literal of 2 bytes"),
        (b"\x04\x0cab", "expected a literal of 4 bytes"),
        (b"\x04\xf4\x00", "expected a length of 2 bytes"),
        (b"\x05\x00a\x01\x00", "cannot copy 4 bytes from 0 bytes back"),
        (b"\x05\x00a\x01\x02", "cannot copy 4 bytes from 2 bytes back"),
        (b"\x04\x00a\x01\x01", "cannot copy 4 bytes from 1 bytes back"),
        (b"\x05\x00a\x02\x01", "expected an offset of 2 bytes"),
    ],
)
def test_says_what_is_wrong(data, why):
    with pytest.raises(FormatError, match=why):
        decompress(data)


def test_long_offsets_are_read():
    data = b"\x05\x00a" + bytes([3 << 2 | 3]) + (1).to_bytes(4, "little")
    assert decompress(data) == b"aaaaa"
