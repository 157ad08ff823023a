"""What feeds each layer of a configured model: the only convolution or dense layer before it.

The layers of a Sequential follow each other; those of a functional model list in ``inbound_nodes``, once for each call,
the tensors that they were called with: ``["conv", 0, 0, {}]`` in Keras 1 and 2, an object with a ``keras_history`` in
Keras 3 (keras/src/models/functional.py, ``serialize_node``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

Calls = tuple[tuple[str, ...], ...]
"""For each call of a layer the layers whose outputs it takes."""

_FEEDS = re.compile(r"(?:Conv|Convolution)[123]D|Dense")
_KEEPS = frozenset(
    {"Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "ThresholdedReLU", "Masking", "ActivityRegularization"}
    | {"Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "AlphaDropout"}
    | {"GaussianNoise", "GaussianDropout"}
)
"""Layers that leave every number where it is. A Softmax, pooling and whatever joins two layers are none."""
_HISTORY = "keras_history"
_MOST = 64
"""Layers between a layer and what feeds it."""
_DEEPEST = 32


class Named(NamedTuple):
    """A layer of a model, by what is needed here."""

    name: str | None
    class_name: str
    config: Mapping[str, object]
    calls: Calls


class Fed(NamedTuple):
    """The layer whose outputs another one takes."""

    name: str
    class_name: str
    config: Mapping[str, object]


def calls_of(nodes: object) -> Calls:
    """Return what ``inbound_nodes`` says; a call that it does not say plainly takes nothing."""
    if not isinstance(nodes, list):
        return ()
    return tuple([tuple(dict.fromkeys(_names(node, _DEEPEST))) for node in nodes])


def called_with(nodes: object, around: bool | None) -> bool | None:  # noqa: FBT001 - a value
    """Return the ``training`` that all calls of a layer state; where none states any, that of the model around it.

    None where calls differ, or where it is for ``fit`` and ``predict`` to say. In Keras 1 and 2 what a call states
    holds; Keras 3 writes it down as well, and overrules it with what the model is called with (measured with 3.15:
    ``fit`` moves the statistics of ``bn(x, training=False)``), so its calls say nothing.
    """
    stated = {_stated(node, _DEEPEST) for node in nodes} if isinstance(nodes, list) else set()
    if stated <= {None}:
        return around
    return stated.pop() if len(stated) == 1 else None


def _stated(node: object, depth: int) -> bool | None:
    """Return the argument ``training`` beside the tensors of a call of Keras 1 or 2."""
    if depth == 0 or not isinstance(node, list):
        return None
    if _is_tensor(node):
        arguments = node[3] if len(node) > 3 else None
        stated = arguments.get("training") if isinstance(arguments, dict) else None
        return bool(stated) if type(stated) in (bool, int) else None
    return next((stated for item in node if (stated := _stated(item, depth - 1)) is not None), None)


def _is_tensor(node: list[object]) -> bool:
    """Whether it is a tensor as Keras writes it: the name of a layer and two numbers."""
    return len(node) >= 3 and isinstance(node[0], str) and all(type(number) is int for number in node[1:3])


def _names(node: object, depth: int) -> Iterator[str]:
    """Yield the layers that a call takes tensors from: a tensor is a name with its two numbers, or has a history."""
    if depth == 0:
        return
    if isinstance(node, list):
        if _is_tensor(node):
            yield str(node[0])
        else:
            for item in node:
                yield from _names(item, depth - 1)
    elif isinstance(node, dict):
        history = node.get(_HISTORY)
        if history is not None:
            yield from _names(history, depth - 1)
        else:
            for item in node.values():
                yield from _names(item, depth - 1)


def feeders(layers: Sequence[Named], *, is_chain: bool) -> tuple[Fed | None, ...]:
    """Return what feeds each of the ``layers`` of a model, None where that is nothing, several, or something else.

    Args:
        layers: the layers.
        is_chain: whether each takes the output of the one before, as in a Sequential model.
    """
    if is_chain:
        named = [layer._replace(name=layer.name or f"layer {k}") for k, layer in enumerate(layers)]
        before = [None, *named[:-1]] if named else []
        layers = [
            layer._replace(calls=() if previous is None or previous.name is None else ((previous.name,),))
            for layer, previous in zip(named, before, strict=True)
        ]
    by_name = {layer.name: layer for layer in layers if layer.name is not None}
    return tuple([_feeder(layer, by_name) if len(by_name) == len(layers) else None for layer in layers])


def _feeder(layer: Named, by_name: Mapping[str, Named]) -> Fed | None:
    found: set[str] = set()
    seen: set[str] = set()
    pending = [layer]
    while pending and len(seen) < _MOST:
        current = pending.pop()
        if not current.calls or any(len(call) != 1 for call in current.calls):
            return None
        for name in {call[0] for call in current.calls} - seen:
            seen.add(name)
            previous = by_name.get(name)
            if previous is None:
                return None
            if _FEEDS.fullmatch(previous.class_name):
                found.add(name)
            elif previous.class_name in _KEEPS:
                pending.append(previous)
            else:
                return None
    if pending or len(found) != 1:
        return None
    only = by_name[found.pop()]
    return Fed(only.name or "", only.class_name, only.config)
