"""From a MetaGraphDef to the `MetaGraph` of an artifact: nodes, variables, collections, saver.

Checks that names resolve, since the format has no checksum. Knows TensorFlow's conventions for collections; knows
nothing of batch norm.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import overload

from bnlint.artifacts.artifact import GraphVariable, MetaGraph, Saver
from bnlint.artifacts.attributes import LazyAttributes
from bnlint.formats import messages
from bnlint.formats.errors import FormatError
from bnlint.formats.messages import Message
from bnlint.graph.functions import Function
from bnlint.graph.graph import Graph, Node, op_of
from bnlint.graph.inline import calls_functions, inline
from bnlint.graph.variables import VARIABLES

_OTHER_COLLECTIONS = frozenset({"cond_context", "while_context", "queue_runners", "savers"})
"""Collections of other messages, which may parse as a VariableDef."""

_VARIABLE_COLLECTIONS = frozenset(
    {
        "global_step",
        "local_variables",
        "metric_variables",
        "model_variables",
        "moving_average_variables",
        "trainable_variables",
        "variables",
    }
)
"""Collections of which TensorFlow promises VariableDefs (``ops.GraphKeys``)."""


def convert(message: Message, roots: Collection[str] | None = None) -> tuple[MetaGraph, tuple[FormatError, ...]]:
    """Turn a MetaGraphDef message into a `MetaGraph`, and tell what in it leads nowhere.

    Node attributes stay undecoded inside ``message``, which the result keeps alive.

    Args:
        message: a MetaGraphDef.
        roots: names of ops; only functions that these need join the graph. None: all that are called.

    Raises:
        GraphError: the nodes are no graph, or what they call are no functions.
    """
    nodes, copies = _flat(message, roots)
    collections = _Collections(Graph(nodes), copies)
    for name in sorted(message.collection_def):
        collections.add(name, message.collection_def[name])
    meta_graph = MetaGraph(
        graph=collections.graph,
        variables=collections.variables(),
        collections=MappingProxyType(collections.names),
        saver=_saver(message.saver_def),
        tensorflow_version=message.meta_info_def.tensorflow_version or None,
    )
    return meta_graph, tuple(collections.errors)


def _flat(message: Message, roots: Collection[str] | None) -> tuple[Iterable[Node], Mapping[str, Sequence[str]]]:
    """Return the nodes of the graph with the bodies of the functions that they call, and `Flat.copies`."""
    graph_def = message.graph_def
    library = graph_def.library.function
    functions = {function.signature.name for function in library}
    if not library or not calls_functions((node.op for node in graph_def.node), functions):
        return _nodes(graph_def.node), {}
    named = [op_of(value) for collection in message.collection_def.values() for value in collection.node_list.value]
    return inline(_nodes(graph_def.node), map(_function, library), roots, named)


def _nodes(nodes: Iterable[Message]) -> Iterator[Node]:
    # The inputs stay in the message until the graph takes them, all of one node at a time: together they are large.
    return (Node(node.name, node.op, node.input, LazyAttributes(node)) for node in nodes)


def _function(function: Message) -> Function:
    signature = function.signature
    return Function(
        name=signature.name,
        arguments=tuple([argument.name for argument in signature.input_arg]),
        results=tuple([argument.name for argument in signature.output_arg]),
        nodes=_Body(function.node_def),
        returns=MappingProxyType(dict(function.ret)),
        control_returns=MappingProxyType(dict(function.control_ret)),
        lists=frozenset(
            argument.name
            for argument in (*signature.input_arg, *signature.output_arg)
            if argument.number_attr or argument.type_list_attr
        ),
    )


class _Body(Sequence[Node]):
    """The nodes of a function, made when first asked for: a SavedModel calls a tenth of its library."""

    def __init__(self, nodes: Iterable[Message]) -> None:
        self._messages = nodes

    @cached_property
    def _nodes(self) -> tuple[Node, ...]:
        return tuple(_nodes(self._messages))

    @overload
    def __getitem__(self, number: int) -> Node: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Node]: ...
    def __getitem__(self, number: int | slice) -> Node | Sequence[Node]:
        return self._nodes[number]

    def __len__(self) -> int:
        return len(self._nodes)

    def __iter__(self) -> Iterator[Node]:
        return iter(self._nodes)


def _saver(saver: Message) -> Saver | None:
    if not saver.save_tensor_name:
        return None
    return Saver(op_of(saver.save_tensor_name), op_of(saver.restore_op_name), op_of(saver.filename_tensor_name))


class _Collections:
    """Reads collections one by one; a variable that is in several of them is kept once."""

    def __init__(self, graph: Graph, copies: Mapping[str, Sequence[str]]) -> None:
        self.graph = graph
        self.names: dict[str, tuple[str, ...]] = {}
        self.errors: list[FormatError] = []
        self._copies = copies
        self._variables: dict[str, Message] = {}

    def add(self, name: str, collection: Message) -> None:
        """Take in one CollectionDef. Numbers, strings and messages other than VariableDefs are let be."""
        kind = collection.WhichOneof("kind")
        if kind == "node_list":
            self.names[name] = tuple(self._ops(name, collection.node_list.value))
        elif kind == "bytes_list" and name not in _OTHER_COLLECTIONS:
            found = tuple(self._definitions(name, collection.bytes_list.value))
            if found or name in _VARIABLE_COLLECTIONS:
                self.names[name] = found

    def _ops(self, collection: str, values: Iterable[str]) -> Iterator[str]:
        for value in values:
            op = op_of(value)
            if self.graph.number(op) is not None:
                yield op
            elif op in self._copies:
                yield from self._copies[op]
            else:
                self.errors.append(FormatError(f"collection {collection!r}", f"names {value!r}, which is no node"))

    def _definitions(self, collection: str, values: Iterable[bytes]) -> Iterator[str]:
        for value in values:
            error = self._define(value, f"collection {collection!r}")
            if isinstance(error, str):
                yield error
            elif collection in _VARIABLE_COLLECTIONS:
                self.errors.append(error)

    def _define(self, value: bytes, place: str) -> str | FormatError:
        """Take in one VariableDef; return its variable's name, or why it is none."""
        try:
            definition = messages.parse(messages.VariableDef, value, place)
        except FormatError as error:
            return error
        name = op_of(definition.variable_name)
        number = self.graph.number(name)
        if number is None:
            return FormatError(place, f"names the variable {name!r}, which is no node of the graph")
        if self.graph.nodes[number].op not in VARIABLES:
            return FormatError(place, f"names the variable {name!r}, which is a {self.graph.nodes[number].op} op")
        if definition.initializer_name and self.graph.number(op_of(definition.initializer_name)) is None:
            return FormatError(place, f"{name!r} has the initializer {definition.initializer_name!r}, which is no node")
        self._variables.setdefault(name, definition)
        return name

    def variables(self) -> tuple[GraphVariable, ...]:
        """Return every variable once.

        False is not written to the wire: a missing ``trainable`` means False where the file's writer knows the field
        (it says True somewhere), and nothing where it does not.
        """
        knows_trainable = any(definition.HasField("trainable") for definition in self._variables.values())
        return tuple(
            GraphVariable(
                name=name,
                initializer=op_of(definition.initializer_name) or None,
                key=definition.save_slice_info_def.full_name or name,
                trainable=definition.trainable if knows_trainable else None,
            )
            for name, definition in self._variables.items()
        )
