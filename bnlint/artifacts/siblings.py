"""Variables that one checkpoint lacks and a checkpoint beside it holds, of the same state of training.

A program may save its weights and its statistics with two savers. A sibling counts where it shares no variable
with this checkpoint (its complement), or where every variable they share has the same bytes; another model whose
variables merely have the same names does not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import closing

from bnlint.artifacts import naming
from bnlint.artifacts.listing import Listing
from bnlint.artifacts.places import BundleFiles
from bnlint.artifacts.storage import Storage
from bnlint.formats.errors import FormatError
from bnlint.formats.tensor_bundle import BundleIndex, read_index

_MOST = 16
"""How many indexes beside this one are read, those of the same step first."""


class Siblings:
    """Looks for variables in the checkpoints of one directory. Reads their indexes and no data."""

    def __init__(self, files: BundleFiles, index: BundleIndex, storage: Storage) -> None:
        self._files = files
        self._index = index
        self._storage = storage

    def __call__(self, names: Collection[str], /) -> Mapping[str, str]:
        """Return the sibling that holds each of ``names``, by name; without those that none holds."""
        wanted = {name: name.encode("utf-8", "surrogateescape") for name in names}
        found: dict[str, str] = {}
        for prefix, path in self._paths():
            index = self._read(path)
            if index is not None and self._is_same_state(index):
                held = (name for name, key in wanted.items() if key in index.tensors and name not in found)
                found.update(dict.fromkeys(held, prefix))
        return found

    def _paths(self) -> list[tuple[str, str]]:
        head, own = naming.split_path(self._files.prefix)
        groups = Listing(self._storage).groups(head)
        others = [(prefix, group.index) for prefix, group in groups.items() if prefix != own and group.index]
        others.sort(key=lambda other: (naming.step(other[0]) != naming.step(own), other))
        return [(prefix, head + index) for prefix, index in others[:_MOST]]

    def _read(self, path: str) -> BundleIndex | None:
        try:
            with closing(self._storage.open(path)) as source:
                return read_index(source)
        except (FormatError, OSError):
            return None  # what is wrong with a sibling is not this checkpoint's problem

    def _is_same_state(self, other: BundleIndex) -> bool:
        own = self._index.tensors
        return all(
            (own[key].dtype, own[key].shape, own[key].crc) == (entry.dtype, entry.shape, entry.crc)
            for key, entry in other.tensors.items()
            if key in own
        )
