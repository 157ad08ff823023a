"""Fetches values out of the data files of a checkpoint, and says which it cannot fetch and why.

Knows paths and shards; the bytes are `bnlint.formats.bundle_data`'s.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from functools import partial
from types import MappingProxyType

from bnlint.artifacts import naming
from bnlint.artifacts.artifact import Array, SavedVariable, Values
from bnlint.artifacts.damage import grouped, impostor, not_there, one_line
from bnlint.artifacts.places import BundleFiles
from bnlint.artifacts.storage import Storage
from bnlint.findings import Problem
from bnlint.formats.bundle_data import read_tensor
from bnlint.formats.errors import FormatError, UnsupportedError
from bnlint.formats.shards import misfits, needed_shards
from bnlint.formats.source import Prefetcher, Source, SourcePool
from bnlint.formats.tensor_bundle import BundleIndex, Entry


def read_nothing(_names: Collection[str], /) -> Values:
    """Be the reader of a checkpoint without a readable index; the artifact says why there are no values."""
    return Values(MappingProxyType({}))


class BundleReader:
    """A reader over one index. Compares the shards' sizes with it at once, and opens them when they are needed.

    Attributes:
        saved: every variable, partitioned ones as a whole, by name.
        problems: shards that cannot belong to this index.
        reason: why no value can be had at all, or None.
    """

    def __init__(self, index: BundleIndex, files: BundleFiles, storage: Storage) -> None:
        self._index = index
        self._prefix = files.prefix
        self._storage = storage
        self._keys = {key.decode("utf-8", "backslashreplace"): key for key in index.tensors}
        self.saved: Mapping[str, SavedVariable] = MappingProxyType(
            {name: _saved(name, index.tensors[key]) for name, key in self._keys.items()}
        )
        needed = needed_shards(index)
        self._sizes = _sizes(index, files, storage)
        self.reason = self._why_nothing(needed)
        self.problems: tuple[Problem, ...] = ()
        self._refused: dict[int, str] = {}
        for shard, error in misfits(index, self._sizes).items():
            self._refuse(shard, error, storage)

    def _path(self, shard: int) -> str:
        return naming.shard_name(self._prefix, shard, self._index.shards)

    def _why_nothing(self, needed: frozenset[int]) -> str | None:
        if not needed or needed & self._sizes.keys():
            return None
        return not_there(self._path(min(needed)), len(needed))

    def _refuse(self, shard: int, error: FormatError, storage: Storage) -> None:
        """Report a shard of the wrong size; one that is something else altogether is not read at all."""
        path = self._path(shard)
        what = impostor(storage, path, "tensor data")
        if what is not None:
            self._refused[shard] = f"{path} {what}"
        self.problems += (Problem(path, what or one_line(str(error))),)

    def __call__(self, names: Collection[str], /) -> Values:
        """Read the ``names`` that are saved, in the order of their places on disk."""
        arrays: dict[str, Array] = {}
        absent: dict[str, str] = {}
        damage: list[tuple[str, str]] = []
        wanted = sorted({name for name in names if name in self._keys}, key=self._place)
        with closing(SourcePool(partial(self._begin, wanted))) as pool:
            for name in wanted:
                reason = self._obstacle(name)
                if reason is not None:
                    absent[name] = reason
                    continue
                try:
                    arrays[name] = read_tensor(self._index, self._keys[name], lambda shard: pool.get(self._path(shard)))
                except UnsupportedError as error:
                    absent[name] = one_line(str(error))
                except (FormatError, OSError) as error:
                    path = self._path(self._stored(name)[0].shard)
                    damage.append((path, one_line(str(error))))
        return Values(MappingProxyType(arrays), grouped(damage), MappingProxyType(absent))

    def _begin(self, wanted: Sequence[str], path: str) -> Source:
        """Open a shard; one that is far away is told at once what will be read of it."""
        source = self._storage.open(path)
        if isinstance(source, Prefetcher):
            stored = [entry for name in wanted for entry in self._stored(name)]
            source.prefetch((e.offset, e.size) for e in stored if self._path(e.shard) == path)
        return source

    def _stored(self, name: str) -> Sequence[Entry]:
        """Return the entries that hold a variable's bytes; itself where its slices are not to be found."""
        entry = self._index.tensors[self._keys[name]]
        if not entry.slices:
            return (entry,)
        try:
            return [part for _, part in self._index.parts(self._keys[name])]
        except FormatError:
            return (entry,)

    def _place(self, name: str) -> tuple[int, int, str]:
        first = self._stored(name)[0]
        return first.shard, first.offset, name

    def _obstacle(self, name: str) -> str | None:
        """Return why a variable cannot be read although nothing new is wrong, or None."""
        for entry in self._stored(name):
            if entry.shard in self._refused:
                return self._refused[entry.shard]
            if entry.shard not in self._sizes:
                return f"{self._path(entry.shard)} is not there"
            if entry.end > self._sizes[entry.shard]:  # reported when the artifact was opened
                return f"{self._path(entry.shard)} ends before it"
        return None


def _saved(name: str, entry: Entry) -> SavedVariable:
    return SavedVariable(name, entry.dtype.name, entry.shape)


def _sizes(index: BundleIndex, files: BundleFiles, storage: Storage) -> dict[int, int]:
    """Return the sizes in bytes of the shards that are there, by number; leftovers of another save are let be."""
    sizes = {}
    for path in files.shards:
        shard = naming.shard_number(path, index.shards)
        facts = storage.facts(path) if shard is not None else None
        if shard is not None and facts is not None:
            sizes[shard] = facts.size
    return sizes
