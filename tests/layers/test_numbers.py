from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from bnlint.layers.layer import Array
from bnlint.layers.numbers import epsilon_of, finite, numbers
from tests.rules.build import layer


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (None, None),
        (np.zeros(0, np.float32), None),
        (np.array(0.5, np.float16), [0.5]),
        (np.array([[1, 2], [3, 4]], np.int8), [1, 2, 3, 4]),
        (np.array([2**63], np.uint64), [2.0**63]),
        (np.array([math.nan, 1, math.inf]), [1]),
        (np.array([math.nan]), None),
        (np.array([1j, 2]), None),
        (np.array([True, False]), None),
        (np.array([b"x"]), None),
    ],
)
def test_what_can_be_computed_with(values: Array | None, expected: list[float] | None) -> None:
    found = finite(values)
    assert (None if found is None else found.tolist()) == expected


def test_numbers_keep_their_shape() -> None:
    found = numbers(np.ones((1, 3), np.float16))
    assert found is not None
    assert found.shape == (1, 3)
    assert found.dtype == np.float64


def test_the_usual_epsilon_stands_in_where_nothing_says_it() -> None:
    assert epsilon_of(layer()) == 1e-3
    assert epsilon_of(replace(layer(), epsilon=0.0)) == 0.0
