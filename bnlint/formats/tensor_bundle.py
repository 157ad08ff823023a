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
from bnlint.formats.ordered_code import FULL, SLICE_PREFIX, Extent, parse_slice_key, slice_key
from bnlint.formats.source import Source
from bnlint.formats.table import read_table

_VERSION = 1
"""The newest version of the format that is known here (``kTensorBundleVersion``)."""
_MAX_RANK = 254  # TensorShape::MaxDimensions()
_MAX_ELEMENTS = 2**63 - 1
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
    key = b""
    try:
        for key, value in islice(records, 1, None):
            (slices if key.startswith(SLICE_PREFIX) else tensors)[key] = _entry(value, shards)
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
    version = header.version
    if version.min_consumer > _VERSION or _VERSION in version.bad_consumers:
        raise FormatError(
            "key ''",
            f"written in a version from the future: it asks for readers of version {max(version.min_consumer, 2)} "
            f"or newer, bnlint reads up to version {_VERSION}",
        )
    if header.num_shards < 0:
        raise FormatError("key ''", f"expected a number of shards, found {header.num_shards}")
    if header.endianness not in (0, _BIG_ENDIAN):
        raise FormatError("key ''", f"expected endianness 0 or 1, found {header.endianness}")
    return header.num_shards, header.endianness == _BIG_ENDIAN


def _entry(data: bytes, shards: int) -> Entry:
    """Parse and check one entry; everything a reader allocates by is checked here or against the shard's size."""
    message = messages.parse(messages.BundleEntry, data, _PLACE)
    shape = _shape(message.shape)
    dtype = dtypes.lookup(message.dtype)
    if dtype.number == dtypes.RESOURCE:
        raise FormatError(_PLACE, "a resource cannot be saved")
    entry = Entry(dtype, shape, message.shard_id, message.offset, message.size, message.crc32c)
    if message.slices:
        return entry._replace(slices=tuple(_extents(piece, shape) for piece in message.slices))
    if not 0 <= entry.shard < shards:
        raise FormatError(_PLACE, f"expected a shard below {shards}, found {entry.shard}")
    if entry.offset < 0 or entry.size < 0:
        raise FormatError(_PLACE, f"expected a range of bytes, found offset {entry.offset}, size {entry.size}")
    if dtype.storage is not None and entry.size != (expected := math.prod(shape) * dtype.itemsize):
        raise FormatError(_PLACE, f"expected {expected} bytes for {dtype.name} of shape {shape}, found {entry.size}")
    return entry


def _shape(message: messages.Message) -> tuple[int, ...]:
    dims = tuple([dim.size for dim in message.dim])
    if message.unknown_rank or len(dims) > _MAX_RANK or (dims and min(dims) < 0):
        raise FormatError(_PLACE, "expected a fully known shape")
    if math.prod([dim for dim in dims if dim]) > _MAX_ELEMENTS:
        raise FormatError(_PLACE, f"the shape {dims} has more elements than 63 bits can count")
    return dims


def _extents(message: messages.Message, shape: tuple[int, ...]) -> tuple[Extent, ...]:
    extents = tuple(
        Extent(extent.start, extent.length if extent.HasField("length") else FULL) for extent in message.extent
    )
    if len(extents) != len(shape):
        raise FormatError(_PLACE, f"expected slices of rank {len(shape)}, found rank {len(extents)}")
    for (start, length), dim in zip(extents, shape, strict=True):
        inside = start == 0 if length == FULL else start >= 0 and length >= 0 and start + length <= dim
        if not inside:
            raise FormatError(_PLACE, f"expected slices inside the shape {shape}, found {extents}")
    return extents
