"""What the shards of a V1 checkpoint hold, as an `Artifact` needs it: names, a reader, and what is wrong.

Every shard lists only what it holds itself, so that with a shard the names in it are gone as well. Knows no graph.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from types import MappingProxyType
from typing import NamedTuple

from bnlint.artifacts import naming
from bnlint.artifacts.artifact import Part, Reader, SavedVariable
from bnlint.artifacts.bundle_reader import read_nothing
from bnlint.artifacts.damage import not_there, problem
from bnlint.artifacts.places import BundleFiles
from bnlint.artifacts.storage import Storage
from bnlint.artifacts.v1_reader import V1Reader
from bnlint.findings import Problem
from bnlint.formats.errors import FormatError
from bnlint.formats.table import Table
from bnlint.formats.v1_checkpoint import Variable, add_shard, read_variables

FORMAT = "v1-checkpoint"


class V1Saved(NamedTuple):
    """What was saved. ``saved`` is None where no shard can be read, and lacks names where ``absent`` has NAMES."""

    saved: Mapping[str, SavedVariable] | None
    read: Reader
    absent: Mapping[Part, str]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


class _Shards(NamedTuple):
    """The files of one save: those that are there, by number, and how many were written."""

    paths: Mapping[int, str]
    total: int

    @property
    def missing(self) -> int:
        """How many files are not there; a name may claim any number of them."""
        return self.total - len(self.paths)

    @property
    def first_missing(self) -> int:
        return next(number for number in range(self.total) if number not in self.paths)


def open_v1(files: BundleFiles, storage: Storage) -> V1Saved:
    """Read the lists of all shards in ``files.v1``; tensors are read when the reader is called.

    Never raises for anything that is wrong with the files.
    """
    saves = _saves(files.v1)
    shards, others = saves[0], saves[1:]
    variables: dict[str, Variable] = {}
    readable: dict[int, str] = {}
    problems = []
    for number, path in shards.paths.items():
        error = _add(variables, storage, path, number)
        if error is None:
            readable[number] = path
        else:
            problems.append(problem(storage, path, "a V1 checkpoint", error))
    reason = _why_incomplete(shards, files.prefix, problems)
    absent: dict[Part, str] = {} if reason is None else {Part.NAMES: reason}
    if readable:
        saved = MappingProxyType({n: SavedVariable(n, v.dtype.name, v.shape) for n, v in variables.items()})
        reader: Reader = V1Reader(variables, readable, storage, reason)
    else:
        saved, reader = None, read_nothing
        absent[Part.VALUES] = absent[Part.NAMES]
    return V1Saved(saved, reader, MappingProxyType(absent), tuple(problems), _notes(shards, others))


def _add(variables: dict[str, Variable], storage: Storage, path: str, number: int) -> Exception | None:
    """Add what one shard lists to ``variables``; return what stopped it."""
    try:
        with closing(storage.open(path)) as source:
            add_shard(variables, read_variables(Table(source), number))
    except (FormatError, OSError) as error:
        return error
    return None


def _saves(paths: Sequence[str]) -> list[_Shards]:
    """Sort the files into saves by the number of shards in their names, the one that lacks least of itself first."""
    found: dict[int, dict[int, str]] = defaultdict(dict)
    for path in sorted(paths):
        number, count = naming.v1_shard(path) or (0, 1)
        found[count].setdefault(number, path)
    saves = [_Shards(dict(sorted(numbered.items())), count) for count, numbered in found.items()]
    return sorted(saves, key=lambda shards: (shards.missing / shards.total, shards.total))


def _why_incomplete(shards: _Shards, prefix: str, problems: Sequence[Problem]) -> str | None:
    if shards.missing:
        return not_there(naming.v1_shard_name(prefix, shards.first_missing, shards.total), shards.missing)
    return f"{problems[0].path} is damaged" if problems else None


def _notes(shards: _Shards, others: Sequence[_Shards]) -> tuple[str, ...]:
    """Say which files were left out, as they belong to another save under the same name."""
    own = next(iter(shards.paths.values()))
    return tuple(
        [f"{next(iter(other.paths.values()))} is of another save than {own}, and was not read" for other in others]
    )
