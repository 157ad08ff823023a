"""What is saved beside a variable and called after it: the slots of its optimizer, and the average that is kept of it.

TensorFlow 1 puts both below the variable's own name, ``bn/gamma/Adam_1`` and ``bn/gamma/ExponentialMovingAverage``,
inside whatever variable scope was open (tensorflow/python/training/slot_creator.py); the optimizers of Keras put the
name of the slot last, ``training/Adam/bn/gamma/m``. Of the optimizers of TensorFlow 2 the artifact knows whose a slot
is; the averages of Keras's ``use_ema`` and of TensorFlow Addons are among these slots.

An average of a tensor, as of the moments of a batch, is called after no variable: it is a statistic, not a shadow.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from bnlint.layers.layer import Layer, Variable
from bnlint.layers.names import OBJECT_SUFFIX

_SHADOW = re.compile(r"ExponentialMovingAverage(?:_\d+)?")
_OPTIMIZER = re.compile(
    r"(?:Lazy)?Ada(?:m|Max|Grad|Delta|Bound)|N?Adam|Momentum|RMSProp|Ftrl|SGD|LAMB|LARS|RAdam|AddSign|PowerSign"
    r"|YF|Proximal",
    re.IGNORECASE,
)
"""How the names of optimizers begin; TensorFlow 1 calls slots after them."""
_KERAS_SLOTS = frozenset(
    {"m", "v", "vhat", "momentum", "rms", "mg", "accumulator", "accum_grad", "accum_var", "linear"}
)
_AVERAGE = re.compile(r"(?:^|/)average/|[/_]average$")
"""Slots that are averages of weights: ``Adam/average/bn/gamma`` in Keras 2, ``adam/bn_gamma_average`` in Keras 3."""
_SCOPES = 8
"""How many scopes may have been open around the name of a variable, one in another."""
_LISTED = re.compile(r"(?:^|/)_trainable_variables/\d+" + re.escape(OBJECT_SUFFIX))
"""The key of a variable that an optimizer of Keras 3 holds in its list of what it trains."""


@dataclass(frozen=True, slots=True)
class Companions:
    """Slots and averages, by the key of the variable that they are called after."""

    slots: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shadows: Mapping[str, str] = field(default_factory=dict)


def companions(labels: Mapping[str, str], recorded: Mapping[str, tuple[str, ...]], of: Collection[str]) -> Companions:
    """Find out what stands beside each variable.

    Args:
        labels: what the program called each variable, by key.
        recorded: keys of optimizer slots by the key of their variable, as far as the artifact knows.
        of: the keys of the variables whose slots are wanted; most of 100,000 names are slots of others.
    """
    slots: dict[str, dict[str, None]] = {}
    shadows: dict[str, str] = {}
    for owner, keys in recorded.items():
        for slot in (labels.get(key, key) for key in keys if owner):
            if _AVERAGE.search(slot):
                shadows.setdefault(owner, slot)
            elif owner in of:
                slots.setdefault(owner, {})[slot] = None
    owners = {label: key for key, label in labels.items()}
    words = {labels.get(key, key).rpartition("/")[2] for key in of}
    is_shadow, is_optimizer = cache(_SHADOW.fullmatch), cache(_OPTIMIZER.match)  # few words end 100,000 names
    for label in labels.values():
        head, _, leaf = label.rpartition("/")
        if is_shadow(leaf):
            averaged = next((owners[name] for _, name in _heads(head) if name in owners), None)
            if averaged is not None:
                shadows.setdefault(averaged, label)
        elif (leaf in _KERAS_SLOTS or is_optimizer(leaf)) and head.rpartition("/")[2] in words:
            trained = _trained(leaf, head, owners)
            if trained is not None and trained in of:
                slots.setdefault(trained, {})[label] = None
    return Companions({owner: tuple(found) for owner, found in slots.items()}, shadows)


def _trained(leaf: str, head: str, owners: Mapping[str, str]) -> str | None:
    """Return the key of the variable whose slot ``head/leaf`` is."""
    for scope, name in _heads(head):
        if name in owners:
            # A variable may be called m: then only an optimizer's scope around the name of another makes it a slot.
            is_slot = leaf not in _KERAS_SLOTS or _OPTIMIZER.match(scope.rpartition("/")[2])
            return owners[name] if is_slot else None
    return None


def _heads(head: str) -> Iterator[tuple[str, str]]:
    """Yield every way to part ``head`` into the scope that was open and the name of a variable, that longest first."""
    yield "", head
    end = head.find("/")
    for _ in range(_SCOPES):
        if end < 0:
            return
        yield head[:end], head[end + 1 :]
        end = head.find("/", end + 1)


def with_companions(layers: tuple[Layer, ...], found: Companions) -> tuple[Layer, ...]:
    """Return the layers, whose variables now know their slots and their averages."""

    def known(variable: Variable) -> Variable:
        is_listed = variable.is_trainable is None and _LISTED.search(variable.name) is not None
        return replace(
            variable,
            slots=found.slots.get(variable.name, ()),
            shadow=found.shadows.get(variable.name),
            is_trainable=True if is_listed else variable.is_trainable,
        )

    return tuple(layer.mapped(known) for layer in layers)


def averaged_weights(
    layers: tuple[Layer, ...], found: Companions, shapes: Mapping[str, tuple[int, ...]]
) -> frozenset[str]:
    """Return the keys of the weights outside the layers of which an average is kept: not counters, nor moments."""
    own = {v.name for layer in layers for v in layer.variables}
    statistics = {v.name for layer in layers for v in layer.statistics}
    return frozenset(
        key
        for key, shadow in found.shadows.items()
        if key not in own and shadow not in statistics and shapes.get(key, (1,)) != ()
    )
