"""Pieces of batch-norm graphs as TensorFlow writes them, and what the layers stage makes of a graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bnlint.artifacts.artifact import GraphVariable, MetaGraph, Saver
from bnlint.graph.control_flow import Gates
from bnlint.graph.graph import Graph
from bnlint.graph.variables import Variables
from bnlint.layers.applications import Normalizer, Normalizers
from bnlint.layers.from_graph import GraphView
from bnlint.layers.layer import Layer
from bnlint.layers.moments import Moments
from bnlint.layers.statistics import GraphLayer, GraphLayers
from bnlint.layers.updates import Update, Updates
from tests.graph.build import number, variable

X = ("x Placeholder", "axis Const value=0", "rate Const value=0.1", "epsilon Const value=0.001")
PREDICATE = ("p Placeholder", "s Switch p p", "on Identity s:1", "off Identity s")


NAMES = "bn/moving_mean bn/moving_variance bn/gamma bn/beta"


def statistics(scope: str = "bn", mean: str = "moving_mean", variance: str = "moving_variance") -> Iterator[str]:
    yield from variable(f"{scope}/{mean}")
    yield from variable(f"{scope}/{variance}", "Const value=1")


def parameters(scope: str = "bn") -> Iterator[str]:
    yield from variable(f"{scope}/gamma", "Const value=1")
    yield from variable(f"{scope}/beta")


def moments(scope: str = "m", data: str = "x") -> Iterator[str]:
    """Yield ``scope/mean`` and ``scope/variance`` as tf.nn.moments does."""
    yield f"{scope}/mean Mean {data} axis"
    yield f"{scope}/square SquaredDifference {data} {scope}/mean"
    yield f"{scope}/variance Mean {scope}/square axis"


def average(op: str, statistic: str, value: str, rate: str = "rate") -> Iterator[str]:
    """Yield ``statistic -= (statistic - value) * rate`` as assign_moving_average does."""
    yield f"{op}/sub Sub {statistic}/read {value}"
    yield f"{op}/mul Mul {op}/sub {rate}"
    yield f"{op} AssignSub {statistic} {op}/mul"


def averages(scope: str = "bn", moments_of: str = "m") -> Iterator[str]:
    """Yield updates of both statistics of ``scope``."""
    yield from average(f"{scope}/Avg", f"{scope}/moving_mean", f"{moments_of}/mean")
    yield from average(f"{scope}/Avg_1", f"{scope}/moving_variance", f"{moments_of}/variance")


def normalized(scope: str, mean: str, variance: str, data: str = "x", own: str = "bn") -> Iterator[str]:
    """Yield tf.nn.batch_normalization with the gamma and beta of ``own``; its result is ``scope/out``."""
    yield f"{scope}/add AddV2 {variance} epsilon"
    yield f"{scope}/Rsqrt Rsqrt {scope}/add"
    yield f"{scope}/mul Mul {scope}/Rsqrt {own}/gamma/read"
    yield f"{scope}/mul_1 Mul {data} {scope}/mul"
    yield f"{scope}/mul_2 Mul {mean} {scope}/mul"
    yield f"{scope}/sub Sub {own}/beta/read {scope}/mul_2"
    yield f"{scope}/out AddV2 {scope}/mul_1 {scope}/sub"


def fused(op: str, data: str = "x", own: str = "bn", *, training: bool, empty: str = "axis") -> str:
    """Return a FusedBatchNormV3 of the layer ``own``."""
    read = f"{empty} {empty}" if training else f"{own}/moving_mean/read {own}/moving_variance/read"
    return f"{op} FusedBatchNormV3 {data} {own}/gamma/read {own}/beta/read {read} is_training={training} epsilon=0.001"


def normalizers(about: Graph) -> tuple[Normalizer, ...]:
    return Normalizers(about, Variables(about), Moments(about), Gates(about)).find()


def described(about: Graph, found: Normalizer) -> str:
    """Return the statistics, gamma, beta, epsilon and choice of a normalizer in one line."""

    def name(node: int | None) -> str:
        return "-" if node is None else about.nodes[node].name

    def origin(variables: frozenset[int], *, is_batch: bool) -> str:
        return "|".join([*(["batch"] if is_batch else []), *sorted(map(name, variables))])

    mean = origin(found.mean.variables, is_batch=found.mean.is_batch)
    variance = origin(found.variance.variables, is_batch=found.variance.is_batch)
    epsilon = "-" if found.epsilon is None else f"{found.epsilon:g}"
    choice = found.choice
    chosen = "" if choice is None else f" if {'' if choice.branch else 'not '}{name(choice.predicate.node)}"
    return f"{mean} {variance} {name(found.gamma)} {name(found.beta)} {epsilon}{chosen}"


def updates(about: Graph, name: str) -> tuple[Update, ...]:
    """Return the updates of the variable ``name``."""
    return Updates(about, Variables(about), Moments(about), Gates(about)).of(number(about, name))


def layers(about: Graph, initializers: Mapping[str, str | None] | None = None) -> tuple[GraphLayer, ...]:
    """Return the layers of a graph in which every variable is saved under the name of its op."""
    variables = Variables(about, initializers)
    nodes = {n: node for n, node in enumerate(about.nodes) if node.op in ("VariableV2", "VarHandleOp")}
    shapes = {n: shape for n, node in nodes.items() if isinstance(shape := node.attributes.get("shape"), tuple)}
    keys = {n: node.name for n, node in nodes.items()}
    return GraphLayers(about, variables, Gates(about), shapes, keys).find()


def summarised(about: Graph, layer: GraphLayer) -> str:
    """Return the mean, variance, gamma and beta of a layer, and how many normalizers and updates it has."""
    names = ["-" if n is None else about.nodes[n].name for n in (layer.mean, layer.variance, layer.gamma, layer.beta)]
    counts = (len(layer.normalizers), len(layer.mean_updates), len(layer.variance_updates))
    return " ".join([*names, *map(str, counts)])


def trained(output: str, *variables: str) -> Iterator[str]:
    """Yield a loss over ``output``, and ``train``, which trains gamma, beta and ``variables`` by it."""
    yield f"loss Mean {output} axis"
    yield "gradients/g Neg loss"
    for k, name in enumerate((*variables, "bn/gamma", "bn/beta")):
        yield f"train/{k} ApplyGradientDescent {name} rate gradients/g"
    yield f"train NoOp {' '.join(f'^train/{k}' for k in range(2 + len(variables)))}"


def meta(
    about: Graph,
    trainable: str = "bn/gamma bn/beta",
    saver: str | None = None,
    initializers: Mapping[str, str] | None = None,
    collections: Mapping[str, str] | None = None,
) -> MetaGraph:
    """Return a meta-graph with collections of ops, each given as one line of names."""
    listed = {"trainable_variables": trainable, **(collections or {})}
    return MetaGraph(
        graph=about,
        variables=tuple(GraphVariable(name, op, name) for name, op in (initializers or {}).items()),
        collections={name: tuple(names.split()) for name, names in listed.items()},
        saver=None if saver is None else Saver(saver, "save/restore_all", "save/Const"),
    )


def save(op: str, *names: str) -> Iterator[str]:
    """Yield a SaveV2 called ``op`` that lists variables under their own names."""
    yield f"{op}/path Const value=b'p'"
    yield f"{op}/names Const value={[name.encode() for name in names]!r}".replace(" b'", "b'")
    yield f"{op} SaveV2 {op}/path {op}/names {op}/names {' '.join(names)}"


def layer_of(about: MetaGraph) -> Layer:
    """Return the only layer of a meta-graph."""
    ((_, layer),) = GraphView(about).layers()
    return layer


BASE = (*X, *PREDICATE, *statistics(), *parameters())
"""What stands before every layer in the tables: data, a predicate, and the variables of ``bn``."""


def found(about: Graph) -> list[str]:
    """Return the layers of a graph, each in one line."""
    return [summarised(about, layer) for layer in layers(about)]
