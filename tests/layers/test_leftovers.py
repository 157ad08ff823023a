from __future__ import annotations

import pytest

from bnlint.artifacts.artifact import MetaGraph
from bnlint.graph.graph import Graph
from bnlint.layers.from_graph import GraphView
from tests.graph.build import graph
from tests.layers.build import X, fused, normalized, parameters, statistics

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
