"""The objects of a SavedModel beside those of its checkpoint: what Keras wrote of a layer, and which variables train.

The SavedObjectGraph (``tensorflow/core/protobuf/saved_object_graph.proto``) and the object graph in ``variables/``
number the same objects differently, so both are walked from the root through children of the same name. Keras's class
and configuration are JSON: in ``keras_metadata.pb`` since TensorFlow 2.5, before in the object itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType

from bnlint.artifacts.artifact import SavedVariable
from bnlint.artifacts.keras_config import parse_json
from bnlint.artifacts.keras_inbound import called_with
from bnlint.artifacts.object_graph import Described, Objects
from bnlint.formats import dtypes, messages
from bnlint.formats.errors import FormatError
from bnlint.formats.messages import Message
from bnlint.formats.slices import parse_shape

_KERAS = "_tf_keras_"
"""How the identifiers of Keras's objects begin (``_tf_keras_layer``, ``_tf_keras_network``)."""


def objects_of(graph: Message, listed: Collection[str] | None = None) -> tuple[Objects, Mapping[str, SavedVariable]]:
    """Return the objects of the SavedObjectGraph ``graph`` as those of a checkpoint, and its variables.

    For a SavedModel that has lost those of its checkpoint, but perhaps not the index, in which keys are ``listed``.
    A key is made as TensorFlow makes it, of a shortest path (tensorflow/python/checkpoint/graph_view.py).
    A variable whose shape the program left open is not among them.

    Raises:
        FormatError: an object refers to one that is not there.
    """
    alike = messages.TrackableObjectGraph()
    for node in graph.nodes:
        alike.nodes.add(children=node.children, slot_variables=node.slot_variables)
    try:
        objects = Objects(alike)
    except FormatError as error:
        raise FormatError("object_graph_def", error.detail) from None
    variables: dict[str, SavedVariable] = {}
    for number, node in enumerate(graph.nodes):
        if node.WhichOneof("kind") == "variable" and objects.is_held(number):
            about, key = node.variable, _key(objects.names(number))
            if listed is not None and key not in listed:
                continue
            try:
                shape = parse_shape(about.shape, key)
            except FormatError:
                continue
            objects.keys[number] = key
            variables[key] = SavedVariable(key, dtypes.name_of(about.dtype), shape)
            if about.name:
                objects.full_names[key] = about.name
    return objects, MappingProxyType(variables)


def _key(names: Iterable[str]) -> str:
    """Return the key of a variable by the names on the way to it."""
    escaped = (name.replace(".", "..").replace("/", ".S") for name in names)
    return f"{'/'.join(escaped)}/.ATTRIBUTES/VARIABLE_VALUE"


def matching(objects: Objects, graph: Message) -> Mapping[int, int]:
    """Return the number in the SavedObjectGraph ``graph`` of every object that both know.

    Raises:
        FormatError: an object refers to one that is not there.
    """
    count = len(graph.nodes)
    if not count or not objects.children:
        return {}
    found = {0: 0}
    pending = [0]
    known: dict[int, dict[str, int]] = {}
    for number in pending:  # grows while it is walked
        same = found[number]
        if same not in known:  # many may seem to be one in a damaged graph
            known[same] = {child.local_name: child.node_id for child in graph.nodes[same].children}
        for name, child in objects.children[number]:
            other = known[same].get(name)
            if other is None or child in found:
                continue
            if not 0 <= other < count:
                raise FormatError("object_graph_def", f"an object refers to object {other} of {count}")
            found[child] = other
            pending.append(child)
    return found


def described_objects(objects: Objects, graph: Message, metadata: Message | None) -> dict[int, Described]:
    """Return what Keras wrote of each object of ``objects`` that holds variables, by number.

    Args:
        objects: the object graph of the checkpoint.
        graph: the SavedObjectGraph.
        metadata: what ``keras_metadata.pb`` holds, where there is one.

    Raises:
        FormatError: an object refers to one that is not there.
    """
    same = matching(objects, graph)
    texts = {number: text for number, text in _texts(graph, metadata) if text}
    known: dict[int, Mapping[str, object]] = {}

    def told(number: int) -> Mapping[str, object]:
        if number not in known:
            known[number] = _parsed(texts.get(same.get(number, -1), ""))
        return known[number]

    found: dict[int, Described] = {}
    for number, children in enumerate(objects.children):
        about = told(number) if any(child in objects.keys for _, child in children) else {}
        if about:
            inwards = [told(holder) for holder in (*reversed(objects.holders(number)), number)]
            flags = [layer.get("trainable") for layer in inwards]
            known_flags = [flag for flag in flags if isinstance(flag, bool)]
            class_name, config = about.get("class_name"), about.get("config")
            found[number] = Described(
                class_name=class_name if isinstance(class_name, str) else None,
                config=MappingProxyType(config) if isinstance(config, dict) else MappingProxyType({}),
                trainable=all(known_flags) if known_flags else None,
                training=_called_with(inwards),
            )
    return found


def _called_with(inwards: Iterable[Mapping[str, object]]) -> bool | None:
    """Return the mode that the calls of the last of these layers state, each of which holds the next."""
    training: bool | None = None
    for layer in inwards:
        training = called_with(layer.get("inbound_nodes"), training)
    return training


def _texts(graph: Message, metadata: Message | None) -> Iterator[tuple[int, str]]:
    """Yield what Keras wrote, by the number of the saved object."""
    for number, node in enumerate(graph.nodes):
        if node.user_object.identifier.startswith(_KERAS):
            yield number, node.user_object.metadata
    if metadata is not None:
        yield from ((node.node_id, node.metadata) for node in metadata.nodes)


def _parsed(text: str) -> Mapping[str, object]:
    """Return a JSON object; an empty one for anything else, since nothing hangs on it alone."""
    try:
        value = parse_json(text) if text else None
    except FormatError:
        return {}
    return value if isinstance(value, dict) else {}


def trainable_keys(objects: Objects, graph: Message) -> dict[str, bool]:
    """Return whether each variable may be trained, by key.

    Raises:
        FormatError: an object refers to one that is not there.
    """
    same = matching(objects, graph)
    found: dict[str, bool] = {}
    for number, key in objects.keys.items():
        if number in same and graph.nodes[same[number]].WhichOneof("kind") == "variable":
            found[key] = graph.nodes[same[number]].variable.trainable
    return found


def is_keras(graph: Message) -> bool:
    """Whether Keras 2 or older wrote any of the objects."""
    return any(node.user_object.identifier.startswith(_KERAS) for node in graph.nodes)
