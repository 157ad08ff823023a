"""Decomposed batch normalization: the arithmetic that people and libraries write around a square root.

Reads forwards from the square root of a variance, in any of the orders in which mean, scale and offset can
meet it. Knows nothing of where the variance or the mean comes from.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bnlint.graph.control_flow import IDENTITIES, MERGES, SWITCHES
from bnlint.graph.graph import Graph, Output
from bnlint.graph.variables import variable_of

ADDS = frozenset({"Add", "AddV2"})
_DIVISIONS = frozenset({"RealDiv", "Div"})
_SAME = SWITCHES | MERGES | IDENTITIES | ADDS | {"Reciprocal", "Inv", "Cast", "Reshape", "ExpandDims", "Squeeze"}
_REACH = 12
"""How many products are followed from the square root of the variance to where the mean meets it."""


class Parts(NamedTuple):
    """What stands around the square root of a variance."""

    mean: Output
    gamma: int | None
    beta: int | None
    output: int
    spread: int
    """The last node that holds the square root unscaled: a choice between two of them lies before it."""
    data: Output | None = None
    """What is normalised; None where it is not plain to see."""


class Arithmetic:
    """Reads decomposed batch normalization forwards from the square root of the variance.

    ``tf.nn.batch_normalization`` computes ``x * inv + (beta - mean * inv)`` with ``inv = rsqrt(...) * gamma``
    (tensorflow/python/ops/nn_impl.py); by hand people write ``(x - mean) / sqrt(...) * gamma + beta``.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def parts(self, root: int) -> Parts | None:
        """Return mean, scale and offset around ``root``, or None where nothing is centred."""
        pending: list[tuple[int, int | None, int]] = [(root, None, root)]
        seen = {root}
        for inverse, gamma, spread in pending:
            centred = self._centred(inverse)
            if centred is not None:
                mean, scale, node, data = centred
                return self._scaled(Parts(mean, gamma if scale is None else scale, None, node, spread, data))
            folded = self._folded(inverse)
            if folded is not None:
                mean, beta, node = folded
                return Parts(mean, gamma, beta, node, spread, self._data(node, inverse))
            for product, variable, is_scaled in self._onwards(inverse):
                if product not in seen and len(seen) < _REACH:
                    seen.add(product)
                    scale = gamma if variable is None else variable
                    pending.append((product, scale, spread if is_scaled else product))
        return None

    def _consumers(self, number: int, ops: frozenset[str]) -> Iterator[tuple[int, tuple[Output, ...]]]:
        for consumer in sorted(set(self._graph.consumers[number])):
            data = self._graph.data[consumer]
            if self._graph.nodes[consumer].op in ops and any(output.node == number for output in data):
                yield consumer, data

    def _centred(self, inverse: int) -> tuple[Output, int | None, int, Output] | None:
        """Match ``(x - mean) * inverse`` or ``(x - mean) / root``; return mean, a scale inside, the product, and x."""
        for consumer, data in self._consumers(inverse, _DIVISIONS | {"Mul"}):
            other = data[1] if data[0].node == inverse else data[0]
            scale = None
            if self._graph.nodes[other.node].op == "Mul":
                scale, other = self._unscaled(other)
            if self._graph.nodes[other.node].op == "Sub" and other.node != inverse:
                normalised, mean = self._graph.data[other.node][:2]
                return mean, scale, consumer, normalised
        return None

    def _unscaled(self, product: Output) -> tuple[int | None, Output]:
        """Split ``gamma * x`` into the variable gamma and x; a product without a variable stays whole."""
        one, other = self._graph.data[product.node][:2]
        for factor, rest in ((one, other), (other, one)):
            variable = variable_of(self._graph, factor)
            if variable is not None:
                return variable, rest
        return None, product

    def _folded(self, inverse: int) -> tuple[Output, int | None, int] | None:
        """Match ``x * inverse + (beta - mean * inverse)``; return mean, beta and the sum."""
        for product, data in self._consumers(inverse, frozenset({"Mul"})):
            mean = data[1] if data[0].node == inverse else data[0]
            for difference, terms in self._consumers(product, frozenset({"Sub", "Neg"})):
                if terms[-1].node != product:
                    continue
                beta = variable_of(self._graph, terms[0]) if len(terms) == 2 else None
                for total, _ in self._consumers(difference, ADDS):
                    return mean, beta, total
            if self._graph.nodes[mean.node].op == "Neg":
                for total, _ in self._consumers(product, ADDS):
                    return self._graph.data[mean.node][0], None, total
        return None

    def _data(self, total: int, inverse: int) -> Output | None:
        """Return x of the sum ``x * inverse + (beta - mean * inverse)``."""
        for term in self._graph.data[total]:
            factors = self._graph.data[term.node] if self._graph.nodes[term.node].op == "Mul" else ()
            others = [factor for factor in factors if factor.node != inverse]
            if len(factors) == 2 and len(others) == 1:
                return others[0]
        return None

    def _onwards(self, inverse: int) -> Iterator[tuple[int, int | None, bool]]:
        """Yield what is ``inverse`` times a scale (with gamma if it is a variable), or ``inverse`` in another form.

        The flag says whether it was scaled. Products with a variable come first: a scale that is computed (renorm,
        conditional normalization) has none. A standard deviation that is itself averaged passes through the tf.cond
        that chooses it, and epsilon may be added after the root.
        """
        products = [
            (variable_of(self._graph, data[1] if data[0].node == inverse else data[0]), consumer)
            for consumer, data in self._consumers(inverse, _DIVISIONS | {"Mul"})
        ]
        yield from ((consumer, variable, True) for variable, consumer in products if variable is not None)
        yield from ((consumer, None, False) for consumer, _ in self._consumers(inverse, _SAME))
        yield from ((consumer, None, True) for variable, consumer in products if variable is None)

    def _scaled(self, parts: Parts) -> Parts:
        """Look past ``(x - mean) * inverse`` for ``* gamma`` and ``+ beta``."""
        gamma, beta, node = parts.gamma, parts.beta, parts.output
        for ops in (frozenset({"Mul"}), ADDS):
            for consumer, data in self._consumers(node, ops):
                other = data[1] if data[0].node == node else data[0]
                variable = variable_of(self._graph, other)
                if variable is None:
                    continue
                if "Mul" in ops:
                    gamma = variable
                else:
                    beta = variable
                node = consumer
                break
        return parts._replace(gamma=gamma, beta=beta, output=node)
