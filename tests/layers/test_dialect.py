from __future__ import annotations

import pytest

from bnlint.layers.dialect import dialect_by_name
from bnlint.layers.layer import Dialect


@pytest.mark.parametrize(
    ("mean", "variance", "dialect"),
    [
        ("conv1/BatchNorm/moving_mean", "conv1/BatchNorm/moving_variance", Dialect.SLIM),
        ("BatchNorm_2/moving_mean", "BatchNorm_2/moving_variance", Dialect.SLIM),
        ("batch_normalization_1/moving_mean", "batch_normalization_1/moving_variance", Dialect.UNKNOWN),
        ("moving_mean", "moving_variance", Dialect.UNKNOWN),
        ("bn/moments/Squeeze/ExponentialMovingAverage", "bn/moments/Squeeze_1/ExponentialMovingAverage", Dialect.EMA),
        ("conv/pop_mean", "conv/pop_var", Dialect.ASSIGN),
        ("conv/running_mean", "conv/running_var", Dialect.ASSIGN),
        ("conv0/bn/mean/EMA", "conv0/bn/variance/EMA", Dialect.UNKNOWN),
    ],
)
def test_names_give_a_dialect_away_or_leave_it_open(mean: str, variance: str, dialect: Dialect) -> None:
    assert dialect_by_name(mean, variance) is dialect
