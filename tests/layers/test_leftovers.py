from __future__ import annotations

import pytest

from bnlint.artifacts.artifact import MetaGraph
from bnlint.graph.graph import Graph
from bnlint.layers.from_graph import GraphView
from tests.graph.build import graph, variable
from tests.layers.build import X, averages, fused, meta, moments, normalized, parameters, statistics, trained

FOLDED = "batch norm {} folded into the ops around: the statistics are gone, and nothing is left to check"
WEIGHTS = ("w VariableV2 shape=(3,)", "x Placeholder")


def notes(about: Graph) -> tuple[str, ...]:
    return GraphView(MetaGraph(about, outputs=("y",), is_serving=True)).notes


TABLE = {
    "a scale that was folded": (graph(*WEIGHTS, "bn2/batchnorm/mul_1 Mul x w"), FOLDED.format("'bn2' is")),
    "an offset called like the op": (graph(*WEIGHTS, "bn1/FusedBatchNorm BiasAdd x w"), FOLDED.format("'bn1' is")),
    "without a scope": (graph(*WEIGHTS, "BatchNorm Add x w"), FOLDED.format("'BatchNorm' is")),
    "two of them": (
        graph(*WEIGHTS, "c/bn/mul Mul x w", "c/batch_normalization_1/mul Mul x w"),
        FOLDED.format("'c/batch_normalization_1' and 1 other are"),
    ),
    "one that is alive": (
        graph(*X, *statistics(), *parameters(), fused("bn/f", training=False), "bn/mul Mul x bn/gamma"),
        "",
    ),
    "one that is alive in pieces": (
        graph(*X, *statistics(), *parameters(), *normalized("bn/n", "bn/moving_mean/read", "bn/moving_variance/read")),
        "",
    ),
    "a scale that is data": (graph(*WEIGHTS, "bn/mul Mul x x"), ""),
    "another scope": (graph(*WEIGHTS, "conv/mul Mul x w", "subnet/mul Mul x w"), ""),
}


@pytest.mark.parametrize(("about", "expected"), TABLE.values(), ids=TABLE)
def test_traces(about, expected):
    assert notes(about) == ((expected,) if expected else ())


def test_only_frozen_graphs_are_asked():
    about = graph(*WEIGHTS, "bn/mul Mul x w")
    assert GraphView(MetaGraph(about, is_serving=True)).notes == ()


NO_STATISTICS = "batch norm {} no moving statistics in the graph: {} cannot be run in inference mode"
BATCH = (*X, *parameters(), *moments(), *normalized("n", "m/mean", "m/variance"))
OTHERS = (*parameters("other"), *normalized("n2", "m/mean", "m/variance", own="other"))
FUSED = (*X, *parameters(), fused("f", training=True))
WITHIN = ("axes Const value=[1,2]", "m/mean Mean x axes", "m/square SquaredDifference x m/mean")
SAMPLE = (*X, *parameters(), *WITHIN, "m/variance Mean m/square axes", *normalized("n", "m/mean", "m/variance"))
KERNEL = (*X, *parameters(), *variable("w"), "s Const value=[-1,3]", "flat Reshape w/read s")
STANDARDISED = (*moments(data="flat"), *normalized("n", "m/mean", "m/variance", "flat"), "y MatMul x n/out")
UNSCALED = (*X, *moments(), *parameters(), "a AddV2 m/variance epsilon", "r Rsqrt a", "d Sub x m/mean", "z Mul d r")

WITHOUT = {
    "one": (graph(*BATCH, *trained("n/out")), NO_STATISTICS.format("'bn' has", "it")),
    "two": (
        graph(*BATCH, *OTHERS, "y AddV2 n/out n2/out", *trained("y", "other/gamma")),
        NO_STATISTICS.format("'bn' and 1 other have", "they"),
    ),
    "two copies of one": (
        graph(*BATCH, *normalized("n2", "m/mean", "m/variance"), "y AddV2 n/out n2/out", *trained("y")),
        NO_STATISTICS.format("'bn' has", "it"),
    ),
    "fused": (graph(*FUSED, *trained("f")), NO_STATISTICS.format("'bn' has", "it")),
    "a layer with statistics": (graph(*BATCH, *statistics(), *averages(), *trained("n/out")), ""),
    "moments that something keeps": (graph(*BATCH, *variable("kept"), "k Assign kept m/mean", *trained("n/out")), ""),
    "moments within a sample": (graph(*SAMPLE, *trained("n/out")), ""),
    "standardised weights": (graph(*KERNEL, *STANDARDISED, *trained("y")), ""),
    "neither scale nor offset": (graph(*UNSCALED, *trained("z")), ""),
    "scale and offset that nothing trains": (
        graph(*BATCH, *variable("w"), "y MatMul n/out w/read", "g Neg y", "train ApplyGradientDescent w rate g"),
        "",
    ),
    "no step needs it": (graph(*BATCH, *trained("x")), ""),
    "a graph that does not train": (graph(*BATCH), ""),
}


@pytest.mark.parametrize(("about", "expected"), WITHOUT.values(), ids=WITHOUT)
def test_layers_that_never_had_statistics(about, expected):
    assert GraphView(meta(about)).notes == ((expected,) if expected else ())


def test_a_served_graph_has_lost_statistics_that_training_may_have_had():
    about = MetaGraph(graph(*BATCH, *trained("n/out")), is_serving=True)
    assert GraphView(about).notes == ()
