"""Where a graph normalises: fused ops, the old global-normalization op, and decomposed arithmetic.

Each place becomes a `Normalizer`: the mean and variance it uses and where they come from, the scale
and offset, epsilon, and the predicate that chooses between batch and population statistics, if one does.
Knows nothing of which variables are whose statistics; layer and instance normalization come out too,
as normalizers without variables.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from bnlint.graph.control_flow import SELECTS, Gate, Gates, gate, source
from bnlint.graph.graph import Graph, Node, Output
from bnlint.graph.sweep import ancestors
from bnlint.graph.training import is_of_gradients
from bnlint.graph.variables import VARIABLES, Variables, variable_of
from bnlint.layers.arithmetic import ADDS, Arithmetic
from bnlint.layers.moments import FUSED, Moments, Origin, is_training

GLOBAL_NORMALIZATION = "BatchNormWithGlobalNormalization"
_ROOTS = frozenset({"Rsqrt", "Sqrt", "Pow"})
_FUSED_EPSILON = 1e-4
"""The op's default (tensorflow/core/ops/nn_ops.cc), which a SavedModel strips."""


class Normalizer(NamedTuple):
    """One place where data is normalised."""

    number: int
    """The node that speaks for it: the fused op, or the square root of the variance."""
    mean: Origin
    variance: Origin
    gamma: int | None
    beta: int | None
    epsilon: float | None
    output: int
    """The node whose output is the normalised data."""
    choice: Gate | None = None
    """The predicate under which batch statistics are used, where one chooses."""
    data: Output | None = None
    """What is normalised; None where it is not plain to see."""

    @property
    def uses_batch(self) -> bool:
        """Whether it can normalise with the statistics of a batch."""
        return self.mean.is_batch or self.variance.is_batch

    @property
    def uses_population(self) -> bool:
        """Whether it can normalise with statistics that are kept in variables."""
        return bool(self.mean.choices or self.variance.choices or not self.uses_batch) and bool(
            self.mean.variables and self.variance.variables
        )


def is_decomposed(node: Node) -> bool:
    """Whether the op that speaks for a normalizer is a square root, and no op of batch norm's own."""
    return node.op in _ROOTS


def is_computed(graph: Graph, normalizer: Normalizer) -> bool:
    """Whether variables have a part in what ``normalizer`` normalises, as the weights before a layer have."""
    if normalizer.data is None:
        return True
    return any(graph.nodes[number].op in VARIABLES for number in ancestors(graph, [normalizer.data.node]))


def is_over_batch(graph: Graph, normalizer: Normalizer) -> bool:
    """Whether ``normalizer`` averages over samples and scales per channel, as batch norm alone does.

    Layer, instance and group normalization average within a sample: never over axis 0. Where they are lowered to a
    fused op (a sample becomes the batch), ones and zeros take the places of scale and offset.
    """
    if normalizer.gamma is None and normalizer.beta is None:
        return False
    for number in normalizer.mean.batch | normalizer.variance.batch:
        if graph.nodes[number].op not in FUSED:
            axes = graph.nodes[graph.data[number][1].node].attributes.get("value")
            if not isinstance(axes, np.ndarray) or 0 not in axes:
                return False
    return normalizer.uses_batch


def is_of_samples(graph: Graph, normalizer: Normalizer) -> bool:
    """Whether what ``normalizer`` normalises depends on what the graph is fed, as standardised weights do not."""
    pending = [] if normalizer.data is None else [normalizer.data.node]
    seen = set(pending)
    for number in pending:
        inputs = [output.node for output in graph.data[number] if output.node not in seen]
        if not graph.data[number] and graph.nodes[number].op not in VARIABLES and graph.nodes[number].op != "Const":
            return True
        seen.update(inputs)
        pending.extend(inputs)
    return False


class Normalizers:
    """Finds the normalizers of one graph."""

    def __init__(self, graph: Graph, variables: Variables, moments: Moments, gates: Gates) -> None:
        self._graph = graph
        self._variables = variables
        self._moments = moments
        self._gates = gates

    def find(self) -> tuple[Normalizer, ...]:
        """Return every normalizer, in graph order; two fused ops behind one predicate are one."""
        found: list[Normalizer] = []
        for number, node in enumerate(self._graph.nodes):
            if node.op in FUSED:
                found.append(self._fused(number))
            elif node.op == GLOBAL_NORMALIZATION:
                found.append(self._global(number))
            elif node.op in _ROOTS and not is_of_gradients(node.name):
                # The gradient of a fused op's gradient is written out, and takes the moments of the batch again.
                found.extend(self._decomposed(number))
        return tuple(self._joined(found))

    def _fused(self, number: int) -> Normalizer:
        graph = self._graph
        data = graph.data[number]
        if is_training(graph, number):
            mean, variance = (self._moments.origin(Output(number, port)) for port in (1, 2))
        else:
            mean, variance = (self._moments.origin(data[port]) for port in (3, 4))
        return self._chosen(
            Normalizer(
                number=number,
                mean=mean,
                variance=variance,
                gamma=variable_of(graph, data[1]),
                beta=variable_of(graph, data[2]),
                epsilon=self._epsilon_attribute(number, "epsilon"),
                output=number,
                data=data[0],
            )
        )

    def _epsilon_attribute(self, number: int, name: str) -> float:
        value = self._graph.nodes[number].attributes.get(name, _FUSED_EPSILON)
        return float(value) if isinstance(value, (int, float)) else _FUSED_EPSILON

    def _global(self, number: int) -> Normalizer:
        data = self._graph.data[number]
        return self._chosen(
            Normalizer(
                number=number,
                mean=self._moments.origin(data[1]),
                variance=self._moments.origin(data[2]),
                gamma=variable_of(self._graph, data[4]),
                beta=variable_of(self._graph, data[3]),
                epsilon=self._epsilon_attribute(number, "variance_epsilon"),
                output=number,
                data=data[0],
            )
        )

    def _decomposed(self, root: int) -> Iterator[Normalizer]:
        """Yield the normalizer around the square root ``root``, if its input is a variance and a mean goes with it."""
        graph = self._graph
        data = graph.data[root]
        if not data:
            return
        variance_tensor, epsilon = self._split_epsilon(data[0])
        variance = self._moments.origin(variance_tensor)
        if not variance.variables and not (variance.batch and variance.is_second_moment):
            return
        parts = Arithmetic(self._graph).parts(root)
        if parts is None:
            return
        mean = self._moments.origin(parts.mean)
        if parts.spread != root:
            variance = self._moments.origin(Output(parts.spread))
        if not mean.variables and not mean.batch:
            return
        yield self._chosen(
            Normalizer(root, mean, variance, parts.gamma, parts.beta, epsilon, parts.output, data=parts.data)
        )

    def _split_epsilon(self, output: Output) -> tuple[Output, float | None]:
        """Split ``variance + epsilon`` (either way round); without an addition there is no epsilon."""
        graph = self._graph
        if graph.nodes[output.node].op in ADDS:
            for one, other in (graph.data[output.node][:2], graph.data[output.node][1::-1]):
                epsilon = self._variables.number(other)
                if epsilon is not None and graph.nodes[other.node].op == "Const":
                    return one, epsilon
        return output, None

    def _chosen(self, normalizer: Normalizer) -> Normalizer:
        """Add the predicate that chooses between batch and population, where mean or variance is a choice."""
        for number in sorted(normalizer.mean.choices | normalizer.variance.choices):
            choice = self._choice(number)
            if choice is not None and normalizer.uses_batch and normalizer.uses_population:
                return normalizer._replace(choice=choice)
        return normalizer

    def _choice(self, number: int) -> Gate | None:
        """Return the gate under which Merge or Select ``number`` yields batch statistics; None if it chooses none."""
        graph = self._graph
        data = graph.data[number]
        if graph.nodes[number].op in SELECTS:
            arms = [self._moments.origin(arm) for arm in data[1:3]]
            if [arm.is_batch for arm in arms] in ([True, False], [False, True]):
                return gate(graph, data[0], arms[0].is_batch)
            return None
        arriving = [(self._moments.origin(arm), self._gates_of(arm)) for arm in data]
        with_batch = [gates for origin, gates in arriving if origin.is_batch]
        without = [gates for origin, gates in arriving if not origin.is_batch]
        for gates in with_batch:
            for own in sorted(gates):
                if any(Gate(own.predicate, not own.branch) in others for others in without):
                    return own
        return None

    def _gates_of(self, output: Output) -> frozenset[Gate]:
        self._gates.of(output.node)
        return self._gates.of_output(output)

    def _joined(self, found: Iterable[Normalizer]) -> Iterator[Normalizer]:
        """Join normalizers that stand in the two branches of one ``tf.cond`` and share their scale and offset."""
        siblings: dict[tuple[object, ...], list[Normalizer]] = {}
        for normalizer in found:
            siblings.setdefault(self._identity(normalizer), []).append(normalizer)
        for group in siblings.values():
            waiting = [n for n in group if n.choice is None and not n.uses_batch]
            by_gate: dict[Gate, list[Normalizer]] = {}
            for normalizer in waiting:
                for own in self._gates.of(normalizer.number):
                    by_gate.setdefault(own, []).append(normalizer)
            taken: set[int] = set()
            for normalizer in group:
                if normalizer.choice is not None or not normalizer.uses_batch:
                    continue
                match = self._other_branch(normalizer, by_gate, taken)
                if match is None:
                    yield normalizer
                else:
                    taken.add(match[0].number)
                    yield self._pair(normalizer, *match)
            yield from (n for n in waiting if n.number not in taken)
            yield from (n for n in group if n.choice is not None)

    def _identity(self, normalizer: Normalizer) -> tuple[object, ...]:
        if normalizer.gamma is None and normalizer.beta is None:
            return (self._graph.nodes[normalizer.number].name.rpartition("/")[0],)
        return (normalizer.gamma, normalizer.beta)

    def _other_branch(
        self, training: Normalizer, by_gate: Mapping[Gate, Iterable[Normalizer]], taken: Collection[int]
    ) -> tuple[Normalizer, Gate] | None:
        """Return the inference twin that runs exactly where ``training`` does not, and the gate between them.

        Where a layer has several copies, the twin is the one that normalises the same data.
        """
        data = self._data(training)
        first: tuple[Normalizer, Gate] | None = None
        for own in sorted(self._gates.of(training.number)):
            for candidate in by_gate.get(Gate(own.predicate, not own.branch), ()):
                if candidate.number not in taken:
                    if self._data(candidate) == data:
                        return candidate, own
                    first = first or (candidate, own)
        return first

    def _data(self, normalizer: Normalizer) -> Output:
        return source(self._graph, self._graph.data[normalizer.number][0])

    @staticmethod
    def _pair(training: Normalizer, inference: Normalizer, choice: Gate) -> Normalizer:
        mean, variance = (
            Origin(
                batch=one.batch,
                is_second_moment=one.is_second_moment,
                variables=other.variables,
                choices=frozenset({training.number}),
            )
            for one, other in ((training.mean, inference.mean), (training.variance, inference.variance))
        )
        return training._replace(mean=mean, variance=variance, choice=choice)
