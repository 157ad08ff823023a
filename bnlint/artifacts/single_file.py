"""What one file is by its content, whatever its name says: an artifact of some format, or something to be named.

Looks at a few bytes at the beginning and at the end; whether the rest keeps the promise is for the openers.
"""

from __future__ import annotations

from contextlib import closing
from typing import TypeAlias

from bnlint.artifacts import naming
from bnlint.artifacts.damage import reason
from bnlint.artifacts.places import BundleFiles, GraphFile, HDF5File, KerasArchive, Place, SavedModelFiles
from bnlint.artifacts.storage import LocalStorage, Storage
from bnlint.findings import Problem, ProblemKind
from bnlint.formats.errors import FormatError
from bnlint.formats.first_value import is_index
from bnlint.formats.graph_file import GraphKind, is_text, kind_of_graph_file
from bnlint.formats.identify import HDF5_MAGIC, HEAD_SIZE, ZIP_MAGIC, Identity, identify
from bnlint.formats.source import Source
from bnlint.formats.table import is_table

_HDF5_AT = (0, 512, 1024, 2048)
"""Where HDF5 begins: a user block may stand before it, of 512 bytes or a power of two times that."""

Kind: TypeAlias = "type[Place] | GraphKind | Identity | None"


def place_of(storage: Storage, path: str, base: str) -> Place | Problem:
    """Return what the file ``path`` (whose name is ``base``) holds, or the problem that it is something else."""
    try:
        with closing(storage.open(path)) as source:
            if is_table(source) and is_index(source):
                message = "is the index of a checkpoint; its name must end in .index"
                return Problem(path, message, ProblemKind.FOREIGN)
            kind = _kind(source)
    except FormatError as error:
        return Problem(path, f"is no regular file: {error.detail}", ProblemKind.FOREIGN)
    except OSError as error:
        return Problem(path, f"cannot be read: {reason(error)}")
    return _place(kind, path, base) or Problem(path, _describe(kind, path, base), ProblemKind.FOREIGN)


def kind_of(storage: Storage, path: str) -> Kind:
    """Return what a file holds, without a word about what cannot be read."""
    try:
        with closing(storage.open(path)) as source:
            return _kind(source)
    except (FormatError, OSError):
        return None


def is_artifact(path: str) -> bool:
    """Say whether there is a file on this machine's disks that bnlint could check, whatever it is called."""
    try:
        facts = LocalStorage().facts(path)
    except PermissionError:
        return False
    if facts is None or facts.is_directory or not facts.size:
        return False
    return not isinstance(place_of(LocalStorage(), path, path), Problem)


def is_other_text(storage: Storage, path: str) -> bool:
    """Say whether a file is text of a kind that nobody here knows."""
    try:
        with closing(storage.open(path)) as source:
            return is_text(source.read(0, min(source.size, HEAD_SIZE))) and _kind(source) is None
    except (FormatError, OSError):
        return False


def _kind(source: Source) -> Kind:
    head = source.read(0, min(source.size, HEAD_SIZE))
    if _is_hdf5(source, head):
        return HDF5File
    if head.startswith(ZIP_MAGIC):
        return KerasArchive
    if is_table(source):
        return None if is_index(source) else BundleFiles
    identity = identify(head)
    return identity if identity is not None else kind_of_graph_file(source)


def _is_hdf5(source: Source, head: bytes) -> bool:
    if head.startswith(HDF5_MAGIC):
        return True
    if head.strip(b"\x00"):  # HDF5's own tools fill a user block with zeros, MATLAB writes words
        return head.startswith(b"MATLAB 7.3") and source.size > 520 and source.read(512, 8) == HDF5_MAGIC
    return any(source.size >= at + 8 and source.read(at, 8) == HDF5_MAGIC for at in _HDF5_AT[1:])


def _place(kind: Kind, path: str, base: str) -> Place | None:
    """Return the place of a kind of file."""
    if kind is HDF5File:
        return HDF5File(path, base, path)
    if kind is KerasArchive:
        return KerasArchive(path, base, path)
    if kind is BundleFiles:
        return BundleFiles(path, path, base, None, None, (), v1=(path,))
    if kind is GraphKind.GRAPH_DEF:
        return GraphFile(path, base, path)
    if kind is GraphKind.META_GRAPH_DEF:
        return BundleFiles(path, path.removesuffix(naming.META), base, None, path, ())
    if kind is GraphKind.SAVED_MODEL:
        return SavedModelFiles(path, base, path, None)
    return None


def _describe(kind: Kind, path: str, base: str) -> str:
    if not isinstance(kind, Identity):
        return "is no checkpoint: expected a prefix, one of its files, a Keras or a graph file, or a directory"
    what = kind.instead_of("a TensorFlow checkpoint")
    if naming.is_apple_double(base):
        what += f"; did you mean {path[: len(path) - len(base)]}{base[2:]}?"
    return what
