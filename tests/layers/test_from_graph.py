from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from bnlint.graph.graph import Graph
from bnlint.layers.from_graph import GraphView
from bnlint.layers.layer import Dialect
from tests.graph.build import graph, resource, variable
from tests.layers.build import (
    PREDICATE,
    X,
    average,
    averages,
    fused,
    layer_of,
    meta,
    moments,
    normalized,
    parameters,
    statistics,
    trained,
)

BASE = (*X, *PREDICATE, *statistics(), *parameters(), *moments())
FUSED_UPDATES = (*average("a", "bn/moving_mean", "f:1"), *average("b", "bn/moving_variance", "f:2"))
TEST_UPDATES = (*average("c", "bn/moving_mean", "g:1"), *average("d", "bn/moving_variance", "g:2"))
TRAINING = (*BASE, fused("f", training=True), *FUSED_UPDATES)
PHASE = ("phase/input Const value=False", "keras_learning_phase PlaceholderWithDefault phase/input")


def branches(predicate: str = "p") -> tuple[str, ...]:
    """Return a layer with a fused op in each branch of a cond; its output is ``out``."""
    return (
        f"then/x Switch x {predicate}",
        f"else/x Switch x {predicate}",
        fused("then/f", "then/x:1", training=True),
        fused("else/f", "else/x", training=False),
        "out Merge else/f then/f",
    )


def modes(about: Graph) -> str:
    return " ".join(f"{a.mode.value}{'' if a.on_training_path else '-'}" for a in layer_of(meta(about)).applications)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((fused("f", training=True), *trained("f")), "training"),
        ((fused("f", training=False), *trained("f")), "inference"),
        ((*branches(), *trained("out")), "switched"),
        ((*PHASE, *branches("keras_learning_phase"), *trained("out")), "learning-phase"),
        ((fused("f", training=True), fused("g", training=False), *trained("f")), "training inference-"),
        ((fused("f", training=True), fused("g", training=True), *trained("f")), "training training-"),
        ((fused("f", training=True),), "training-"),
        (
            (*PHASE, *branches("keras_learning_phase"), fused("f", training=True), *trained("f")),
            "training learning-phase-",
        ),
        (
            (
                *(fused("f", training=True), fused("g", training=True), *TEST_UPDATES),
                *("waited Identity f ^c ^d", *trained("waited")),
            ),
            "training training-",
        ),
        ((fused("f", training=True), "y Identity x ^f", *trained("y")), "training"),
    ],
    ids=[
        *("training", "inference", "cond", "phase", "evaluation copy", "sampler", "no training", "template copy"),
        *("a copy for tests whose updates a step waits for", "a step waits for the layer"),
    ],
)
def test_modes_on_and_off_the_training_path(lines: tuple[str, ...], expected: str) -> None:
    built = graph(*BASE, *average("a", "bn/moving_mean", "m/mean"), *lines)
    assert sorted(modes(built).split()) == sorted(expected.split())


def test_the_predicate_is_named() -> None:
    (application,) = layer_of(meta(graph(*BASE, *branches(), *trained("out")))).applications
    assert application.predicate == "p"


def test_what_the_graph_knows_of_the_variables() -> None:
    layer = layer_of(meta(graph(*TRAINING, *trained("f"), "step NoOp ^train ^a ^b")))
    assert layer.gamma is not None
    assert layer.beta is not None
    assert [v.name for v in layer.variables] == ["bn/gamma", "bn/beta", "bn/moving_mean", "bn/moving_variance"]
    assert [None if v.initial is None else float(v.initial) for v in layer.variables] == [1, 0, 0, 1]
    assert [v.is_trainable for v in layer.variables] == [True, True, False, False]
    assert [v.is_optimized for v in layer.variables] == [True, True, False, False]
    assert [u.is_wired for u in layer.updates] == [True, True]
    assert layer.momentum == 0.9
    assert layer.epsilon == 0.001


def test_where_nothing_trains_nobody_knows_what_is_optimized() -> None:
    layer = layer_of(meta(graph(*TRAINING)))
    assert [v.is_optimized for v in layer.variables] == [None] * 4
    assert [v.is_trainable for v in layer.variables] == [True, True, False, False]
    assert [v.is_trainable for v in layer_of(meta(graph(*TRAINING), trainable="")).variables] == [None] * 4


@pytest.mark.parametrize(
    ("collections", "expected"),
    [
        ({"update_ops": "a b"}, ("update_ops",)),
        ({"update_ops": "group"}, ("update_ops",)),
        ({"my_updates": "a", "update_ops": "a"}, ("my_updates", "update_ops")),
        ({"update_ops": "b"}, ()),
        ({"train_op": "a", "summaries": "a", "losses": "a"}, ()),
        ({"update_ops": "gone"}, ()),
        ({"moving_average_variables": "bn/moving_mean"}, ()),
        ({"update_ops": "bn/moving_mean"}, ()),
        ({}, ()),
    ],
)
def test_collections_that_run_an_update(collections: dict[str, str], expected: tuple[str, ...]) -> None:
    built = graph(*TRAINING, *trained("f"), "group NoOp ^a ^b")
    (mean_update,) = layer_of(meta(built, collections=collections)).moving_mean.updates
    assert mean_update.collections == expected


def test_the_joint_is_said_of_wired_updates() -> None:
    view = GraphView(meta(graph(*TRAINING, *trained("f"), "step NoOp ^train ^a")))
    ((_, layer),) = view.layers()
    assert [u.joint for u in view.with_joints(layer.moving_mean).updates] == ["step"]
    assert [u.joint for u in view.with_joints(layer.moving_variance).updates] == [None]


def chosen(on: str) -> tuple[str, ...]:
    """Return a fused layer whose updates stand outside the cond, with a decay that is 0 at inference."""
    then, other = ("on", "off") if on == "p" else ("off", "on")
    return (
        *branches(),
        "mean Merge else/f:1 then/f:1",
        "variance Merge else/f:2 then/f:2",
        f"decay/then Const value=0.1 ^{then}",
        f"decay/else Const value=0.0 ^{other}",
        "decay Merge decay/else decay/then",
        *average("a", "bn/moving_mean", "mean", "decay"),
        *average("b", "bn/moving_variance", "variance", "decay"),
    )


def selected(*control: str) -> tuple[str, ...]:
    """Return a training and an inference copy built outside the cond that chooses between them."""
    return (
        fused("train/f", training=True),
        f"train/out Identity train/f {' '.join(control)}",
        "train/relu Relu train/out",
        fused("infer/f", training=False),
        "then Switch train/relu p",
        "else Switch infer/f p",
        "out Merge else then:1",
        *average("a", "bn/moving_mean", "train/f:1"),
        *average("b", "bn/moving_variance", "train/f:2"),
    )


MOMENTS_COND = (
    *(f"{role}/then Switch m/{role} p" for role in ("mean", "variance")),
    *(f"{role}/else Switch bn/moving_{role}/read p" for role in ("mean", "variance")),
    *(f"{role} Merge {role}/else {role}/then:1" for role in ("mean", "variance")),
)
UNGATED = {
    "copies outside the cond, updates in place": (selected("^a", "^b"), "a b"),
    "one of the updates in place": (selected("^a"), "a"),
    "copies outside the cond, updates elsewhere": (selected(), ""),
    "updates behind the cond, decay 0 at inference": (chosen("p"), ""),
    "updates always on before decomposed arithmetic": (
        (*averages(), *MOMENTS_COND, "held Identity mean ^bn/Avg ^bn/Avg_1", *normalized("n", "held", "variance")),
        "bn/Avg bn/Avg_1",
    ),
    "updates behind decomposed arithmetic": ((*averages(), *MOMENTS_COND, *normalized("n", "mean", "variance")), ""),
    "updates in the branch": (
        (
            *average("a", "bn/moving_mean", "mean/in"),
            *average("b", "bn/moving_variance", "variance/in"),
            *(f"{role}/s Switch m/{role} p" for role in ("mean", "variance")),
            *(f"{role}/in Identity {role}/s:1" for role in ("mean", "variance")),
            *(f"{role}/then Identity {role}/in ^a ^b" for role in ("mean", "variance")),
            *(f"{role}/else Switch bn/moving_{role}/read p" for role in ("mean", "variance")),
            *(f"{role} Merge {role}/else {role}/then" for role in ("mean", "variance")),
            *normalized("n", "mean", "variance"),
        ),
        "",
    ),
    "training only, in place": ((fused("f", training=True), *FUSED_UPDATES, "out Identity f ^a ^b"), ""),
    "both copies, nothing chooses": (
        (fused("f", training=True), *FUSED_UPDATES, "out Identity f ^a ^b", fused("g", training=False)),
        "",
    ),
}


@pytest.mark.parametrize(("lines", "expected"), UNGATED.values(), ids=UNGATED)
def test_updates_that_inference_runs_too(lines: tuple[str, ...], expected: str) -> None:
    layer = layer_of(meta(graph(*BASE, *lines)))
    assert " ".join(dict.fromkeys(u.op for u in layer.ungated)) == expected
    assert all(u.predicate == "p" for u in layer.ungated)


def test_a_momentum_chosen_by_the_phase_is_gated_by_it() -> None:
    keras = [line.replace(" p", " keras_learning_phase") for line in PREDICATE[1:2]]
    lines = [line.replace(" p", " keras_learning_phase") for line in chosen("p")]
    built = graph(*X, *PHASE, *keras, *PREDICATE[2:], *statistics(), *parameters(), *lines, *trained("out"))
    layer = layer_of(meta(built))
    assert [u.by_learning_phase for u in layer.updates] == [True, True]
    assert [u.predicates for u in layer.updates] == [("keras_learning_phase",)] * 2


def test_an_update_that_happens_while_the_phase_is_0_does_not_wait_for_it() -> None:
    keras = [line.replace(" p", " keras_learning_phase") for line in PREDICATE[1:2]]
    lines = [line.replace(" p", " keras_learning_phase") for line in chosen("not p")]
    built = graph(*X, *PHASE, *keras, *PREDICATE[2:], *statistics(), *parameters(), *lines, *trained("out"))
    assert [u.by_learning_phase for u in layer_of(meta(built)).updates] == [False, False]


def named(mean: str, variance: str, *, assign: bool = False, is_resource: bool = False) -> Graph:
    """Return a trained layer whose statistics have these names."""
    make = resource if is_resource else variable
    minus = "AssignSubVariableOp" if is_resource else "AssignSub"
    return graph(
        *X,
        *make(mean),
        *make(variance, "Const value=1"),
        *parameters(),
        *moments(),
        *(f"{k}/sub Sub {name}/read m/{role}" for k, name, role in (("u", mean, "mean"), ("v", variance, "variance"))),
        *(f"{k}/mul Mul {k}/sub rate" for k in "uv"),
        *(f"{k}/new Sub {name}/read {k}/mul" for k, name in (("u", mean), ("v", variance))),
        *(
            f"{k} {'Assign' if assign else minus} {n} {k}/{'new' if assign else 'mul'}"
            for k, n in (("u", mean), ("v", variance))
        ),
        *normalized("n", "m/mean", "m/variance"),
        *trained("n/out"),
    )


def unmoved(mean: str, variance: str, *lines: str, make: Callable[[str, str], Iterator[str]] = variable) -> Graph:
    """Return a layer that is trained with ``mean`` and ``variance``, and whose statistics nothing moves."""
    kept = (*make("bn/moving_mean", "Const value=0"), *make("bn/moving_variance", "Const value=1"))
    return graph(*X, *kept, *parameters(), *moments(), *normalized("n", mean, variance), *trained("n/out"), *lines)


EMA = "ExponentialMovingAverage"


@pytest.mark.parametrize(
    ("about", "collections", "dialect"),
    [
        (named("bn/moving_mean", "bn/moving_variance"), {"update_ops": "u v"}, Dialect.TF_LAYERS),
        (named("bn/moving_mean", "bn/moving_variance", is_resource=True), {}, Dialect.KERAS),
        (named("bn/moving_mean", "bn/moving_variance", is_resource=True), {"update_ops": "u v"}, Dialect.TF_LAYERS),
        (named("BatchNorm/moving_mean", "BatchNorm/moving_variance"), {}, Dialect.SLIM),
        (named("c/BatchNorm_1/moving_mean", "c/BatchNorm_1/moving_variance"), {}, Dialect.SLIM),
        (
            named("bn/moving_mean", "bn/moving_variance"),
            {"model_variables": "bn/moving_mean bn/moving_variance"},
            Dialect.SLIM,
        ),
        (named(f"m/Squeeze/{EMA}", f"m/Squeeze_1/{EMA}"), {}, Dialect.EMA),
        (named("bn/pop_mean", "bn/pop_var", assign=True), {}, Dialect.ASSIGN),
        (named("bn/moving_mean", "bn/moving_variance", assign=True), {"update_ops": "u v"}, Dialect.ASSIGN),
        (named("bn/pop_mean", "bn/pop_var"), {}, Dialect.UNKNOWN),
        (unmoved("m/mean", "m/variance"), {}, Dialect.ASSIGN),
        (unmoved("m/mean", "m/variance", make=resource), {}, Dialect.ASSIGN),
        (unmoved("bn/moving_mean/read", "bn/moving_variance/read"), {}, Dialect.TF_LAYERS),
        (unmoved("bn/moving_mean/read", "bn/moving_variance/read", make=resource), {}, Dialect.KERAS),
        (unmoved("bn/moving_mean/read", "bn/moving_variance/read", *PHASE), {}, Dialect.KERAS),
    ],
)
def test_who_wrote_the_updates(about: Graph, collections: dict[str, str], dialect: Dialect) -> None:
    assert layer_of(meta(about, collections=collections)).dialect is dialect


def test_an_importer_of_weights_is_known_by_its_op() -> None:
    about = graph(
        *X, *statistics(), *parameters(), fused("f", training=True), "p Placeholder", "load Assign bn/moving_mean p"
    )
    layer = layer_of(meta(about))
    assert [s.loaded_by for s in layer.statistics] == ["load", None]
