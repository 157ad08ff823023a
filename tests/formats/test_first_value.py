from __future__ import annotations

import pytest

from bnlint.formats.first_value import is_index, shard_count
from bnlint.formats.source import BytesSource
from tests.formats.writing import table

HEADER = b"\x08\x07\x1a\x02\x08\x01"


@pytest.mark.parametrize(
    ("data", "is_one", "shards"),
    [
        (table([(b"", HEADER)]), True, 7),
        (table([(b"", b"")]), True, 0),
        (table([(b"", b"\x0a\x04\x0a\x02\x0a\x00")]), False, 0),
        (table([(b"", b"\x0a\xd0\x01" + bytes(208))]), False, None),
        (table([(b"a", HEADER)]), False, None),
        (b"", False, None),
        (b"\x00\x00\xff\xff", False, None),
    ],
)
def test_the_first_value(data, is_one, shards):
    assert is_index(BytesSource(data)) == is_one
    assert shard_count(BytesSource(data)) == shards
