"""The values of an artifact as far as somebody asked for them: each read once, with what stopped the others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property

from bnlint.artifacts.artifact import Artifact, Part, SavedVariable
from bnlint.findings import Problem
from bnlint.layers.layer import Array
from bnlint.layers.names import OBJECT_SUFFIX


class Reading:
    """Reads values on demand and keeps them."""

    def __init__(self, artifact: Artifact) -> None:
        self._artifact = artifact
        self.saved: Mapping[str, SavedVariable] = artifact.saved or {}
        self.labels = {key: v.full_name or key.removesuffix(OBJECT_SUFFIX) for key, v in self.saved.items()}
        """What the program called each saved variable, by key."""
        self.slots = artifact.slots
        self.records = artifact.records
        self.arrays: dict[str, Array] = {}
        """What was read, by key."""
        self.unread: dict[str, str] = {}
        """Why a value could not be had although nothing is damaged, by key."""
        self.problems: dict[Problem, None] = {}
        """What was damaged, in the order it was met."""

    def label(self, key: str) -> str:
        """Return what the program called a variable, or its key where that is not known."""
        return self.labels.get(key, key)

    @cached_property
    def slot_keys(self) -> frozenset[str]:
        """The keys of all optimizer slots that were recorded."""
        return frozenset(key for keys in self.slots.values() for key in keys)

    def read(self, keys: Iterable[str]) -> None:
        """Read those of ``keys`` that are saved and were not read before."""
        wanted: Collection[str] = sorted({key for key in keys if key in self.saved and key not in self.arrays})
        if wanted and Part.VALUES not in self._artifact.absent:
            values = self._artifact.read(wanted)
            self.arrays.update(values.arrays)
            self.unread.update(values.absent)
            self.problems.update(dict.fromkeys(values.problems))
