"""A model's configuration, the JSON that Keras writes, as a tree of layers. Nothing in it is executed or imported.

All of Keras 1, 2 and 3 write ``{"class_name": …, "config": {"name": …, …}}`` for a layer; they differ in where they put
the layers inside it. Knows no weights.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from bnlint.artifacts.keras_inbound import Calls, Fed, Named, called_with, calls_of, feeders
from bnlint.formats.errors import FormatError

MAX_CONFIG = 1 << 26
"""Bytes. That of a model of 1,000 layers has 1 MB."""
MAX_DEPTH = 64
"""Models in models."""
_MOST_DIGITS = 18
LAYERS = "layers"
"""What Keras calls the layers of a model, in its configuration, as an attribute and in a file of weights."""
_OPERATIONS = ".ops."
"""In the module of what a Keras 3 model lists among its layers and is none, such as ``keras.src.ops.numpy``."""


class ConfigLayer(NamedTuple):
    """A layer, a model among them, as it is configured."""

    name: str | None
    """None for a Sequential of Keras 1, which does not say its name."""
    class_name: str
    config: Mapping[str, object]
    trainable: bool | None
    """Whether it may be trained, all layers around it included; None where nobody says."""
    children: tuple[Child, ...] = ()
    calls: Calls = ()
    """The layers it was called with, where the model says."""
    fed_by: Fed | None = None
    """The only convolution or dense layer that feeds it, where the model shows that."""
    training: bool | None = None
    """The mode that all calls of it state, those of the models around it included; None where they leave it open."""


class _Around(NamedTuple):
    """What a layer inherits of what is around it."""

    trainable: bool | None = None
    training: bool | None = None


class Child(NamedTuple):
    """A layer inside another one."""

    attribute: str
    """The key that holds it, which is the attribute's name: ``layers``, ``layer``, ``cell``."""
    layer: ConfigLayer
    is_listed: bool
    """Whether the attribute holds several layers."""


def parse_config(text: str | bytes) -> ConfigLayer:
    """Return the model that a configuration describes.

    Raises:
        FormatError: it is no JSON, or describes no layer.
    """
    if len(text) > MAX_CONFIG:
        raise FormatError("the configuration", f"expected at most {MAX_CONFIG} bytes, not {len(text)}")
    model = _layer(parse_json(text), _Around(), 0)
    if model is None:
        raise FormatError("the configuration", "expected a model: an object with class_name and config")
    return model


def parse_json(text: str | bytes) -> object:
    """Return what JSON says.

    Raises:
        FormatError: it is no JSON, or nests too deeply, or says a key twice.
    """
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_int=_number)
    except RecursionError as error:
        raise FormatError("JSON", "nests too deeply") from error
    except ValueError as error:
        raise FormatError("JSON", str(error)) from error


def _number(digits: str) -> int | float:
    """Return an integer; as a float where it has more digits than any that Keras writes, so that it stays a number."""
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("expected every key once in an object")
    return found


def _layer(written: object, around: _Around, depth: int) -> ConfigLayer | None:
    """Return the layer that is ``written``, ``depth`` layers deep."""
    if depth > MAX_DEPTH:
        raise FormatError("the configuration", f"expected at most {MAX_DEPTH} models in each other")
    if not isinstance(written, dict) or not isinstance(written.get("class_name"), str):
        return None
    config = written.get("config")
    if isinstance(config, list):  # a Sequential before Keras 2.2.3
        config = {LAYERS: config}
    if not isinstance(config, dict):
        config = {}
    names = (config.get("name"), written.get("name"))
    name = next((name for name in names if isinstance(name, str)), None)
    nodes = written.get("inbound_nodes")
    own = _Around(_both(around.trainable, config.get("trainable")), called_with(nodes, around.training))
    children = _fed(written["class_name"], tuple(_children(config, own, depth + 1)))
    return ConfigLayer(
        name=name,
        class_name=written["class_name"],
        config=MappingProxyType(config),
        trainable=own.trainable,
        children=children,
        calls=calls_of(nodes),
        training=own.training,
    )


def _fed(class_name: str, children: tuple[Child, ...]) -> tuple[Child, ...]:
    """Tell each layer of a model what feeds it."""
    layers = [child.layer for child in children if child.attribute == LAYERS]
    named = [Named(layer.name, layer.class_name, layer.config, layer.calls) for layer in layers]
    found = iter(feeders(named, is_chain=class_name == "Sequential"))
    return tuple(
        [
            child._replace(layer=child.layer._replace(fed_by=next(found))) if child.attribute == LAYERS else child
            for child in children
        ]
    )


def _both(around: bool | None, own: object) -> bool | None:  # noqa: FBT001 - a value
    if around is False or own is False:
        return False
    return True if own is True else around


def _children(config: Mapping[str, object], around: _Around, depth: int) -> Iterator[Child]:
    """Yield the layers that a configuration holds under any key; a custom layer may call them as it likes."""
    for key, value in config.items():
        is_listed = isinstance(value, list) or (isinstance(value, dict) and "class_name" not in value)
        for item in _items(value):
            if key == LAYERS or _is_layer(item):
                layer = _layer(item, around, depth)
                if layer is not None:
                    yield Child(key, layer, is_listed)


def _items(value: object) -> Iterable[object]:
    """Return what may be a layer: the value itself, or what a list or a dictionary holds."""
    if isinstance(value, list):
        return [item for item in value if not _is_operation(item)]
    if isinstance(value, dict):
        return (value,) if "class_name" in value else tuple(value.values())
    return ()


def _is_operation(item: object) -> bool:
    return isinstance(item, dict) and _OPERATIONS in str(item.get("module"))


def _is_layer(item: object) -> bool:
    """Tell a layer from an initializer or a policy: only layers say whether they are trainable."""
    if not isinstance(item, dict) or not isinstance(item.get("class_name"), str):
        return False
    config = item.get("config")
    if isinstance(config, list):
        return bool(item["class_name"] == "Sequential")
    return isinstance(config, dict) and (LAYERS in config or ("name" in config and "trainable" in config))
