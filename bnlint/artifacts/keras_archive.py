"""A ``.keras`` archive, or a directory with the same files or with weights in several, as an `Artifact`.

``config.json`` says which layers there are, the HDF5 file what they weigh. Members are read in place, never unpacked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from functools import partial
from typing import NamedTuple

from bnlint.artifacts.artifact import Artifact
from bnlint.artifacts.damage import one_line
from bnlint.artifacts.keras_config import MAX_CONFIG, ConfigLayer, parse_config, parse_json
from bnlint.artifacts.keras_contents import framework_of
from bnlint.artifacts.keras_files import KerasReader, Opener, damaged, opened, variables
from bnlint.artifacts.keras_foreign import zip_identity
from bnlint.artifacts.keras_hdf5 import keras_artifact, object_names, read_contents, unreadable
from bnlint.artifacts.keras_weights import read_weights
from bnlint.artifacts.places import KerasArchive, KerasDirectory
from bnlint.artifacts.storage import Storage
from bnlint.findings import Problem, ProblemKind
from bnlint.formats.errors import FormatError
from bnlint.formats.hdf5 import Dataset
from bnlint.formats.identify import HDF5_MAGIC, ZIP_MAGIC
from bnlint.formats.source import Source, read_whole
from bnlint.formats.zip_archive import ZipArchive

FORMAT = "keras-archive"
_WEIGHTS = "model.weights.h5"
_NUMPY_WEIGHTS = "model.weights.npz"
_CONFIG = "config.json"
_METADATA = "metadata.json"
_MAX_METADATA = 1 << 20


class _Described(NamedTuple):
    """What the JSON files say."""

    config: ConfigLayer | None
    framework: str | None
    problems: tuple[Problem, ...]


class _Shard(NamedTuple):
    """One file of weights, and what is in it."""

    path: str
    opener: Opener
    datasets: Mapping[str, Dataset]
    groups: frozenset[str]
    names: Mapping[str, str]
    refused: Mapping[str, str]


def open_keras_archive(place: KerasArchive, storage: Storage) -> Artifact:
    """List what a ``.keras`` archive holds; values are read when the artifact's reader is called.

    Never raises for anything that is wrong with the archive.
    """
    try:
        with closing(storage.open(place.file)) as source:
            archive = ZipArchive(source)
            if _WEIGHTS not in archive.names:
                return unreadable(place, FORMAT, Problem(place.file, _not_keras(archive), ProblemKind.FOREIGN))
            described = _describe(place.file, partial(_member, archive), archive.names)
    except (FormatError, OSError) as error:
        return unreadable(place, FORMAT, damaged(storage, place.file, ZIP_MAGIC, "a .keras archive", error))
    files = {place.file: lambda: _MemberSource(storage.open(place.file), _WEIGHTS)}
    return _artifact(place, storage, described, files)


def open_keras_directory(place: KerasDirectory, storage: Storage) -> Artifact:
    """List what an unpacked ``.keras`` archive or weights in several files hold, as `open_keras_archive` does."""
    paths = {_CONFIG: place.config, _METADATA: place.metadata}
    there = {name: path for name, path in paths.items() if path is not None}
    described = _describe(place.path, lambda name, limit: _whole(storage, there[name], limit), there)
    missing = [path for path in place.weights if storage.facts(path) is None]
    problems = [Problem(path, f"is not there, though {place.index or place.path} lists it") for path in missing]
    files = {path: partial(storage.open, path) for path in place.weights if path not in missing}
    described = described._replace(problems=(*described.problems, *problems))
    return _artifact(place, storage, described, files)


def _artifact(
    place: KerasArchive | KerasDirectory, storage: Storage, described: _Described, files: Mapping[str, Opener]
) -> Artifact:
    """Join the configuration and the weights."""
    problems = list(described.problems)
    shards = []
    for path, opener in files.items():
        try:
            shards.append(_shard(path, opener, described))
        except (FormatError, OSError) as error:  # noqa: PERF203 - one file's damage does not stop the others
            magic = ZIP_MAGIC if isinstance(place, KerasArchive) else HDF5_MAGIC
            problems.append(damaged(storage, path, magic, "the weights of a Keras model", error))
    if not shards:
        return unreadable(place, FORMAT, *(problems or [Problem(place.path, f"there is no {_WEIGHTS}")]))
    datasets: dict[str, Dataset] = {}
    for shard in reversed(shards):
        datasets.update(shard.datasets)
        problems += [Problem(shard.path, one_line(f"{path!r} {why}")) for path, why in shard.refused.items()]
    contents = read_weights(
        datasets,
        frozenset().union(*(shard.groups for shard in shards)),
        {owner: name for shard in shards for owner, name in shard.names.items()},
        described.config,
        described.framework,
    )
    reader = KerasReader([(shard.path, shard.opener, shard.datasets) for shard in shards])
    return keras_artifact(place, FORMAT, contents, variables(contents), reader, tuple(problems))


def _shard(path: str, opener: Opener, described: _Described) -> _Shard:
    with opened(opener) as file:
        tree = file.tree()
        if read_contents(file, tree, described.config, described.framework) is None:
            raise FormatError(_WEIGHTS, "expected the weights of a Keras model")
        return _Shard(path, opener, tree.datasets, frozenset(tree.groups), object_names(file, tree), tree.refused)


# ---- the JSON files


def _describe(path: str, read: Callable[[str, int], bytes], names: Collection[str]) -> _Described:
    """Read the configuration and the version, as far as they are there. What is damaged is a problem."""
    problems = []
    config = framework = None
    try:
        if _CONFIG in names:
            config = parse_config(read(_CONFIG, MAX_CONFIG))
    except (FormatError, OSError) as error:
        problems.append(Problem(path, one_line(f"{_CONFIG}: {error}")))
    try:
        metadata = parse_json(read(_METADATA, _MAX_METADATA)) if _METADATA in names else None
        framework = framework_of(metadata.get("keras_version")) if isinstance(metadata, dict) else None
    except (FormatError, OSError) as error:
        problems.append(Problem(path, one_line(f"{_METADATA}: {error}")))
    return _Described(config, framework, tuple(problems))


def _whole(storage: Storage, path: str, limit: int) -> bytes:
    with closing(storage.open(path)) as source:
        return read_whole(source, limit, "a description")


# ---- the archive


def _member(archive: ZipArchive, name: str, limit: int) -> bytes:
    return archive.read(name, limit)


def _not_keras(archive: ZipArchive) -> str:
    if _NUMPY_WEIGHTS in archive.names:
        return f"has its weights in {_NUMPY_WEIGHTS}, which bnlint does not read; save it with weights_format='h5'"
    if _CONFIG in archive.names and _METADATA in archive.names:
        return f"holds no {_WEIGHTS}"
    return zip_identity(archive.names).instead_of("a Keras model")


class _MemberSource:
    """A member of an archive. Closing it closes the archive."""

    def __init__(self, archive: Source, name: str) -> None:
        self._archive = archive
        try:
            self._member = ZipArchive(archive).open(name)
        except BaseException:
            archive.close()
            raise
        self.size = self._member.size

    def read(self, offset: int, length: int, /) -> bytes:
        """Return exactly ``length`` bytes from ``offset``."""
        return self._member.read(offset, length)

    def close(self) -> None:
        """Close the archive."""
        self._archive.close()
