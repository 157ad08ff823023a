from __future__ import annotations

import pytest

from bnlint.formats import crc32c


@pytest.mark.parametrize(
    ("data", "crc"),
    [
        (b"\x00" * 32, 0x8A9136AA),  # RFC 3720, section B.4
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (b"", 0),
    ],
)
def test_is_castagnoli(data, crc):
    assert crc32c.extend(0, data) == crc
    assert crc32c.masked(data) == crc32c.mask(crc)


def test_mask_rotates_and_adds():
    assert crc32c.mask(0) == 0xA282EAD8
    assert crc32c.mask(0xFFFFFFFF) == 0xA282EAD7
    assert crc32c.mask(0x8000) == 0xA282EAD9


def test_extend_continues():
    assert crc32c.extend(crc32c.extend(0, b"abc"), b"def") == crc32c.extend(0, b"abcdef")
