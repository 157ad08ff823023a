"""Object graphs as a list of lines: ``number child=number … key:full_name …``."""

from __future__ import annotations

from collections.abc import Iterable

from bnlint.artifacts.artifact import SavedVariable, Values
from bnlint.artifacts.object_graph import KEY
from bnlint.formats import messages

SUFFIX = "/.ATTRIBUTES/VARIABLE_VALUE"


def object_graph(*lines: str, slots: Iterable[tuple[int, int, int]] = ()) -> bytes:
    """Return a TrackableObjectGraph. ``path:full_name`` makes an object a variable with the key of that path.

    Args:
        lines: one per object, in their order.
        slots: (optimizer, original variable, slot variable) by number.
    """
    graph = messages.TrackableObjectGraph()
    for line in lines:
        node = graph.nodes.add()
        for word in line.split():
            name, is_child, number = word.partition("=")
            if is_child:
                node.children.add(local_name=name, node_id=int(number))
            else:
                path, _, full_name = word.partition(":")
                node.attributes.add(name="VARIABLE_VALUE", checkpoint_key=path + SUFFIX, full_name=full_name)
    for optimizer, original, slot in slots:
        graph.nodes[optimizer].slot_variables.add(
            original_variable_node_id=original, slot_name="m", slot_variable_node_id=slot
        )
    return bytes(graph.SerializeToString())


def saved(data: bytes, without: Iterable[str] = ()) -> dict[str, SavedVariable]:
    """Return what a checkpoint of this object graph lists, but for the paths ``without``."""
    graph = messages.TrackableObjectGraph.FromString(data)
    keys = [attribute.checkpoint_key for node in graph.nodes for attribute in node.attributes]
    lost = {path + SUFFIX for path in without}
    found = {key: SavedVariable(key, "float32", (3,)) for key in keys if key not in lost}
    return {**found, KEY: SavedVariable(KEY, "string", ())}


def reader(value: object):
    """Return a reader that has ``value`` as the object graph."""
    import numpy as np

    array = np.empty((), object)
    array[()] = value
    return lambda names: Values({name: array for name in names if name == KEY})
