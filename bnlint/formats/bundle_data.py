"""The bytes of a tensor bundle's data files, as arrays. Reads the ranges of the tensors asked for and nothing else.

Source: ``tensorflow/core/util/tensor_bundle/tensor_bundle.cc`` (``GetValue``, ``ReadStringTensor``,
``GetSliceValue``). Knows no paths: the caller hands out one `Source` per shard.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from bnlint.formats import crc32c, dtypes
from bnlint.formats.dtypes import Array
from bnlint.formats.errors import FormatError, UnsupportedError
from bnlint.formats.slices import MAX_RANK, assemble, window, window_shape
from bnlint.formats.source import Source, check_range
from bnlint.formats.tensor_bundle import BundleIndex, Entry, show
from bnlint.formats.tiling import Box, check_tiling
from bnlint.formats.varint import read_varint

ShardOpener = Callable[[int], Source]


def read_tensor(index: BundleIndex, name: bytes, shard: ShardOpener) -> Array:
    """Read one variable, put together from its slices where it is partitioned.

    Args:
        index: the index that lists it.
        name: its key.
        shard: returns the source of a data file by number.

    Returns:
        An array of the variable's full shape; of ``object`` (bytes) for strings, of float32 for what numpy lacks.

    Raises:
        FormatError: the bytes do not match the index or their checksum.
        UnsupportedError: bnlint cannot decode this dtype or rank.
        OSError: a data file could not be read.
    """
    entry = index.tensors[name]
    if len(entry.shape) > MAX_RANK:
        raise UnsupportedError(f"key {show(name)}", f"unsupported rank {len(entry.shape)}")
    if not entry.slices:
        return _read_entry(entry, name, index.big_endian, shard)
    parts = [part for _, part in index.parts(name)]
    windows = [window(extents, entry.shape) for extents in entry.slices]
    _check_parts(name, entry, parts, windows)
    # The whole is allocated last: slices that were read and tile it cannot ask for more than the files hold.
    pieces = [_read_entry(part, name, index.big_endian, shard) for part in parts]
    return assemble(entry.shape, windows, pieces)


def _check_parts(name: bytes, entry: Entry, parts: Sequence[Entry], windows: Sequence[Box]) -> None:
    place = f"key {show(name)}"
    for part, box in zip(parts, windows, strict=True):
        shape = window_shape(box)
        if part.slices or part.shape != shape or part.dtype != entry.dtype:
            raise FormatError(
                place,
                f"expected a slice of {entry.dtype.name} {shape}, its entry says {part.dtype.name} {part.shape}",
            )
    check_tiling(place, entry.shape, windows)


def _read_entry(entry: Entry, name: bytes, big_endian: bool, shard: ShardOpener) -> Array:  # noqa: FBT001 - of the file
    place = f"{show(name)} at offset {entry.offset}"
    source = shard(entry.shard)
    check_range(source.size, entry.offset, entry.size)
    if entry.dtype.number == dtypes.STRING:
        return _strings(source.read(entry.offset, entry.size), entry, place)
    if entry.dtype.storage is None:
        raise UnsupportedError(place, f"unsupported dtype {entry.dtype.name}")
    data = source.read(entry.offset, entry.size)
    _check_crc(crc32c.masked(data), entry.crc, place)
    try:
        return entry.dtype.decode(data, big_endian=big_endian).reshape(entry.shape)
    except FormatError as error:
        raise FormatError(place, error.detail) from error


def _check_crc(found: int, expected: int, place: str) -> None:
    if found != expected:
        raise FormatError(place, f"expected checksum {expected:#010x}, found {found:#010x}")


def _strings(data: bytes, entry: Entry, place: str) -> Array:
    """Decode a string tensor: all lengths as varints, a checksum of them, then the strings without separators."""
    count = entry.elements
    if count > len(data):  # a length takes at least a byte
        raise FormatError(place, f"expected {count} strings, found {len(data)} bytes")
    lengths, position = _lengths(data, count, place)
    crc = 0
    for length in lengths:
        crc = crc32c.extend(crc, length.to_bytes(4 if length < 1 << 32 else 8, "little"))
    stored = data[position : position + 4]
    if len(stored) < 4 or len(data) - position - 4 != sum(lengths):
        raise FormatError(place, f"expected {sum(lengths)} bytes of strings after their lengths")
    _check_crc(crc32c.mask(crc), int.from_bytes(stored, "little"), f"{place}, lengths")
    _check_crc(crc32c.mask(crc32c.extend(crc, data[position:])), entry.crc, place)
    position += 4
    strings = np.empty(count, object)
    for number, length in enumerate(lengths):
        strings[number] = data[position : position + length]
        position += length
    return strings.reshape(entry.shape)


def _lengths(data: bytes, count: int, place: str) -> tuple[list[int], int]:
    lengths, position = [], 0
    for _ in range(count):
        try:
            length, position = read_varint(data, position)
        except FormatError as error:
            raise FormatError(place, f"expected {count} lengths of strings") from error
        lengths.append(length)
    return lengths, position
