"""What the readers of Keras's files share: what they find out, and the layouts' common words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from bnlint.artifacts.artifact import LayerRecord
from bnlint.formats.hdf5 import Dataset

NO_GRAPH = "a Keras file holds no graph"
POSITION = "vars"
"""The group that holds an object's own variables, by position (``.weights.h5``)."""


class Contents(NamedTuple):
    """What a Keras file says of its variables, by key: the path of the dataset."""

    datasets: Mapping[str, Dataset]
    full_names: Mapping[str, str] = MappingProxyType({})
    """What the program called a variable."""
    records: tuple[LayerRecord, ...] = ()
    slots: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    framework: str | None = None
    damage: tuple[str, ...] = ()
    """What is wrong and stops nothing else, in words."""


def framework_of(version: object) -> str | None:
    """Return the framework of a ``keras_version``; Keras 1 and tf.keras count as Keras 2."""
    if not isinstance(version, str) or not version:
        return None
    return "keras3" if version.startswith("3.") else "keras2"
