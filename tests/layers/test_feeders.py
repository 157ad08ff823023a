from __future__ import annotations

import pytest

from bnlint.graph.graph import Graph
from bnlint.layers.layer import Feeder
from tests.graph.build import graph, variable
from tests.layers.build import (
    PREDICATE,
    X,
    averages,
    fused,
    layer_of,
    meta,
    moments,
    normalized,
    parameters,
    statistics,
)

VARIABLES = (
    *X,
    *PREDICATE,
    *statistics(),
    *parameters(),
    *variable("w", "Const value=0", "(3,3,2,5)"),
    *variable("v", "Const value=0", "(3,3,2,5)"),
    *variable("m", "Const value=0", "(2,7)"),
    *variable("bias"),
)
CONV = "c Conv2D x w/read data_format='NHWC' _output_shapes=((-1,4,6,5),)"
OTHER = "d Conv2D x v/read"
DENSE = "c MatMul x m/read _output_shapes=((-1,7),)"

FOUND = Feeder("c", "w", 5, (None, 4, 6, 5))
WIDE = Feeder("c", "m", 7, (None, 7))


def feeder(*lines: str, data: str) -> Feeder | None:
    """Return what feeds a fused layer that normalises ``data``."""
    return fed(graph(*VARIABLES, *lines, fused("f", data, training=True), *tied("f")))


def tied(op: str) -> tuple[str, ...]:
    """Return updates of both statistics by the moments of ``op``."""
    return (
        f"t/sub Sub bn/moving_mean/read {op}:1",
        "t/mul Mul t/sub rate",
        "t AssignSub bn/moving_mean t/mul",
        f"u/sub Sub bn/moving_variance/read {op}:2",
        "u/mul Mul u/sub rate",
        "u AssignSub bn/moving_variance u/mul",
    )


def fed(about: Graph) -> Feeder | None:
    return layer_of(meta(about)).feeder


KEPT = {
    "the convolution itself": ("c", CONV),
    "an activation": ("r", f"{CONV}; r Relu c"),
    "a bias": ("b", f"{CONV}; b BiasAdd c bias/read"),
    "a bias, added by hand": ("b", f"{CONV}; b Add c bias/read"),
    "a bias, the other way round": ("b", f"{CONV}; b AddV2 bias/read c"),
    "half precision": ("h", f"{CONV}; h Cast c"),
    "a leaky activation by hand": ("l", f"{CONV}; a Const value=0.2; n Mul a c; l Maximum n c"),
    "x * sigmoid(x)": ("l", f"{CONV}; n Sigmoid c; l Mul n c"),
    "dropout of TensorFlow 1": ("o", f"{CONV}; k Const value=0.9; n RealDiv c k; fl Floor x; o Mul n fl"),
    "dropout of TensorFlow 2": (
        "o",
        f"{CONV}; k Const value=1.1; n Mul c k; ge GreaterEqual x k; ca Cast ge; o Mul n ca",
    ),
    "both branches of a cond": ("o", f"{CONV}; sw Switch c p; r Relu sw:1; o Merge sw r"),
}


@pytest.mark.parametrize(("data", "lines"), KEPT.values(), ids=KEPT)
def test_what_leaves_every_number_where_it_is(data: str, lines: str) -> None:
    assert feeder(*lines.split("; "), data=data) == FOUND


STOPS = {
    "nothing": ("x", "z Relu x"),
    "pooling": ("a", f"{CONV}; a AvgPool c"),
    "concat": ("a", f"{CONV}; {OTHER}; a ConcatV2 c d axis"),
    "a residual sum": ("a", f"{CONV}; {OTHER}; a Add c d"),
    "a residual sum with the input": ("a", f"{CONV}; a Add c x"),
    "a residual sum behind pooling": ("a", f"{CONV}; q MaxPool x; a Add c q"),
    "reshape": ("a", f"{CONV}; a Reshape c axis"),
    "transpose": ("a", f"{CONV}; a Transpose c axis"),
    "space to depth": ("a", f"{CONV}; a SpaceToDepth c"),
    "a depthwise convolution": ("a", "a DepthwiseConv2dNative x w/read"),
    "a transposed convolution": ("a", "a Conv2DBackpropInput axis w/read x"),
    "grouped convolutions": ("a", f"{CONV}; {OTHER}; a Concat axis c d"),
    "two branches with different convolutions": (
        "o",
        f"{CONV}; {OTHER}; s1 Switch c p; s2 Switch d p; o Merge s1:1 s2",
    ),
    "a kernel that is computed": ("c", "k Mul w/read rate; c Conv2D x k"),
    "a weight times data": ("c", "c MatMul m/read x"),
    "a reshape of a product": ("a", f"{DENSE}; a Reshape c axis"),
}


@pytest.mark.parametrize(("data", "lines"), STOPS.values(), ids=STOPS)
def test_what_may_change_the_meaning_of_an_axis(data: str, lines: str) -> None:
    assert feeder(*lines.split("; "), data=data) is None


def test_a_convolution_over_one_dimension() -> None:
    lines = ("c Conv2D x w/read", "e Squeeze c _output_shapes=((-1,6,5),)")
    assert feeder(*lines, data="e") == Feeder("c", "w", 5, (None, 6, 5))


def test_a_dense_layer() -> None:
    assert feeder(DENSE, data="c") == WIDE
    assert feeder("c MatMul x m/read transpose_b=True", data="c") == Feeder("c", "m", 2)


@pytest.mark.parametrize("kernel", ["m/read", "dot/Reshape_1"])
def test_a_dense_layer_on_sequences(kernel: str) -> None:
    lines = (
        "dot/transpose_1 Transpose m/read axis",
        "dot/Reshape_1 Reshape dot/transpose_1 axis",
        f"c MatMul x {kernel}",
        "dense/Tensordot Reshape c axis _output_shapes=((-1,6,7),)",
    )
    assert feeder(*lines, data="dense/Tensordot") == Feeder("c", "m", 7, (None, 6, 7))


def test_a_graph_without_shapes() -> None:
    assert feeder("c Conv2D x w/read", data="c") == Feeder("c", "w", 5)
    assert feeder("c Conv2D x w/read _output_shapes=(None,)", data="c") == Feeder("c", "w", 5)


DATA = {
    "x * inv + (beta - mean * inv)": normalized("n", "m/mean", "m/variance", "c"),
    "(x - mean) * inv": (
        "n/add AddV2 m/variance epsilon",
        "n/inv Rsqrt n/add",
        "n/centred Sub c m/mean",
        "n/unit Mul n/centred n/inv",
        "n/scaled Mul n/unit bn/gamma/read",
        "n/out Add n/scaled bn/beta/read",
    ),
    "gamma * (x - mean) / root": (
        "n/add AddV2 m/variance epsilon",
        "n/root Sqrt n/add",
        "n/centred Sub c m/mean",
        "n/scaled Mul bn/gamma/read n/centred",
        "n/out RealDiv n/scaled n/root",
    ),
}


@pytest.mark.parametrize("lines", DATA.values(), ids=DATA)
def test_what_a_layer_that_is_not_fused_normalises(lines: tuple[str, ...]) -> None:
    about = graph(
        *X,
        *statistics(),
        *parameters(),
        *variable("w", "Const value=0", "(3,3,2,5)"),
        CONV,
        *moments(data="c"),
        *averages(),
        *lines,
    )
    assert fed(about) == FOUND


def test_all_applications_must_be_fed_by_one_kernel() -> None:
    def two(second: str) -> Feeder | None:
        again = fused("g", "e", training=True)
        return fed(graph(*VARIABLES, CONV, second, fused("f", "c", training=True), again, *tied("f"), *again_tied()))

    assert two("e Conv2D x w/read") == FOUND
    assert two("e Conv2D x v/read") is None
    assert two("e AvgPool c") is None


def again_tied() -> tuple[str, ...]:
    """Return an update by the second application, which ties it to the same layer."""
    return ("y/sub Sub bn/moving_mean/read g:1", "y/mul Mul y/sub rate", "y AssignSub bn/moving_mean y/mul")


def test_a_walk_through_a_long_chain_ends() -> None:
    chain = [f"r{k} Relu {f'r{k - 1}' if k else 'c'}" for k in range(200)]
    assert feeder(CONV, *chain, data="r199") is None
