"""The function library of a graph (control flow v2): what a function is, and which ops call one."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from bnlint.graph.graph import Attributes, Node

_IFS = ("then_branch", "else_branch")
_WHILES = ("cond", "body")
CALLS: Mapping[str, tuple[str, ...]] = {
    "PartitionedCall": ("f",),
    "StatefulPartitionedCall": ("f",),
    "TPUPartitionedCall": ("f",),
    "RemoteCall": ("f",),
    "BatchFunction": ("f",),
    "XlaLaunch": ("function",),
    "If": _IFS,
    "StatelessIf": _IFS,
    "Case": ("branches",),
    "StatelessCase": ("branches",),
    "While": _WHILES,
    "StatelessWhile": _WHILES,
}
"""The ops that run functions, and the attributes that name those (tensorflow/core/ops/functional_ops.cc).

An op may also be called like a function of the library (Defun). The functions of a dataset and of SymbolicGradient run
elsewhere or are made up on the spot."""
_COUNTS: Mapping[str, int | None] = {"If": 2, "While": 2, "Case": None}
"""How many functions an op of control flow runs; None for any number."""
STATELESS = frozenset({"PartitionedCall", "StatelessIf", "StatelessCase", "StatelessWhile"})


class Function(NamedTuple):
    """A function of the graph's library, as written: a body of nodes, and what it returns.

    Inside a body an input is ``argument`` or ``node:output_argument:number``, unlike in a graph.
    """

    name: str
    arguments: tuple[str, ...]
    results: tuple[str, ...]
    nodes: Sequence[Node]
    returns: Mapping[str, str]
    """For each of ``results``, the input that it is."""
    control_returns: Mapping[str, str] = MappingProxyType({})
    """Control outputs by name: the nodes that run although nothing reads them."""
    lists: frozenset[str] = frozenset()
    """The arguments and results that stand for several tensors (``number_attr``, ``type_list_attr``)."""

    @property
    def is_countable(self) -> bool:
        """Whether it can be told which tensor is which: no result is a list, and one argument at most."""
        return not self.lists.intersection(self.results) and len(self.lists.intersection(self.arguments)) <= 1


class FunctionName(str):
    """The value of an attribute that names a function, with the attributes it is to be instantiated with."""

    __slots__ = ("attributes",)

    attributes: Attributes

    def __new__(  # noqa: PYI034 - typing.Self came with Python 3.11
        cls, name: str, attributes: Attributes = MappingProxyType({})
    ) -> FunctionName:
        """Return the name of a function."""
        made = super().__new__(cls, name)
        made.attributes = attributes
        return made


class Placeholder(str):
    """The value of an attribute in a body that the caller's attribute of this name fills in."""

    __slots__ = ()


class BoundAttributes(Mapping[str, object]):
    """The attributes of a node in a body, with the placeholders filled in by those of the call."""

    __slots__ = ("_bindings", "_own")

    def __init__(self, own: Attributes, bindings: Attributes) -> None:
        self._own = own
        self._bindings = bindings

    def __getitem__(self, name: str) -> object:
        value = self._own[name]
        return self._bindings.get(value) if isinstance(value, Placeholder) else value

    def __iter__(self) -> Iterator[str]:
        return iter(self._own)

    def __len__(self) -> int:
        return len(self._own)


def kind_of_call(op: str, functions: Container[str]) -> str:
    """Return ``If``, ``Case`` or ``While``, stateless or not; nothing for an op that simply calls one function."""
    kind = op.removeprefix("Stateless")
    return kind if kind in _COUNTS and op not in functions else ""


def callees(node: Node, functions: Container[str]) -> tuple[str, ...]:
    """Return the functions that ``node`` runs, in the order of `CALLS`; () where it runs none.

    Args:
        node: any node.
        functions: the names of the library.
    """
    if node.op in functions:
        return (FunctionName(node.op, node.attributes),)
    found: list[str] = []
    for attribute in CALLS.get(node.op, ()):
        value = node.attributes.get(attribute)
        names = value if isinstance(value, tuple) else (value,)
        found.extend(name for name in names if isinstance(name, str))
    return tuple(found)


def replaceable(node: Node, functions: Mapping[str, Function]) -> tuple[str, ...]:
    """Return the functions that can be put in the place of ``node``; () where it calls none or has to stay.

    Args:
        node: any node.
        functions: the library, by name.
    """
    called = callees(node, functions)
    count = _COUNTS.get(kind_of_call(node.op, functions), 1)
    fits = bool(called) if count is None else len(called) == count
    return called if fits and all(name in functions and functions[name].is_countable for name in called) else ()
