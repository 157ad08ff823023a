from __future__ import annotations

import numpy as np
import pytest

from bnlint.layers.layer import Variable
from bnlint.rules.evidence import initial_of, value_range


@pytest.mark.parametrize(
    ("initial", "expected"),
    [
        (None, None),
        ([], None),
        (0.5, 0.5),
        ([1, 1, 1], 1.0),
        ([[2, 2], [2, 2]], 2.0),
        ([1, 1, 2], None),
        ([float("inf"), float("inf")], None),
        ([float("nan")], None),
    ],
)
def test_the_initial_value_is_told_where_it_is_one_number(initial: object, expected: float | None) -> None:
    value = None if initial is None else np.asarray(initial, np.float32)
    assert initial_of(Variable("m", initial=value)) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([3, 1, 2], (1.0, 3.0)),
        ([[1, float("nan")], [-2, float("inf")]], (-2.0, 1.0)),
        ([float("nan")], (None, None)),
        ([], (None, None)),
    ],
)
def test_the_range_is_that_of_the_finite_values(
    values: list[float], expected: tuple[float | None, float | None]
) -> None:
    assert value_range(np.asarray(values, np.float32)) == expected
