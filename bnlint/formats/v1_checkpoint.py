"""V1 checkpoints (before TensorFlow 0.12): tables that hold names, slices and the values themselves.

Each shard is a table of its own: under the empty key what it holds, under the key of each slice (`ordered_code`) its
values. A variable that was not partitioned is one slice with full extents.

Source: ``tensorflow/core/util/{saved_tensor_slice.proto, saved_tensor_slice_util.cc, tensor_slice_reader.cc}``. Knows
no paths: the caller hands out one `Table` per shard.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

from bnlint.formats import dtypes, messages
from bnlint.formats.dtypes import Array
from bnlint.formats.errors import FormatError, UnsupportedError
from bnlint.formats.ordered_code import Extent, slice_key
from bnlint.formats.slices import MAX_RANK, Shape, assemble, parse_extents, parse_shape, window, window_shape
from bnlint.formats.table import Table
from bnlint.formats.tensor_proto import typed_values
from bnlint.formats.tiling import check_tiling
from bnlint.formats.versions import check_version

_VERSION = 1
"""The newest version of the format that is known here (``TF_CHECKPOINT_VERSION``)."""
_META = b""
_META_PLACE = "key ''"


class Piece(NamedTuple):
    """One slice of a variable: the shard that holds it, and its extents as they are written."""

    shard: int
    extents: tuple[Extent, ...]


class Variable(NamedTuple):
    """A variable with the slices of it that are known."""

    dtype: dtypes.DType
    shape: Shape
    pieces: tuple[Piece, ...]

    @property
    def elements(self) -> int:
        """How many elements the known slices hold."""
        return sum(math.prod(window_shape(window(piece.extents, self.shape))) for piece in self.pieces)

    @property
    def is_whole(self) -> bool:
        """Whether the known slices are as large as the variable."""
        return bool(self.pieces) and self.elements >= math.prod(self.shape)


def read_variables(table: Table, shard: int) -> dict[str, Variable]:
    """Return the variables of which shard number ``shard`` holds slices. Reads one block of it.

    Raises:
        FormatError: it is no shard of a V1 checkpoint, or of a version that is not known here.
        OSError: the storage failed.
    """
    data = table.value(_META)
    if data is None:
        raise FormatError(_META_PLACE, "expected the list of a V1 checkpoint's tensors as the first key")
    record = messages.parse(messages.SavedTensorSlices, data, _META_PLACE)
    if not record.HasField("meta"):
        raise FormatError(_META_PLACE, "expected the list of a V1 checkpoint's tensors")
    check_version(record.meta.versions, _VERSION, _META_PLACE)
    variables: dict[str, Variable] = {}
    kinds: dict[tuple[object, ...], Variable] = {}  # thousands of variables differ in nothing but their names
    for tensor in record.meta.tensor:
        if tensor.name in variables:
            raise FormatError(_place(tensor.name), "is listed twice")
        spelled = tensor.type, tensor.shape.SerializeToString(), *[s.SerializeToString() for s in tensor.slice]
        variable = kinds.get(spelled)
        if variable is None:
            variable = kinds[spelled] = _variable(tensor, shard)
        variables[tensor.name] = variable
    return variables


def _variable(tensor: messages.Message, shard: int) -> Variable:
    place = _place(tensor.name)
    try:
        dtype = dtypes.lookup(tensor.type)
    except FormatError as error:
        raise FormatError(place, error.detail) from error
    shape = parse_shape(tensor.shape, place)
    if not tensor.slice:
        raise FormatError(place, "expected at least one slice")
    return Variable(dtype, shape, tuple([Piece(shard, parse_extents(s, shape, place)) for s in tensor.slice]))


def add_shard(known: dict[str, Variable], more: Mapping[str, Variable]) -> None:
    """Add what another shard holds to the variables that are ``known``; all of it or nothing.

    Raises:
        FormatError: the two disagree about a variable, as shards of different saves do.
    """
    for name, variable in more.items():
        other = known.get(name)
        if other is not None and (other.dtype, other.shape) != (variable.dtype, variable.shape):
            raise FormatError(
                _place(name),
                f"is {variable.dtype.name} {variable.shape} here, "
                f"and {other.dtype.name} {other.shape} in another shard",
            )
    for name, variable in more.items():
        other = known.get(name)
        known[name] = variable if other is None else other._replace(pieces=(*other.pieces, *variable.pieces))


def read_tensor(name: str, variable: Variable, table: Callable[[int], Table]) -> Array:
    """Read one variable, put together from its slices.

    Args:
        name: its name.
        variable: what the shards say of it, together.
        table: returns a shard by number.

    Returns:
        An array of the variable's full shape; of ``object`` (bytes) for strings, of float32 for what numpy lacks.

    Raises:
        FormatError: the bytes do not match their checksum or what the shards say of the variable.
        UnsupportedError: bnlint cannot decode this dtype or rank.
        OSError: a shard could not be read.
    """
    shape = variable.shape
    if len(shape) > MAX_RANK:
        raise UnsupportedError(_place(name), f"unsupported rank {len(shape)}")
    if variable.dtype.storage is None and variable.dtype.number != dtypes.STRING:
        raise UnsupportedError(_place(name), f"unsupported dtype {variable.dtype.name}")
    windows = [window(piece.extents, shape) for piece in variable.pieces]
    check_tiling(_place(name), shape, windows)
    # The whole is allocated last: slices that were read and tile it cannot ask for more than the files hold.
    pieces = [
        _read_piece(name, variable.dtype, window_shape(box), piece.extents, table(piece.shard))
        for box, piece in zip(windows, variable.pieces, strict=True)
    ]
    return pieces[0] if len(pieces) == 1 else assemble(shape, windows, pieces)


def _read_piece(name: str, dtype: dtypes.DType, shape: Shape, extents: tuple[Extent, ...], table: Table) -> Array:
    """Read the values of one slice; the writer leaves their dtype and shape to the list."""
    place = _place(name)
    data = table.value(slice_key(name.encode(), extents))
    if data is None:
        raise FormatError(place, "a slice is listed and has no values")
    record = messages.parse(messages.SavedTensorSlices, data, place)
    if record.data.name != name:
        raise FormatError(place, f"expected values of it, found some of {record.data.name!r}")
    try:
        values = typed_values(record.data.data, dtype)
    except FormatError as error:
        raise FormatError(place, error.detail) from error
    # One value for each element: unlike in a graph's constant, a short list is not continued by its last value.
    # TensorFlow 2.21 refuses it, 1.15 goes on into whatever lies behind it in memory.
    if values.size != math.prod(shape):
        raise FormatError(place, f"expected {math.prod(shape)} values of {dtype.name}, found {values.size}")
    return values.reshape(shape)


def _place(name: str) -> str:
    return f"key {name!r}"
