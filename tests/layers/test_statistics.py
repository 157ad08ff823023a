from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.graph.build import graph, resource, variable
from tests.layers.build import (
    BASE,
    NAMES,
    X,
    average,
    averages,
    found,
    fused,
    layers,
    moments,
    normalized,
    parameters,
    statistics,
    summarised,
)


def test_a_fused_layer_in_training_mode_is_tied_to_what_its_moments_are_averaged_into() -> None:
    built = graph(
        *BASE,
        fused("f", training=True),
        average("a", "bn/moving_mean", "f:1"),
        average("b", "bn/moving_variance", "f:2"),
    )
    assert found(built) == [f"{NAMES} 1 1 1"]


def test_a_fused_layer_in_inference_mode_is_tied_to_what_it_reads() -> None:
    assert found(graph(*BASE, fused("f", training=False))) == [f"{NAMES} 1 0 0"]


def test_resource_variables_alike() -> None:
    built = graph(
        *X,
        resource("bn/moving_mean"),
        resource("bn/moving_variance", "Const value=1"),
        parameters(),
        fused("f", training=True),
        "d Sub bn/moving_mean/read f:1",
        "e Mul d rate",
        "a AssignSubVariableOp bn/moving_mean e",
        "d2 Sub bn/moving_variance/read f:2",
        "e2 Mul d2 rate",
        "b AssignSubVariableOp bn/moving_variance e2",
    )
    assert found(built) == [f"{NAMES} 1 1 1"]


def test_a_decomposed_layer_in_training_mode() -> None:
    built = graph(*BASE, moments(), averages(), normalized("n", "m/mean", "m/variance"))
    assert found(built) == [f"{NAMES} 1 1 1"]


def test_one_layer_applied_many_times_is_one() -> None:
    built = graph(
        *BASE,
        "y Placeholder",
        *(fused(f"f{k}", data, training=True) for k, data in enumerate("xyx")),
        fused("evaluation", training=False),
        average("a", "bn/moving_mean", "f0:1"),
        average("b", "bn/moving_variance", "f0:2"),
    )
    assert found(built) == [f"{NAMES} 4 1 1"]


def test_two_layers_that_share_an_input_are_two() -> None:
    built = graph(
        *BASE,
        statistics("other"),
        parameters("other"),
        fused("f", training=True),
        fused("g", own="other", training=True),
        *(
            line
            for op, own in (("f", "bn"), ("g", "other"))
            for k, role in ((1, "moving_mean"), (2, "moving_variance"))
            for line in average(f"{own}/{role}/a", f"{own}/{role}", f"{op}:{k}")
        ),
    )
    assert found(built) == [f"{NAMES} 1 1 1", f"{NAMES.replace('bn/', 'other/')} 1 1 1"]


def test_two_layers_that_share_the_moments_of_one_input_are_two() -> None:
    built = graph(
        *BASE,
        statistics("other"),
        parameters("other"),
        moments(),
        averages(),
        averages("other"),
        normalized("n", "bn/moving_mean/read", "bn/moving_variance/read"),
        normalized("o", "other/moving_mean/read", "other/moving_variance/read", own="other"),
    )
    assert found(built) == [f"{NAMES} 1 1 1", f"{NAMES.replace('bn/', 'other/')} 1 1 1"]


def test_names_play_no_part_where_the_structure_speaks() -> None:
    built = graph(
        *X,
        variable("Variable"),
        variable("Variable_1", "Const value=1"),
        parameters(),
        moments(),
        average("a", "Variable", "m/mean"),
        average("b", "Variable_1", "m/variance"),
        normalized("n", "m/mean", "m/variance"),
    )
    assert found(built) == ["Variable Variable_1 bn/gamma bn/beta 1 1 1"]


def test_a_variance_assigned_before_its_mean_is_still_the_variance() -> None:
    built = graph(
        *X,
        variable("a", "Const value=1"),
        variable("b"),
        parameters(),
        moments(),
        average("u", "a", "m/variance"),
        average("v", "b", "m/mean"),
        normalized("n", "m/mean", "m/variance"),
    )
    assert found(built) == ["b a bn/gamma bn/beta 1 1 1"]


def test_statistics_of_another_shape_are_not_a_pair() -> None:
    built = graph(
        *X,
        variable("a"),
        variable("b", "Const value=1", "(4,)"),
        parameters(),
        moments(),
        average("u", "a", "m/mean"),
        average("v", "b", "m/variance"),
        normalized("n", "m/mean", "m/variance"),
    )
    assert found(built) == []


def test_layer_normalization_is_no_layer() -> None:
    assert found(graph(*X, *parameters("ln"), *moments(), normalized("n", "m/mean", "m/variance", own="ln"))) == []


def test_averaged_losses_are_no_layers() -> None:
    built = graph(*X, variable("loss/avg", shape="()"), "loss Mean x axis", average("a", "loss/avg", "loss"))
    assert found(built) == []


def shadows(*names: str) -> Iterator[str]:
    """Yield what ExponentialMovingAverage.apply makes for variables."""
    for name in names:
        yield from variable(f"{name}/EMA")
        yield from average(f"{name}/EMA/a", f"{name}/EMA", f"{name}/read")


def test_averages_of_weights_are_no_layers_and_do_not_take_the_place_of_statistics() -> None:
    built = graph(
        *BASE,
        moments(),
        averages(),
        normalized("n", "m/mean", "m/variance"),
        shadows("bn/gamma", "bn/beta", "bn/moving_mean", "bn/moving_variance"),
    )
    assert found(built) == [f"{NAMES} 1 1 1"]


def raw(read: str) -> Iterator[str]:
    """Yield a helper class: raw variables assigned from the moments, and their averages, of which ``read`` are read."""
    yield from X
    yield from (*variable("Variable"), *variable("Variable_1", "Const value=1"), *parameters(), *moments())
    yield "keep Assign Variable m/mean"
    yield "keep_1 Assign Variable_1 m/variance"
    yield from shadows("Variable", "Variable_1")
    yield from normalized("train", "m/mean", "m/variance")
    if read:
        yield from normalized("infer", *(f"{name}/read" for name in read.split()))


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        ("Variable/EMA Variable_1/EMA", "Variable/EMA Variable_1/EMA bn/gamma bn/beta 2 1 1"),
        ("", "Variable/EMA Variable_1/EMA bn/gamma bn/beta 1 1 1"),
        ("Variable Variable_1", "Variable Variable_1 bn/gamma bn/beta 2 1 1"),
    ],
    ids=["inference reads the shadows", "no inference", "inference reads the raw pair"],
)
def test_where_the_raw_pair_holds_the_last_batch_its_shadows_are_the_statistics(read: str, expected: str) -> None:
    built = graph(raw(read))
    assert found(built) == [expected]
    (layer,) = layers(built)
    assert len(layer.raw) == (0 if read == "Variable Variable_1" else 2)


def test_a_raw_pair_that_averages_itself_is_the_statistics_whatever_is_averaged_again() -> None:
    built = graph(
        *BASE,
        moments(),
        averages(),
        normalized("n", "m/mean", "m/variance"),
        shadows("bn/moving_mean", "bn/moving_variance"),
    )
    (layer,) = layers(built)
    assert layer.raw == ()


def test_an_average_whose_decay_follows_the_step_averages_the_statistics_all_the_same() -> None:
    built = graph(
        *BASE,
        *variable("global_step", shape="()"),
        *("one Const value=1.0", "later Add one global_step/read", "decay RealDiv one later"),
        moments(),
        averages(),
        normalized("n", "m/mean", "m/variance"),
        *(variable(f"bn/{name}/EMA") for name in ("moving_mean", "moving_variance", "gamma", "beta")),
        average("m/a", "bn/moving_mean/EMA", "bn/moving_mean/read", "decay"),
        average("v/a", "bn/moving_variance/EMA", "bn/moving_variance/read", "decay"),
        normalized("e", "bn/moving_mean/EMA/read", "bn/moving_variance/EMA/read"),
    )
    assert found(built) == [f"{NAMES} 2 1 1"]


def debiased(statistic: str, value: str) -> Iterator[str]:
    """Yield a zero-debiased average (tensorflow/python/training/moving_averages.py)."""
    yield from variable(f"{statistic}/biased")
    yield from variable(f"{statistic}/local_step", shape="()")
    yield from average(f"{statistic}/b", f"{statistic}/biased", value)
    yield f"{statistic}/s AssignAdd {statistic}/local_step one"
    yield f"{statistic}/pow Pow one {statistic}/local_step/read ^{statistic}/s"
    yield f"{statistic}/scale Sub one {statistic}/pow"
    yield f"{statistic}/unbiased RealDiv {statistic}/b {statistic}/scale"
    yield f"{statistic}/delta Sub {statistic}/read {statistic}/unbiased"
    yield f"{statistic}/a AssignSub {statistic} {statistic}/delta"


def test_a_zero_debiased_average_has_the_momentum_of_the_biased_one() -> None:
    built = graph(
        *BASE,
        "one Const value=1.0",
        moments(),
        debiased("bn/moving_mean", "m/mean"),
        debiased("bn/moving_variance", "m/variance"),
        normalized("n", "m/mean", "m/variance"),
    )
    (layer,) = layers(built)
    assert summarised(built, layer) == f"{NAMES} 1 1 1"
    assert [u.momentum for u in (*layer.mean_updates, *layer.variance_updates)] == [0.9, 0.9]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((*statistics(), *parameters()), [f"{NAMES} 0 0 0"]),
        (tuple(statistics()), ["bn/moving_mean bn/moving_variance - - 0 0 0"]),
        ((*variable("n/mean"), *variable("n/variance"), *variable("n/count")), []),
        (tuple(parameters("ln")), []),
    ],
    ids=["named pair with scale and offset", "named pair", "preprocessing", "layer normalization"],
)
def test_pairs_that_nothing_is_tied_to_are_found_by_name(lines: tuple[str, ...], expected: list[str]) -> None:
    assert found(graph(*X, *lines)) == expected


def test_a_training_copy_that_moves_nothing_belongs_to_the_layer_whose_scale_it_uses() -> None:
    built = graph(*BASE, "y Placeholder", fused("infer", training=False), fused("train", "y", training=True))
    assert found(built) == [f"{NAMES} 2 0 0"]


def test_a_layer_without_scale_and_offset() -> None:
    built = graph(*X, *statistics(), moments(), averages(), "a Add m/variance epsilon", "r Rsqrt a", "d Sub x m/mean",
                  "n Mul d r")  # fmt: skip
    assert found(built) == ["bn/moving_mean bn/moving_variance - - 1 1 1"]
