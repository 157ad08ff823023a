"""What Keras's configuration says of the layer that feeds a batch norm: its channels, and the axis that holds them.

A configuration knows no shapes, but it says which axis is normalised, and the statistics are as long as that axis.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bnlint.artifacts.artifact import LayerRecord
from bnlint.artifacts.keras_inbound import Fed
from bnlint.layers.layer import Feeder

_SIZES = ("filters", "units", "nb_filter", "output_dim")
"""What Keras 2 and 3 call the number of channels, then Keras 1."""
_RANKS = {"1": 3, "2": 4, "3": 5}
"""The rank of what a convolution over so many dimensions puts out."""
_FIRST = ("channels_first", "th")
"""Values of ``data_format``, and of Keras 1's ``dim_ordering``."""


def configured_feeder(record: LayerRecord, length: int | None, records: Iterable[LayerRecord]) -> Feeder | None:
    """Return what feeds the batch norm of ``record``; None where the configuration does not say so plainly.

    Args:
        record: the batch norm.
        length: how long its statistics are.
        records: all layers, one of which owns the kernel.
    """
    fed, axis = record.fed_by, _axis(record.config.get("axis", -1))
    if fed is None or axis is None or fed.config.get("groups", 1) not in (1, None):
        return None
    channels = next((size for name in _SIZES if type(size := fed.config.get(name)) is int), None)
    if channels is None:
        return None
    shape = _shape(fed, axis, channels, length)
    return None if shape is None else Feeder(fed.name, _kernel(fed, records), channels, shape)


def _axis(written: object) -> int | None:
    """Return the axis; Keras 2 makes a list of it."""
    if isinstance(written, list) and len(written) == 1:
        written = written[0]
    return written if type(written) is int and -5 <= written <= 4 else None


def _shape(fed: Fed, axis: int, channels: int, length: int | None) -> tuple[int | None, ...] | None:
    """Return what is known of the feeder's output: its channels, and the size of the axis that is normalised.

    None where the output has no such axis.
    """
    rank = _RANKS.get(fed.class_name.removesuffix("D")[-1:])
    if rank is None:  # a dense layer puts out the rank that it takes in: the least that has the axis, and channels last
        rank = max(2, axis + (1 if length == channels else 2) if axis > 0 else 1 - axis)
    if not -rank <= axis < rank:
        return None
    is_first = fed.config.get("data_format", fed.config.get("dim_ordering")) in _FIRST
    shape: list[int | None] = [None] * rank
    shape[axis] = length
    shape[1 if is_first and rank > 2 else -1] = channels
    return tuple(shape)


def _kernel(fed: Fed, records: Iterable[LayerRecord]) -> str:
    """Return the key of the feeder's kernel, or what it would be called."""
    own: Mapping[str, str] = next((r.variables for r in records if r.name.rpartition("/")[2] == fed.name), {})
    return own.get("kernel") or own.get("W") or own.get("0") or f"{fed.name}/kernel"
