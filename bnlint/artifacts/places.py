"""What `locate` finds: the files of one artifact, by format. Names only; each has a module that opens it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class BundleFiles:
    """The files of one TensorFlow checkpoint that are there. At least one of ``index``, ``meta`` and ``v1`` is."""

    path: str
    """As the user wrote it."""
    prefix: str
    """What all the files begin with; ends with a separator where the basename is empty."""
    name: str
    """The prefix without its directory; the directory's name where the basename is empty."""
    index: str | None
    meta: str | None
    shards: tuple[str, ...]
    """Whatever is called ``.data-…-of-…``, which may include leftovers of another save."""
    v1: tuple[str, ...] = ()
    """Files that hold names and values in the V1 format, where there is no index."""
    notes: tuple[str, ...] = ()
    """How the path led here, where that is not obvious."""

    @property
    def is_v1(self) -> bool:
        """Whether names and values are in the V1 format. TensorFlow too reads the index where there is one."""
        return self.index is None and bool(self.v1)


@dataclass(frozen=True, slots=True)
class SavedModelFiles:
    """A SavedModel directory. At least one of ``graph`` and ``variables`` is there."""

    path: str
    name: str
    """The directory's name."""
    graph: str | None
    """``saved_model.pb`` or ``saved_model.pbtxt``."""
    variables: BundleFiles | None
    """The bundle ``variables/variables``; a SavedModel without variables has none."""
    metadata: str | None = None
    """``keras_metadata.pb``."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SingleFile:
    """An artifact in one file."""

    path: str
    name: str
    file: str
    notes: tuple[str, ...] = ()


class GraphFile(SingleFile):
    """A graph in a file of its own: a frozen GraphDef, binary or text."""

    __slots__ = ()


class HDF5File(SingleFile):
    """An HDF5 file: a Keras model or its weights, or something else, which opening it tells."""

    __slots__ = ()


class KerasArchive(SingleFile):
    """A zip archive: a ``.keras`` file, or something else, which opening it tells."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class KerasDirectory:
    """A ``.keras`` archive that was unpacked or never packed, or weights in several files beside their index."""

    path: str
    name: str
    weights: tuple[str, ...]
    """``model.weights.h5``, or the shards that ``index`` lists."""
    index: str | None = None
    """``*.weights.json``: which shard holds which group (Keras 3)."""
    config: str | None = None
    """``config.json``."""
    metadata: str | None = None
    """``metadata.json``."""
    notes: tuple[str, ...] = ()


Place: TypeAlias = "BundleFiles | SavedModelFiles | GraphFile | HDF5File | KerasArchive | KerasDirectory"
