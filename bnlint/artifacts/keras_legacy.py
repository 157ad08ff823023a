"""The weights of a model as Keras 1 and 2 lay them out in HDF5, and Keras 3 where the file's name ends in ``.h5``.

A group for each layer of the model, its ``weight_names`` saying what is in it. The layers of a model inside the model
share its group, and their order follows ``trainable``: who owns a weight is in its name alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from bnlint.artifacts.artifact import LayerRecord
from bnlint.artifacts.keras_config import ConfigLayer
from bnlint.artifacts.keras_contents import Contents, framework_of
from bnlint.artifacts.keras_scopes import owners
from bnlint.artifacts.slots import slots_by_name
from bnlint.formats.errors import FormatError
from bnlint.formats.hdf5 import HDF5, Tree

LAYER_NAMES = "layer_names"
WEIGHT_NAMES = "weight_names"
MODEL_WEIGHTS = "model_weights"
OPTIMIZER_WEIGHTS = "optimizer_weights"
NUMBER_OF_LAYERS = "nb_layers"
"""The attribute of a file of weights before Keras 1.0, whose groups are ``layer_0`` and whose weights ``param_0``."""
_RENAMED = {"running_mean": "moving_mean", "running_std": "moving_variance", "running_variance": "moving_variance"}
"""Keras 1 called the variance ``running_std``: ``K.batch_normalization(x, running_mean, running_std, …)`` divides by
its root, and it starts at one."""
_UNIQUE = re.compile(r"^(gamma|beta|moving_mean|moving_variance)_\d+$")
"""TensorFlow 1 counts the variables of one name in one scope."""
_POSITION = re.compile(r"^param_(\d+)$")
_SLOT = frozenset({"m", "v", "vhat", "momentum", "rms", "mg", "accumulator", "accum_grad", "accum_var", "linear"})
_CLOCK = re.compile(r"(\biter(?:ations?)?)_\d+$")
_ITERATIONS = "optimizer/iterations"


class _Weight(NamedTuple):
    key: str
    name: str
    """Without ``:0``."""


def read_legacy(file: HDF5, tree: Tree, prefix: str, config: ConfigLayer | None) -> Contents:
    """Find out whose the weights under ``prefix`` are: ``model_weights``, or empty in a file of weights alone."""
    reading = _Reading(file, tree)
    layers = reading.layers(prefix)
    known = {layer.name: layer for layer in _top_layers(config, layers)}
    records = [record for name, weights in layers.items() for record in _records(name, weights, known.get(name))]
    slots = reading.optimizer()
    version = reading.attribute("", "keras_version") or reading.attribute(prefix, "keras_version")
    return Contents(
        datasets=tree.datasets,
        full_names=MappingProxyType(reading.names),
        records=tuple(records),
        slots=slots,
        framework=framework_of(version) or "keras2",
        damage=tuple(reading.damage),
    )


@dataclass
class _Reading:
    """Collects what the attributes say, and what is wrong with them."""

    file: HDF5
    tree: Tree
    names: dict[str, str] = field(default_factory=dict)
    damage: list[str] = field(default_factory=list)

    def attribute(self, group: str, name: str) -> object:
        """Return an attribute; None where it is not there or damaged."""
        try:
            return self.file.attribute(self.tree.groups[group], name) if group in self.tree.groups else None
        except FormatError as error:
            self.damage.append(str(error))
            return None

    def strings(self, group: str, name: str) -> tuple[str, ...] | None:
        """Return a list of names. One of more than 64 KB is split into ``layer_names0`` and so on."""
        whole = self.attribute(group, name)
        if whole is None:
            parts: list[tuple[object, ...]] = []
            while (part := self.attribute(group, f"{name}{len(parts)}")) is not None:
                parts.append(part if isinstance(part, tuple) else (part,))
            if not parts:
                return None
            whole = tuple([item for part in parts for item in part])
        items = whole if isinstance(whole, tuple) else (whole,)
        return tuple([item for item in items if isinstance(item, str)])

    def layers(self, prefix: str) -> dict[str, list[_Weight]]:
        """Return the weights of each layer of the model that has a group, in the order of the model."""
        inside = prefix + "/" if prefix else ""
        names = self.strings(prefix, LAYER_NAMES)
        if names is None:
            names = tuple(
                [
                    path.removeprefix(inside)
                    for path in self.tree.groups
                    if path.startswith(inside) and path and "/" not in path.removeprefix(inside)
                ]
            )
        else:
            names = (*names, "top_level_model_weights")
        return {name: self.weights(inside + name) for name in names if inside + name in self.tree.groups}

    def weights(self, group: str) -> list[_Weight]:
        """Return the weights of a group that are there."""
        inside = group + "/"
        names = self.strings(group, WEIGHT_NAMES)
        if names is None:
            names = tuple([path.removeprefix(inside) for path in self.tree.datasets if path.startswith(inside)])
        found = [_Weight(inside + name, name.partition(":")[0]) for name in names]
        there = [weight for weight in found if weight.key in self.tree.datasets]
        if len(there) < len(found):
            lost = next(weight.key for weight in found if weight.key not in self.tree.datasets)
            self.damage.append(f"{lost!r}: expected a dataset, which {WEIGHT_NAMES!r} names")
        self.names.update({weight.key: weight.name for weight in there})
        return there

    def optimizer(self) -> Mapping[str, tuple[str, ...]]:
        """Return the slots of the optimizer by whose they are. Its clock gets the name of one."""
        if OPTIMIZER_WEIGHTS not in self.tree.groups:
            return MappingProxyType({})
        model = dict(self.names)
        weights = self.weights(OPTIMIZER_WEIGHTS)
        scalars = [weight for weight in weights if not self.tree.datasets[weight.key].shape]
        if scalars and scalars[0] is weights[0] and re.fullmatch(r"Variable(_\d+)?|param_0", scalars[0].name):
            self.names[scalars[0].key] = _ITERATIONS  # Keras 1 gave its variables no names
        for weight in scalars:
            self.names[weight.key] = _CLOCK.sub(r"\1", self.names[weight.key])
        slots = {weight.key: _slot_name(weight.name) for weight in weights if weight not in scalars}
        found: dict[str, list[str]] = {}
        for variable, slot in slots_by_name(slots, model):
            found.setdefault(variable, []).append(slot)
        return MappingProxyType({variable: tuple(keys) for variable, keys in found.items()})


def _slot_name(name: str) -> str:
    """Spell a slot as Keras 2.11 does: ``training/Adam/bn/gamma/m`` is ``Adam/m/bn/gamma`` there."""
    parts = name.removeprefix("training/").split("/")
    return "/".join([parts[0], parts[-1], *parts[1:-1]]) if parts[-1] in _SLOT and len(parts) > 2 else "/".join(parts)


def _top_layers(config: ConfigLayer | None, groups: Iterable[str]) -> Iterator[ConfigLayer]:
    """Yield the layers of the model, those of Keras 1 that do not say their name with that of their group."""
    if config is None:
        return
    layers = [child.layer for child in config.children]
    names = [name for name in groups if name != "top_level_model_weights"]
    for number, layer in enumerate(layers):
        if layer.name is None and len(names) == len(layers):
            yield layer._replace(name=names[number])
        else:
            yield layer


def _records(group: str, weights: Sequence[_Weight], layer: ConfigLayer | None) -> Iterator[LayerRecord]:
    """Yield the layers that own the weights of one group."""
    found = owners(group, [weight.name for weight in weights], layer)
    variables: dict[str, dict[str, str]] = {}
    for (scope, attribute), weight in zip(found.weights, weights, strict=True):
        mine = variables.setdefault(scope, {})
        plain = _attribute(attribute)
        mine[weight.name if plain in mine else plain] = weight.key
    for scope, owner in found.scopes.items():
        config = owner.layer
        yield LayerRecord(
            name=owner.name,
            variables=MappingProxyType(variables[scope]),
            class_name=None if config is None else config.class_name,
            config=MappingProxyType({}) if config is None else config.config,
            trainable=owner.trainable,
            fed_by=None if config is None else config.fed_by,
            training=None if config is None else config.training,
        )


def _attribute(name: str) -> str:
    """Return Keras 2's word for an attribute of any Keras."""
    position = _POSITION.match(name)
    if position:
        return position[1]
    unique = _UNIQUE.match(name)
    return unique[1] if unique else _RENAMED.get(name, name)
