"""What is known of how a statistic is averaged by the variables that stand beside it, in a graph or a list of names.

``assign_moving_average(zero_debias=True)`` keeps ``biased``, an average that starts at 0, and ``local_step``, how
often that was updated, in a scope that is called after the statistic within the scope of the layer, as in
``conv/bn/conv/bn/moving_mean/local_step``; a second one in the same scope is ``biased_1``
(tensorflow/python/training/moving_averages.py). The statistic is biased / (1 - momentum ** local_step), so nothing of
its initial value is left. Sonnet's averages do the same, with a ``counter``. Batch renormalization averages a standard
deviation, ``moving_stddev`` or ``renorm_stddev`` (tensorflow/python/keras/layers/normalization.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from bnlint.layers.layer import Array, Layer, Variable
from bnlint.layers.names import OBJECT_SUFFIX
from bnlint.layers.reading import Reading
from bnlint.results import Step

_BESIDE = re.compile(r"(?P<statistic>.+)/(?P<what>biased|local_step)(?:_\d+)?")
_SONNET = re.compile(r"(?P<statistic>.+)/average")
_COUNTERS = ("counter", "_counter")
_DEVIATIONS = ("moving_stddev", "renorm_stddev")
_VARIANCE = "moving_variance"
_MARKS = ("biased", "local_step", "_stddev", "average")
"""What the names of such variables hold; hardly any of 100,000 do."""


def with_averaging(layers: tuple[Layer, ...], reading: Reading, of_graph: Iterable[str]) -> tuple[Layer, ...]:
    """Return ``layers`` with how their statistics are averaged; ``of_graph`` are the keys of the graph's variables."""
    labels = [*((key, key) for key in of_graph if key not in reading.saved), *reading.labels.items()]
    keys = {label: key for key, label in labels if any(mark in label for mark in _MARKS)}
    if not keys:
        return layers
    beside = _beside(keys)
    reading.read(key for own in beside.values() for what, key in own.items() if what == "local_step")
    return tuple(_averaged(layer, keys, beside, reading) for layer in layers)


def _beside(keys: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return what stands beside each statistic, by what it is called."""
    found: dict[str, dict[str, str]] = {}
    for label, key in keys.items():
        match = _BESIDE.fullmatch(label)
        if match is not None:
            found.setdefault(match["statistic"], {})[match["what"]] = key
    return found


def _averaged(
    layer: Layer, keys: Mapping[str, str], beside: Mapping[str, Mapping[str, str]], reading: Reading
) -> Layer:
    mean, variance = (_debiased(v, beside, reading) for v in layer.statistics)
    label = reading.label(variance.name)
    if any(f"{label.removesuffix(_VARIANCE)}{name}" in keys for name in _DEVIATIONS):
        variance = replace(variance, is_root_averaged=True)
    return replace(layer, moving_mean=mean, moving_variance=variance)


def _debiased(statistic: Variable, beside: Mapping[str, Mapping[str, str]], reading: Reading) -> Variable:
    label = reading.label(statistic.name)
    for name, own in beside.items():
        if "biased" in own and (name == label or name.endswith(f"/{label}")):
            return replace(statistic, is_debiased=True, local_step=_count(own.get("local_step"), reading))
    key = statistic.name.removesuffix(OBJECT_SUFFIX)
    average = _SONNET.fullmatch(key)
    if average is None:
        return statistic
    counters = (f"{average['statistic']}/{counter}{OBJECT_SUFFIX}" for counter in _COUNTERS)
    counter = next((c for c in counters if c in reading.saved), None)
    reading.read([counter] if counter is not None else [])
    return statistic if counter is None else replace(statistic, is_debiased=True, local_step=_count(counter, reading))


def _count(key: str | None, reading: Reading) -> Step | None:
    value = None if key is None else reading.arrays.get(key)
    number = None if value is None else _number(value)
    return None if key is None or number is None else Step(number, reading.label(key))


def _number(value: Array) -> int | None:
    """Return a count, which is a float where the statistic is."""
    if value.size != 1 or value.dtype.kind not in "fiu":
        return None
    number = float(np.asarray(value, np.float64).reshape(()))
    return round(number) if np.isfinite(number) and number >= 0 else None
