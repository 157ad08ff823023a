"""What a layer is called: in the words that say it and no other layer.

The name it was recorded under comes first, else the scope of what the program called its variables (``bn_a`` of
``bn_a/gamma``). Two models in one checkpoint may use the same names; then the scope of the keys and at last the key of
the mean tell the layers apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bnlint.layers import names
from bnlint.layers.layer import Layer


def named(layers: Sequence[Layer], labels: Mapping[str, str]) -> tuple[Layer, ...]:
    """Give every layer a name of its own. One that has a name was recorded under it.

    Args:
        layers: the layers.
        labels: what the program called each saved variable, by key.
    """
    candidates: tuple[Callable[[Layer], str], ...] = (
        lambda layer: layer.name,
        lambda layer: _scope(layer, lambda key: labels.get(key, key)),
        lambda layer: _scope(layer, lambda key: key.removesuffix(names.OBJECT_SUFFIX)),
        lambda layer: layer.moving_mean.name,
    )
    chosen = [""] * len(layers)
    taken: set[str] = set()
    for candidate in candidates:
        proposed = {number: candidate(layers[number]) for number, name in enumerate(chosen) if not name}
        counts = Counter(proposed.values())
        for number, name in proposed.items():
            if counts[name] == 1 and name not in taken:
                chosen[number] = name
        taken.update(proposed.values())  # a name that was proposed twice means neither
    return tuple(
        replace(layer, name=name or layer.moving_mean.name) for layer, name in zip(layers, chosen, strict=True)
    )


def _scope(layer: Layer, label: Callable[[str], str]) -> str:
    """Return the scope of all of the layer's variables, or where they share none, that of its statistics."""
    for variables in (layer.variables, layer.statistics):
        scope = names.layer_name([label(v.name) for v in variables])
        if scope:
            return scope
    return ""
