"""The HDF5 files of one Keras artifact, seen as one: what is in them, and a reader of their values.

One file, several shards beside their index, or the member of an archive. Knows where the bytes are, not what they mean.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from types import MappingProxyType

from bnlint.artifacts.artifact import Array, SavedVariable, Values
from bnlint.artifacts.damage import grouped, one_line, problem
from bnlint.artifacts.keras_contents import Contents
from bnlint.artifacts.storage import Storage
from bnlint.findings import Problem
from bnlint.formats.errors import FormatError, UnsupportedError
from bnlint.formats.hdf5 import HDF5, Dataset
from bnlint.formats.source import Source

Opener = Callable[[], Source]
"""Opens one file; what it returns is closed after use, and it may be called again."""


@contextmanager
def opened(opener: Opener) -> Iterator[HDF5]:
    """Open an HDF5 file, and close it and its source again.

    Raises:
        FormatError: it is no HDF5 file, or a damaged one.
        OSError: the storage failed.
    """
    with closing(opener()) as source, closing(HDF5(source)) as file:
        yield file


def damaged(storage: Storage, path: str, magic: bytes, expected: str, error: Exception) -> Problem:
    """Return the `Problem` for an ``error`` met in a file that should begin with ``magic``."""
    if isinstance(error, FormatError) and _begins_with(storage, path, magic):
        return Problem(path, one_line(str(error)))
    return problem(storage, path, expected, error)


def _begins_with(storage: Storage, path: str, magic: bytes) -> bool:
    try:
        with closing(storage.open(path)) as source:
            return source.read(0, min(source.size, len(magic))) == magic
    except (FormatError, OSError):
        return False


def variables(contents: Contents) -> Mapping[str, SavedVariable]:
    """Return what was saved, by key."""
    return MappingProxyType(
        {
            key: SavedVariable(key, dataset.dtype, dataset.shape, contents.full_names.get(key))
            for key, dataset in sorted(contents.datasets.items())
        }
    )


class KerasReader:
    """A reader over the datasets of several files. Each is opened once for a call, if it is needed at all.

    Args:
        files: the path of each file, for problems, how to open it, and what is in it.
    """

    def __init__(self, files: Sequence[tuple[str, Opener, Mapping[str, Dataset]]]) -> None:
        self._files = files

    def __call__(self, names: Collection[str], /) -> Values:
        """Read the ``names`` that are saved."""
        arrays: dict[str, Array] = {}
        absent: dict[str, str] = {}
        damage: list[tuple[str, str]] = []
        wanted = set(names)
        for path, opener, datasets in self._files:
            here = [datasets[name] for name in sorted(wanted & datasets.keys())]
            wanted -= datasets.keys()
            if not here:
                continue
            try:
                with opened(opener) as file:
                    for dataset in here:
                        try:
                            arrays[dataset.path] = file.read(dataset)
                        except UnsupportedError as error:  # noqa: PERF203 - the others can still be read
                            absent[dataset.path] = one_line(str(error))
                        except FormatError as error:
                            damage.append((path, one_line(str(error))))
            except (FormatError, OSError) as error:
                damage.append((path, one_line(str(error))))
        return Values(MappingProxyType(arrays), grouped(damage), MappingProxyType(absent))
