"""The ops that move statistics: what they average, with which momentum, and under which predicate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bnlint.graph.control_flow import MERGES, PASS_THROUGH, SELECTS, Gate, Gates, gate, source
from bnlint.graph.graph import Graph, Output
from bnlint.graph.variables import AssignKind, Assignment, Variables, variable_of
from bnlint.layers.moments import FUSED, Moments, Origin, is_training

_SUBTRACTS = frozenset({"AssignSub", "AssignSubVariableOp", "AssignAdd", "AssignAddVariableOp"})
_RESHAPES = frozenset({"Squeeze", "ExpandDims", "Reshape"})
"""TensorFlow 1.4 chooses the decay of tf.layers by a Select of vectors of length 1 (python/layers/normalization.py)."""
_LIMIT = 40
_ARMS = 2
"""What a tf.cond's Merge chooses from; wider ones hold no momentum, and deep ones would multiply."""


class Update(NamedTuple):
    """One op that moves one statistic."""

    number: int
    op: str
    variable: int
    origin: Origin
    """What the assigned value is made of."""
    momentum: float | None
    """The factor of the old value; None where it is not a constant."""
    gates: frozenset[Gate]
    """Predicates without which it does not run, or without which its momentum is 1."""

    @property
    def keeps_old_value(self) -> bool:
        """Whether the old value enters the new one; a plain assignment of the moments does not average."""
        return self.op in _SUBTRACTS or self.variable in self.origin.variables or bool(self.momentum)


class _Alternative(NamedTuple):
    value: float
    gates: frozenset[Gate]


class Updates:
    """Reads the updates of one graph's variables."""

    def __init__(self, graph: Graph, variables: Variables, moments: Moments, gates: Gates) -> None:
        self._graph = graph
        self._variables = variables
        self._moments = moments
        self._gates = gates

    def of(self, variable: int) -> tuple[Update, ...]:
        """Return every op that moves ``variable`` by a computed value."""
        return tuple(
            self._update(assignment)
            for assignment in self._variables.assignments.get(variable, ())
            if assignment.kind is AssignKind.UPDATE
        )

    def _update(self, assignment: Assignment) -> Update:
        origin = self._moments.origin(assignment.value)
        own = self._gates.of(assignment.number) | self._changing(assignment)
        alternatives = list(self._momenta(assignment))
        moving = [a for a in alternatives if a.value != 1.0]
        momentum = moving[0].value if moving else alternatives[0].value if alternatives else None
        stopping = frozenset[Gate]().union(*(a.gates for a in moving)) if len(moving) < len(alternatives) else own
        return Update(
            assignment.number, assignment.op, assignment.variable, origin, momentum, own | (stopping if moving else own)
        )

    def _changing(self, assignment: Assignment) -> frozenset[Gate]:
        """Return the gates without which a plain assignment gives the variable the value that it has."""
        number = source(self._graph, assignment.value).node
        op = self._graph.nodes[number].op
        if assignment.op in _SUBTRACTS or (op not in MERGES and op not in SELECTS):
            return frozenset()
        arms = self._gated(number)
        changing = [gates for arm, gates in arms if variable_of(self._graph, arm) != assignment.variable]
        return frozenset.intersection(*changing) if 0 < len(changing) < len(arms) else frozenset()

    def _momenta(self, assignment: Assignment) -> Iterator[_Alternative]:
        """Yield the values the momentum can take; more than one where a predicate chooses."""
        subtracts = assignment.op in _SUBTRACTS
        pending, seen = [assignment.value], set[Output]()
        while pending and len(seen) < _LIMIT:
            output = pending.pop(0)
            if output in seen:
                continue
            seen.add(output)
            number = output.node
            op, data = self._graph.nodes[number].op, self._graph.data[number]
            if op in FUSED and not subtracts:
                # TF 2 fuses the average into the op, which then puts out the new statistic itself.
                # In inference mode it puts out the statistics as they are.
                factor = self._graph.nodes[number].attributes.get("exponential_avg_factor", 1.0)
                factor = factor if is_training(self._graph, number) else 0.0
                if isinstance(factor, (int, float)):
                    yield _Alternative(_rounded(1.0 - factor), self._gates.of(number))
                continue
            if op == "Mul":
                found = self._factor(data, assignment.variable, subtracts=subtracts)
                if found is not None:
                    yield from found
                    return
                pending.extend(data)
            elif op in SELECTS:
                pending.extend(data[1:])
            elif op in PASS_THROUGH:
                pending.extend(data[:1])
            elif op in MERGES or op in ("Add", "AddV2", "Sub", "Cast", "Neg"):
                pending.extend(data)

    def _factor(self, data: tuple[Output, ...], variable: int, *, subtracts: bool) -> tuple[_Alternative, ...] | None:
        """Return the momenta of a product; () where the decay is no constant, None where neither factor averages."""
        for moved, factor in (data[:2], data[1::-1]):
            origin = self._moments.origin(moved)
            if variable not in origin.variables and not (subtracts and origin.is_batch):
                continue
            if self._moments.origin(factor).variables:
                return ()  # training schedules it
            complement = subtracts or origin.is_batch
            return tuple(
                _Alternative(_rounded(1.0 - a.value if complement else a.value), a.gates)
                for a in self._alternatives(factor)
            )
        return None

    def _alternatives(self, output: Output, depth: int = 12) -> list[_Alternative]:
        """Return the constants ``output`` can be, each with the predicate that chooses it; [] where one is unknown."""
        graph = self._graph
        constant = self._variables.number(output)
        if constant is not None:
            return [_Alternative(constant, frozenset())]
        op, data = graph.nodes[output.node].op, graph.data[output.node]
        if depth == 0 or not data:
            return []
        if op in PASS_THROUGH or op in _RESHAPES or op == "Cast":
            return self._alternatives(data[0], depth - 1)
        if op == "Sub":
            first = self._variables.number(data[0])
            if first is None:
                return []
            return [_Alternative(first - a.value, a.gates) for a in self._alternatives(data[1], depth - 1)]
        if (op in MERGES and len(data) == _ARMS) or op in SELECTS:
            return self._chosen(output.node, depth)
        return []

    def _gated(self, number: int) -> list[tuple[Output, frozenset[Gate]]]:
        """Return what Merge or Select ``number`` chooses from, each with the gates that choose it."""
        data = self._graph.data[number]
        if self._graph.nodes[number].op in SELECTS:
            predicate = self._unshaped(data[0])
            arms = [
                (arm, gate(self._graph, predicate, branch))
                for arm, branch in zip(data[1:], (True, False), strict=False)
            ]
            return [(arm, frozenset({own} if own else ())) for arm, own in arms]
        gated = [(arm, self._gates.of(arm.node) | self._gates.of_output(arm)) for arm in data]
        shared = frozenset[Gate].intersection(*(gates for _, gates in gated)) if gated else frozenset[Gate]()
        return [(arm, gates - shared) for arm, gates in gated]

    def _unshaped(self, output: Output) -> Output:
        """Return what a predicate was before it was made a vector."""
        output = source(self._graph, output)
        while self._graph.nodes[output.node].op in _RESHAPES and self._graph.data[output.node]:
            output = source(self._graph, self._graph.data[output.node][0])
        return output

    def _chosen(self, number: int, depth: int) -> list[_Alternative]:
        found: list[_Alternative] = []
        for arm, gates in self._gated(number):
            values = self._alternatives(arm, depth - 1)
            if not values:
                return []
            found.extend(_Alternative(a.value, a.gates | gates) for a in values)
        return found


def _rounded(value: float) -> float:
    """Undo float32: ``1 - 0.99`` is stored as 0.00999999977."""
    return float(f"{value:.6g}") if abs(value) > 1e-6 else 0.0
