from __future__ import annotations

import pytest

from bnlint.layers.names import common_scope, initial_variance, layer_name, pairs, siblings

EMA = "ExponentialMovingAverage"


def named(*names: str, **shapes: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    """Return names with a shape of three channels each."""
    return {**dict.fromkeys(names, (3,)), **shapes}


@pytest.mark.parametrize(
    ("mean", "variance"),
    [
        # Keras, tf.layers, contrib, slim
        ("moving_mean", "moving_variance"),
        ("bn/moving_mean", "bn/moving_variance"),
        ("conv1/BatchNorm/moving_mean", "conv1/BatchNorm/moving_variance"),
        ("bn/moving_mean_1", "bn/moving_variance_1"),
        ("bn/moving_mean", "bn/moving_var"),
        # hand-written
        ("bn/pop_mean", "bn/pop_var"),
        ("bn/pop_mean", "bn/pop_variance"),
        ("bn/running_mean", "bn/running_var"),
        ("bn/ema_mean_2", "bn/ema_var_2"),
        ("bn/global_mean", "bn/global_variance"),
        ("bn/population_mean", "bn/population_variance"),
        ("bn/mov_mean", "bn/mov_var"),
        ("bn/avg_mean", "bn/avg_var"),
        ("bn/moving_avg", "bn/moving_var"),
        ("bn1_running_mean", "bn1_running_var"),
        # tensorpack
        ("conv1/bn/mean/EMA", "conv1/bn/variance/EMA"),
        # averages of moments
        (f"bn/moments/Squeeze/{EMA}", f"bn/moments/Squeeze_1/{EMA}"),
        (f"bn/moments_2/Squeeze/{EMA}", f"bn/moments_2/Squeeze_1/{EMA}"),
        (f"bn/moments/Squeeze/{EMA}_1", f"bn/moments/Squeeze_1/{EMA}_1"),
        (f"bn/moments/mean/{EMA}", f"bn/moments/variance/{EMA}"),
        (f"bn/moments/normalize/mean/{EMA}", f"bn/moments/normalize/variance/{EMA}"),
        (f"moments/normalize/mean/{EMA}", f"moments/normalize/variance/{EMA}"),
        # averages of raw variables
        (f"bn/mean/{EMA}", f"bn/variance/{EMA}"),
        (f"bn/batch_mean/{EMA}", f"bn/batch_var/{EMA}"),
        (f"Variable/{EMA}", f"Variable_1/{EMA}"),
        (f"bn/Variable_4/{EMA}", f"bn/Variable_5/{EMA}"),
    ],
)
def test_a_mean_and_its_variance_are_a_pair(mean: str, variance: str) -> None:
    assert pairs(named(mean, variance, "w", "other/moving_mean")) == ((mean, variance),)
    assert pairs({mean: (3,), variance: (4,)}) == (), "of one shape only"


@pytest.mark.parametrize(
    "names",
    [
        ("bn/gamma", "bn/beta"),
        ("bn/moving_mean",),
        ("bn/moving_variance",),
        ("a/moving_mean", "b/moving_variance"),
        ("bn/moving_mean", "bn/moving_variance_1"),
        ("removing_mean", "removing_variance"),
        ("bn/moving_mean/Adam", "bn/moving_variance/Adam"),
        ("bn/moving_mean/Momentum", "bn/moving_variance/Momentum"),
        (f"bn/moving_mean/{EMA}", f"bn/moving_variance/{EMA}"),
        (f"bn/gamma/{EMA}", f"bn/beta/{EMA}"),
        ("beta1_power", "beta2_power"),
        ("alpha", "beta"),
        ("layer_norm/gamma", "layer_norm/beta"),
        ("mean", "variance"),
        ("normalization/mean", "normalization/variance", "normalization/count"),
        ("bn/Mean", "bn/Variance"),
        (f"Variable/{EMA}", f"Variable_2/{EMA}"),
        ("Variable", "Variable_1"),
        ("policy/mean", "policy/variance"),
    ],
)
def test_what_proves_nothing(names: tuple[str, ...]) -> None:
    assert pairs(named(*names)) == ()


def test_a_plain_mean_needs_a_scale_beside_it_and_no_count() -> None:
    plain = named("bn/mean", "bn/variance", "bn/scale")
    assert pairs(plain) == (("bn/mean", "bn/variance"),)
    assert pairs(named("bn/mean", "bn/var", "bn/beta")) == (("bn/mean", "bn/var"),)
    assert pairs({**plain, "bn/count": ()}) == ()
    assert pairs({**plain, "bn/scale": (7,)}) == ()


def test_a_shadow_is_part_of_one_pair() -> None:
    assert pairs(named(*(f"Variable_{k}/{EMA}" for k in (1, 2, 3)))) == ((f"Variable_1/{EMA}", f"Variable_2/{EMA}"),)


def test_averaged_weights_are_no_statistics() -> None:
    shadows = named(f"Variable_1/{EMA}", f"Variable_2/{EMA}")
    assert len(pairs(shadows)) == 1
    assert pairs({**shadows, f"Variable/{EMA}": (3, 3)}) == ()


def test_unnamed_shadows_are_paired_in_their_order_within_a_scope() -> None:
    shapes = named(*(f"Variable_{k}/{EMA}" for k in (2, 3, 10, 11)), f"other/Variable_4/{EMA}")
    assert pairs(shapes) == (
        (f"Variable_10/{EMA}", f"Variable_11/{EMA}"),
        (f"Variable_2/{EMA}", f"Variable_3/{EMA}"),
    )


def test_a_variance_belongs_to_one_mean() -> None:
    assert len(pairs(named("bn/moving_mean", "bn/moving_avg", "bn/moving_var"))) == 1


def test_two_pairs_in_one_scope_are_two() -> None:
    assert len(pairs(named("moving_mean", "moving_variance", "moving_mean_1", "moving_variance_1"))) == 2


@pytest.mark.parametrize(
    ("names", "gamma", "beta"),
    [
        (["bn/moving_mean", "bn/moving_variance", "bn/gamma", "bn/beta"], "bn/gamma", "bn/beta"),
        (["bn/moving_mean", "bn/moving_variance", "bn/scale", "bn/offset"], "bn/scale", "bn/offset"),
        (["bn/moving_mean", "bn/moving_variance", "bn/beta"], None, "bn/beta"),
        (["bn/moving_mean", "bn/moving_variance", "other/gamma", "other/beta"], None, None),
        (["bn/moving_mean", "bn/moving_variance", "gamma", "beta"], None, None),
        (["moving_mean", "moving_variance", "gamma", "beta"], "gamma", "beta"),
        (["bn/mean/EMA", "bn/variance/EMA", "bn/gamma", "bn/beta"], "bn/gamma", "bn/beta"),
        (["bn1_mean", "bn1_var", "bn1_gamma", "bn1_beta"], "bn1_gamma", "bn1_beta"),
        ([f"bn/moments/Squeeze/{EMA}", f"bn/moments/Squeeze_1/{EMA}", "bn/gamma", "bn/beta"], "bn/gamma", "bn/beta"),
        (
            [f"c/bn/c/bn/moments/Squeeze/{EMA}", f"c/bn/c/bn/moments/Squeeze_1/{EMA}", "c/bn/gamma"],
            "c/bn/gamma",
            None,
        ),
    ],
)
def test_scale_and_offset_are_those_of_the_same_scope(names: list[str], gamma: str | None, beta: str | None) -> None:
    found = siblings(names[0], names[1], named(*names))
    assert (found.gamma, found.beta) == (gamma, beta)


def test_a_scale_of_another_length_is_not_this_layers() -> None:
    found = siblings("bn/moving_mean", "bn/moving_variance", {**named("bn/moving_mean"), "bn/gamma": (4,)})
    assert found.gamma is None


@pytest.mark.parametrize(
    ("names", "scope"),
    [
        (["a/b/x", "a/b/y"], "a/b"),
        (["a/b/x", "a/c/y"], "a"),
        (["a/b/x", "a/b"], "a"),
        (["x", "y"], ""),
        (["ab/x", "a/y"], ""),
    ],
)
def test_common_scope(names: list[str], scope: str) -> None:
    assert common_scope(names) == scope


@pytest.mark.parametrize(
    ("names", "layer"),
    [
        (["conv1/bn/gamma", "conv1/bn/moving_mean"], "conv1/bn"),
        (["moving_mean", "moving_variance"], ""),
        (["conv1/bn/mean/EMA", "conv1/bn/variance/EMA"], "conv1/bn"),
        ([f"bn/moments/Squeeze/{EMA}", f"bn/moments/Squeeze_1/{EMA}"], "bn"),
        ([f"net/bn/moments/Squeeze/{EMA}", f"net/bn/moments/Squeeze_1/{EMA}"], "net/bn"),
        ([f"moments/Squeeze/{EMA}", f"moments/Squeeze_1/{EMA}"], "moments"),
        ([f"c/bn/c/bn/moments/Squeeze/{EMA}", f"c/bn/c/bn/moments/Squeeze_1/{EMA}"], "c/bn"),
        ([f"c/bn/c/bn/moments/normalize/mean/{EMA}", f"c/bn/c/bn/moments/normalize/variance/{EMA}"], "c/bn"),
        (["bn/bn/moving_mean", "bn/bn/moving_variance"], "bn/bn"),
        (["block/conv/block/conv/moving_mean", "block/conv/block/conv/gamma"], "block/conv/block/conv"),
    ],
)
def test_a_layer_has_the_name_of_the_scope_that_owns_its_variables(names: list[str], layer: str) -> None:
    assert layer_name(names) == layer


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("bn/moving_variance", 1.0),
        ("bn/variance/EMA", 1.0),
        (f"Variable_1/{EMA}", 1.0),
        (f"bn/variance/{EMA}", 1.0),
        (f"bn/moments/Squeeze_1/{EMA}", 0.0),
        (f"moments/Squeeze_1/{EMA}", 0.0),
        (f"bn/moments_1/Squeeze_1/{EMA}", 0.0),
        (f"bn/moments/Squeeze_1/{EMA}_1", 0.0),
        (f"bn/moments/normalize/variance/{EMA}", 0.0),
        ("bn/moments/moving_variance", 1.0),
        (f"my_moments/variance/{EMA}", 1.0),
    ],
)
def test_averages_of_tensors_start_at_0_and_everything_else_at_1(name: str, start: float) -> None:
    assert initial_variance(name) == start
