"""Damaged and crafted tensor bundles: an error of the format or the same values, never anything else.

Checksums of blocks are recomputed in crafted ones. What nothing can notice, because only the index says it, is another
dtype or shape of the same size, and the byte order.
"""

from __future__ import annotations

import numpy as np
import pytest

from bnlint.formats import crc32c, messages
from bnlint.formats.bundle_data import read_tensor
from bnlint.formats.errors import FormatError, UnsupportedError
from bnlint.formats.ordered_code import Extent, slice_key
from bnlint.formats.shards import misfits, needed_shards
from bnlint.formats.source import BytesSource
from bnlint.formats.tensor_bundle import read_index
from tests.formats.sample import EXPECTED, SLICES, W, assert_right, part, read
from tests.formats.writing import edited, table, varint


def test_the_undamaged_one_is_read(bundle):
    values, errors = read(*bundle)
    assert values.keys() == EXPECTED.keys()
    assert_right(values)
    assert errors == []


def test_the_writer_of_the_tests_changes_nothing(bundle):
    values, errors = read(edited(bundle[0], {}), bundle[1])
    assert values.keys() == EXPECTED.keys()
    assert_right(values)
    assert errors == []


def test_every_flipped_bit_of_the_index_is_noticed(bundle):
    for position in range(len(bundle[0])):
        damaged = bytearray(bundle[0])
        damaged[position] ^= 1 << position % 8
        with pytest.raises(FormatError):
            read(bytes(damaged), bundle[1])


def test_every_flipped_bit_of_the_data_is_noticed_by_one_tensor(bundle):
    for position in range(len(bundle[1])):
        damaged = bytearray(bundle[1])
        damaged[position] ^= 1 << position % 8
        values, errors = read(bundle[0], bytes(damaged))
        assert len(errors) == 1
        assert len(values) == len(EXPECTED) - 1
        assert_right(values)


def test_every_truncation_of_the_data_is_noticed_and_what_is_left_is_read(bundle):
    for length in range(len(bundle[1])):
        values, errors = read(bundle[0], bundle[1][:length])
        assert any("the file ends here" in str(error) for error in errors)
        assert len(values) + len(errors) == len(EXPECTED) + 1
        assert_right(values)


def test_bytes_after_the_last_tensor_are_let_pass(bundle):
    values, errors = read(bundle[0], bundle[1] + bytes(64))
    assert len(values) == len(EXPECTED)
    assert errors == []


ENTRY = {"dtype": 1, "crc32c": 0}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({b"": None}, "key '': expected the header"),
        ({b"": b"\xff"}, "key '': expected a BundleHeaderProto message"),
        ({b"": {"num_shards": -1}}, "expected a number of shards, found -1"),
        ({b"": {"num_shards": 0}}, "expected a shard below 0, found 0"),
        ({b"": {"endianness": 2}}, "expected endianness 0 or 1, found 2"),
        (
            {b"": {"version": {"min_consumer": 2}}},
            "a version from the future: .* version 2 or newer, bnlint reads up to version 1",
        ),
        ({b"": {"version": {"bad_consumers": [1]}}}, "a version from the future"),
        ({b"w": b"\xff"}, "key 'w': expected a BundleEntryProto message"),
        ({b"w": b""}, "key 'w': expected the number of a dtype, found 0"),
        ({b"w": {"dtype": 101}}, "expected the number of a dtype, found 101"),
        ({b"w": {"dtype": -1}}, "expected the number of a dtype, found -1"),
        ({b"w": {"dtype": 20}}, "a resource cannot be saved"),
        ({b"w": {"dtype": 2}}, r"expected 48 bytes for float64 of shape \(2, 3\), found 24"),
        ({b"w": {"shape": (-2, -3)}}, "expected a fully known shape"),
        ({b"w": {"shape": (1,) * 255}}, "expected a fully known shape"),
        ({b"w": {"shape": (2**32, 2**32)}}, "more elements than 63 bits"),
        ({b"w": {"shape": (2**62, 2**62, 0), "size": 0}}, "more elements than 63 bits"),
        ({b"w": {"shape": (2, 4)}}, "expected 32 bytes for float32"),
        ({b"w": {"shape": (2**60,)}}, "expected 4611686018427387904 bytes"),
        ({b"w": {"size": 23}}, "expected 24 bytes"),
        ({b"w": {"size": -24}}, "expected a range of bytes, found offset"),
        ({b"w": {"offset": -8}}, "expected a range of bytes, found offset -8"),
        ({b"w": {"shard_id": 1}}, "expected a shard below 1, found 1"),
        ({b"w": {"shard_id": -1}}, "expected a shard below 1, found -1"),
        ({b"w": {"offset": 1}}, "begins at 1, inside"),
        ({b"p": {"slices": [[(0, 4)]]}}, "expected slices of rank 2, found rank 1"),
        ({b"p": {"slices": [[(0, 5), (0, 6)]]}}, r"expected slices inside the shape \(4, 6\)"),
        ({b"p": {"slices": [[(-1, 2), (0, 6)]]}}, "expected slices inside"),
        ({b"p": {"slices": [[(3, None), (0, 6)]]}}, "expected slices inside"),
        ({b"p": {"slices": [[(2**63 - 1, 2**63 - 1), (0, 6)]]}}, "expected slices inside"),
        ({b"\x00garbage": {**ENTRY, "shape": (0,)}}, "garbage': expected the end mark of a name"),
        ({slice_key(b"q", [Extent(0, 1)]): {**ENTRY, "shape": (0,)}}, "a slice of 'q', which is not listed"),
    ],
)
def test_a_crafted_index_is_refused(bundle, changes, why):
    with pytest.raises(FormatError, match=why):
        read(edited(bundle[0], changes), bundle[1])


@pytest.mark.parametrize(
    ("changes", "name", "why"),
    [
        ({b"w": {"offset": 10_000}}, b"w", "expected 24 bytes, the file ends at"),
        ({b"w": {"offset": 2**62}}, b"w", "expected 24 bytes, the file ends at"),
        ({b"w": {"crc32c": 7}}, b"w", "'w' at offset .*: expected checksum 0x00000007, found 0x"),
        ({b"w": {"dtype": 29}}, b"w", "unsupported dtype int4"),
        ({b"w": {"dtype": 77}}, b"w", "unsupported dtype dtype 77"),
        ({b"w": {"dtype": 21}}, b"w", "unsupported dtype variant"),
        ({b"w": {"dtype": 7}}, b"w", "expected .* bytes of strings after their lengths|expected 6 lengths"),
        ({b"w": {"shape": (1,) * 33 + (6,)}}, b"w", "unsupported rank 34"),
        ({b"s": {"shape": (2**40,)}}, b"s", "expected 1099511627776 strings, found"),
        ({b"s": {"shape": (2,)}}, b"s", "bytes of strings after their lengths"),
        ({b"s": {"shape": (4,)}}, b"s", "bytes of strings after their lengths"),
        ({b"s": {"shape": (0,)}}, b"s", "expected 0 bytes of strings after their lengths"),
        ({b"s": {"size": 3}}, b"s", "expected 3 lengths of strings"),
        ({b"s": {"size": 0}}, b"s", "expected 3 strings, found 0 bytes"),
        ({b"s": {"crc32c": 7}}, b"s", "expected checksum 0x00000007"),
        ({part(0): None}, b"p", "a slice of the partitioned variable has no entry of its own"),
        ({part(0): {"shape": (3, 2)}}, b"p", r"expected a slice of int32 \(2, 3\), its entry says int32 \(3, 2\)"),
        ({part(0): {"shape": (2, 2), "size": 16}}, b"p", r"its entry says int32 \(2, 2\)"),
        ({part(0): {"dtype": 1}}, b"p", "expected a slice of int32 .*, its entry says float32"),
        ({b"p": {"dtype": 1}}, b"p", "expected a slice of float32 .*, its entry says int32"),
        ({part(0): {"slices": [[(0, 2), (0, 3)]]}}, b"p", "expected a slice of int32"),
        ({part(3): {"crc32c": 7}}, b"p", "expected checksum 0x00000007"),
        ({part(3): {"offset": 10_000}}, b"p", "the file ends at"),
        ({b"p": {"slices": SLICES[:3]}, part(3): None}, b"p", "do not cover the shape"),
        ({b"p": {"slices": [*SLICES, SLICES[0]]}}, b"p", "do not cover the shape .* exactly once"),
        ({b"p": {"slices": [*SLICES[:3], SLICES[0]]}, part(3): None}, b"p", "two slices overlap"),
        ({b"p": {"shape": (8, 6)}}, b"p", "do not cover the shape"),
        ({b"p": {"shape": (2**31, 2**31)}}, b"p", "do not cover the shape"),
        (
            {b"p": {"slices": [[(0, None), (0, None)]]}, **{part(n): None for n in range(4)}},
            b"p",
            "no entry of its own",
        ),
    ],
)
def test_a_crafted_tensor_is_refused_and_the_others_are_read(bundle, changes, name, why):
    values, errors = read(edited(bundle[0], changes), bundle[1])
    assert values.keys() == EXPECTED.keys() - {name}
    assert_right(values)
    with pytest.raises(FormatError, match=why):
        raise errors[-1]


def test_an_unsupported_dtype_is_told_from_damage(bundle):
    _, (error,) = read(edited(bundle[0], {b"w": {"dtype": 29}}), bundle[1])
    assert isinstance(error, UnsupportedError)


def test_a_header_may_be_old_or_newer_and_compatible(bundle):
    for version in ({"producer": 0}, {"producer": 9, "min_consumer": 1, "bad_consumers": [2, 3]}):
        values, errors = read(edited(bundle[0], {b"": {"version": version}}), bundle[1])
        assert len(values) == len(EXPECTED)
        assert errors == []


def test_big_endian_data_is_swapped_after_its_checksum(bundle):
    index = read_index(BytesSource(edited(bundle[0], {b"": {"endianness": 1}})))
    value = read_tensor(index, b"w", lambda _: BytesSource(bundle[1]))
    np.testing.assert_array_equal(value, W.byteswap())
    assert value.dtype.isnative


def test_an_index_without_tensors_does_not_fit_a_shard_with_bytes():
    index = read_index(BytesSource(table([(b"", b"\x08\x01")])))
    assert needed_shards(index) == frozenset()
    assert misfits(index, {0: 0}) == {}
    assert "lists nothing in this file of 5 bytes" in str(misfits(index, {0: 5})[0])


def test_a_huge_partitioned_variable_is_refused_before_it_is_allocated(bundle):
    size = 2**40
    key = slice_key(b"huge", [Extent(0, size)])
    entry = {"dtype": 4, "shape": (size,), "slices": [[(0, size)]]}
    index = edited(bundle[0], {b"huge": entry, key: {"dtype": 4, "shape": (size,), "size": size, "offset": 10**6}})
    values, errors = read(index, bundle[1])
    assert b"huge" not in values
    assert f"expected {size} bytes, the file ends at" in str(errors[-1])


@pytest.mark.parametrize("shard", [0, 99, -1])
def test_the_entry_of_a_partitioned_variable_says_nothing_about_bytes(bundle, shard):
    values, errors = read(
        edited(bundle[0], {b"p": {"offset": 1, "size": 10**6, "shard_id": shard, "crc32c": 1}}), bundle[1]
    )
    assert_right(values)
    assert len(values) == len(EXPECTED)
    assert errors == []


@pytest.mark.parametrize("checksum", [crc32c.masked(b"\x03\0\0\0"), 7])
def test_the_lengths_of_strings_have_a_checksum_of_their_own(checksum):
    stored = checksum.to_bytes(4, "little") + b"abc"
    entry = messages.BundleEntry(dtype=7, size=8, crc32c=crc32c.masked(b"\x03\0\0\0" + stored))
    index = read_index(BytesSource(table([(b"", b"\x08\x01"), (b"s", entry.SerializeToString())])))
    data = BytesSource(varint(3) + stored)
    if checksum != 7:
        assert read_tensor(index, b"s", lambda _: data).item() == b"abc"
    else:
        with pytest.raises(FormatError, match="'s' at offset 0, lengths: expected checksum 0x"):
            read_tensor(index, b"s", lambda _: data)


def test_string_lengths_beyond_32_bits_are_summed_before_reading():
    lengths = varint(2**33)
    data = lengths + bytes(4)
    entry = messages.BundleEntry(dtype=7, size=len(data))
    entry.shape.dim.add().size = 1
    index = read_index(BytesSource(table([(b"", b"\x08\x01"), (b"s", entry.SerializeToString())])))
    with pytest.raises(FormatError, match=f"expected {2**33} bytes of strings"):
        read_tensor(index, b"s", lambda _: BytesSource(data))
