from __future__ import annotations

import numpy as np
import pytest

from bnlint.layers.averaging import with_averaging
from bnlint.layers.layer import Layer, Variable
from bnlint.layers.names import OBJECT_SUFFIX
from bnlint.layers.reading import Reading
from bnlint.results import Step
from tests.layers.artifacts import artifact

BN = Layer("conv/bn", Variable("conv/bn/moving_mean"), Variable("conv/bn/moving_variance"))
MEAN, VARIANCE = "conv/bn/conv/bn/moving_mean", "conv/bn/conv/bn/moving_variance"
SOME = [0.5, 1.0, 2.0]


def said(values: dict[str, object], bn: Layer = BN, graph: tuple[str, ...] = ()) -> list[tuple[bool, Step | None]]:
    """Return of mean and variance whether they are debiased, and what their counters say."""
    made, _ = artifact(values)
    (found,) = with_averaging((bn,), Reading(made), graph)
    return [(statistic.is_debiased, statistic.local_step) for statistic in found.statistics]


PLAIN = (False, None)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({f"{MEAN}/biased": SOME, f"{MEAN}/local_step": 40.0}, [(True, Step(40, f"{MEAN}/local_step")), PLAIN]),
        ({f"{MEAN}/biased_1": SOME, f"{MEAN}/local_step_1": 40}, [(True, Step(40, f"{MEAN}/local_step_1")), PLAIN]),
        (
            {f"{VARIANCE}/biased": SOME, f"{VARIANCE}/local_step": 7.0},
            [PLAIN, (True, Step(7, f"{VARIANCE}/local_step"))],
        ),
        ({"conv/bn/moving_mean/biased": SOME}, [(True, None), PLAIN]),
        ({f"{MEAN}/biased": SOME, f"{MEAN}/local_step": float("nan")}, [(True, None), PLAIN]),
        ({f"{MEAN}/biased": SOME, f"{MEAN}/local_step": float("inf")}, [(True, None), PLAIN]),
        ({f"{MEAN}/biased": SOME, f"{MEAN}/local_step": SOME}, [(True, None), PLAIN]),
        ({f"{MEAN}/biased": SOME, f"{MEAN}/local_step": -1.0}, [(True, None), PLAIN]),
        ({f"{MEAN}/local_step": 40.0}, [PLAIN, PLAIN]),
        ({"other/bn/moving_mean/biased": SOME, "other/bn/moving_mean/local_step": 3.0}, [PLAIN, PLAIN]),
        ({"aconv/bn/moving_mean/biased": SOME}, [PLAIN, PLAIN]),
        ({f"{MEAN}/unbiased": SOME}, [PLAIN, PLAIN]),
        ({"conv/bn/kernel": SOME}, [PLAIN, PLAIN]),
    ],
)
def test_a_statistic_that_is_corrected_for_its_initial_value(
    values: dict[str, object], expected: list[tuple[bool, Step | None]]
) -> None:
    assert said(values) == expected


def test_the_graph_knows_of_variables_that_were_not_saved() -> None:
    assert said({}, graph=(f"{MEAN}/biased", f"{MEAN}/local_step")) == [(True, None), PLAIN]


@pytest.mark.parametrize("counter", ["counter", "_counter"])
def test_sonnets_averages_count(counter: str) -> None:
    mean, variance = (f"bn/{name}/average{OBJECT_SUFFIX}" for name in ("moving_mean", "moving_variance"))
    bn = Layer("bn", Variable(mean), Variable(variance))
    key = f"bn/moving_mean/{counter}{OBJECT_SUFFIX}"
    assert said({mean: SOME, variance: SOME, key: np.int64(40)}, bn) == [
        (True, Step(40, key.removesuffix(OBJECT_SUFFIX))),
        PLAIN,
    ]
    assert said({mean: SOME, variance: SOME}, bn) == [PLAIN, PLAIN]


@pytest.mark.parametrize(
    ("saved", "expected"),
    [
        ("conv/bn/moving_stddev", True),
        ("conv/bn/renorm_stddev", True),
        ("other/bn/moving_stddev", False),
        ("conv/bn/gamma", False),
    ],
)
def test_renormalization_averages_the_standard_deviation(saved: str, expected: bool) -> None:  # noqa: FBT001
    made, _ = artifact({saved: SOME})
    (found,) = with_averaging((BN,), Reading(made), ())
    assert found.moving_variance.is_root_averaged is expected
    assert not found.moving_mean.is_root_averaged


def test_only_the_counters_are_read() -> None:
    made, reader = artifact({f"{MEAN}/biased": SOME, f"{MEAN}/local_step": 40.0, "conv/bn/kernel": SOME})
    with_averaging((BN,), Reading(made), ())
    assert reader.asked == [[f"{MEAN}/local_step"]]
