"""The index of a tensor bundle: which tensors were saved, with dtype, shape and where their bytes are.

Source: ``tensorflow/core/protobuf/tensor_bundle.proto``, ``tensorflow/core/util/tensor_bundle/tensor_bundle.cc``.
Opens no data file; names are bytes here, because TensorFlow does not promise UTF-8.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from itertools import islice
from typing import NamedTuple

from bnlint.formats import dtypes, messages
from bnlint.formats.errors import FormatError
from bnlint.formats.ordered_code import SLICE_PREFIX, Extent, parse_slice_key, slice_key
from bnlint.formats.slices import parse_extents, parse_shape
from bnlint.formats.source import Source
from bnlint.formats.table import read_table
from bnlint.formats.versions import check_version

_VERSION = 1
"""The newest version of the format that is known here (``kTensorBundleVersion``)."""
_BIG_ENDIAN = 1
_PLACE = "entry"
"""The place in errors about an entry, until `read_index` puts its key there."""


class Entry(NamedTuple):
    """One tensor, or one slice of one. ``offset`` and ``size`` are bytes in the shard's file.

    An entry with ``slices`` describes a partitioned variable; its shard, offset, size and checksum mean nothing.
    """

    dtype: dtypes.DType
    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int
    crc: int
    slices: tuple[tuple[Extent, ...], ...] = ()

    @property
    def elements(self) -> int:
        """How many elements the shape has."""
        return math.prod(self.shape)

    @property
    def end(self) -> int:
        """Offset after the last byte."""
        return self.offset + self.size


class BundleIndex(NamedTuple):
    """What an index says. ``tensors`` are the variables as users know them, ``slices`` the parts of some of them."""

    shards: int
    """How many data files were written."""
    big_endian: bool
    tensors: Mapping[bytes, Entry]
    slices: Mapping[bytes, Entry]
    """By slice key (see `ordered_code`)."""

    def parts(self, name: bytes) -> tuple[tuple[bytes, Entry], ...]:
        """Return the stored pieces of a variable: itself, or its slices, each with its key in the index.

        Raises:
            FormatError: a slice is listed and has no entry.
        """
        entry = self.tensors[name]
        if not entry.slices:
            return ((name, entry),)
        keys = [slice_key(name, extents) for extents in entry.slices]
        for key in keys:
            if key not in self.slices:
                raise FormatError(f"key {show(name)}", "a slice of the partitioned variable has no entry of its own")
        return tuple((key, self.slices[key]) for key in keys)


def show(name: bytes) -> str:
    """Return a key for people, quoted, with what is not UTF-8 escaped."""
    return repr(name.decode("utf-8", "backslashreplace"))


def read_index(source: Source) -> BundleIndex:
    """Read and verify an index.

    Raises:
        FormatError: the table, the header or an entry is malformed, or of a version that is not known here.
        OSError: the storage failed.
    """
    records = read_table(source)
    if not records or records[0][0] != b"":
        raise FormatError("key ''", "expected the header of a tensor bundle as the first key")
    shards, big_endian = _header(records[0][1])
    tensors: dict[bytes, Entry] = {}
    slices: dict[bytes, Entry] = {}
    kinds: dict[tuple[int, bytes], _Kind] = {}
    key = b""
    try:
        for key, value in islice(records, 1, None):
            (slices if key.startswith(SLICE_PREFIX) else tensors)[key] = _entry(value, shards, kinds)
        for key in slices:
            _check_listed(parse_slice_key(key)[0], tensors)
    except FormatError as error:
        raise FormatError(f"key {show(key)}", error.detail) from error
    return BundleIndex(shards, big_endian, tensors, slices)


def _check_listed(name: bytes, tensors: Collection[bytes]) -> None:
    if name not in tensors:
        raise FormatError(_PLACE, f"a slice of {show(name)}, which is not listed")


def _header(data: bytes) -> tuple[int, bool]:
    header = messages.parse(messages.BundleHeader, data, "key ''")
    check_version(header.version, _VERSION, "key ''")
    if header.num_shards < 0:
        raise FormatError("key ''", f"expected a number of shards, found {header.num_shards}")
    if header.endianness not in (0, _BIG_ENDIAN):
        raise FormatError("key ''", f"expected endianness 0 or 1, found {header.endianness}")
    return header.num_shards, header.endianness == _BIG_ENDIAN


class _Kind(NamedTuple):
    """A dtype and a shape, which thousands of tensors share; parsing them for each takes as long as all the rest.

    ``size`` is what a tensor of the kind takes in bytes, None where that is not fixed.
    """

    dtype: dtypes.DType
    shape: tuple[int, ...]
    size: int | None


def _kind(message: messages.Message) -> _Kind:
    shape = parse_shape(message.shape, _PLACE)
    dtype = dtypes.lookup(message.dtype)
    if dtype.number == dtypes.RESOURCE:
        raise FormatError(_PLACE, "a resource cannot be saved")
    return _Kind(dtype, shape, None if dtype.storage is None else math.prod(shape) * dtype.itemsize)


def _entry(data: bytes, shards: int, kinds: dict[tuple[int, bytes], _Kind]) -> Entry:
    """Parse and check one entry; everything a reader allocates by is checked here or against the shard's size."""
    message = messages.parse(messages.BundleEntry, data, _PLACE)
    spelled = message.dtype, message.shape.SerializeToString()
    kind = kinds.get(spelled)
    if kind is None:
        kind = kinds[spelled] = _kind(message)
    dtype, shape, expected = kind
    entry = Entry(dtype, shape, message.shard_id, message.offset, message.size, message.crc32c)
    if message.slices:
        return entry._replace(slices=tuple(parse_extents(piece, shape, _PLACE) for piece in message.slices))
    if not 0 <= entry.shard < shards:
        raise FormatError(_PLACE, f"expected a shard below {shards}, found {entry.shard}")
    if entry.offset < 0 or entry.size < 0:
        raise FormatError(_PLACE, f"expected a range of bytes, found offset {entry.offset}, size {entry.size}")
    if expected is not None and entry.size != expected:
        raise FormatError(_PLACE, f"expected {expected} bytes for {dtype.name} of shape {shape}, found {entry.size}")
    return entry
