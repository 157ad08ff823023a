from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from bnlint.artifacts.artifact import MetaGraph, Signature
from bnlint.graph.graph import Graph
from bnlint.layers.from_graph import GraphView
from bnlint.layers.layer import Layer, Served
from bnlint.layers.serving import Serving
from tests.graph.build import graph, output
from tests.layers.build import (
    X,
    averages,
    fused,
    moments,
    normalized,
    parameters,
    statistics,
    trained,
)

SERVE = Served("signature 'serve'")


def served(about: Graph, *outputs: str, **signatures: str) -> MetaGraph:
    """Return a graph with a signature ``serve`` for ``outputs``, or others by name."""
    listed = signatures or {"serve": " ".join(outputs)}
    return MetaGraph(
        about,
        collections={"trainable_variables": ("bn/gamma", "bn/beta")},
        signatures=tuple(
            Signature(name, {}, {str(k): f"{op}:0" for k, op in enumerate(ops.split())}) for name, ops in listed.items()
        ),
        is_serving=True,
    )


def layer_of(meta: MetaGraph) -> Layer:
    ((_, layer),) = GraphView(meta).layers()
    return layer


LAYER = (*X, *statistics(), *parameters())
TRAINING = (*LAYER, *moments(), *averages(), *normalized("n", "m/mean", "m/variance"))
INFERENCE = normalized("i", "bn/moving_mean/read", "bn/moving_variance/read")


def test_batch_statistics_on_the_way_to_an_output_are_served():
    layer = layer_of(served(graph(*TRAINING, "y Relu n/out"), "y"))
    assert [a.served for a in layer.applications] == [(SERVE,)]
    assert [u.served for u in layer.updates] == [(), ()]


def test_an_update_that_an_output_waits_for_is_served():
    layer = layer_of(served(graph(*TRAINING, "y Relu n/out ^bn/Avg"), "y"))
    assert [u.served for u in layer.updates] == [(SERVE,), ()]


def test_a_copy_that_no_output_needs_is_not_served():
    layer = layer_of(served(graph(*TRAINING, *INFERENCE, "y Relu i/out"), "y"))
    assert [a.served for a in layer.applications] == [(), ()]


def test_every_signature_that_serves_it_is_named():
    layer = layer_of(served(graph(*TRAINING, *INFERENCE), one="n/out", two="i/out", three="n/Rsqrt"))
    assert {s.by for a in layer.applications for s in a.served} == {"signature 'one'", "signature 'three'"}


def test_the_outputs_of_a_frozen_graph_are_served():
    about = graph(*TRAINING, "y Relu n/out")
    layer = layer_of(MetaGraph(about, outputs=("y",), is_serving=True))
    assert [a.served for a in layer.applications] == [(Served("output 'y'"),)]


SWITCHED = (
    *LAYER,
    "s Switch x p",
    fused("t", "s:1", training=True),
    fused("i", "s", training=False),
    "y Merge t i",
)
PREDICATES = {
    "a default of False": (("d Const value=False", "p PlaceholderWithDefault d"), ()),
    "a default of True": (("d Const value=True", "p PlaceholderWithDefault d"), (SERVE,)),
    "the learning phase": (
        ("d Const value=False", "k/keras_learning_phase PlaceholderWithDefault d", "p Identity k/keras_learning_phase"),
        (),
    ),
    "a bare placeholder": (("p Placeholder",), (SERVE._replace(must_feed="p"),)),
    "a constant True": (("p Const value=True",), (SERVE,)),
    "a constant False": (("p Const value=False",), ()),
    "not a placeholder": (("q Placeholder", "p LogicalNot q"), (SERVE._replace(must_feed="q"),)),
    "not a default of False": (("d Const value=False", "q PlaceholderWithDefault d", "p LogicalNot q"), (SERVE,)),
    "a placeholder and False": (("q Placeholder", "f Const value=False", "p LogicalAnd q f"), ()),
    "False and a placeholder": (("q Placeholder", "f Const value=False", "p LogicalAnd f q"), ()),
    "a placeholder or True": (("q Placeholder", "t_ Const value=True", "p LogicalOr q t_"), (SERVE,)),
    "a placeholder and True": (
        ("q Placeholder", "t_ Const value=True", "p LogicalAnd q t_"),
        (SERVE._replace(must_feed="q"),),
    ),
    "a default that equals": (
        ("d Const value=1", "q PlaceholderWithDefault d", "one Const value=1", "p Equal q one"),
        (SERVE,),
    ),
    "a default that differs": (
        ("d Const value=0", "q PlaceholderWithDefault d", "one Const value=1", "p Equal q one"),
        (),
    ),
    "a default as a number": (("d Const value=0", "q PlaceholderWithDefault d", "p Cast q"), ()),
    "a comparison of data": (("p Greater x x",), (SERVE._replace(must_feed="p"),)),
    "a variable": (("v VariableV2", "p Identity v"), (SERVE._replace(must_feed="v"),)),
}


@pytest.mark.parametrize(("predicate", "expected"), PREDICATES.values(), ids=PREDICATES)
def test_a_branch_is_served_where_its_predicate_says_so_by_default(predicate, expected):
    layer = layer_of(served(graph(*predicate, *SWITCHED), "y"))
    (application,) = layer.applications
    assert application.served == expected


def test_a_signature_that_applies_gradients_is_not_served():
    about = graph(*TRAINING, *trained("n/out"), "y Identity loss ^train")
    layer = layer_of(served(about, train="y"))
    assert [a.served for a in layer.applications] == [()]
    assert GraphView(served(about, train="y")).serving.missing == "every signature of the SavedModel trains"
    assert GraphView(served(about, train="y", serve="n/out")).serving.missing is None


def test_a_signature_that_moves_gamma_by_plain_arithmetic_is_not_served():
    step = (
        "moved Sub bn/gamma/read n/out",
        "new Mean moved axis",
        "bn/gamma/step Assign bn/gamma new",
        "y Identity n/out ^bn/gamma/step",
    )
    assert GraphView(served(graph(*TRAINING, *step), "y")).serving.missing is not None


def test_a_signature_for_training_is_not_served():
    meta = served(graph(*TRAINING), "n/out")
    (signature,) = meta.signatures
    supervised = signature._replace(method="tensorflow/supervised/training")
    serving = GraphView(meta._replace(signatures=(supervised,))).serving
    assert serving.missing == "no signature says what of the graph is served"


def test_a_training_checkpoint_serves_nothing():
    meta = MetaGraph(graph(*TRAINING))
    assert GraphView(meta).serving.missing == "a training checkpoint has no serving signature"
    assert [a.served for a in layer_of(meta).applications] == [()]


def test_signatures_beyond_a_bound_are_not_swept():
    about = graph(*TRAINING)
    layer = layer_of(served(about, **{f"s{k:03d}": "n/out" for k in range(200)}))
    assert len(layer.applications[0].served) == 64


def test_a_predicate_that_feeds_itself_has_no_default():
    about = graph("p LogicalAnd q q", "q LogicalNot p")
    serving = Serving(MetaGraph(about), GraphView(MetaGraph(about)).variables, (), ())
    assert serving.default(output(about, "p")) is None


def over_the_last(lines: Iterable[str]) -> Iterator[str]:
    yield "last Const value=-1"
    yield from (line.replace(" axis", " last") for line in lines)


LAYER_NORM = ("ones Const value=[1.,1.,1.]", "zeros Const value=[0.,0.,0.]")


@pytest.mark.parametrize(
    ("lines", "stripped"),
    [
        ((fused("bn/f", training=True),), ["bn"]),
        ((*moments("bn/m"), *normalized("bn/n", "bn/m/mean", "bn/m/variance")), ["bn"]),
        # layer normalization: over the axes of one sample, or lowered to a fused op with ones and zeros
        ((*over_the_last(moments("ln/m")), *normalized("ln/n", "ln/m/mean", "ln/m/variance")), []),
        ((*LAYER_NORM, "ln/f FusedBatchNormV3 x ones zeros axis axis"), []),
        ((fused("bn/f", training=False), *statistics()), []),
    ],
    ids=["fused", "decomposed", "layer norm", "layer norm, fused", "inference"],
)
def test_layers_whose_statistics_freezing_dropped(lines: tuple[str, ...], stripped: list[str]) -> None:
    about = graph(*X, *parameters(), *lines)
    last = about.nodes[-1].name
    view = GraphView(MetaGraph(about, outputs=(last,), is_serving=True))
    assert [layer.moving_mean.name for layer in view.stripped_layers()] == [f"{name}/moving_mean" for name in stripped]
    assert list(GraphView(MetaGraph(about)).stripped_layers()) == []
