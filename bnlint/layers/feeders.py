"""What feeds a layer: the only convolution or dense product behind the data that it normalises.

Walks back through what leaves every number where it is: activations, biases, dropout, casts, the branches of a cond.
Anything else (pooling, concat, a sum of two tensors, a reshape) may change what an axis means, and nothing is claimed.
Which network a layer is part of, any variable behind it tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from bnlint.graph.control_flow import MERGES, source
from bnlint.graph.graph import Graph, Output
from bnlint.graph.variables import VARIABLES, variable_of
from bnlint.layers.layer import Feeder
from bnlint.layers.names import Shape

_PRODUCTS = frozenset({"Conv2D", "Conv3D", "MatMul"})
_UNARY = frozenset(
    {"Relu", "Relu6", "Elu", "Selu", "LeakyRelu", "Tanh", "Sigmoid", "Softplus", "Softsign", "BiasAdd", "BiasAddV1"}
    | {"Cast", "Neg", "Abs", "Exp", "Erf", "Square", "Log1p"}
)
_BINARY = frozenset({"Add", "AddV2", "Sub", "Mul", "RealDiv", "Div", "Maximum", "Minimum"})
_MASKS = frozenset({"Floor", "GreaterEqual", "Greater", "Less", "LessEqual"})
"""How tf.nn.dropout rounds its random numbers (tensorflow/python/ops/nn_ops.py)."""
_WRAPPERS = {"Squeeze": frozenset({"Conv2D"}), "Reshape": frozenset({"MatMul"})}
"""What gives the result of a product its rank back: a convolution over one dimension, a dense layer on sequences."""
_TENSORDOT = "Tensordot"
"""How tf.tensordot, and so a dense layer, calls its last op (tensorflow/python/ops/math_ops.py)."""
_REACH = 60


class _Product(NamedTuple):
    """A convolution or dense product in a graph."""

    number: int
    end: int
    """The op that puts its result out: itself, or what gives it its rank back."""


def feeder_of(
    graph: Graph, shapes: Mapping[int, Shape], keys: Mapping[int, str], normalized: Iterable[Output | None]
) -> Feeder | None:
    """Return what feeds all that a layer normalises; None where several do, or what does is not known.

    Args:
        graph: the graph.
        shapes: the shape of each variable node, where it is known.
        keys: the checkpoint key of each variable node.
        normalized: the data of each application of the layer.
    """
    first: Feeder | None = None
    for data in normalized:
        product = None if data is None else _product(graph, data)
        found = None if product is None else _feeder(graph, shapes, keys, product)
        if found is None or (first is not None and found[1:3] != first[1:3]):
            return None
        first = first or found
    return first


def nearest_variable(graph: Graph, number: int, without: frozenset[int]) -> int | None:
    """Return the nearest variable behind the data that op ``number`` normalises, but for those ``without``."""
    pending = [output.node for output in graph.data[number][:1]]
    seen = set(pending)
    for current in pending:  # grows while it is walked
        if graph.nodes[current].op in VARIABLES and current not in without:
            return current
        inputs = dict.fromkeys(output.node for output in graph.data[current] if output.node not in seen)
        seen.update(inputs)
        pending.extend(inputs)
    return None


def _product(graph: Graph, data: Output) -> _Product | None:
    """Return the only product that ``data`` is made of, element by element."""
    pending, seen = [source(graph, data)], set[Output]()
    found: set[_Product] = set()
    while pending:
        output = pending.pop()
        if output in seen:
            continue
        seen.add(output)
        if len(seen) > _REACH:
            return None
        number = output.node
        op, inputs = graph.nodes[number].op, graph.data[number]
        inner = _wrapped(graph, number)
        if op in _PRODUCTS or inner is not None:
            found.add(_Product(number if inner is None else inner, number))
            continue
        if op in _UNARY:
            onwards = inputs[:1]
        elif op in MERGES:
            onwards = inputs
        else:
            onwards = tuple(o for o in inputs if not _is_same_everywhere(graph, o)) if op in _BINARY else ()
        if not onwards:
            return None
        pending.extend(source(graph, o) for o in onwards)
    return found.pop() if len(found) == 1 else None


def _wrapped(graph: Graph, number: int) -> int | None:
    """Return the product whose rank op ``number`` restores."""
    node, data = graph.nodes[number], graph.data[number]
    if node.op not in _WRAPPERS or not data:
        return None
    inner = source(graph, data[0]).node
    if graph.nodes[inner].op not in _WRAPPERS[node.op]:
        return None
    is_dense = node.name.rpartition("/")[2].startswith(_TENSORDOT)
    return inner if node.op == "Squeeze" or is_dense else None


def _is_same_everywhere(graph: Graph, output: Output) -> bool:
    """Whether an operand is no data: a constant, a variable such as a bias, a mask of dropout."""
    output = source(graph, output)
    if variable_of(graph, output) is not None:
        return True
    op, data = graph.nodes[output.node].op, graph.data[output.node]
    if op == "Cast" and data:
        op = graph.nodes[source(graph, data[0]).node].op
    return op == "Const" or op in _MASKS


def _feeder(graph: Graph, shapes: Mapping[int, Shape], keys: Mapping[int, str], product: _Product) -> Feeder | None:
    """Return what is to be known of a product; None where its kernel is no variable of known shape."""
    node, data = graph.nodes[product.number], graph.data[product.number]
    if len(data) < 2:
        return None
    kernel = _kernel(graph, data[1])
    shape = None if kernel is None else shapes.get(kernel)
    if kernel is None or not shape:
        return None
    return Feeder(
        op=node.name,
        kernel=keys[kernel],
        channels=shape[0] if node.attributes.get("transpose_b") is True else shape[-1],
        shape=_shape(graph, product.end),
    )


def _kernel(graph: Graph, output: Output) -> int | None:
    """Return the variable that a product multiplies by; tf.tensordot transposes it, which changes nothing."""
    for _ in range(3):
        kernel = variable_of(graph, output)
        number = source(graph, output).node
        if kernel is not None or graph.nodes[number].op not in ("Transpose", "Reshape"):
            return kernel
        output = graph.data[number][0]
    return None


def _shape(graph: Graph, number: int) -> tuple[int | None, ...] | None:
    """Return the shape of what an op puts out first, which ``tf.train.Saver`` adds to the graph that it writes."""
    shapes = graph.nodes[number].attributes.get("_output_shapes")
    if not isinstance(shapes, tuple) or not shapes or not isinstance(shapes[0], tuple):
        return None
    return tuple([size if isinstance(size, int) and size >= 0 else None for size in shapes[0]])
