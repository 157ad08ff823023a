from __future__ import annotations

import io
import random

import pytest

from bnlint.formats.errors import FormatError
from bnlint.formats.source import BytesSource
from bnlint.formats.source_file import PAGE, SourceFile
from tests.formats.counting import Counting


def test_reads_like_a_file():
    rng = random.Random(0)
    data = rng.randbytes(5 * PAGE + 123)
    file, expected = SourceFile(BytesSource(data)), io.BytesIO(data)
    for _ in range(2000):
        whence = rng.choice([io.SEEK_SET, io.SEEK_CUR, io.SEEK_END])
        offset = {
            io.SEEK_SET: rng.randrange(len(data) + 9),
            io.SEEK_CUR: rng.randrange(9),
            io.SEEK_END: -rng.randrange(99),
        }
        assert file.seek(offset[whence], whence) == expected.seek(offset[whence], whence)
        length = rng.choice([0, 1, 8, 500, PAGE, 3 * PAGE])
        assert file.read(length) == expected.read(length)
        assert file.tell() == expected.tell()
    assert SourceFile(BytesSource(data)).readall() == data


def test_small_reads_share_pages_and_large_ones_are_one():
    source = Counting(bytes(10 * PAGE))
    file = SourceFile(source)
    for offset in range(0, 2 * PAGE, 100):
        file.seek(offset)
        file.read(90)
    assert source.reads == [(0, PAGE), (PAGE, PAGE)]
    file.seek(5)
    file.read(3 * PAGE)
    assert source.reads[2:] == [(5, 3 * PAGE)]


def test_a_bound_on_one_read():
    file = SourceFile(BytesSource(bytes(100)), max_read=10)
    assert file.read(10) == bytes(10)
    with pytest.raises(FormatError, match="expected at most 10 bytes, not 11"):
        file.read(11)


def test_nothing_before_the_beginning():
    with pytest.raises(OSError, match="Invalid argument"):
        SourceFile(BytesSource(b"")).seek(-1)


def test_what_failed_is_remembered():
    class Failing(BytesSource):
        def read(self, offset, length, /):
            raise OSError("gone")

    file = SourceFile(Failing(b"abc"))
    with pytest.raises(OSError, match="gone"):
        file.read(1)
    assert str(file.failure) == "gone"
