"""What rules about values share: numbers to compute with, and what to say of a statistic that could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from bnlint.findings import JsonValue
from bnlint.layers.layer import Layer, Variable
from bnlint.rules.evidence import value_range
from bnlint.rules.rule import Blind

Numbers = npt.NDArray[np.float64]

USUAL_EPSILON = 1e-3
"""The default of Keras, tf.layers and contrib, assumed where nothing says a layer's epsilon."""


def finite(variable: Variable) -> Numbers | None:
    """Return the finite values in double precision; None where there are none, or what was read is no number."""
    if variable.values is None or variable.values.dtype.kind not in "fiu":
        return None
    numbers = np.asarray(variable.values, np.float64).reshape(-1)
    numbers = numbers[np.isfinite(numbers)]
    return numbers if numbers.size else None


def unread(layer: Layer, variables: Iterable[Variable]) -> Iterator[Blind]:
    """Yield that the layer could not be looked at where one of ``variables`` has no values although it was saved."""
    lacking = [v for v in variables if v.values is None and v.is_saved is not False]
    if lacking:
        reason = next((v.unread for v in lacking if v.unread is not None), None)
        yield Blind(layer, reason or "its statistics could not be read", is_part_absent=reason is not None)


def epsilon_of(layer: Layer) -> float:
    """Return the layer's epsilon, or the usual one where nothing says it."""
    return USUAL_EPSILON if layer.epsilon is None else layer.epsilon


def ranges(layer: Layer) -> dict[str, JsonValue]:
    """Return the smallest and largest mean and variance, as evidence."""
    statistics = {"mean_range": layer.moving_mean, "variance_range": layer.moving_variance}
    return {name: value_range(v.values) for name, v in statistics.items() if v.values is not None}
