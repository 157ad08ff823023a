"""Shapes and slices as both checkpoint formats write them, and how slices become the variable they are of.

Source: ``tensor_shape.proto``, ``tensor_slice.proto`` and ``tensor_slice.cc`` in ``tensorflow/core/framework``. Knows
neither where slices are stored nor under which keys.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from bnlint.formats.dtypes import Array
from bnlint.formats.errors import FormatError
from bnlint.formats.messages import Message
from bnlint.formats.ordered_code import FULL, Extent
from bnlint.formats.tiling import Box

Shape = tuple[int, ...]

MAX_RANK = 32
"""What numpy 1 can hold."""
_MOST_DIMENSIONS = 254  # TensorShape::MaxDimensions()
_MAX_ELEMENTS = 2**63 - 1


def parse_shape(message: Message, place: str) -> Shape:
    """Return the shape that a TensorShapeProto describes.

    Raises:
        FormatError: naming ``place``, it is not fully known, or larger than any tensor can be.
    """
    dims = tuple([dim.size for dim in message.dim])
    if message.unknown_rank or len(dims) > _MOST_DIMENSIONS or (dims and min(dims) < 0):
        raise FormatError(place, "expected a fully known shape")
    if math.prod([dim for dim in dims if dim]) > _MAX_ELEMENTS:
        raise FormatError(place, f"the shape {dims} has more elements than 63 bits can count")
    return dims


def parse_extents(message: Message, shape: Shape, place: str) -> tuple[Extent, ...]:
    """Return the extents of a TensorSliceProto, as they are written: a full dimension may be spelled in two ways.

    Raises:
        FormatError: naming ``place``, the slice does not lie inside ``shape``.
    """
    extents = tuple(
        Extent(extent.start, extent.length if extent.HasField("length") else FULL) for extent in message.extent
    )
    if len(extents) != len(shape):
        raise FormatError(place, f"expected slices of rank {len(shape)}, found rank {len(extents)}")
    for (start, length), dim in zip(extents, shape, strict=True):
        inside = start == 0 if length == FULL else start >= 0 and length >= 0 and start + length <= dim
        if not inside:
            raise FormatError(place, f"expected slices inside the shape {shape}, found {extents}")
    return extents


def window(extents: Sequence[Extent], shape: Shape) -> tuple[tuple[int, int], ...]:
    """Return (start, stop) per dimension, with full dimensions written out."""
    return tuple(
        (0, dim) if length == FULL else (start, start + length)
        for (start, length), dim in zip(extents, shape, strict=True)
    )


def window_shape(box: Box) -> Shape:
    """Return the shape of what a window shows."""
    return tuple(stop - start for start, stop in box)


def assemble(shape: Shape, windows: Sequence[Box], pieces: Sequence[Array]) -> Array:
    """Put ``pieces``, which tile ``shape``, into their ``windows``."""
    whole = np.empty(shape, pieces[0].dtype)
    for box, piece in zip(windows, pieces, strict=True):
        whole[tuple(slice(start, stop) for start, stop in box)] = piece
    return whole
