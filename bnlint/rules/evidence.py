"""Evidence that several rules show in the same way."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from bnlint.findings import JsonValue, Related
from bnlint.layers.layer import Array, Layer, UpdateOp, Variable
from bnlint.layers.numbers import finite, numbers
from bnlint.layers.subject import Subject


def trained_evidence(layer: Layer, subject: Subject) -> dict[str, JsonValue]:
    """Return what proves that training happened, and how far it went."""
    evidence: dict[str, JsonValue] = {}
    if layer.moving_mean.values is not None:
        evidence["channels"] = int(layer.moving_mean.values.size)
    for name, parameter in (("gamma", layer.gamma), ("beta", layer.beta)):
        if parameter is not None and parameter.values is not None:
            evidence[f"{name}_range"] = value_range(parameter.values)
    if subject.trained.evidence is not None:
        evidence["trained"] = subject.trained.evidence
    return evidence


def value_range(values: Array) -> tuple[float | None, float | None]:
    """Return the smallest and largest finite value; (None, None) where none is finite."""
    found = finite(values)
    return (None, None) if found is None else (float(found.min()), float(found.max()))


def initial_of(variable: Variable) -> float | None:
    """Return the initial value of ``variable`` where it is the same in every channel."""
    found = numbers(variable.initial)
    if found is None or not found.size:
        return None
    first = float(found.flat[0])
    return first if bool(np.all(found == first)) and math.isfinite(first) else None


def layer_variables(variables: Iterable[Variable], note: str) -> tuple[Related, ...]:
    """Return the variables of a layer as related things."""
    return tuple(Related("variable", v.name, note) for v in variables)


def update_ops(updates: Iterable[UpdateOp], note: str) -> tuple[Related, ...]:
    """Return update ops as related things, each once."""
    return tuple(Related("op", name, note) for name in dict.fromkeys(u.op for u in updates))
