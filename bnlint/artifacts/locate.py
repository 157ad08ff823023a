"""From what people pass to the files of artifacts.

A prefix, any file, several files of one checkpoint, a directory, a glob, a URL: each leads to `Place`s, and what leads
nowhere becomes a `Problem` that says what was probably meant. Looks at names, and inside a file only to say what it
is; reads no tensors and no graph. Paths are reported as the user wrote them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from bnlint.artifacts import hints, naming
from bnlint.artifacts.bundles import bundle, v1_bundle
from bnlint.artifacts.contents import Candidate
from bnlint.artifacts.damage import reason
from bnlint.artifacts.listing import Listing
from bnlint.artifacts.membership import Membership, membership
from bnlint.artifacts.packages import VARIABLES, around, name_of, package, parent, saved_model, sharded_weights
from bnlint.artifacts.patterns import expand, is_pattern
from bnlint.artifacts.places import BundleFiles, KerasDirectory, Place, SavedModelFiles
from bnlint.artifacts.single_file import place_of
from bnlint.artifacts.storage import Storage, storage_of
from bnlint.artifacts.walk import walk
from bnlint.findings import Problem, ProblemKind

Located: TypeAlias = "Place | Problem"

_LOUD = (ProblemKind.DAMAGED, ProblemKind.INTERNAL)
"""What is worth a word although a glob merely happened to match it."""


class Find(NamedTuple):
    """Something that a path led to."""

    located: Located
    passed: str
    """The path as the user wrote it."""
    is_named: bool = True
    """Whether the user named it; False for what was met below a directory or matched by a glob."""
    word: str = ""
    """That path, or what of it a glob matched."""
    candidate: Candidate | None = None
    """What a directory says of it."""
    member: Membership | None = None
    """The run it belongs to; None for a problem."""


def locate(paths: Sequence[str], storage: Storage | None = None, *, every: bool = False) -> tuple[Located, ...]:
    """Find the artifacts that ``paths`` mean, in their order; paths of one artifact give one result.

    Never raises for anything that is wrong with a path.

    Args:
        paths: what the user wrote.
        storage: where the files are; None to choose by each path.
        every: whether a directory means all artifacts below it and not only the newest of each run.
    """
    return tuple(find.located for find in finds(paths, storage, every=every))


def finds(paths: Iterable[str], storage: Storage | None = None, *, every: bool = False) -> tuple[Find, ...]:
    """Find what ``paths`` mean, as `locate` does, and how each was come by."""
    searches: dict[type[Storage], _Search] = {}
    found: list[Find] = []
    seen: set[tuple[str, ...]] = set()
    for path in paths:
        store = storage or storage_of(path)
        search = searches.setdefault(type(store), _Search(store, every=every))
        for find in search.path(path):
            identity = _identity(store, find.located)
            if identity is None or identity not in seen:
                member = membership(store, find.candidate or Candidate(find.located, ""))
                found.append(find._replace(word=find.word or find.passed, candidate=None, member=member))
            if identity is not None:
                seen.add(identity)
    return tuple(found)


def _identity(storage: Storage, located: Located) -> tuple[str, ...] | None:
    """Return what is the same for all the paths that mean one artifact; None for a problem."""
    match located:
        case Problem():
            return None
        case BundleFiles(prefix=prefix):
            head, base = naming.split_path(prefix)
            return storage.identity(head or os.curdir), base
        case SavedModelFiles(graph=graph, variables=variables):
            file = graph or (variables.prefix if variables is not None else located.path)
        case KerasDirectory(weights=weights, index=index):
            file = index or weights[0]
        case _:
            file = located.file
    return type(located).__name__, storage.identity(file)


class _Search:
    """Looks for what paths mean in one storage."""

    def __init__(self, storage: Storage, *, every: bool) -> None:
        self._storage = storage
        self._every = every
        self._listing = Listing(storage)

    def path(self, path: str) -> list[Find]:
        """Find what one path means; a file of that very name goes before what it matches as a glob."""
        found = self._one(path)
        if is_pattern(path) and _is_missing(found) and (matches := expand(self._listing, path)):
            return self._matches(path, matches)
        return found

    def _one(self, path: str) -> list[Find]:
        """Find what one path means, taken literally."""
        head, base = naming.split_path(path)
        why = None
        try:
            facts = self._storage.facts(path)
        except OSError as error:
            facts, why = None, error
        if facts is not None and not facts.is_directory:
            return self._file(path, head, base)
        group = self._listing.known(head, base) if base else None
        # A prefix may be a directory too. TensorFlow then reads the prefix, if it has an index.
        if group is not None and (facts is None or group.index is not None):
            return [Find(around(self._listing, path, head, base) or bundle(self._listing, path, head, group), path)]
        if facts is not None:
            return self._directory(path, naming.inside(path))
        return self._nothing(path, head, base, why)

    def _nothing(self, path: str, head: str, base: str, why: OSError | None) -> list[Find]:
        """A path that is not there: shards of a V1 checkpoint, a directory that is not listed, or a mistake."""
        if naming.is_v1_glob(base):
            found = v1_bundle(self._listing, path, head, base)
            if found is not None:
                return [Find(found, path)]
        inner = naming.inside(path)
        if self._listing.is_hidden(inner):
            (met,) = walk(self._listing, path, inner, every=self._every)
            place = package(self._listing, path, inner) or met.found
            if not isinstance(place, Problem):
                return [Find(replace(place, path=path), path)]
        if why is not None:
            return [Find(Problem(path, f"cannot be read: {reason(why)}"), path)]
        hint = hints.NO_MATCH if is_pattern(head) else hints.missing(self._listing, head, base)
        return [Find(Problem(path, hint, ProblemKind.MISSING), path)]

    def _file(self, path: str, head: str, base: str) -> list[Find]:
        """A file that exists: part of an artifact, a state file, or an artifact of its own."""
        prefix, suffix = naming.split_suffix(base)
        model = around(self._listing, path, head, base) or sharded_weights(self._listing, path, head, base)
        if model is not None:
            return [Find(model, path)]
        v1 = naming.v1_prefix(base)
        group = self._listing.known(head, v1 or prefix) if v1 or suffix or not self._listing.is_hidden(head) else None
        if group is not None and (suffix or group.checkable):
            return [Find(bundle(self._listing, path, head, group, base), path)]
        if base == naming.STATE_FILE:
            return self._directory(path, head)
        located = place_of(self._storage, path, base)
        if isinstance(located, BundleFiles) and located.v1:
            located = v1_bundle(self._listing, path, head, base) or located
        return [Find(located, path)]

    def _directory(self, path: str, head: str) -> list[Find]:
        """A directory: an artifact of its own, or what is below it."""
        if naming.split_path(path)[1] != naming.STATE_FILE:
            place = package(self._listing, path, head)
            if place is None and name_of(self._storage, head) == VARIABLES and VARIABLES in self._listing.groups(head):
                place = saved_model(self._listing, path, parent(head))
            if place is not None:
                return [Find(place, path)]
        met = walk(self._listing, path, head, every=self._every)
        if len(met) == 1 and not isinstance(met[0].found, Problem) and _is_directly_in(met[0].found, head):
            met = [met[0]._replace(found=replace(met[0].found, path=path))]
        return [
            Find(one.found, path, is_named=isinstance(one.found, Problem) and one.found.path == path, candidate=one)
            for one in met
        ]

    def _matches(self, pattern: str, matches: Sequence[str]) -> list[Find]:
        """What a glob matches, without a word about files that are something else."""
        found = [find for match in matches for find in self._one(match)]
        kept = [f for f in found if not isinstance(f.located, Problem) or f.located.kind in _LOUD]
        if not kept:
            what = matches[0] if len(matches) == 1 else f"{len(matches)} paths"
            message = f"matches {what}, and nothing there that bnlint reads"
            return [Find(Problem(pattern, message, ProblemKind.NO_CHECKPOINT), pattern)]
        return [find._replace(passed=pattern, word=find.passed, is_named=False) for find in kept]


def _is_missing(found: Sequence[Find]) -> bool:
    return any(isinstance(f.located, Problem) and f.located.kind is ProblemKind.MISSING for f in found)


def _is_directly_in(place: Place, head: str) -> bool:
    """Say whether an artifact is one of a directory's own, which may then be named by it."""
    whole = place.prefix if isinstance(place, BundleFiles) else place.path
    return naming.split_path(whole)[0] == head
