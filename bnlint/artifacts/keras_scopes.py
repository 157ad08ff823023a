"""Whose a weight is, by its name: from ``encoder`` and ``bn_a/gamma`` to the layer ``encoder/bn_a`` and ``gamma``.

Knows how the Kerases name weights. Beneath a layer of the model the configuration says which layers there are; without
one, the names alone tell.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from bnlint.artifacts.keras_config import ConfigLayer

_KERAS_1 = re.compile(r"^(.+?)_(gamma|beta|running_mean|running_std|[WUb](?:_[a-z]+)?|param_\d+)$")
"""Keras 1 joined a layer's name and its weight's by an underscore."""
_UNIQUE = re.compile(r"_\d+$")
"""TensorFlow 1 counts the scopes of one name in a graph."""
_BIDIRECTIONAL = "Bidirectional"
_DIRECTIONS = ("forward_", "backward_")


class Owner(NamedTuple):
    """The layer that owns the weights of a scope: its path in the model, and what is known of it."""

    name: str
    layer: ConfigLayer | None
    trainable: bool | None


class Owners(NamedTuple):
    """Whose the weights of a group are."""

    weights: tuple[tuple[str, str], ...]
    """The scope of each weight, and what the weight is to its owner."""
    scopes: Mapping[str, Owner]


class _Described(NamedTuple):
    """A layer of the configuration at or beneath a layer of the model."""

    path: str
    layer: ConfigLayer


_Named: TypeAlias = Mapping[str | None, Sequence[_Described]]
"""The layers at and beneath a layer of the model, by their names; it comes first of those that are called like it."""


def owners(group: str, names: Sequence[str], layer: ConfigLayer | None) -> Owners:
    """Return the owners of the weights of a group.

    Args:
        group: the name of a layer of the model.
        names: the weights, without ``:0``.
        layer: how it is configured, if that is known.
    """
    named: dict[str | None, list[_Described]] = {}
    for described in () if layer is None else _descendants(layer._replace(name=group), ""):
        named.setdefault(described.layer.name, []).append(described)
    known = {group, *named}
    weights = tuple([_split(name, known) for name in names])
    scopes: dict[str, Owner] = {}
    taken: set[str] = set()
    found = dict.fromkeys(scope for scope, _ in weights)
    for scope in found:
        if layer is None and len(found) == 1 and _UNIQUE.sub("", scope) == group:  # conv_1 of TensorFlow 1, alone
            owner = Owner(group, None, None)
        else:
            owner = _resolve(group, scope, named)
        if owner.name in taken:  # two scopes of one name, such as bn and bn_1 of TensorFlow 1
            owner = owner._replace(name=_by_scope(group, scope))
        taken.add(owner.name)
        scopes[scope] = owner
    return Owners(weights, scopes)


def _descendants(layer: ConfigLayer, around: str) -> Iterator[_Described]:
    path = "/".join(filter(None, (around, layer.name)))
    yield _Described(path, layer)
    for child in layer.children:
        if layer.class_name == _BIDIRECTIONAL and child.layer.name and child.attribute == "layer":
            for direction in _DIRECTIONS:
                yield from _descendants(child.layer._replace(name=direction + child.layer.name), path)
        else:
            yield from _descendants(child.layer, path)


def _split(name: str, layers: Container[str | None]) -> tuple[str, str]:
    """Return the scope and the attribute of a weight; ``layers`` are the names of those that may own it."""
    scope, slash, attribute = name.rpartition("/")
    if slash:
        return scope, attribute
    cut = name.rfind("_")
    while cut > 0:
        if name[:cut] in layers:
            return name[:cut], name[cut + 1 :]
        cut = name.rfind("_", 0, cut)
    keras_1 = _KERAS_1.match(name)
    return (keras_1[1], keras_1[2]) if keras_1 else ("", name)


def _by_scope(group: str, scope: str) -> str:
    """Return the path of a layer as its scope tells it: from the layer of the model on."""
    parts = scope.split("/") if scope else [group]
    if group in parts:
        start = len(parts) - 1 - parts[::-1].index(group)
        return "/".join(parts[start:])
    return "/".join([group, *parts])


def _resolve(group: str, scope: str, named: _Named) -> Owner:
    """Return the owner of the weights in a scope."""
    path = _by_scope(group, scope)
    if not named:
        return Owner(path, None, None)
    parts = path.split("/")
    for end in range(len(parts), 0, -1):
        candidates = _candidates(parts[:end], named)
        if not candidates:
            continue
        beneath = parts[end:]
        if len(candidates) > 1 or beneath:
            return _unsure(path, beneath, candidates)
        found = _wrapped(candidates[0], named)
        return Owner(found.path, found.layer, found.layer.trainable)
    return Owner(path, None, named[group][0].layer.trainable)


def _candidates(parts: Sequence[str], named: _Named) -> list[_Described]:
    """Return the layers that a path may mean: those of its last name, of these those that fit the rest best."""
    for last in dict.fromkeys((parts[-1], _UNIQUE.sub("", parts[-1]))):
        found = named.get(last)
        if found:
            wanted = [*parts[:-1], last]
            best = max(_in_common(d.path.split("/"), wanted) for d in found)
            return [d for d in found if _in_common(d.path.split("/"), wanted) == best]
    return []


def _in_common(path: Sequence[str], wanted: Sequence[str]) -> int:
    """Count the names at the end that two paths have in common."""
    count = 0
    for mine, other in zip(reversed(path), reversed(wanted), strict=False):
        if mine != other:
            break
        count += 1
    return count


def _unsure(path: str, beneath: Sequence[str], candidates: Sequence[_Described]) -> Owner:
    """Return the owner where only a layer around it is known, or several layers may be it."""
    trainables = {d.layer.trainable for d in candidates}
    trainable = trainables.pop() if len(trainables) == 1 else None
    if beneath:
        name = "/".join([candidates[0].path, *beneath]) if len(candidates) == 1 else path
        return Owner(name, None, trainable)
    first = candidates[0].layer
    alike = all(d.layer.class_name == first.class_name and _settings(d) == _settings(candidates[0]) for d in candidates)
    return Owner(path, first if alike else None, trainable)


def _settings(described: _Described) -> dict[str, object]:
    return {key: value for key, value in described.layer.config.items() if key != "name"}


def _wrapped(found: _Described, named: _Named) -> _Described:
    """Return the layer that a wrapper wraps: Keras 2 gives its weights the wrapper's scope."""
    for child in found.layer.children:
        if child.attribute == "layer" and not child.is_listed and found.layer.class_name != _BIDIRECTIONAL:
            path = "/".join(filter(None, (found.path, child.layer.name)))
            described = named.get(child.layer.name, ())
            inner = next((d for d in described if d.path == path and d.layer is child.layer), None)
            if inner is not None:
                return _wrapped(inner, named)
    return found
