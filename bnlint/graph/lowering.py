"""Puts the bodies of functions in the place of their calls, between the ops of control flow v1.

Every piece is made as TensorFlow's lowering makes it: an If switches all its arguments and merges what the branches
return; a While enters, merges, switches and exits its variables, and those that its body hands through unchanged (all
resources) enter as constants. Nodes without inputs wait for the branch, the turn or the call in which they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from bnlint.graph.bodies import Bodies, Reference
from bnlint.graph.flat import FlatNodes
from bnlint.graph.functions import CALLS, BoundAttributes, FunctionName, kind_of_call, replaceable
from bnlint.graph.graph import GraphError, Node

DEEPEST = 64
"""Calls within calls. Nested Keras models make one or two a level."""


class _Site(NamedTuple):
    """Where a body is put."""

    wait: str | None = None
    """The node that runs exactly when the body does; None in the graph itself."""
    within: tuple[str, ...] = ()
    """The functions around it, outermost first."""


class _Outcome(NamedTuple):
    """What a call gives: its output tensors, and the nodes that run although nobody may read them."""

    outputs: list[str]
    after: list[str]
    changing: Sequence[str] = ()
    """The nodes of the body that change variables."""


_Lower: TypeAlias = Callable[[Node, Sequence[str], Sequence[str], _Site], _Outcome]


class Lowering:
    """Puts calls into a flat graph.

    Args:
        bodies: the functions that may be called.
        nodes: where the nodes are put.
    """

    def __init__(self, bodies: Bodies, nodes: FlatNodes) -> None:
        self._bodies = bodies
        self._nodes = nodes
        self._new = nodes.new
        self.copies: dict[str, list[str]] = {name: [] for name in bodies.named}
        """The nodes made of those that somebody names, by their name in the body."""

    def add(self, node: Node) -> None:
        """Put in a node of the graph and, where it calls functions, their bodies."""
        data = [text for text in node.inputs if not text.startswith("^")]
        control = [text[1:] for text in node.inputs if text.startswith("^")]
        self._add(node, data, control, _Site())

    def _add(self, node: Node, data: list[str], control: list[str], site: _Site) -> None:
        functions = replaceable(node, self._bodies.functions)
        if not functions or len(site.within) >= DEEPEST or not set(site.within).isdisjoint(functions):
            self._nodes.put(node.name, node.op, data, control, node.attributes)
            return
        outer = site.wait
        if any(name != outer for name in control):
            site = site._replace(wait=self._new(f"{node.name}/start", "NoOp", (), control))
        outputs, after, _ = self._lower_of(node)(node, data, functions, site)
        if site.wait is not None and site.wait != outer:
            after = [site.wait, *after]
        if after:
            done = self._new(f"{node.name}/done", "NoOp", (), after)
            outputs = [
                self._new(f"{node.name}/output_{k}", "Identity", [output], [done]) for k, output in enumerate(outputs)
            ]
            after = [done]
        elif not outputs and site.wait is not None:
            after = [site.wait]
        self._nodes.put(node.name, "IdentityN" if outputs else "NoOp", outputs, after)
        self._nodes.aliases.update((f"{node.name}:{k}", output) for k, output in enumerate(outputs))
        self._nodes.aliases.update((node.name, output) for output in outputs[:1])

    def _lower_of(self, node: Node) -> _Lower:
        """Return what lowers ``node``."""
        kinds = {"If": self._lower_if, "Case": self._lower_case, "While": self._lower_while}
        return kinds.get(kind_of_call(node.op, self._bodies.functions), self._lower_call)

    def _lower_call(self, node: Node, data: Sequence[str], functions: Sequence[str], site: _Site) -> _Outcome:
        if node.op == "RemoteCall":
            data = data[1:]  # the device to run on
        elif node.op == "TPUPartitionedCall":
            data = data[:-1]  # likewise
        outcome = self._expand(node.name, functions[0], data, site)
        if node.op not in CALLS:
            # A Defun has no control outputs: whatever changes a variable is run (seen with TF 1.15 and 2.15).
            outcome.after.extend(outcome.changing)
        return outcome

    def _lower_if(self, node: Node, data: Sequence[str], functions: Sequence[str], site: _Site) -> _Outcome:
        if not data:
            raise GraphError(f"node {node.name!r} ({node.op}) has no inputs, expected a predicate")
        return self._lower_branches(node.name, data[:1], functions, data[1:], site)

    def _lower_case(self, node: Node, data: Sequence[str], functions: Sequence[str], site: _Site) -> _Outcome:
        """Any index that no other branch has means the last."""
        if not data:
            raise GraphError(f"node {node.name!r} ({node.op}) has no inputs, expected a branch index")
        predicates = [
            self._new(f"{node.name}/is_{k}", "Equal", [data[0], self._constant(f"{node.name}/index_{k}", k)])
            for k in range(len(functions) - 1)
        ]
        return self._lower_branches(node.name, predicates, functions, data[1:], site)

    def _constant(self, name: str, value: int) -> str:
        return self._new(name, "Const", attributes={"value": np.asarray(value, np.int32)})

    def _lower_branches(
        self, name: str, predicates: Sequence[str], functions: Sequence[str], arguments: Sequence[str], site: _Site
    ) -> _Outcome:
        """Run the first of ``functions`` whose predicate is true, or the last, which has none."""
        taken: list[tuple[_Outcome, str]] = []
        pivots: list[str] = []
        for predicate, function in zip(predicates, functions, strict=False):
            pivot = self._new(f"{name}/pivot", "Switch", [predicate, predicate], _some(site.wait))
            switches = [
                self._new(f"{name}/switch_{k}", "Switch", [argument, predicate]) for k, argument in enumerate(arguments)
            ]
            here = self._new(f"{name}/pivot_true", "Identity", [f"{pivot}:1"])
            branch = self._expand(name, function, [f"{s}:1" for s in switches], site._replace(wait=here))
            taken.append((branch, here))
            arguments = switches
            pivots.append(self._new(f"{name}/pivot_false", "Identity", [pivot]))
            site = site._replace(wait=pivots[-1])
        merged = self._expand(name, functions[-1], arguments, site)
        for (branch, here), there in zip(reversed(taken), reversed(pivots), strict=True):
            merged = self._merged(name, (branch, here), (merged, there))
        return merged

    def _merged(self, name: str, one: tuple[_Outcome, str], other: tuple[_Outcome, str]) -> _Outcome:
        """Merge what two branches give, each with the node that runs where it does."""
        counts = len(other[0].outputs), len(one[0].outputs)
        if counts[0] != counts[1]:
            raise GraphError(f"node {name!r} has branches that return {counts[1]} and {counts[0]} tensors")
        pairs = zip(other[0].outputs, one[0].outputs, strict=True)
        outputs = [self._new(f"{name}/merge_{k}", "Merge", pair) for k, pair in enumerate(pairs)]
        if not one[0].after and not other[0].after:
            return _Outcome(outputs, [])
        ends = [self._new(f"{name}/end", "Identity", [pivot], outcome.after) for outcome, pivot in (other, one)]
        return _Outcome(outputs, [self._new(f"{name}/executed", "Merge", ends)])

    def _lower_while(self, node: Node, data: Sequence[str], functions: Sequence[str], site: _Site) -> _Outcome:
        name, (condition, body) = node.name, functions
        ready = self._bodies[body]
        if len(ready.returns) != len(data):
            raise GraphError(
                f"node {name!r} loops over {len(data)} tensors, and its body {body!r} returns {len(ready.returns)}"
            )
        values = [self._new(f"{name}/enter_{k}", "Enter", [text], _some(site.wait)) for k, text in enumerate(data)]
        moving = [k for k in range(len(data)) if not ready.unchanged(k)]
        following = {k: self._nodes.unique(f"{name}/next_{k}") for k in moving}
        for k in moving:
            values[k] = self._new(f"{name}/merge_{k}", "Merge", [values[k], following[k]])
        first = [values[k] for k in moving] or values or _some(site.wait)
        turn = self._new(f"{name}/turn", "NoOp", (), first[:1])
        tested = self._expand(name, condition, values, site._replace(wait=turn))
        if len(tested.outputs) != 1:
            raise GraphError(f"node {name!r} has the condition {condition!r}, which returns no predicate")
        test = self._new(f"{name}/condition", "LoopCond", tested.outputs, tested.after)
        again = self._new(f"{name}/again", "Switch", [test, test])
        for k in moving:
            values[k] = self._new(f"{name}/switch_{k}", "Switch", [values[k], test])
        inside = self._new(f"{name}/inside", "Identity", [f"{again}:1"])
        arguments = [f"{value}:1" if k in following else value for k, value in enumerate(values)]
        repeated = self._expand(name, body, arguments, site._replace(wait=inside))
        turned = [self._new(f"{name}/turned", "NoOp", (), repeated.after)] if repeated.after else []
        for k in moving:
            self._nodes.put(following[k], "NextIteration", [repeated.outputs[k]], turned)
        outputs = list(data)
        for k in moving:
            outputs[k] = self._new(f"{name}/exit_{k}", "Exit", [values[k]])
        if not turned and not tested.after:
            return _Outcome(outputs, [])
        return _Outcome(outputs, [self._new(f"{name}/left", "Exit", [again]), *turned])

    def _expand(self, name: str, function: str, arguments: Sequence[str], site: _Site) -> _Outcome:
        """Put in the body of ``function`` for the call ``name``."""
        body = self._bodies[function]
        if len(arguments) < body.fewest or (body.most is not None and len(arguments) > body.most):
            raise GraphError(
                f"node {name!r} gives the function {function!r} {len(arguments)} inputs, expected {body.fewest}"
            )
        scope = f"{name}/{function}"
        self._nodes.make_room(len(body.nodes), scope)
        names = [self._nodes.unique(f"{scope}/{node.node.name}") for node in body.nodes]
        within = _Site(site.wait, (*site.within, function))
        bindings = function.attributes if isinstance(function, FunctionName) else {}
        for own, (node, references, control) in zip(names, body.nodes, strict=True):
            if node.name in self.copies:
                self.copies[node.name].append(own)
            data = [_text(reference, names, arguments) for reference in references]
            waits = [names[number] for number in control]
            if site.wait is not None and (not (data or waits) or any(r.node is None for r in references)):
                waits.append(site.wait)
            attributes = BoundAttributes(node.attributes, bindings) if bindings else node.attributes
            self._add(Node(own, node.op, (), attributes), data, waits, within)
        outputs = [_text(reference, names, arguments) for reference in body.returns]
        after = [names[number] for number in body.control_returns]
        return _Outcome(outputs, after, [names[number] for number in body.changing])


def _some(name: str | None) -> list[str]:
    return [] if name is None else [name]


def _text(reference: Reference, names: Sequence[str], arguments: Sequence[str]) -> str:
    """Return ``reference`` as the input of a node."""
    if reference.node is None:
        return arguments[reference.port]
    return f"{names[reference.node]}:{reference.port}" if reference.port else names[reference.node]
