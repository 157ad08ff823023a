"""A graph in a file of its own as an `Artifact`: frozen, with the values of its variables in Const nodes, or not.

Freezing (``freeze_graph``, ``convert_variables_to_constants`` and its successor for TensorFlow 2) replaces every
variable by a constant; who may be trained, update ops and the saver are gone. Here such a constant is a variable again,
whose key is the name of its node. Knows nothing of batch norm.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from types import MappingProxyType

from bnlint.artifacts import meta_graph
from bnlint.artifacts.artifact import Array, Artifact, MetaGraph, Part, SavedVariable, Values
from bnlint.artifacts.bundle_reader import read_nothing
from bnlint.artifacts.damage import problem
from bnlint.artifacts.places import BundleFiles, GraphFile, SavedModelFiles
from bnlint.artifacts.saved_model import open_saved_model
from bnlint.artifacts.storage import Storage
from bnlint.artifacts.tensor_bundle import open_bundle
from bnlint.findings import Problem
from bnlint.formats import dtypes, messages
from bnlint.formats.errors import FormatError
from bnlint.formats.graph_def import read_graph_def
from bnlint.formats.graph_file import GraphKind, kind_of_graph_file
from bnlint.formats.messages import Message
from bnlint.formats.tensor_proto import to_array
from bnlint.graph.graph import Graph, GraphError, Node
from bnlint.graph.variables import VARIABLES

FORMAT = "frozen-graph"
_FLOATS = frozenset({"float16", "bfloat16", "float32", "float64"})
_NOT_RESULTS = frozenset({"Const", "NoOp", "Assert", "Placeholder", "PlaceholderWithDefault", "VariableV2"})
"""Ops at the end of a graph that nobody asks for a result."""
_TENSORFLOW_2 = 175
"""What TensorFlow 2.1 writes as the version of a graph; 1.15 writes 134."""


def open_frozen_graph(place: GraphFile, storage: Storage) -> Artifact:
    """Read a graph file. A MetaGraphDef or a SavedModel under such a name is opened as what it is.

    Never raises for anything that is wrong with the file.
    """
    try:
        with closing(storage.open(place.file)) as source:
            kind = kind_of_graph_file(source)
            graph_def = read_graph_def(source) if kind in (GraphKind.GRAPH_DEF, None) else None
        if kind is GraphKind.SAVED_MODEL:
            return open_saved_model(
                SavedModelFiles(place.path, place.name, place.file, None, None, place.notes), storage
            )
        if graph_def is None:
            return _only_a_meta_graph(place, storage)
        return _opened(place, graph_def)
    except (FormatError, GraphError, OSError) as error:
        return _without_anything(place, problem(storage, place.file, "a graph (GraphDef)", error))


def _only_a_meta_graph(place: GraphFile, storage: Storage) -> Artifact:
    files = BundleFiles(place.path, place.file, place.name, None, place.file, (), (), place.notes)
    reason = f"{place.file} holds a graph and no values"
    return replace(open_bundle(files, storage), absent=MappingProxyType({Part.NAMES: reason, Part.VALUES: reason}))


def _without_anything(place: GraphFile, why: Problem) -> Artifact:
    absent = dict.fromkeys(Part, f"{place.file} is damaged")
    return Artifact(
        place.path, FORMAT, place.name, None, read_nothing, None, MappingProxyType(absent), (why,), notes=place.notes
    )


def _opened(place: GraphFile, graph_def: Message) -> Artifact:
    """Return the artifact of a GraphDef.

    Raises:
        GraphError: its nodes are no graph.
    """
    message = messages.MetaGraphDef()
    message.graph_def.CopyFrom(graph_def)
    converted, errors = meta_graph.convert(message)
    problems = tuple(Problem(place.file, str(error)) for error in errors)
    artifact = Artifact(
        place.path,
        FORMAT,
        place.name,
        None,
        read_nothing,
        converted,
        problems=problems,
        framework=_framework(graph_def),
        notes=place.notes,
    )
    if any(node.op in VARIABLES for node in converted.graph.nodes):
        reason = f"{place.file} holds a graph and no values: it is not frozen"
        return replace(artifact, absent=MappingProxyType({Part.NAMES: reason, Part.VALUES: reason}))
    constants = Constants(message.graph_def.node)
    return replace(
        artifact,
        saved=constants.saved,
        read=constants,
        meta_graph=_thawed(converted, constants.saved),
    )


class Constants:
    """The constants of a graph that may have been variables: floating point, of one dimension or more, not empty.

    Attributes:
        saved: them, by the name of their node.
    """

    def __init__(self, nodes: Iterable[Message]) -> None:
        self._tensors = {
            node.name: node.attr["value"].tensor
            for node in nodes
            if node.op == "Const" and "value" in node.attr and _is_value(node.attr["value"].tensor)
        }
        self.saved: Mapping[str, SavedVariable] = MappingProxyType(
            {
                name: SavedVariable(name, dtypes.name_of(tensor.dtype), _shape(tensor))
                for name, tensor in self._tensors.items()
            }
        )

    def __call__(self, names: Collection[str], /) -> Values:
        """Decode the constants ``names``."""
        arrays: dict[str, Array] = {}
        absent: dict[str, str] = {}
        for name in sorted(set(names) & self._tensors.keys()):
            value = self._decoded(name)
            if isinstance(value, str):
                absent[name] = value
            else:
                arrays[name] = value
        return Values(MappingProxyType(arrays), absent=MappingProxyType(absent))

    def _decoded(self, name: str) -> Array | str:
        """Return the value of a constant, or why it has none."""
        try:
            return to_array(self._tensors[name])
        except FormatError as error:
            return f"the constant {name!r} cannot be decoded: {error.detail}"


def _is_value(tensor: Message) -> bool:
    shape = _shape(tensor)
    is_shaped = bool(shape) and min(shape) > 0 and not tensor.tensor_shape.unknown_rank
    return is_shaped and dtypes.name_of(tensor.dtype) in _FLOATS


def _shape(tensor: Message) -> tuple[int, ...]:
    return tuple([dim.size for dim in tensor.tensor_shape.dim])


def _thawed(frozen: MetaGraph, saved: Mapping[str, SavedVariable]) -> MetaGraph:
    """Return the graph with variables where constants hold their values, served by what nothing consumes."""
    graph = Graph(_with_variables(frozen.graph.nodes, saved))
    return frozen._replace(graph=graph, is_serving=True, outputs=tuple(_outputs(graph)))


def _with_variables(nodes: Iterable[Node], saved: Mapping[str, SavedVariable]) -> Iterator[Node]:
    for node in nodes:
        variable = saved.get(node.name) if node.op == "Const" else None
        if variable is None:
            yield node
        else:
            attributes = MappingProxyType({"shape": variable.shape, "dtype": variable.dtype})
            yield Node(node.name, "VariableV2", node.inputs, attributes)


def _outputs(graph: Graph) -> Iterator[str]:
    """Yield the ops that compute something which nothing takes or waits for."""
    for number, node in enumerate(graph.nodes):
        if node.op not in _NOT_RESULTS and not graph.consumers[number] and number not in graph.waiting:
            yield node.name


def _framework(graph_def: Message) -> str | None:
    """Return who wrote a graph, as far as TF_GRAPH_DEF_VERSION tells (tensorflow/core/public/version.h)."""
    producer = graph_def.versions.producer
    if not producer:
        return None
    return "tf1" if producer < _TENSORFLOW_2 else "tf2"
