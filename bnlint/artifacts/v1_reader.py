"""Fetches values out of the shards of a V1 checkpoint, and says which it cannot fetch and why.

Knows paths and shards; the bytes are `bnlint.formats.v1_checkpoint`'s.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping
from contextlib import closing
from types import MappingProxyType

from bnlint.artifacts.artifact import Array, Values
from bnlint.artifacts.damage import grouped, one_line
from bnlint.artifacts.storage import Storage
from bnlint.formats.errors import FormatError, UnsupportedError
from bnlint.formats.ordered_code import slice_key
from bnlint.formats.source import Source
from bnlint.formats.table import Table
from bnlint.formats.v1_checkpoint import Piece, Variable, read_tensor

_MOST_TABLES = 8
"""Tables that are open at a time; each remembers a block, which is 256 kB as a rule and a whole tensor at times."""


class V1Reader:
    """A reader over the shards that are there.

    Args:
        variables: what these shards hold, by name.
        shards: their paths, by number.
        storage: where they are.
        incomplete: why slices may lie in a shard that cannot be read, or None where all can.
    """

    def __init__(
        self, variables: Mapping[str, Variable], shards: Mapping[int, str], storage: Storage, incomplete: str | None
    ) -> None:
        self._variables = variables
        self._shards = shards
        self._storage = storage
        self._incomplete = incomplete

    def __call__(self, names: Collection[str], /) -> Values:
        """Read the ``names`` that are saved, in the order of their places on disk."""
        arrays: dict[str, Array] = {}
        absent: dict[str, str] = {}
        damage: list[tuple[str, str]] = []
        with closing(_Tables(self._shards, self._storage)) as tables:
            for name in sorted({name for name in names if name in self._variables}, key=self._place):
                variable = self._variables[name]
                if self._incomplete is not None and not variable.is_whole:
                    absent[name] = self._incomplete
                    continue
                tables.latest = variable.pieces[0].shard
                try:
                    arrays[name] = read_tensor(name, variable, tables)
                except UnsupportedError as error:
                    absent[name] = one_line(str(error))
                except (FormatError, OSError) as error:
                    damage.append((self._shards[tables.latest], one_line(str(error))))
        return Values(MappingProxyType(arrays), grouped(damage), MappingProxyType(absent))

    def _place(self, name: str) -> tuple[int, bytes]:
        first: Piece = self._variables[name].pieces[0]
        return first.shard, slice_key(name.encode(), first.extents)


class _Tables:
    """The tables of one call of a reader; the last few that were asked for stay open.

    Attributes:
        latest: the number of the shard that was asked for last.
    """

    def __init__(self, shards: Mapping[int, str], storage: Storage) -> None:
        self._shards = shards
        self._storage = storage
        self._open: OrderedDict[int, tuple[Source, Table]] = OrderedDict()
        self.latest = 0

    def __call__(self, shard: int) -> Table:
        """Return the table of one shard."""
        self.latest = shard
        if shard not in self._open:
            source = self._storage.open(self._shards[shard])
            try:
                self._open[shard] = source, Table(source)
            except BaseException:
                source.close()
                raise
            if len(self._open) > _MOST_TABLES:
                self._open.popitem(last=False)[1][0].close()
        self._open.move_to_end(shard)
        return self._open[shard][1]

    def close(self) -> None:
        """Close whatever is open."""
        while self._open:
            self._open.popitem()[1][0].close()
