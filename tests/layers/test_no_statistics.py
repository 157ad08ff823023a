"""Means and variances that are not the moving statistics of a batch-norm layer of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.graph.build import graph, variable
from tests.layers.build import (
    BASE,
    NAMES,
    X,
    average,
    averages,
    found,
    moments,
    normalized,
    parameters,
    statistics,
)


def standardised(mean: str, variance: str, root: str = "r", data: str = "x") -> Iterator[str]:
    """Yield ``(x - mean) / sqrt(variance + epsilon)``, as a filter of observations does."""
    yield f"a Add {variance} epsilon"
    yield f"{root} Sqrt a"
    yield f"d Sub {data} {mean}"
    yield f"n RealDiv d {root}"


OBSERVED = (*X, *variable("obs/mean"), *variable("obs/var", "Const value=1"))
FED = ("fed Placeholder", "u Assign obs/mean fed", "u2 Assign obs/var fed")
NAMED = (*statistics(), *standardised("bn/moving_mean/read", "bn/moving_variance/read"))
COMPUTED = (*variable("weights"), "y Mul x weights/read")
AVERAGED = (*moments(), *average("u", "obs/mean", "m/mean"), *average("u2", "obs/var", "m/variance"))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((*OBSERVED, *FED, *standardised("obs/mean/read", "obs/var/read")), []),
        ((*OBSERVED, *AVERAGED, *standardised("obs/mean/read", "obs/var/read")), []),
        (
            (*OBSERVED, *COMPUTED, *AVERAGED, *standardised("obs/mean/read", "obs/var/read", data="y")),
            ["obs/mean obs/var - - 1 1 1"],
        ),
        (
            (*OBSERVED, *standardised("obs/mean/read", "obs/var/read", "c/batchnorm_1/Sqrt")),
            ["obs/mean obs/var - - 1 0 0"],
        ),
        ((*X, *NAMED), ["bn/moving_mean bn/moving_variance - - 1 0 0"]),
    ],
    ids=[
        "fed from outside",
        "averages of what is fed",
        "averages of what is computed",
        "in tf.nn.batch_normalization",
        "called as statistics are",
    ],
)
def test_data_is_standardised_without_batch_norm(lines: tuple[str, ...], expected: list[str]) -> None:
    assert found(graph(*lines)) == expected


def test_a_filter_that_keeps_sums_and_a_count_is_no_layer() -> None:
    built = graph(
        *X,
        variable("obs/sum"),
        variable("obs/sumsq"),
        variable("obs/count", shape="()"),
        "mean RealDiv obs/sum/read obs/count/read",
        "square RealDiv obs/sumsq/read obs/count/read",
        "mean2 Square mean",
        "variance Sub square mean2",
        standardised("mean", "variance"),
    )
    assert found(built) == []


def sums(*, is_beside_statistics: bool) -> Iterator[str]:
    """Yield the standing statistics of a generator: sums over batches, which are divided by their count."""
    yield from (*variable("bn/accu_mean"), *variable("bn/accu_variance"), *variable("bn/count", shape="()"), *moments())
    yield from ("u AssignAdd bn/accu_mean m/mean", "u2 AssignAdd bn/accu_variance m/variance")
    yield from ("mean RealDiv bn/accu_mean/read bn/count/read", "var RealDiv bn/accu_variance/read bn/count/read")
    yield from normalized("sampler", "mean", "var")
    if is_beside_statistics:
        yield from (*averages(), *normalized("train", "m/mean", "m/variance"))


def test_sums_beside_the_statistics_of_the_same_layer_are_no_other_layer() -> None:
    assert found(graph(*BASE, sums(is_beside_statistics=True))) == [f"{NAMES} 1 1 1"]
    assert found(graph(*X, *parameters(), sums(is_beside_statistics=False))) == [
        "bn/accu_mean bn/accu_variance bn/gamma bn/beta 1 1 1"
    ]


def mixed(name: str) -> Iterator[str]:
    """Yield stochastic weight averaging: ``w = w * (n / (n + 1)) + name * (1 / (n + 1))``."""
    yield from variable(f"swa/{name}")
    yield f"swa/{name}/old Mul swa/{name}/read n/old"
    yield f"swa/{name}/new Mul {name}/read n/new"
    yield f"swa/{name}/mix Add swa/{name}/old swa/{name}/new"
    yield f"swa/{name}/a Assign swa/{name} swa/{name}/mix"
    yield f"swa/{name}/load Assign {name} swa/{name}/read"


def test_averages_made_by_plain_assignments_are_no_layers() -> None:
    built = graph(
        *BASE,
        moments(),
        averages(),
        normalized("n", "m/mean", "m/variance"),
        "one Const value=1",
        variable("n", shape="()"),
        "n/sum Add n/read one",
        "n/old RealDiv n/read n/sum",
        "n/new RealDiv one n/sum",
        *(line for name in NAMES.split() for line in mixed(name)),
    )
    assert found(built) == [f"{NAMES} 1 1 1"]


def test_an_evaluation_that_reads_averages_of_the_statistics_is_one_of_the_same_layer() -> None:
    shadows = (f"bn/{name}/EMA" for name in ("moving_mean", "moving_variance"))
    built = graph(
        *BASE,
        moments(),
        averages(),
        normalized("train", "m/mean", "m/variance"),
        *(line for shadow in shadows for line in variable(shadow)),
        average("e", "bn/moving_mean/EMA", "bn/moving_mean/read"),
        average("e2", "bn/moving_variance/EMA", "bn/moving_variance/read"),
        normalized("evaluate", "bn/moving_mean/EMA/read", "bn/moving_variance/EMA/read"),
    )
    assert found(built) == [f"{NAMES} 2 1 1"]
