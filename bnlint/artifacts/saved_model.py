"""A SavedModel as an `Artifact`: the graphs that it serves, and the variables in ``variables/``.

TensorFlow 1 keeps whole graphs in it, TensorFlow 2 a library of functions of which the signatures call a few: only what
a signature reaches is part of the graph here. Either part may be missing. Knows nothing of batch norm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from bnlint.artifacts import meta_graph
from bnlint.artifacts.artifact import Artifact, GraphVariable, MetaGraph, Part, nowhere
from bnlint.artifacts.bundle_reader import read_nothing
from bnlint.artifacts.damage import problem
from bnlint.artifacts.merging import merged
from bnlint.artifacts.object_graph import Objects, record
from bnlint.artifacts.places import SavedModelFiles
from bnlint.artifacts.saved_objects import described_objects, is_keras, objects_of, trainable_keys
from bnlint.artifacts.signatures import lost, roots_of, signatures_of
from bnlint.artifacts.storage import Storage
from bnlint.artifacts.tensor_bundle import open_with_objects
from bnlint.findings import Problem
from bnlint.formats.errors import FormatError
from bnlint.formats.messages import Message
from bnlint.formats.saved_model import read_keras_metadata, read_saved_model
from bnlint.formats.source import Source
from bnlint.graph.graph import GraphError, Node, op_of
from bnlint.graph.variables import VARIABLES

FORMAT = "saved-model"
_NO_SIGNATURE = "the SavedModel has no signature, so nothing says which of its functions are served"
_NO_VARIABLES = "the SavedModel has no variables"


def open_saved_model(files: SavedModelFiles, storage: Storage) -> Artifact:
    """Read the graphs of a SavedModel and the index of its variables; tensors are read by the artifact's reader.

    Never raises for anything that is wrong with the files.
    """
    return _Opening(files, storage).artifact()


@dataclass
class _Opening:
    """Collects what is absent and what is damaged while the parts of one SavedModel are read."""

    files: SavedModelFiles
    storage: Storage
    absent: dict[Part, str] = field(default_factory=dict)
    without: dict[Part, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def artifact(self) -> Artifact:
        """Read all there is."""
        variables, objects = self._variables()
        model = self._model()
        if objects is None and model is not None and Part.VALUES in self.absent:
            variables, objects = self._as_saved(variables, model)
        found = self._described(variables, objects, model)
        graph = None if model is None else self._graph(objects, model)
        if self.files.variables is None and model is not None:
            self._without_variables(model)
        return replace(
            found,
            path=self.files.path,
            format=FORMAT,
            name=self.files.name,
            meta_graph=graph,
            absent=MappingProxyType(self.absent),
            without=MappingProxyType(self.without),
            problems=tuple(dict.fromkeys(self.problems)),
            framework=found.framework or _framework(model),
            elsewhere=nowhere,
            notes=self.files.notes,
        )

    def _variables(self) -> tuple[Artifact, Objects | None]:
        """Open ``variables/``; what is absent there is absent here, but for the graph, which is never there."""
        if self.files.variables is None:
            reason = f"{self.files.path} has no variables/"
            self.absent.update({Part.NAMES: reason, Part.VALUES: reason})
            return Artifact(self.files.path, FORMAT, self.files.name, None, read_nothing, None), None
        opened, objects = open_with_objects(self.files.variables, self.storage)
        self.absent.update({part: why for part, why in opened.absent.items() if part is not Part.GRAPH})
        self.problems += opened.problems
        return opened, objects

    def _as_saved(self, variables: Artifact, model: Message) -> tuple[Artifact, Objects | None]:
        """Return what the graph's file says of the objects where those of the checkpoint are absent with the values.

        TensorFlow 2 writes them twice. What an index lists is all that was saved.
        """
        meta = _with_objects(model)
        if meta is None:
            return variables, None
        try:
            objects, saved = objects_of(meta.object_graph_def, variables.saved)
        except FormatError as error:
            self.problems.append(Problem(self.files.graph or self.files.path, str(error)))
            return variables, None
        known = record(objects, saved if variables.saved is None else variables.saved)
        return replace(variables, saved=known.saved, slots=known.slots), objects

    def _without_variables(self, model: Message) -> None:
        """Tell a SavedModel that never had variables from one that lost them."""
        nodes = (node for meta in model.meta_graphs for node in meta.graph_def.node)
        if not any(node.op in VARIABLES for node in nodes):
            for part in (Part.NAMES, Part.VALUES):
                self.absent.pop(part)
                self.without[part] = _NO_VARIABLES

    def _model(self) -> Message | None:
        path = self.files.graph
        if path is None:
            self.absent[Part.GRAPH] = f"{self.files.path} has no saved_model.pb"
            return None
        model = self._message(path, read_saved_model, "a SavedModel")
        if model is None:
            self.absent[Part.GRAPH] = f"{path} is damaged"
        return model

    def _metadata(self) -> Message | None:
        path = self.files.metadata
        return None if path is None else self._message(path, read_keras_metadata, "Keras metadata")

    def _message(self, path: str, read: Callable[[Source], Message], expected: str) -> Message | None:
        try:
            with closing(self.storage.open(path)) as source:
                return read(source)
        except (FormatError, OSError) as error:
            self.problems.append(problem(self.storage, path, expected, error))
            return None

    def _described(self, variables: Artifact, objects: Objects | None, model: Message | None) -> Artifact:
        """Add to the records what Keras wrote of the layers."""
        metadata = self._metadata()
        meta = None if model is None else _with_objects(model)
        if objects is None or variables.saved is None or meta is None:
            return variables
        try:
            described = described_objects(objects, meta.object_graph_def, metadata)
        except FormatError as error:
            self.problems.append(Problem(self.files.graph or self.files.path, str(error)))
            return variables
        recorded = record(objects, variables.saved, described)
        framework = "keras2" if is_keras(meta.object_graph_def) else recorded.framework
        return replace(variables, records=recorded.records, framework=framework)

    def _graph(self, objects: Objects | None, model: Message) -> MetaGraph | None:
        """Return one graph for all meta-graphs; None where there is none that is served."""
        path = self.files.graph or self.files.path
        keys = {} if objects is None else _keys(objects, model)
        parts: list[tuple[str, MetaGraph]] = []
        try:
            for meta in model.meta_graphs:
                part = self._part(meta, keys)
                if part is not None:
                    parts.append(("+".join(meta.meta_info_def.tags), part))
            if not parts:
                self.without[Part.GRAPH] = _NO_SIGNATURE
                return None
            return parts[0][1] if len(parts) == 1 else merged(parts)
        except (FormatError, GraphError) as error:
            self.problems.append(Problem(path, str(error)))
            self.absent[Part.GRAPH] = f"{path} is damaged"
            return None

    def _part(self, meta: Message, keys: Mapping[str, GraphVariable]) -> MetaGraph | None:
        """Convert one meta-graph; None for one of functions (TensorFlow 2) that no signature calls."""
        signatures = signatures_of(meta)
        is_of_functions = bool(meta.object_graph_def.nodes)
        if is_of_functions and not signatures:
            return None
        roots = (*roots_of(signatures), op_of(meta.saver_def.save_tensor_name)) if is_of_functions else None
        converted, errors = meta_graph.convert(meta, roots=roots)
        wrong = tuple(lost(converted.graph, signatures))
        path = self.files.graph or self.files.path
        self.problems += [Problem(path, str(error)) for error in (*errors, *wrong)]
        declared = {variable.name for variable in converted.variables}
        more = (
            keys[name]._replace(name=node.name)
            for node in converted.graph.nodes
            if node.op in VARIABLES and node.name not in declared and (name := _shared_name(node)) in keys
        )
        return converted._replace(
            variables=(*converted.variables, *more),
            signatures=() if _only_trains(meta) else signatures,
            is_serving=True,
        )


def _keys(objects: Objects, model: Message) -> dict[str, GraphVariable]:
    """Return what is known of the variables of TensorFlow 2 whose name is theirs alone, by name."""
    meta = _with_objects(model)
    try:
        trainable = {} if meta is None else trainable_keys(objects, meta.object_graph_def)
    except FormatError:  # told when the layers were described
        return {}
    variables: dict[str, GraphVariable] = {}
    twice: set[str] = set()
    for key, name in objects.full_names.items():
        if name in variables:
            twice.add(name)
        variables[name] = GraphVariable(name, None, key, trainable.get(key))
    return {name: variable for name, variable in variables.items() if name not in twice}


def _only_trains(meta: Message) -> bool:
    """Whether the tags of a meta-graph say that it is for training, and not for serving too."""
    tags = meta.meta_info_def.tags
    return "train" in tags and "serve" not in tags


def _shared_name(node: Node) -> str:
    name = node.attributes.get("shared_name")
    return name if isinstance(name, str) and name else node.name


def _with_objects(model: Message) -> Message | None:
    """Return the meta-graph with an object graph; TensorFlow 2 writes one only, and that has it."""
    return next((meta for meta in model.meta_graphs if meta.object_graph_def.nodes), None)


def _framework(model: Message | None) -> str | None:
    if model is None:
        return None
    return "tf1" if _with_objects(model) is None else "tf2"
