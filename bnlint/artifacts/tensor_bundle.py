"""A TensorFlow checkpoint of the V2 format (Saver, `tf.train.Checkpoint`) as an `Artifact`.

What is damaged becomes a `Problem`, what is not there a reason, and the rest can still be read. Knows which file holds
what; knows nothing of batch norm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from bnlint.artifacts import meta_graph
from bnlint.artifacts.artifact import Artifact, MetaGraph, Part, Reader, SavedVariable, Search, nowhere
from bnlint.artifacts.bundle_reader import BundleReader, read_nothing
from bnlint.artifacts.damage import problem
from bnlint.artifacts.locate import BundleFiles
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
    opening = _Opening(files, storage or LocalStorage())
    saved, reader = opening.saved()
    graph = opening.graph()
    return Artifact(
        path=files.path,
        format=FORMAT,
        name=files.name,
        saved=saved,
        read=reader,
        meta_graph=graph,
        absent=MappingProxyType(opening.absent),
        problems=tuple(opening.problems),
        notes=files.notes,
        elsewhere=opening.elsewhere,
    )


@dataclass
class _Opening:
    """Collects what is absent and what is damaged while the parts of one checkpoint are read."""

    files: BundleFiles
    storage: Storage
    absent: dict[Part, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    elsewhere: Search = nowhere

    def saved(self) -> tuple[Mapping[str, SavedVariable] | None, Reader]:
        """Read the index."""
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
            self.absent[Part.NAMES] = self._no_index()
            return None
        try:
            source = self.storage.open(path)
            try:
                index = read_index(source)
            finally:
                source.close()
            check_disjoint(index)
        except (FormatError, OSError) as error:
            self.problems.append(problem(self.storage, path, "the index of a checkpoint", error))
            self.absent[Part.NAMES] = f"{path} is damaged"
            return None
        return index

    def _no_index(self) -> str:
        if self.files.v1:
            return f"{self.files.v1[0]} is in the V1 format (before TensorFlow 0.12), which bnlint does not read yet"
        return f"there is no {self.files.prefix}.index"

    def graph(self) -> MetaGraph | None:
        """Read the graph."""
        path = self.files.meta
        if path is None:
            self.absent[Part.GRAPH] = f"there is no {self.files.prefix}.meta"
            return None
        try:
            source = self.storage.open(path)
            try:
                message = read_meta_graph(source)
            finally:
                source.close()
            converted, errors = meta_graph.convert(message)
        except (FormatError, GraphError, OSError) as error:
            self.problems.append(problem(self.storage, path, "a graph (MetaGraphDef)", error))
            self.absent[Part.GRAPH] = f"{path} is damaged"
            return None
        self.problems += [Problem(path, str(error)) for error in errors]
        return converted
