"""Whose an optimizer slot is, by its name.

``Adam/m/bn_a/gamma`` in Keras 2.11 and newer, or ``m/bn_a/gamma``; in Keras 3 ``adam/net_bn_a_gamma_momentum``, which
is the path of the variable with underscores, then the name of the slot.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

_WORDS = 4
"""How many words the name of a slot has at most (Keras 3: ``momentum``, ``velocity_hat``, ``mean_average_squared``)."""


def slots_by_name(slots: Mapping[str, str], variables: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield (key of the variable, key of the slot) for every slot; an empty key where its name tells nobody's.

    Args:
        slots: the full name of each slot, by key.
        variables: the full name of each other variable, by key. A name that two have tells nothing.
    """
    owners: dict[str, str | None] = {}
    for key, name in variables.items():
        for spelling in {name, name.replace("/", "_")}:
            owners[spelling] = None if spelling in owners else key
    for slot, name in slots.items():
        yield next((owner for word in _candidates(name) if (owner := owners.get(word))), ""), slot


def _candidates(name: str) -> Iterator[str]:
    """Yield the names that the owner of a slot called ``name`` may have."""
    _, _, rest = name.partition("/")
    yield rest.partition("/")[2]
    yield rest  # built outside the scope that the optimizer has in a training step
    for _ in range(_WORDS):
        rest = rest.rpartition("_")[0]
        yield rest
