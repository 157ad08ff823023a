"""Whether an optimizer ever ran: what proves it, asked in the order of what it costs to read.

Gamma and beta prove training only against a known constant initialiser (GAN code draws gamma at random);
optimizer slots and clocks do so in any case; a sample of other parameters is the last resort.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from bnlint.layers.clocks import Clock, is_exhausted
from bnlint.layers.from_graph import GraphView
from bnlint.layers.layer import Layer, Variable
from bnlint.layers.names import OBJECT_SUFFIX
from bnlint.layers.predicates import at_init
from bnlint.layers.reading import Reading
from bnlint.layers.recorded import biases
from bnlint.layers.subject import Trained
from bnlint.results import Step

SLOTS = ("Adam", "Adam_1", "Momentum", "RMSProp_1")
"""Optimizer slots of TensorFlow 1 that start at zero (Adagrad's and RMSProp's first do not)."""
_STARTS_ELSEWHERE = re.compile(r"accum|(?:^|[/_])average$|(?:^|/)(?:average|slow)/|/slow$")
"""Names of slots that start at another constant (Adagrad, Ftrl), or at what their variable starts at: Keras's averages
of weights (``use_ema=True``), and those of TensorFlow Addons."""
_SAMPLE = 8
"""How many further tensors are read, smallest first, where the layers cannot say."""


def slots_moved(parameters: Iterable[Variable], reading: Reading) -> dict[str, bool]:
    """Read the slots of parameters that are still at init; say by name whether one is off zero.

    A parameter without slots in the save is left out.
    """
    slots = {p.name: _slots_of(p.name, reading) for p in parameters if at_init(p)}
    reading.read(key for keys in slots.values() for key in keys)
    return {
        name: any(_is_off_zero(key, reading) for key in keys)
        for name, keys in slots.items()
        if any(key in reading.arrays for key in keys)
    }


def _slots_of(name: str, reading: Reading) -> list[str]:
    """Return the keys of the slots of one variable: recorded ones, and those that TensorFlow 1 calls after it."""
    recorded = (key for key in reading.slots.get(name, ()) if _starts_at_zero(key, reading))
    return [key for key in (*recorded, *(f"{name}/{slot}" for slot in SLOTS)) if key in reading.saved]


def _starts_at_zero(slot: str, reading: Reading) -> bool:
    return _STARTS_ELSEWHERE.search(reading.label(slot).removesuffix(OBJECT_SUFFIX)) is None


def judge_trained(
    layers: tuple[Layer, ...], clocks: tuple[Clock, ...], step: Step | None, reading: Reading, view: GraphView | None
) -> Trained:
    """Return whether the artifact was trained, with the first evidence found. Reads no more than it needs."""
    moved = next((evidence for layer in layers for evidence in _movements(layer, reading)), None)
    if moved is not None:
        return Trained(is_trained=True, evidence=moved)
    if step is not None and step.value > 0:
        return Trained(is_trained=True, evidence=f"{step.source} says step {step.value}")
    exhausted = next((clock for clock in clocks if is_exhausted(clock, reading.arrays)), None)
    if exhausted is not None:
        return Trained(
            is_trained=True,
            evidence=f"{reading.label(exhausted.key)} has underflowed, after some {exhausted.limit:,} steps",
        )
    slot = _moved_slot(reading)
    if slot is not None:
        return Trained(is_trained=True, evidence=f"the optimizer slot {reading.label(slot)} is not zero")
    others = tuple(_other_parameters(layers, reading, view))
    other = next((v for v in others if at_init(v) is False), None)
    if other is not None:
        return Trained(is_trained=True, evidence=f"{reading.label(other.name)} is off its initial value")
    if step is not None:
        return Trained(is_trained=False, evidence=f"{step.source} says step 0")
    if any(at_init(p) for p in (*others, *(p for layer in layers for p in layer.parameters))):
        return Trained(is_trained=False, evidence="every parameter with a known initial value still holds it")
    return Trained(None)


def _movements(layer: Layer, reading: Reading) -> Iterator[str]:
    """Yield what of the layer's gamma and beta proves training. A gamma may be drawn at random where nobody says."""
    for parameter in layer.parameters:
        if at_init(parameter) is False and not (parameter is layer.gamma and parameter.is_initial_assumed):
            yield f"{reading.label(parameter.name)} is off its initial value"
        if parameter.slots_moved:
            yield f"the optimizer slots of {reading.label(parameter.name)} are not zero"


def _moved_slot(reading: Reading) -> str | None:
    """Return an optimizer slot that is off zero, among the smallest that were saved."""
    saved = reading.saved
    recorded = (key for key in reading.slot_keys if key in saved and _starts_at_zero(key, reading))
    slots = {*recorded, *(key for key in saved if key.rpartition("/")[2] in SLOTS)}
    sample = sorted(slots, key=lambda key: (math.prod(saved[key].shape), key))[:_SAMPLE]
    reading.read(sample)
    return next((key for key in sample if _is_off_zero(key, reading)), None)


def _is_off_zero(key: str, reading: Reading) -> bool:
    return key in reading.arrays and bool(np.any(reading.arrays[key] != 0))


def _other_parameters(layers: tuple[Layer, ...], reading: Reading, view: GraphView | None) -> Iterator[Variable]:
    """Yield a sample of the other trainable variables that start at a constant, such as biases, with their values."""
    own = {v.name for layer in layers for v in layer.variables}
    if view is not None:
        saved = [v for v in view.constant_parameters(own) if v.name in reading.saved][:_SAMPLE]
        reading.read(v.name for v in saved)
        yield from (replace(v, values=reading.arrays.get(v.name)) for v in saved)
    keys = [key for key in biases(reading.records, reading.saved) if key not in own][:_SAMPLE]
    reading.read(keys)
    for key in keys:
        values = reading.arrays.get(key)
        if values is not None:
            # The forget gates of an LSTM start at 1: whatever is 1 may be at its initial value.
            yield Variable(key, values=values, initial=np.equal(values, 1).astype(np.float32))
