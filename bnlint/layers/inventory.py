"""Subject → the inventory of its layers, as reports show it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np

from bnlint.layers.layer import Layer, Mode, Variable
from bnlint.layers.numbers import Numbers, finite
from bnlint.layers.predicates import channels_at_init
from bnlint.layers.subject import Need, Subject
from bnlint.results import Distribution, LayerReport, TensorSummary

_BINS = 24


def inventory(subject: Subject, *, distributions: bool = False) -> tuple[LayerReport, ...]:
    """Return one entry per layer, in the order of the subject; with ``distributions``, how its values are spread."""
    trains = Need.TRAINING not in subject.missing
    return tuple(_layer(layer, trains=trains, distributions=distributions) for layer in subject.layers)


def _layer(layer: Layer, *, trains: bool, distributions: bool) -> LayerReport:
    roles = layer.roles
    modes = Counter(a.mode for a in layer.applications)
    return LayerReport(
        name=layer.name,
        channels=next((math.prod(v.shape) for v in reversed(layer.variables) if v.shape is not None), None),
        variables={role: None if v is None else v.name for role, v in roles.items()},
        momentum=layer.momentum,
        epsilon=layer.epsilon,
        statistics={role: summary(v) for role, v in roles.items() if v is not None and v.values is not None},
        wired={
            role: any(u.is_wired for u in v.updates) if trains and v.updates else None
            for role, v in (("moving_mean", layer.moving_mean), ("moving_variance", layer.moving_variance))
        },
        modes={mode.value: modes[mode] for mode in Mode},
        momentum_source=layer.momentum_source,
        shapes={role: None if v is None else v.shape for role, v in roles.items()},
        distributions=dict(_distributions(roles)) if distributions else {},
    )


def _distributions(roles: Mapping[str, Variable | None]) -> Iterator[tuple[str, Distribution]]:
    for role, variable in roles.items():
        numbers = None if variable is None else finite(variable.values)
        if numbers is not None:
            yield role, distribution(numbers)


def distribution(numbers: Numbers) -> Distribution:
    """Return how ``numbers`` are spread; there is at least one, and all are finite.

    Numpy's histogram widens the edges where all are equal, and raises or warns where their distances are no numbers.
    """
    low, high = float(numbers.min()), float(numbers.max())
    if low == high:
        return Distribution(low, high, (numbers.size,))
    scale = max(abs(low), abs(high))  # the difference of two of the largest is infinite, half of the least is nothing
    start, end = low / scale, high / scale
    places = ((numbers / scale - start) / (end - start) * _BINS).astype(np.intp)
    counts = np.bincount(np.minimum(places, _BINS - 1), minlength=_BINS)
    return Distribution(low, high, tuple(counts.tolist()))


def summary(variable: Variable) -> TensorSummary:
    """Return the distribution of one variable; its values must be there."""
    values = variable.values
    assert values is not None
    if values.dtype.kind not in "fiub":
        return TensorSummary(None, None, None, nonfinite=0, at_init=None)  # no numbers: not what a layer holds
    numbers = np.array(values, dtype=np.float64).reshape(-1)
    is_finite = np.isfinite(numbers)
    finite = numbers if is_finite.all() else numbers[is_finite]
    lower, upper = (finite.size - 1) // 2, finite.size // 2
    if finite.size:
        finite.partition((0, lower, upper, finite.size - 1))
    return TensorSummary(
        min=float(finite[0]) if finite.size else None,
        median=float(finite[lower]) / 2 + float(finite[upper]) / 2 if finite.size else None,
        max=float(finite[-1]) if finite.size else None,
        nonfinite=int(numbers.size - finite.size),
        at_init=_at_init(variable),
    )


def _at_init(variable: Variable) -> int | None:
    same, values = channels_at_init(variable), variable.values
    if same is None or values is None or same.shape != values.shape:
        return None
    return int(np.count_nonzero(same))
