"""Where Keras puts each layer of a configured model in a file of weights, as in ``layers/functional/layers/dense_1``.

Keras walks the model's attributes and calls what it finds in a list by its class, counted. Source: ``_save_state`` and
``_save_container_state`` in ``keras/src/saving/saving_lib.py``; the same file in tf_keras, which differs as said below.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType

from bnlint.artifacts.keras_config import LAYERS, Child, ConfigLayer

_BIDIRECTIONAL = "Bidirectional"


def snake_case(class_name: str) -> str:
    """Return what Keras calls an object of a class in a list."""
    name = re.sub(r"\W+", "", class_name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    name = re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
    return "private" + name if name.startswith("_") else name


def layers_by_path(model: ConfigLayer, groups: Collection[str]) -> Mapping[str, ConfigLayer]:
    """Return the layers by their place in a file that has these ``groups``. The model itself is the empty path."""
    walk = _Walk(groups)
    walk.visit("", model)
    return MappingProxyType(walk.found)


class _Walk:
    """One walk over a model."""

    def __init__(self, groups: Collection[str]) -> None:
        self._groups = groups
        self._seen: set[tuple[str, str | None]] = set()
        self.found: dict[str, ConfigLayer] = {}

    def visit(self, path: str, layer: ConfigLayer) -> None:
        """Place a layer and what is in it."""
        self.found.setdefault(path, layer)
        self._seen.add((layer.class_name, layer.name))
        attributes: dict[str, list[Child]] = {}
        for child in layer.children:
            attributes.setdefault(child.attribute, []).append(child)
        for attribute, children in sorted(attributes.items(), key=lambda item: item[0] != LAYERS):
            inner = f"{path}/{attribute}" if path else attribute
            if children[0].is_listed:
                for name, listed in self._listed(inner, [child.layer for child in children]):
                    self.visit(f"{inner}/{name}", listed)
            else:
                self._single(path, inner, layer, children[0])

    def _single(self, path: str, inner: str, layer: ConfigLayer, child: Child) -> None:
        """Place a layer that is an attribute. A Bidirectional is configured with one layer and has two."""
        if layer.class_name == _BIDIRECTIONAL and child.attribute == "layer":
            for direction in ("forward", "backward"):
                name = f"{direction}_{child.layer.name}" if child.layer.name else None
                self.visit(f"{path}/{direction}_layer", child.layer._replace(name=name))
        else:
            self.visit(inner, child.layer)

    def _listed(self, path: str, layers: Sequence[ConfigLayer]) -> Iterator[tuple[str, ConfigLayer]]:
        """Yield the layers of a list with their names in it.

        A layer that was placed elsewhere before has no group here. Keras 3 counts it all the same, tf_keras does not;
        which of both wrote the file shows in the number of groups, since tf_keras gives every layer one.
        """
        names = [snake_case(layer.class_name) for layer in layers]
        expected = Counter(names)
        has_all = {name: f"{path}/{_counted(name, count - 1)}" in self._groups for name, count in expected.items()}
        used: Counter[str] = Counter()
        for name, layer in zip(names, layers, strict=True):
            if not has_all[name] and (layer.class_name, layer.name) in self._seen:
                expected[name] -= 1
                has_all[name] = f"{path}/{_counted(name, expected[name] - 1)}" in self._groups
                continue
            yield _counted(name, used[name]), layer
            used[name] += 1


def _counted(name: str, number: int) -> str:
    return f"{name}_{number}" if number else name
