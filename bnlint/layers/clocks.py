"""How many optimizer steps there were: step variables and Adam's powers.

``global_step`` may be called ``Variable`` or ``batch``: with a graph, a scalar that a training step
increments by one is a step whatever its name. Adam starts beta2_power at beta2 and multiplies once a
step, so n = ln(beta2_power)/ln(beta2) - 1 (tensorflow/python/training/adam.py); it underflows to 0
after some 87,000 steps with the default beta2. What the statistics themselves count stands in
`bnlint.layers.convergence`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from bnlint.artifacts.artifact import SavedVariable
from bnlint.graph.training import Training
from bnlint.graph.variables import Variables
from bnlint.layers.layer import Array
from bnlint.layers.names import OBJECT_SUFFIX
from bnlint.results import Step

_STEP_NAMES = ("global_step", "iterations", "iter", "_iterations", "iteration", "step", "train_step")
_ALSO_FLOAT = ("global_step", "iterations")
"""Keras 1 counts in float32."""
_INTEGERS = frozenset({"int32", "int64", "uint32", "uint64"})
_BETA2_POWER = "beta2_power"
_DEFAULT_BETA2 = 0.999
_USUAL_BETAS = frozenset(np.float32(beta) for beta in (0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999))
_ROUNDING = 1e-6
"""A float32 of 0.999 is a little more than 0.999."""
_MOST = 2.0**63
"""What no step variable reaches: it is an int64 as a rule."""
_TINY = float(np.finfo(np.float32).tiny)
"""Below it a float32 loses its precision, and a power no longer shrinks by beta2."""


def _in_round_numbers(steps: float) -> int:
    """Return two digits of a number of steps, rounded down: some 87,000."""
    unit = 10 ** max(0, int(math.log10(steps)) - 1)
    return int(steps // unit * unit)


class Clock(NamedTuple):
    """A variable that counts steps."""

    key: str
    beta2: float | None = None
    """For an Adam power, the factor of each step; None for a plain counter."""
    is_assumed: bool = False
    """Whether no graph says the factor: then a power that may be the first one proves nothing."""

    @property
    def limit(self) -> int:
        """How many steps an Adam power can count, in round numbers, before it underflows."""
        assert self.beta2 is not None
        return _in_round_numbers(math.log(_TINY) / math.log(self.beta2))

    def read(self, value: Array) -> int | None:
        """Return the number of steps that ``value`` says; None where it cannot be one."""
        if value.size != 1 or value.dtype.kind not in "fiu":
            return None
        number = float(value.reshape(()))
        if not 0 <= number < _MOST:
            return None
        if self.beta2 is None:
            return int(number)
        if self.is_assumed and np.float32(number) in _USUAL_BETAS:
            return 0
        if not _TINY <= number <= self.beta2 * (1 + _ROUNDING) or self.beta2 >= 1:
            return None
        return max(0, round(math.log(number) / math.log(self.beta2)) - 1)


def clocks(
    saved: Mapping[str, SavedVariable],
    incremented: Collection[str] | None = None,
    beta2s: Mapping[str, float] | None = None,
) -> tuple[Clock, ...]:
    """Return the clocks among the saved variables, most trusted first.

    Args:
        saved: what the checkpoint lists, by key.
        incremented: keys of scalars that the graph's training step increments by one; None where no graph trains.
            Beside them only ``global_step`` counts: a replay buffer may call its own counter ``step``.
        beta2s: Adam's beta2 by the key of its power, as the graph says it.
    """
    scalars = {
        key: (_leaf(clock_name(key, variable.full_name or key)), variable.dtype)
        for key, variable in saved.items()
        if math.prod(variable.shape) == 1 and len(variable.shape) <= 1
    }
    named = sorted(
        (_STEP_NAMES.index(leaf), key.count("/"), key)  # a model inside the model may have trained before, by itself
        for key, (leaf, dtype) in scalars.items()
        if leaf in _STEP_NAMES
        and (dtype in _INTEGERS or leaf in _ALSO_FLOAT)
        and (incremented is None or key in incremented or leaf == "global_step")
    )
    counters = [key for _, _, key in named] + sorted(key for key in incremented or () if key in scalars)
    powers = sorted(key for key, (leaf, _) in scalars.items() if leaf.startswith(_BETA2_POWER))
    return (
        *(Clock(key) for key in dict.fromkeys(counters)),
        *(_power(key, (beta2s or {}).get(key)) for key in powers),
    )


def _power(key: str, beta2: float | None) -> Clock:
    if beta2 is not None and 0 < beta2 < 1:
        return Clock(key, beta2)
    return Clock(key, _DEFAULT_BETA2, is_assumed=True)


def clock_name(key: str, label: str) -> str:
    """Return what a person would call a clock: ``label``, as the program did, or where that says nothing its key.

    ``tf.train.Checkpoint(step=tf.Variable(0))`` knows a ``step`` whose program calls it ``Variable``.
    """
    if _leaf(label) not in _STEP_NAMES and _leaf(key) in _STEP_NAMES:
        return key.removesuffix(OBJECT_SUFFIX)
    return label


def _leaf(name: str) -> str:
    return name.removesuffix(OBJECT_SUFFIX).removesuffix(":0").rpartition("/")[2]


def is_exhausted(clock: Clock, arrays: Mapping[str, Array]) -> bool:
    """Whether an Adam power has underflowed: more steps than it can count, some 87,000."""
    value = arrays.get(clock.key)
    if clock.beta2 is None or value is None or value.size != 1 or value.dtype.kind != "f":
        return False
    return bool(np.all(np.abs(value) < _TINY))


def readings(found: Iterable[Clock], arrays: Mapping[str, Array]) -> Iterator[Step]:
    """Yield what each clock says that can be read, the most trusted first; one that underflowed says the least."""
    for clock in found:
        value = None if clock.key not in arrays else clock.read(arrays[clock.key])
        if value is not None:
            yield Step(value, clock.key)
        elif is_exhausted(clock, arrays):
            yield Step(clock.limit, clock.key, is_least=True)


def most_trusted(steps: Iterable[Step]) -> Step | None:
    """Return the first that has moved, else the first. One that underflowed is no number of steps."""
    numbers = [step for step in steps if not step.is_least]
    return next((step for step in numbers if step.value > 0), numbers[0] if numbers else None)


def incremented_scalars(variables: Variables, training: Training) -> Iterator[int]:
    """Yield scalar variables to which a training step adds the constant one."""
    for variable, assignments in variables.assignments.items():
        for assignment in assignments:
            if "Add" not in assignment.op or not training.is_wired(assignment.number):
                continue
            one = variables.constant(assignment.value)
            if one is not None and one.size == 1 and one.ndim == 0 and np.all(one == 1):
                yield variable


def adam_beta2s(variables: Variables, keys: Mapping[int, str]) -> Mapping[str, float]:
    """Return beta2 by the key of its power: what the power variable starts at."""
    powers = {number: key for number, key in keys.items() if _leaf(key).startswith(_BETA2_POWER)}
    found: dict[str, float] = {}
    for number, key in powers.items():
        initial = variables.initial_value(number)
        if initial is not None and initial.size == 1 and initial.dtype.kind == "f":
            found[key] = float(initial.reshape(()))
    return found
