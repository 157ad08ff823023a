"""A TensorFlow checkpoint (Saver, `tf.train.Checkpoint`) as an `Artifact`: a tensor bundle, or tables of the V1 format.

What is damaged becomes a `Problem`, what is not there a reason, and the rest can still be read. Knows which file holds
what; knows nothing of batch norm.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from types import MappingProxyType

from bnlint.artifacts import meta_graph, v1_checkpoint
from bnlint.artifacts.artifact import Artifact, MetaGraph, Part, Reader, SavedVariable, Search, nowhere
from bnlint.artifacts.bundle_reader import BundleReader, read_nothing
from bnlint.artifacts.damage import problem
from bnlint.artifacts.object_graph import KEY as OBJECT_GRAPH
from bnlint.artifacts.object_graph import Objects, read_objects
from bnlint.artifacts.places import BundleFiles
from bnlint.artifacts.siblings import Siblings
from bnlint.artifacts.storage import LocalStorage, Storage
from bnlint.findings import Problem
from bnlint.formats.errors import FormatError
from bnlint.formats.meta_graph import read_meta_graph
from bnlint.formats.shards import check_disjoint
from bnlint.formats.tensor_bundle import BundleIndex, read_index
from bnlint.graph.graph import GraphError

FORMAT = "tensor-bundle"


def open_bundle(files: BundleFiles, storage: Storage | None = None) -> Artifact:
    """Read the index and the graph of a checkpoint; tensors are read when the artifact's reader is called.

    Never raises for anything that is wrong with the files.
    """
    return open_with_objects(files, storage or LocalStorage())[0]


def open_with_objects(files: BundleFiles, storage: Storage) -> tuple[Artifact, Objects | None]:
    """Open a checkpoint as `open_bundle` does, and return the object graph beside it, where it has one."""
    opening = _Opening(files, storage)
    saved, reader = opening.saved()
    recorded = read_objects(saved, reader, files.index or files.path)
    opening.problems += recorded.problems
    graph = opening.graph()
    if graph is None and recorded.saved and OBJECT_GRAPH in recorded.saved and files.meta is None:
        opening.absent.pop(Part.GRAPH)
        opening.without[Part.GRAPH] = "a checkpoint of objects holds no graph"
    artifact = Artifact(
        path=files.path,
        format=v1_checkpoint.FORMAT if files.is_v1 else FORMAT,
        name=files.name,
        saved=recorded.saved,
        read=reader,
        meta_graph=graph,
        absent=MappingProxyType(opening.absent),
        problems=tuple(opening.problems),
        notes=(*files.notes, *opening.notes),
        without=MappingProxyType(opening.without),
        elsewhere=opening.elsewhere,
        framework=recorded.framework,
        records=recorded.records,
        slots=recorded.slots,
    )
    return artifact, recorded.objects


@dataclass
class _Opening:
    """Collects what is absent and what is damaged while the parts of one checkpoint are read."""

    files: BundleFiles
    storage: Storage
    absent: dict[Part, str] = field(default_factory=dict)
    without: dict[Part, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    elsewhere: Search = nowhere
    notes: tuple[str, ...] = ()

    def saved(self) -> tuple[Mapping[str, SavedVariable] | None, Reader]:
        """Read the index, or where there is none, the tables of the V1 format."""
        if self.files.is_v1:
            return self._saved_v1()
        index = self._index()
        if index is None:
            self.absent[Part.VALUES] = self.absent[Part.NAMES]
            return None, read_nothing
        reader = BundleReader(index, self.files, self.storage)
        self.problems += reader.problems
        self.elsewhere = Siblings(self.files, index, self.storage)
        if reader.reason is not None:
            self.absent[Part.VALUES] = reader.reason
        return reader.saved, reader

    def _index(self) -> BundleIndex | None:
        path = self.files.index
        if path is None:
            self.absent[Part.NAMES] = f"there is no {self.files.prefix}.index"
            return None
        try:
            with closing(self.storage.open(path)) as source:
                index = read_index(source)
            check_disjoint(index)
        except (FormatError, OSError) as error:
            self.problems.append(problem(self.storage, path, "the index of a checkpoint", error))
            self.absent[Part.NAMES] = f"{path} is damaged"
            return None
        return index

    def _saved_v1(self) -> tuple[Mapping[str, SavedVariable] | None, Reader]:
        opened = v1_checkpoint.open_v1(self.files, self.storage)
        self.absent.update(opened.absent)
        self.problems += opened.problems
        self.notes += opened.notes
        return opened.saved, opened.read

    def graph(self) -> MetaGraph | None:
        """Read the graph."""
        path = self.files.meta
        if path is None:
            self.absent[Part.GRAPH] = f"there is no {self.files.prefix}.meta"
            return None
        try:
            with closing(self.storage.open(path)) as source:
                message = read_meta_graph(source)
            converted, errors = meta_graph.convert(message)
        except (FormatError, GraphError, OSError) as error:
            self.problems.append(problem(self.storage, path, "a graph (MetaGraphDef)", error))
            self.absent[Part.GRAPH] = f"{path} is damaged"
            return None
        self.problems += [Problem(path, str(error)) for error in errors]
        return converted
