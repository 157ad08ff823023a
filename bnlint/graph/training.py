"""Where a graph trains: the ops by which an optimizer applies gradients, and what runs together with them.

An op is *wired* when some node needs both it and an apply op: running that node trains and runs the op.
``control_dependencies`` puts its edges on gradient nodes and ``tf.group(train_op, updates)`` makes a new
node that no collection names, so the test is a common descendant, not an ancestor of TRAIN_OP.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property

from bnlint.graph.graph import Graph, Output
from bnlint.graph.sweep import ancestors, descendants, nearest_descendants
from bnlint.graph.variables import READS, AssignKind, Variables, just_assigned, variable_of

SAVING = frozenset(
    {"Save", "SaveSlices", "SaveV2", "MergeV2Checkpoints", "ShardedFilename"} | {"Restore", "RestoreSlice", "RestoreV2"}
)
_SCATTERS = frozenset(
    {"ScatterSub", "ScatterAdd", "ScatterUpdate", "ResourceScatterAdd", "ResourceScatterSub", "ResourceScatterUpdate"}
)
_GRADIENT_SCOPES = frozenset({"gradients", "gradient_tape"})
"""tf.gradients and GradientTape build everything below these name scopes (tensorflow/python/ops/gradients_util.py,
tensorflow/python/eager/backprop.py)."""
_NEAR = 24
"""How many ops stand between the variable in which gradients are accumulated and the op that applies them."""
_MOST_STEPS = 16
"""Ends of the graph that are looked at one by one; a program that fetches more runs them all in one step."""
_REACH = 300
"""How many ops an optimizer written by hand may put between a gradient and the assignment it feeds."""


class Training:
    """The apply ops of one graph and the sweeps from them."""

    def __init__(self, graph: Graph, variables: Variables, trainable: Collection[str]) -> None:
        """Find the apply ops. ``trainable`` are the op names in the TRAINABLE_VARIABLES collection."""
        self._graph = graph
        self.applies_by_variable: dict[int, tuple[int, ...]] = {}
        """Apply ops by the variable they train."""
        applies: set[int] = set()
        for number, variable in self._apply_ops(variables, trainable):
            applies.add(number)
            if variable is not None:
                self.applies_by_variable[variable] = (*self.applies_by_variable.get(variable, ()), number)
        applies.update(self._accumulations(variables, applies))
        self.applies = frozenset(applies)
        self._aside = variables.declared | {n for n, node in enumerate(graph.nodes) if node.op in SAVING}
        self.path = ancestors(graph, self.applies)
        """Everything a training step computes before or while it applies gradients."""
        self.after = descendants(graph, self.applies, self._aside)
        """Everything that implies a training step."""
        self._wired = ancestors(graph, self.after)

    def is_wired(self, number: int) -> bool:
        """Whether some node runs both node ``number`` and an apply op."""
        return number in self._wired

    @cached_property
    def steps(self) -> tuple[frozenset[int], ...]:
        """What each op runs that implies a training step and that nothing else needs: a GAN has one per network."""
        after, consumers, waiting = self.after, self._graph.consumers, self._graph.waiting
        ends = [
            number
            for number in sorted(after)
            if after.isdisjoint(consumers[number])
            and not any(other in after for group in waiting.get(number, ()) for other in group)
        ]
        if not 1 < len(ends) <= _MOST_STEPS:
            return (self._wired,)
        return tuple([ancestors(self._graph, [end]) for end in ends])

    def joint(self, number: int) -> int | None:
        """Return a nearest node that runs both node ``number`` and an apply op; None where it is not wired."""
        return self._joints.get(number)

    @cached_property
    def _joints(self) -> Mapping[int, int]:
        """For every wired node, a nearest node that implies a training step: one sweep for all."""
        return nearest_descendants(self._graph, self.after)

    def _apply_ops(self, variables: Variables, trainable: Collection[str]) -> Iterable[tuple[int, int | None]]:
        graph = self._graph
        for number, node in enumerate(graph.nodes):
            data = graph.data[number]
            if "Apply" in node.op:
                yield number, variable_of(graph, data[0]) if data else None
            elif node.op in _SCATTERS and len(data) == 3 and self._is_gradient(data[2].node):
                yield number, variable_of(graph, data[0])
        for variable, assignments in variables.assignments.items():
            if graph.nodes[variable].name in trainable:
                for assignment in assignments:
                    if assignment.kind is AssignKind.UPDATE and self._is_gradient(assignment.value.node):
                        yield assignment.number, variable

    def _accumulations(self, variables: Variables, applies: Collection[int]) -> Iterator[int]:
        """Yield assignments of gradients to variables that an apply op takes its gradient from, in another run."""
        for number in sorted(applies):
            pending = [output.node for output in self._graph.data[number]]
            for current in pending:  # grows while it is walked
                if len(pending) > _NEAR:
                    break
                variable = variable_of(self._graph, Output(current))
                if variable is None:
                    pending.extend(output.node for output in self._graph.data[current])
                    continue
                for assignment in variables.assignments.get(variable, ()):
                    if assignment.kind is AssignKind.UPDATE and self._is_gradient(assignment.value.node):
                        yield assignment.number

    def _is_gradient(self, number: int) -> bool:
        """Whether a gradient enters node ``number`` within the reach of an optimizer's arithmetic."""
        pending, seen = [number], {number}
        for current in pending:
            if is_of_gradients(self._graph.nodes[current].name):
                return True
            found = [output.node for output in self._graph.data[current]]
            if self._graph.nodes[current].op in READS:
                found.extend(just_assigned(self._graph, current))  # a slot that Keras's optimizers move by themselves
            for other in found:
                if other not in seen and len(seen) < _REACH:
                    seen.add(other)
                    pending.append(other)
        return False


def is_of_gradients(name: str) -> bool:
    """Whether an op of this name was built to compute gradients."""
    return any(scope.rstrip("0123456789_") in _GRADIENT_SCOPES for scope in name.split("/")[:-1])
