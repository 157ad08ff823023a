"""Who wrote the update ops of a layer: the repair is written in their words."""

from __future__ import annotations

from collections.abc import Collection

from bnlint.graph.graph import Graph
from bnlint.layers.layer import Dialect
from bnlint.layers.statistics import GraphLayer

_ASSIGNS = frozenset({"Assign", "AssignVariableOp"})


def dialect_of(
    graph: Graph, layer: GraphLayer, model_variables: Collection[str], *, is_registered: bool, has_phase: bool
) -> Dialect:
    """Return the dialect of ``layer``.

    Args:
        graph: the graph it stands in.
        layer: the layer.
        model_variables: op names in slim's MODEL_VARIABLES collection.
        has_phase: whether the graph has Keras's learning-phase placeholder.
        is_registered: whether a collection names its updates, as tf.layers and contrib see to and Keras does not.
    """
    names = [graph.nodes[n].name for n in (layer.mean, layer.variance)]
    if all("ExponentialMovingAverage" in name for name in names):
        return Dialect.EMA
    ops = [graph.nodes[u.number] for u in (*layer.mean_updates, *layer.variance_updates)]
    if any(op.op in _ASSIGNS and "AssignMovingAvg" not in op.name and "AssignNewValue" not in op.name for op in ops):
        return Dialect.ASSIGN
    scope, _, leaf = names[0].rpartition("/")
    if leaf != "moving_mean":
        return Dialect.UNKNOWN
    if scope.rpartition("/")[2].startswith("BatchNorm") or set(names) <= set(model_variables):
        return Dialect.SLIM
    if is_registered:
        return Dialect.TF_LAYERS
    if not ops and any(normalizer.uses_batch for normalizer in layer.normalizers):
        return Dialect.ASSIGN  # in training mode a layer of a library always brings its updates
    if graph.nodes[layer.mean].op == "VarHandleOp" or has_phase:
        return Dialect.KERAS
    return Dialect.TF_LAYERS if not ops else Dialect.ASSIGN


def dialect_by_name(mean: str, variance: str) -> Dialect:
    """Return the dialect that the names of two statistics give away where there is no graph.

    ``batch_normalization/moving_mean`` may be of tf.layers or of tf.keras, and leaves it open.
    """
    if all("ExponentialMovingAverage" in name for name in (mean, variance)):
        return Dialect.EMA
    scope, _, leaf = mean.rpartition("/")
    if leaf == "moving_mean":
        return Dialect.SLIM if scope.rpartition("/")[2].startswith("BatchNorm") else Dialect.UNKNOWN
    return Dialect.ASSIGN if leaf.startswith(("pop_", "population_", "running_")) else Dialect.UNKNOWN
