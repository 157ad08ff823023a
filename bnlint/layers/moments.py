"""Where a per-channel tensor comes from: moments of a batch, variables, or a choice between them.

Means and variances reach a batch normalization, and the ops that update its statistics, through short
chains of per-channel arithmetic. `Moments` follows such a chain back to what it starts from and stops
there, so that a walk never leaves the neighbourhood of one layer.
"""

from __future__ import annotations

from typing import NamedTuple

from bnlint.graph.control_flow import MERGES, PASS_THROUGH, SELECTS
from bnlint.graph.graph import Graph, Output
from bnlint.graph.variables import READS, VARIABLES

FUSED = frozenset({"FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"})
REDUCTIONS = frozenset({"Mean", "Sum"})
_SQUARES = frozenset({"SquaredDifference", "Square"})
_COLLECTIVES = frozenset(
    {"CollectiveReduce", "CollectiveReduceV2", "CrossReplicaSum", "NcclAllReduce", "HorovodAllreduce"}
)
_ARITHMETIC = frozenset(
    {"Add", "AddV2", "AddN", "Sub", "Mul", "Neg", "RealDiv", "Div", "DivNoNan", "Reciprocal", "Inv", "Maximum"}
    | {"Minimum", "Cast", "Reshape", "Squeeze", "ExpandDims", "BroadcastTo", "Tile", "Pack", "Unpack", "Relu"}
    | {"Split", "SplitV", "StridedSlice", "ConcatV2", "Sqrt", "Rsqrt", "Pow", "Transpose"}
)
_REGION = MERGES | SELECTS | _SQUARES | _ARITHMETIC
_CASTS = 4
"""Changes of dtype in a row between a square and its average."""
_LIMIT = 200
"""Ops in one chain; the longest seen (renorm with zero debias) has under 60."""


class Origin(NamedTuple):
    """What a per-channel tensor is made of."""

    batch: frozenset[int] = frozenset()
    """Nodes that compute a mean over the batch: reductions, and fused ops in training mode."""
    is_second_moment: bool = False
    """A square is averaged somewhere: the tensor is a variance."""
    variables: frozenset[int] = frozenset()
    choices: frozenset[int] = frozenset()
    """Merge and Select nodes on the way: the tensor is one thing or another."""

    @property
    def is_batch(self) -> bool:
        """Whether moments of a batch enter."""
        return bool(self.batch)


def is_training(graph: Graph, fused: int) -> bool:
    """Whether a fused op normalises with batch statistics. A SavedModel strips the attribute where it is True."""
    return graph.nodes[fused].attributes.get("is_training", True) is not False


class Moments:
    """Origins of the tensors of one graph, each walked once."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._origins: dict[Output, Origin] = {}

    def origin(self, output: Output) -> Origin:
        """Return what ``output`` is made of, within its chain of per-channel arithmetic."""
        if output not in self._origins:
            self._origins[output] = self._walk(output)
        return self._origins[output]

    def _walk(self, start: Output) -> Origin:  # noqa: C901 - one branch per kind of op
        graph = self._graph
        batch, variables, choices = set[int](), set[int](), set[int]()
        second = False
        pending, seen = [start], set[Output]()
        while pending and len(seen) < _LIMIT:
            output = pending.pop()
            if output in seen:
                continue
            seen.add(output)
            number = output.node
            op = graph.nodes[number].op
            data = graph.data[number]
            if op in VARIABLES:
                variables.add(number)
            elif op in FUSED:
                if is_training(graph, number) and output.port in (1, 2):
                    batch.add(number)
                    second |= output.port == 2
            elif op in REDUCTIONS and data:
                squared = self._squared(data[0])
                second |= squared is not None
                if squared is None:
                    batch.add(number)
                pending.extend(squared or self._shifts(data[0]))
            elif op in READS or op in PASS_THROUGH or op in _COLLECTIVES or op in ("AssignAdd", "AssignSub"):
                pending.extend(data[:1])
            elif op == "Assign":
                pending.extend(data[1:2])  # its output is the variable, holding the value from now on
            elif op in _REGION:
                choices.update({number} if op in MERGES or op in SELECTS else ())
                pending.extend(data[1:] if op in SELECTS else data)
        return Origin(frozenset(batch), second, frozenset(variables), frozenset(choices))

    def _squared(self, averaged: Output) -> tuple[Output, ...] | None:
        """Return what ``averaged`` was shifted by if it is a square, () for a plain square, None for no square."""
        graph = self._graph
        for _ in range(_CASTS):
            if graph.nodes[averaged.node].op == "Cast":
                averaged = graph.data[averaged.node][0]
        op, data = graph.nodes[averaged.node].op, graph.data[averaged.node]
        if op == "SquaredDifference":
            return tuple(data[1:])
        if data and (op in ("Square", "Pow") or (op == "Mul" and data[0] == data[1])):
            return self._shifts(data[0])
        return None

    def _shifts(self, averaged: Output) -> tuple[Output, ...]:
        """Return what is subtracted from ``averaged`` before its average (sufficient statistics shift their data)."""
        if self._graph.nodes[averaged.node].op != "Sub":
            return ()
        return tuple(self._graph.data[averaged.node][1:])
