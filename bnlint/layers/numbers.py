"""Values as numbers to compute with, whatever dtype they were saved in, and the epsilon that goes with them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bnlint.layers.layer import Array, Layer

Numbers = npt.NDArray[np.float64]

USUAL_EPSILON = 1e-3
"""The default of Keras, tf.layers and contrib, assumed where nothing says a layer's epsilon."""
_REAL = "fiu"
"""Kinds of numpy's dtypes: a statistic that is complex or a truth value has no order and no average."""


def numbers(values: Array | None) -> Numbers | None:
    """Return ``values`` in double precision; None where there are none, or they are no real numbers."""
    if values is None or values.dtype.kind not in _REAL:
        return None
    return np.asarray(values, np.float64)


def finite(values: Array | None) -> Numbers | None:
    """Return the finite ones of ``values`` in double precision, in one row; None where there are none."""
    found = numbers(values)
    if found is None:
        return None
    found = found[np.isfinite(found)]
    return found if found.size else None


def epsilon_of(layer: Layer) -> float:
    """Return the layer's epsilon, or the usual one where nothing says it."""
    return USUAL_EPSILON if layer.epsilon is None else layer.epsilon
