"""Which predicates decide whether a node runs: TensorFlow's v1 control flow (Switch, Merge, frames).

A node is dead when one of its data or control inputs is dead; a Switch kills one of its outputs, a
Merge revives what arrives on any input (tensorflow/core/common_runtime/executor.cc). So the gates of
a node are the union over its inputs, and those of a Merge the intersection. Bodies of control flow v2
are lowered to the same ops before a `Graph` is built.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bnlint.graph.graph import Graph, Output

SWITCHES = frozenset({"Switch", "RefSwitch"})
MERGES = frozenset({"Merge", "RefMerge"})
SELECTS = frozenset({"Select", "SelectV2"})
IDENTITIES = frozenset({"Identity", "RefIdentity", "IdentityN", "Snapshot", "StopGradient", "PreventGradient"})
FRAMES = frozenset({"Enter", "RefEnter", "Exit", "RefExit", "NextIteration", "RefNextIteration"})
_BACK_EDGES = frozenset({"NextIteration", "RefNextIteration"})
PASS_THROUGH = IDENTITIES | SWITCHES | FRAMES
"""Ops whose output is their first input, unchanged."""

_BOOLEAN_OPS = frozenset(
    {"LogicalAnd", "LogicalOr", "LogicalNot", "Cast", "Equal", "NotEqual", "Greater", "Less", "Squeeze", "Reshape"}
    | {"Placeholder", "PlaceholderWithDefault", "ReadVariableOp", "GreaterEqual", "LessEqual"}
)
_PURE = _BOOLEAN_OPS - {"Placeholder", "PlaceholderWithDefault", "ReadVariableOp"}
_ENTERS = frozenset({"Enter", "RefEnter"})
LEARNING_PHASE = "keras_learning_phase"


class Gate(NamedTuple):
    """A node runs only where ``predicate`` has the value ``branch``."""

    predicate: Output
    branch: bool


def source(graph: Graph, output: Output) -> Output:
    """Follow ``output`` back through ops that hand their first input on unchanged."""
    path: list[Output] = []
    seen = {output}
    while output not in graph.sources:
        node, data = graph.nodes[output.node], graph.data[output.node]
        port = output.port if node.op == "IdentityN" else 0
        if node.op not in PASS_THROUGH or port >= len(data) or data[port] in seen:
            graph.sources[output] = output
            break
        path.append(output)
        output = data[port]
        seen.add(output)
    found = graph.sources[output]
    graph.sources.update(dict.fromkeys(path, found))
    return found


def gate(graph: Graph, predicate: Output, branch: bool) -> Gate | None:  # noqa: FBT001 - the branch is the value
    """Return the gate that ``predicate`` is, seen through Identity, Switch and LogicalNot; None for a loop's own.

    Predicates that compute the same from the same (``tf.equal(phase, 1)`` written twice) are one.
    """
    for _ in range(len(graph)):
        predicate = _equal(graph, source(graph, predicate))
        op = graph.nodes[predicate.node].op
        if op == "LoopCond":
            return None
        if op != "LogicalNot":
            return Gate(predicate, branch)
        predicate, branch = graph.data[predicate.node][0], not branch
    return Gate(predicate, branch)


def _equal(graph: Graph, output: Output, depth: int = 6) -> Output:
    """Return the first output that computes the same as ``output`` by the same ops from the same inputs."""
    output = source(graph, output)
    node, data = graph.nodes[output.node], graph.data[output.node]
    if node.op == "Const":
        value = node.attributes.get("value")
        key: object = ("Const", str(getattr(value, "dtype", "")), repr(value))
    elif node.op in _PURE and data and depth:
        key = (node.op, output.port, tuple(_equal(graph, operand, depth - 1) for operand in data))
    else:
        return output
    return graph.equals.setdefault(key, output)


def implied(graph: Graph, own: Gate, depth: int = 6) -> frozenset[Gate]:
    """Return ``own`` and every gate that must be open where it is: both operands of a LogicalAnd that is True."""
    op = graph.nodes[own.predicate.node].op
    if depth == 0 or (op, own.branch) not in (("LogicalAnd", True), ("LogicalOr", False)):
        return frozenset({own})
    operands = (gate(graph, operand, own.branch) for operand in graph.data[own.predicate.node])
    return frozenset({own}).union(*(implied(graph, o, depth - 1) for o in operands if o is not None))


class Gates:
    """The gates of every node that is asked about, each computed once."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._known: dict[int, frozenset[Gate]] = {}
        self._has_switches = any(node.op in SWITCHES for node in graph.nodes)

    def of(self, number: int) -> frozenset[Gate]:
        """Return every gate that must be open for node ``number`` to run."""
        if not self._has_switches:
            return frozenset()
        known, graph = self._known, self._graph
        pending = [number]
        entered: set[int] = set()
        while pending:
            current = pending[-1]
            if current in known:
                pending.pop()
                continue
            inputs = [output.node for output in self._arriving(current)]
            inputs.extend(graph.control[current])
            waiting = [n for n in inputs if n not in known and n not in entered]
            if waiting and current not in entered:
                entered.add(current)
                pending.extend(waiting)
                continue
            entered.add(current)
            # An input that is entered and not known would close a cycle, which only a damaged graph has here.
            known[current] = self._combine(current)
            pending.pop()
        return known[number]

    def _arriving(self, number: int) -> Sequence[Output]:
        """Return the data inputs that gate ``number``: not a loop's back edge, since what returns has entered."""
        graph = self._graph
        data = graph.data[number]
        if graph.nodes[number].op not in MERGES:
            return data
        return [output for output in data if graph.nodes[output.node].op not in _BACK_EDGES]

    def _combine(self, number: int) -> frozenset[Gate]:
        graph, known = self._graph, self._known
        arriving = [self.of_output(output) for output in self._arriving(number) if output.node in known]
        controls = [known[n] for n in graph.control[number] if n in known]
        if graph.nodes[number].op in MERGES and arriving:
            arriving = [frozenset.intersection(*arriving)]
        return frozenset[Gate]().union(*arriving, *controls)

    def of_output(self, output: Output) -> frozenset[Gate]:
        """Return the gates of one output: those of its node, and for a Switch also its own predicate."""
        gates = self._known[output.node] if output.node in self._known else self.of(output.node)
        if self._graph.nodes[output.node].op in SWITCHES:
            own = gate(self._graph, self._graph.data[output.node][1], bool(output.port))
            if own is not None:
                return gates | implied(self._graph, own)
        return gates


def is_in_loop(graph: Graph, number: int) -> bool:
    """Whether node ``number`` refers to something that entered the body of a while loop."""
    pending, seen = [number], {number}
    for current in pending:
        for output in graph.data[current]:
            if graph.nodes[output.node].op in _ENTERS:
                return True
            if output.node not in seen and graph.nodes[output.node].op in PASS_THROUGH:
                seen.add(output.node)
                pending.append(output.node)
    return False


def is_learning_phase(graph: Graph, predicate: Output) -> bool:
    """Whether ``predicate`` hangs on Keras's learning-phase placeholder.

    Keras makes it as a PlaceholderWithDefault of False (keras/backend.py, ``learning_phase``). A
    predicate that merely combines it, such as ``LogicalAnd(phase, trainable)``, hangs on it too.
    """
    pending, seen = [predicate], set[int]()
    while pending:
        number = source(graph, pending.pop()).node
        if number in seen:
            continue
        seen.add(number)
        node = graph.nodes[number]
        if node.op == "PlaceholderWithDefault" and LEARNING_PHASE in node.name.rpartition("/")[2]:
            return True
        if node.op in _BOOLEAN_OPS:
            pending.extend(graph.data[number])
    return False
