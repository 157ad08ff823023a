from __future__ import annotations

import os
import subprocess
import sys

import cramjam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnlint.formats import table as table_format
from bnlint.formats.errors import FormatError
from bnlint.formats.source import BytesSource
from bnlint.formats.table import Table, is_table, read_table
from tests.formats.counting import Counting
from tests.formats.writing import assemble, contents, entry, footer, stored, table, varint

RECORDS = [(f"layer_{number:02}/kernel".encode(), bytes(range(number))) for number in range(23)]
TABLE = table(RECORDS)


def read(data):
    return read_table(BytesSource(data))


@given(st.dictionaries(st.binary(max_size=12), st.binary(max_size=200), max_size=60), st.integers(1, 20))
def test_reads_what_was_written(records, per_block):
    ordered = sorted(records.items())
    assert read(table(ordered, per_block)) == ordered


@pytest.mark.parametrize("length", [127, 128, 255, 16383, 16384])
def test_lengths_of_one_byte_and_of_more(length):
    for records in (
        [(b"k" * length, b"v")],
        [(b"k", b"v" * length)],
        [(b"k" * length, b""), (b"k" * length + b"l", b"")],
    ):
        assert read(table(records)) == records


def test_reads_compressed_blocks():
    compressed = [
        (chunk[-1][0], stored(bytes(cramjam.snappy.compress_raw(contents(chunk))), kind=1))
        for chunk in (RECORDS[:10], RECORDS[10:])
    ]
    assert read(assemble(compressed)) == RECORDS


def test_index_keys_need_not_be_keys():
    assert read(assemble([(b"b~", stored(contents([(b"a", b""), (b"b", b"")])))])) == [(b"a", b""), (b"b", b"")]


def test_filters_between_data_and_metaindex_are_passed_over():
    assert read(assemble([(b"a", stored(contents([(b"a", b"1")])))], between=b"a filter")) == [(b"a", b"1")]


def test_every_flipped_bit_is_noticed():
    for position in range(len(TABLE)):
        for bit in range(8):
            damaged = bytearray(TABLE)
            damaged[position] ^= 1 << bit
            with pytest.raises(FormatError):
                read(bytes(damaged))


def test_every_truncation_is_noticed():
    for length in range(len(TABLE)):
        with pytest.raises(FormatError):
            read(TABLE[:length])


def _with_index(index_records):
    """A table of one block at offset 0 with an index of one's own."""
    out = bytearray(stored(contents([(b"a", b"1"), (b"b", b"2")])))
    handles = []
    for block in (stored(contents([])), stored(contents(index_records))):
        handles.append((len(out), len(block) - 5))
        out += block
    return bytes(out) + footer(*handles)


BLOCK = stored(contents([(b"a", b"1"), (b"b", b"2")]))
EMPTY = stored(contents([]))
GOOD_HANDLE = varint(0) + varint(len(BLOCK) - 5)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "at least 48 bytes, found 0"),
        (b"version https://git-lfs.github.com/spec/v1" + bytes(20), "offset 54: expected the table magic 0xdb47"),
        (EMPTY + footer((0, 8), (2**40, 5)), "expected 5 bytes and a checksum before the footer at 13"),
        (EMPTY + footer((0, 8), (0, 2**63)), "expected 9223372036854775808 bytes"),
        (EMPTY + footer((0, 8), (0, 8))[:39] + b"\x01" + footer((0, 8), (0, 8))[40:], "expected zero bytes between"),
        (EMPTY + footer((1, 8), (0, 8)), "expected 8 bytes and a checksum"),
        (bytes(10) + b"\xff" * 40 + footer((0, 0), (0, 0))[40:], "expected two block handles"),
        (assemble([(b"a", stored(contents([(b"a", b"")]), kind=2))]), "expected 0 .none. or 1 .snappy., found 2"),
        (assemble([(b"a", stored(b"\x05\x00a\x01\x00", kind=1))]), "block at offset 0, snappy byte 3: cannot copy"),
        (assemble([(b"b", stored(contents([(b"b", b""), (b"a", b"")])))]), "expected a key after b'b', found b'a'"),
        (assemble([(b"b", stored(contents([(b"b", b""), (b"b", b"")])))]), "expected a key after b'b', found b'b'"),
        (assemble([(b"a", stored(contents([(b"b", b"")])))]), "keys in the range the index block gives"),
        (assemble([(b"b", BLOCK), (b"c", stored(contents([(b"b", b"3")])))]), "keys in the range"),
        (assemble([(b"b", BLOCK), (b"c", stored(contents([])))]), "expected at least one key"),
        (_with_index([(b"b", varint(3) + varint(4))]), "offset 0: expected a data block, the next one begins at 3"),
        (_with_index([(b"b", GOOD_HANDLE), (b"c", GOOD_HANDLE)]), "expected a data block, the next one begins at 0"),
        (_with_index([(b"b", b"")]), "varint"),
        (assemble([(b"a", stored(entry(1, b"a", b"") + bytes([0, 0, 0, 0, 1, 0, 0, 0])))]), "an entry that fits"),
        (assemble([(b"a", stored(varint(0) + varint(1) + varint(2**63) + b"a" + bytes(4) + b"\x01\0\0\0"))]), "fits"),
        (assemble([(b"a", stored(b"\xff\xff\xff\xff"))]), "found a count of 4294967295 in 4 bytes"),
        (assemble([(b"a", stored(b""))]), "expected restart offsets"),
        (assemble([(b"a", stored(bytes(8)))]), "expected restart offsets, found a count of 0"),
    ],
)
def test_says_what_is_wrong(data, why):
    with pytest.raises(FormatError, match=why):
        read(data)


def test_checksums_name_the_block():
    damaged = bytearray(TABLE)
    damaged[len(stored(contents(RECORDS[:5]))) + 3] ^= 1
    with pytest.raises(FormatError, match=r"block at offset 85: expected checksum 0x\w{8}, found 0x\w{8}"):
        read(bytes(damaged))


def test_keys_have_a_budget(monkeypatch):
    monkeypatch.setattr(table_format, "_MAX_KEY_BYTES", 1000)
    key = b"k" * 300
    shared = entry(0, key, b"") + b"".join(entry(300 + number, b"k", b"") for number in range(5))
    with pytest.raises(FormatError, match="the keys take more than 1000 bytes"):
        read(assemble([(b"l", stored(shared + bytes(4) + b"\x01\0\0\0"))]))


def test_one_value_costs_the_index_and_its_block():
    first, second = (stored(contents(RECORDS[start : start + 5])) for start in (0, 5))
    source = Counting(TABLE)
    opened = Table(source)
    assert all(offset > len(TABLE) // 2 for offset, _ in source.reads)
    source.reads.clear()
    assert opened.value(RECORDS[6][0]) == RECORDS[6][1]
    assert opened.value(RECORDS[9][0]) == RECORDS[9][1]
    assert source.reads == [(len(first), len(second))]


@pytest.mark.parametrize("key", [b"", b"a", b"layer_05/", b"layer_09/kernel2", b"layer_22/kernel2", b"z"])
def test_a_key_that_is_not_there_has_no_value(key):
    assert Table(BytesSource(TABLE)).value(key) is None


def test_every_value_is_found():
    opened = Table(BytesSource(TABLE))
    assert [(key, opened.value(key)) for key, _ in RECORDS] == RECORDS
    assert [(key, opened.value(key)) for key, _ in reversed(RECORDS)] == RECORDS[::-1]


def test_a_damaged_block_is_read_once_and_the_others_are_fine():
    damaged = bytearray(TABLE)
    damaged[20] ^= 1
    source = Counting(bytes(damaged))
    opened = Table(source)
    source.reads.clear()
    for key, _ in RECORDS[:5]:
        with pytest.raises(FormatError, match="block at offset 0: expected checksum"):
            opened.value(key)
    assert len(source.reads) == 1
    assert opened.value(RECORDS[5][0]) == RECORDS[5][1]


def test_a_value_needs_keys_in_the_range_the_index_gives():
    opened = Table(BytesSource(assemble([(b"b", BLOCK), (b"c", stored(contents([(b"b", b"3")])))])))
    assert opened.value(b"b") == b"2"
    with pytest.raises(FormatError, match="keys in the range"):
        opened.value(b"c")


def test_is_table_looks_at_the_end():
    assert is_table(BytesSource(TABLE))
    assert not is_table(BytesSource(TABLE + b" "))
    assert not is_table(BytesSource(TABLE[-8:]))


def test_needs_no_protobuf_and_no_numpy():
    code = "import sys, bnlint.formats.table; print([m for m in ('google.protobuf', 'numpy') if m in sys.modules])"
    assert (
        subprocess.check_output(
            [sys.executable, "-c", code], text=True, env={"PYTHONPATH": os.pathsep.join(sys.path)}
        ).strip()
        == "[]"
    )
