from __future__ import annotations

from collections.abc import Iterator

import pytest

from bnlint.graph.graph import Graph
from tests.graph.build import graph, variable
from tests.layers.build import (
    PREDICATE,
    X,
    described,
    fused,
    moments,
    normalized,
    normalizers,
    parameters,
    statistics,
)

BASE = (*X, *PREDICATE, *statistics(), *parameters(), *moments())
AFFINE = "bn/gamma bn/beta 0.001"
POPULATION = f"bn/moving_mean bn/moving_variance {AFFINE}"
BATCH = f"batch batch {AFFINE}"
SWITCHED = f"batch|bn/moving_mean batch|bn/moving_variance {AFFINE}"


def found(about: Graph) -> list[str]:
    return [described(about, n) for n in normalizers(about)]


MEAN, VARIANCE, GAMMA, BETA = (f"bn/{role}/read" for role in ("moving_mean", "moving_variance", "gamma", "beta"))
ORDERS = {
    "tf.nn.batch_normalization": (
        "r Rsqrt a; g Mul r GAMMA; xg Mul x g; mg Mul MEAN g; b Sub BETA mg; out Add xg b",
        POPULATION,
    ),
    "gamma last": ("r Rsqrt a; d Sub x MEAN; n Mul d r; g Mul n GAMMA; out Add g BETA", POPULATION),
    "gamma last, the other way round": (
        "r Rsqrt a; d Sub x MEAN; n Mul r d; g Mul GAMMA n; out AddV2 BETA g",
        POPULATION,
    ),
    "divided by the root": ("r Sqrt a; d Sub x MEAN; n RealDiv d r; g Mul GAMMA n; out Add g BETA", POPULATION),
    "gamma * (x - mean) / sqrt": ("r Sqrt a; d Sub x MEAN; g Mul GAMMA d; n RealDiv g r; out Add n BETA", POPULATION),
    "(x - mean) * gamma / sqrt": ("r Sqrt a; d Sub x MEAN; g Mul d GAMMA; n RealDiv g r; out Add n BETA", POPULATION),
    "(x - mean) * (gamma / sqrt)": ("r Sqrt a; i RealDiv GAMMA r; d Sub x MEAN; n Mul d i; out Add n BETA", POPULATION),
    "reciprocal of the root": (
        "r Sqrt a; i Reciprocal r; d Sub x MEAN; n Mul d i; g Mul n GAMMA; out Add g BETA",
        POPULATION,
    ),
    "a power": (
        "half Const value=-0.5; r Pow a half; d Sub x MEAN; n Mul d r; g Mul n GAMMA; out Add g BETA",
        POPULATION,
    ),
    "cast to half precision": (
        "r Rsqrt a; c Cast r; g Mul c GAMMA; d Sub x MEAN; n Mul d g; out Add n BETA",
        POPULATION,
    ),
    "neither scale nor offset": ("r Rsqrt a; d Sub x MEAN; out Mul d r", "bn/moving_mean bn/moving_variance - - 0.001"),
    "folded, without an offset": (
        "r Rsqrt a; g Mul r GAMMA; xg Mul x g; mg Mul MEAN g; b Neg mg; out Add xg b",
        "bn/moving_mean bn/moving_variance bn/gamma - 0.001",
    ),
    "folded, with a negated mean": (
        "r Rsqrt a; g Mul r GAMMA; xg Mul x g; mn Neg MEAN; mg Mul mn g; out Add xg mg",
        "bn/moving_mean bn/moving_variance bn/gamma - 0.001",
    ),
    "offset alone": (
        "r Rsqrt a; d Sub x MEAN; n Mul d r; out Add n BETA",
        "bn/moving_mean bn/moving_variance - bn/beta 0.001",
    ),
    "scale alone": (
        "r Rsqrt a; d Sub x MEAN; n Mul d r; g Mul n GAMMA",
        "bn/moving_mean bn/moving_variance bn/gamma - 0.001",
    ),
}


def written(lines: str) -> list[str]:
    for word, name in {"GAMMA": GAMMA, "BETA": BETA, "MEAN": MEAN}.items():
        lines = lines.replace(word, name)
    return lines.split("; ")


@pytest.mark.parametrize(("lines", "expected"), ORDERS.values(), ids=ORDERS)
@pytest.mark.parametrize("add", [f"a Add {VARIANCE} epsilon", f"a AddV2 epsilon {VARIANCE}"], ids=["v + e", "e + v"])
def test_decomposed_arithmetic_in_every_order(lines: str, expected: str, add: str) -> None:
    assert found(graph(*BASE, add, *written(lines))) == [expected]


@pytest.mark.parametrize(
    "lines",
    [
        "r Rsqrt VARIANCE",
        "r Rsqrt VARIANCE; g Mul r GAMMA; xg Mul x g",
        "r Sqrt x; d Sub x MEAN; n RealDiv d r",
        "sq Square x; e2 Mean sq axis; r Sqrt e2; n RealDiv x r",
        "r Rsqrt epsilon; d Sub x MEAN; n Mul d r",
    ],
    ids=["a root alone", "nothing is centred", "the root of data", "root mean square", "the root of a constant"],
)
def test_what_is_no_normalization(lines: str) -> None:
    assert found(graph(*BASE, *written(lines.replace("VARIANCE", VARIANCE)))) == []


def test_the_gradient_of_a_gradient_normalises_nothing() -> None:
    scope = "gradients_1/gradients/bn/FusedBatchNormV3_grad/FusedBatchNormGradV3_grad"
    assert (
        found(
            graph(
                *BASE, f"a Add {VARIANCE} epsilon", f"{scope}/r Rsqrt a", *written(f"d Sub x MEAN; n Mul d {scope}/r")
            )
        )
        == []
    )


def test_without_an_addition_there_is_no_epsilon() -> None:
    built = graph(*BASE, f"r Rsqrt {VARIANCE}", f"d Sub x {MEAN}", "n Mul d r")
    assert found(built) == ["bn/moving_mean bn/moving_variance - - -"]


def test_layer_normalization_is_a_normalizer_without_variables() -> None:
    built = graph(*BASE, normalized("ln", "m/mean", "m/variance"))
    assert found(built) == [BATCH]
    (normalizer,) = normalizers(built)
    assert normalizer.uses_batch
    assert not normalizer.uses_population


@pytest.mark.parametrize(("training", "expected"), [(True, BATCH), (False, POPULATION)])
def test_fused(training: bool, expected: str) -> None:  # noqa: FBT001
    assert found(graph(*BASE, fused("f", training=training))) == [expected]


def test_a_fused_op_without_attributes_trains_with_an_epsilon_of_1e_4() -> None:
    built = graph(*BASE, f"f FusedBatchNorm x {GAMMA} {BETA} axis axis")
    assert found(built) == ["batch batch bn/gamma bn/beta 0.0001"]


def test_the_old_op_for_global_normalization() -> None:
    op = f"g BatchNormWithGlobalNormalization x {MEAN} {VARIANCE} {BETA} {GAMMA}"
    assert found(graph(*BASE, f"{op} variance_epsilon=0.01")) == [
        "bn/moving_mean bn/moving_variance bn/gamma bn/beta 0.01"
    ]
    assert found(graph(*BASE, op)) == ["bn/moving_mean bn/moving_variance bn/gamma bn/beta 0.0001"]


def chosen(mean: str, variance: str) -> Iterator[str]:
    """Yield the choice between batch and population moments that a tf.cond makes outside the arithmetic."""
    for scope, batch, kept in (("mean", mean, MEAN), ("variance", variance, VARIANCE)):
        yield f"{scope}/then Switch {batch} p"
        yield f"{scope}/else Switch {kept} p"
        yield f"{scope} Merge {scope}/else {scope}/then:1"


def test_a_cond_chooses_the_moments() -> None:
    built = graph(*BASE, chosen("m/mean", "m/variance"), normalized("n", "mean", "variance"))
    assert found(built) == [f"{SWITCHED} if p"]


@pytest.mark.parametrize(
    ("select", "expected"),
    [("Select p m/{0} bn/moving_{0}/read", "p"), ("SelectV2 p bn/moving_{0}/read m/{0}", "not p")],
)
def test_a_select_chooses_the_moments(select: str, expected: str) -> None:
    lines = [f"{role} {select.format(role)}" for role in ("mean", "variance")]
    built = graph(*BASE, *lines, normalized("n", "mean", "variance"))
    assert found(built) == [f"{SWITCHED} if {expected}"]


def test_a_standard_deviation_that_is_chosen_after_the_root() -> None:
    built = graph(
        *BASE,
        variable("bn/moving_std", "Const value=1"),
        "m/add Add m/variance epsilon",
        "m/std Sqrt m/add",
        "then Switch m/std p",
        "else Switch bn/moving_std/read p",
        "std Merge else then:1",
        "mean/then Switch m/mean p",
        f"mean/else Switch {MEAN} p",
        "mean Merge mean/else mean/then:1",
        "d Sub x mean",
        "n RealDiv d std",
        f"g Mul n {GAMMA}",
        f"out Add g {BETA}",
    )
    assert found(built) == [f"batch|bn/moving_mean batch|bn/moving_std {AFFINE} if p"]


def branches(predicate: str = "p", *, then: bool = True, data: str = "x") -> Iterator[str]:
    """Yield a fused pair as smart_cond builds it: one op in each branch."""
    yield f"then/x Switch {data} {predicate}"
    yield f"else/x Switch {data} {predicate}"
    yield fused("then/f", "then/x:1", training=then)
    yield fused("else/f", "else/x", training=not then)
    yield "merged Merge else/f then/f"


@pytest.mark.parametrize(("then", "expected"), [(True, "p"), (False, "not p")])
def test_two_fused_ops_in_the_branches_of_one_cond_are_one(then: bool, expected: str) -> None:  # noqa: FBT001
    assert found(graph(*BASE, branches(then=then))) == [f"{SWITCHED} if {expected}"]


def test_two_copies_outside_a_cond_are_two() -> None:
    built = graph(*BASE, fused("a", training=True), fused("b", training=False))
    assert found(built) == [BATCH, POPULATION]


def test_two_copies_in_the_same_branch_are_two() -> None:
    built = graph(*BASE, "sx Switch x p", fused("a", "sx:1", training=True), fused("b", "sx:1", training=False))
    assert found(built) == [BATCH, POPULATION]


def test_copies_under_different_predicates_are_two() -> None:
    built = graph(
        *BASE,
        "q Placeholder",
        "sp Switch x p",
        "sq Switch x q",
        fused("a", "sp:1", training=True),
        fused("b", "sq", training=False),
    )
    assert found(built) == [BATCH, POPULATION]


def test_a_twin_is_the_one_that_normalises_the_same_data() -> None:
    built = graph(
        *BASE,
        "y Placeholder",
        *(f"s{data}{k} Switch {data} p" for data in "xy" for k in range(2)),
        fused("x_train", "sx0:1", training=True),
        fused("y_infer", "sy1", training=False),
        fused("x_infer", "sx1", training=False),
    )
    lone = [n for n in normalizers(built) if n.choice is None]
    assert [built.nodes[n.number].name for n in lone] == ["y_infer"]


def test_layers_with_other_scales_are_not_joined() -> None:
    built = graph(
        *BASE,
        statistics("other"),
        parameters("other"),
        "sx Switch x p",
        fused("a", "sx:1", training=True),
        fused("b", "sx", "other", training=False),
    )
    assert len(found(built)) == 2
