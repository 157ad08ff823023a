"""Artifacts without any file: values by key, read through a reader that keeps a record."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from bnlint.artifacts.artifact import Array, Artifact, MetaGraph, Part, SavedVariable, Search, Values, nowhere
from bnlint.findings import Problem

INIT: dict[str, object] = {"bn/moving_mean": [0.0] * 3, "bn/moving_variance": [1.0] * 3}
MOVED: dict[str, object] = {"bn/moving_mean": [0.5, 1, 2], "bn/moving_variance": [2.0, 3, 4]}
UNTOUCHED: dict[str, object] = {"bn/gamma": [1.0] * 3, "bn/beta": [0.0] * 3}
TRAINED: dict[str, object] = {"bn/gamma": [1.1, 1.2, 1.3], "bn/beta": [0.1, 0.2, 0.3]}
STATISTICS = ["bn/moving_mean", "bn/moving_variance"]


class Recorder:
    """A reader over arrays in memory. ``damaged`` keys cannot be read."""

    def __init__(self, arrays: Mapping[str, Array], damaged: Collection[str] = ()) -> None:
        self.arrays = arrays
        self.damaged = damaged
        self.asked: list[list[str]] = []

    def __call__(self, names: Collection[str], /) -> Values:
        self.asked.append(sorted(names))
        found = {name: self.arrays[name] for name in names if name not in self.damaged}
        return Values(found, tuple(Problem("data", f"{name} is damaged") for name in names if name in self.damaged))


def artifact(
    values: Mapping[str, object],
    graph: MetaGraph | None = None,
    *,
    damaged: Collection[str] = (),
    absent: Mapping[Part, str] | None = None,
    elsewhere: Search = nowhere,
) -> tuple[Artifact, Recorder]:
    """Return an artifact that holds ``values`` (floats as float32), and its reader."""
    arrays: dict[str, Array] = {}
    for key, value in values.items():
        array = np.asarray(value)
        arrays[key] = array.astype(np.float32) if array.dtype == np.float64 else array
    absent = dict(absent or {})
    if graph is None:
        absent.setdefault(Part.GRAPH, "no .meta")
    saved = {key: SavedVariable(key, str(array.dtype), array.shape) for key, array in arrays.items()}
    reader = Recorder(arrays, damaged)
    made = Artifact(
        path="run/model.ckpt-40",
        format="tensor-bundle",
        name="model.ckpt-40",
        saved=None if Part.NAMES in absent else saved,
        read=reader,
        meta_graph=graph,
        absent=absent,
        elsewhere=elsewhere,
    )
    return made, reader
