"""Function bodies made ready for inlining: who needs what inside a body, by number instead of by name.

Inside a FunctionDef an input is ``argument``, ``node:output_argument:number`` or ``^node``
(tensorflow/core/framework/function.proto). Knows nothing of who calls a function.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from bnlint.graph.functions import STATELESS, Function, callees
from bnlint.graph.graph import GraphError, Node, port_of
from bnlint.graph.variables import ASSIGNS

_BATCH_NORM = ("y", "batch_mean", "batch_variance", "reserve_space_1", "reserve_space_2", "reserve_space_3")
_BATCH_NORM_GRAD = ("x_backprop", "scale_backprop", "offset_backprop")
_OUTPUTS: Mapping[str, tuple[str, ...]] = (
    dict.fromkeys(("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"), _BATCH_NORM)
    | dict.fromkeys(("FusedBatchNormGrad", "FusedBatchNormGradV2"), (*_BATCH_NORM_GRAD, "reserve_space_3"))
    | {"FusedBatchNormGradV3": (*_BATCH_NORM_GRAD, "reserve_space_4")}
    | dict.fromkeys(("Switch", "RefSwitch"), ("output_false", "output_true"))
    | dict.fromkeys(("Merge", "RefMerge"), ("output", "value_index"))
)
"""Output arguments of the ops whose ports bnlint tells apart (the op registrations in tensorflow/core/ops)."""
_UNKNOWN = 1000
"""Where the ports of a further output argument of any other op begin: no two outputs may seem to be one."""


class Reference(NamedTuple):
    """A tensor inside a body: output ``port`` of a node, or argument number ``port`` where ``node`` is None."""

    node: int | None
    port: int


class BodyNode(NamedTuple):
    """A node of a body with its inputs resolved."""

    node: Node
    data: tuple[Reference, ...]
    control: tuple[int, ...]


class Body(NamedTuple):
    """What of a function is run: its nodes, in the order written."""

    nodes: tuple[BodyNode, ...]
    returns: tuple[Reference, ...]
    control_returns: tuple[int, ...]
    changing: tuple[int, ...]
    """The nodes that change variables."""
    fewest: int
    """How many inputs a call must give at least."""
    most: int | None
    """How many at most; None where one argument is a list."""

    def unchanged(self, number: int) -> bool:
        """Whether result ``number`` is the argument of the same number, handed through without waiting for anything."""
        reference = self.returns[number]
        for _ in self.nodes:
            if reference.node is None:
                break
            node, data, control = self.nodes[reference.node]
            if node.op != "Identity" or control or not data:
                break
            reference = data[0]
        return reference == Reference(None, number)


class Bodies:
    """The bodies of a function library, each made ready when it is first called."""

    def __init__(self, functions: Iterable[Function], named: frozenset[str] = frozenset()) -> None:
        """Take in a library. Nodes of a name in ``named`` are kept even where nothing needs them.

        Raises:
            GraphError: two functions have one name.
        """
        self.functions: dict[str, Function] = {}
        for function in functions:
            if function.name in self.functions:
                raise GraphError(f"two functions are called {function.name!r}")
            self.functions[function.name] = function
        bodies = (function.nodes for function in self.functions.values()) if named else ()
        self.named = named.intersection(node.name for nodes in bodies for node in nodes)
        """Those of the names that are nodes of a body."""
        self._bodies: dict[str, Body] = {}

    def __getitem__(self, name: str) -> Body:
        """Return the body of the function ``name``.

        Raises:
            GraphError: something in it leads nowhere.
        """
        if name not in self._bodies:
            self._bodies[name] = _Reading(self.functions[name], self.functions).body(self.named)
        return self._bodies[name]


class _Reading:
    """Reads one function."""

    def __init__(self, function: Function, functions: Mapping[str, Function]) -> None:
        self._function = function
        self._functions = functions
        self._place = f"function {function.name!r}"
        self._numbers = {node.name: number for number, node in enumerate(function.nodes)}
        self._arguments = {name: number for number, name in enumerate(function.arguments)}
        if len(self._numbers) < len(function.nodes) or len(self._arguments) < len(function.arguments):
            raise GraphError(f"{self._place} has two nodes or arguments of one name")
        lists = [self._arguments[name] for name in function.arguments if name in function.lists]
        self._list = lists[0] if lists else None
        self._fewest = len(function.arguments) - len(lists)
        self._named: dict[int, list[str]] = {}
        """Output arguments of each node whose op is not known, in the order in which they are met."""

    def body(self, named: Collection[str]) -> Body:
        """Return the nodes that the returns need, and those that change variables or are ``named``, needed or not.

        TensorFlow would leave those out; what would change a variable and is never run is what bnlint looks for.
        """
        function = self._function
        for result in function.results:
            if result not in function.returns:
                raise GraphError(f"{self._place} does not say what it returns as {result!r}")
        returns = [self._reference(function.returns[result]) for result in function.results]
        controls = sorted({self._node(name) for name in function.control_returns.values()})
        data: dict[int, tuple[Reference, ...]] = {}
        control: dict[int, tuple[int, ...]] = {}
        changing = [number for number, node in enumerate(function.nodes) if self._changes(node)]
        kept = (number for number, node in enumerate(function.nodes) if node.name in named)
        pending = [*controls, *(r.node for r in returns if r.node is not None), *changing, *kept]
        while pending:
            number = pending.pop()
            if number not in data:
                data[number], control[number] = self._inputs(function.nodes[number])
                pending.extend(r.node for r in data[number] if r.node is not None)
                pending.extend(control[number])
        places = {number: place for place, number in enumerate(sorted(data))}
        return Body(
            nodes=tuple(
                BodyNode(
                    function.nodes[number],
                    tuple([_moved(reference, places) for reference in data[number]]),
                    tuple([places[n] for n in control[number]]),
                )
                for number in places
            ),
            returns=tuple([_moved(reference, places) for reference in returns]),
            control_returns=tuple([places[number] for number in controls]),
            changing=tuple([places[number] for number in changing]),
            fewest=self._fewest,
            most=None if self._list is not None else len(function.arguments),
        )

    def _changes(self, node: Node) -> bool:
        is_call = bool(callees(node, self._functions))
        return node.op in ASSIGNS or "Apply" in node.op or (is_call and node.op not in STATELESS)

    def _inputs(self, node: Node) -> tuple[tuple[Reference, ...], tuple[int, ...]]:
        texts = node.inputs[:]
        try:
            data = tuple([self._reference(text) for text in texts if not text.startswith("^")])
            waits = [text[1:] for text in texts if text.startswith("^")]
            # An argument has been computed before anything in the body runs: there is nothing to wait for.
            return data, tuple([self._node(name) for name in waits if name not in self._arguments])
        except GraphError as error:
            raise GraphError(f"{error}, needed by its node {node.name!r}") from None

    def _node(self, name: str) -> int:
        if name not in self._numbers:
            raise GraphError(f"{self._place} has no node {name!r}")
        return self._numbers[name]

    def _reference(self, text: str) -> Reference:
        name, _, output = text.partition(":")
        if name in self._arguments:
            return Reference(None, self._argument(name, output))
        number = self._node(name)
        argument, _, digits = output.partition(":")
        position = port_of(digits or "0")
        if position is None:
            raise GraphError(f"{self._place} has no tensor {text!r}")
        return Reference(number, self._port(number, argument, position))

    def _argument(self, name: str, digits: str) -> int:
        """Return the number of an argument among the inputs; behind a list it is counted from the end."""
        number = self._arguments[name]
        if self._list is None or number < self._list:
            return number
        if number > self._list:
            return number - len(self._arguments)
        position = port_of(digits) or 0
        self._fewest = max(self._fewest, len(self._arguments) + position)
        return number + position

    def _port(self, number: int, argument: str, position: int) -> int:
        op = self._function.nodes[number].op
        known = self._functions[op].results if op in self._functions else _OUTPUTS.get(op)
        if known is not None and argument:
            if argument not in known:
                raise GraphError(f"{self._place} reads the output {argument!r} of a {op} op, which has none")
            return known.index(argument) + position
        named = self._named.setdefault(number, [])
        if argument not in named:
            named.append(argument)
        return position + _UNKNOWN * named.index(argument)


def _moved(reference: Reference, places: Mapping[int, int]) -> Reference:
    return reference if reference.node is None else Reference(places[reference.node], reference.port)
