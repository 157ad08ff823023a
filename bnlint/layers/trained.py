"""Whether an optimizer ever ran: what proves it, asked in the order of what it costs to read.

Gamma and beta prove training only against a known constant initialiser (GAN code draws gamma at random);
optimizer slots and clocks do so in any case; a sample of other parameters is the last resort.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from bnlint.layers import names
from bnlint.layers.clocks import OBJECT_SUFFIX, Clock, is_exhausted, read_step
from bnlint.layers.from_graph import GraphView
from bnlint.layers.predicates import at_init
from bnlint.layers.reading import Reading
from bnlint.layers.subject import Layer, Trained, Variable

SLOTS = ("Adam", "Adam_1", "Momentum", "RMSProp_1")
"""Optimizer slots that start at zero (Adagrad's and RMSProp's first do not)."""
_SAMPLE = 8
"""How many further tensors are read, smallest first, where the layers cannot say."""


def slots_moved(parameters: Iterable[Variable], reading: Reading) -> dict[str, bool]:
    """Read the slots of parameters that are still at init; say by name whether one is off zero.

    A parameter without slots in the save is left out.
    """
    slots = {
        p.name: [key for slot in SLOTS if (key := f"{p.name}/{slot}") in reading.saved]
        for p in parameters
        if at_init(p)
    }
    reading.read(key for keys in slots.values() for key in keys)
    return {
        name: any(_is_off_zero(key, reading) for key in keys)
        for name, keys in slots.items()
        if any(key in reading.arrays for key in keys)
    }


def judge_trained(
    layers: tuple[Layer, ...], clocks: tuple[Clock, ...], reading: Reading, view: GraphView | None
) -> Trained:
    """Return whether the artifact was trained, with the first evidence found. Reads no more than it needs."""
    for parameter in (p for layer in layers for p in layer.parameters):
        if at_init(parameter) is False and _proves(parameter, view):
            return Trained(is_trained=True, evidence=f"{parameter.name} is off its initial value")
        if parameter.slots_moved:
            return Trained(is_trained=True, evidence=f"the optimizer slots of {parameter.name} are not zero")
    step = read_step(clocks, reading.arrays)
    if step is not None and step.value > 0:
        return Trained(is_trained=True, evidence=f"{step.source} says step {step.value}")
    exhausted = next((clock for clock in clocks if is_exhausted(clock, reading.arrays)), None)
    if exhausted is not None:
        return Trained(is_trained=True, evidence=f"{exhausted.key} has underflowed, after some 87,000 steps")
    slot = _moved_slot(reading)
    if slot is not None:
        return Trained(is_trained=True, evidence=f"the optimizer slot {slot} is not zero")
    others = tuple(_other_parameters(layers, reading, view))
    moved = next((v for v in others if at_init(v) is False), None)
    if moved is not None:
        return Trained(is_trained=True, evidence=f"{moved.name} is off its initial value")
    if step is not None:
        return Trained(is_trained=False, evidence=f"{step.source} says step 0")
    if any(at_init(p) for p in (*others, *(p for layer in layers for p in layer.parameters))):
        return Trained(is_trained=False, evidence="every parameter with a known initial value still holds it")
    return Trained(None)


def _proves(parameter: Variable, view: GraphView | None) -> bool:
    """Whether a moved ``parameter`` proves training. Without a graph, a gamma off one may have been drawn at random."""
    return view is not None or not parameter.name.removesuffix(OBJECT_SUFFIX).endswith(names.GAMMAS)


def _moved_slot(reading: Reading) -> str | None:
    """Return an optimizer slot that is off zero, among the smallest that were saved."""
    saved = reading.saved
    slots = [key for key in saved if key.rpartition("/")[2] in SLOTS]
    sample = sorted(slots, key=lambda key: (math.prod(saved[key].shape), key))[:_SAMPLE]
    reading.read(sample)
    return next((key for key in sample if _is_off_zero(key, reading)), None)


def _is_off_zero(key: str, reading: Reading) -> bool:
    return key in reading.arrays and bool(np.any(reading.arrays[key] != 0))


def _other_parameters(layers: tuple[Layer, ...], reading: Reading, view: GraphView | None) -> Iterator[Variable]:
    """Yield a sample of the other trainable variables that start at a constant, such as biases, with their values."""
    if view is None:
        return
    own = {v.name for layer in layers for v in layer.variables}
    saved = [v for v in view.constant_parameters(own) if v.name in reading.saved][:_SAMPLE]
    reading.read(v.name for v in saved)
    for variable in saved:
        yield replace(variable, values=reading.arrays.get(variable.name))
