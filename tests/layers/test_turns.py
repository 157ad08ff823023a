from __future__ import annotations

import pytest

from bnlint.layers.from_graph import GraphView
from bnlint.results import Step
from tests.graph.build import graph, variable
from tests.layers.build import X, averages, fused, meta, moments, normalized, parameters, statistics, trained
from tests.layers.test_build import built

NET = (*X, *statistics(), *parameters(), *moments(), *averages(), *normalized("n", "m/mean", "m/variance"))
CLOCKS = "one Const value=1", *variable("a", shape="()"), *variable("b", shape="()"), *variable("c", shape="()")
TICKS = tuple(f"tick_{name} AssignAdd {name} one" for name in "abc")
SAID = {name: Step(value, f"the clock {name}") for name, value in (("a", 10), ("b", 20), ("c", 30))}
UPDATES = "bn/Avg bn/Avg_1"


def steps(*ends: str) -> GraphView:
    """Return a graph with training steps, each given by what it runs beside the apply ops."""
    lines = (f"step{n} NoOp ^train {' '.join('^' + op for op in end.split())}" for n, end in enumerate(ends))
    return GraphView(meta(graph(*NET, *CLOCKS, *TICKS, *trained("n/out"), *lines)))


def clocks(view: GraphView) -> str | None:
    """Return the clocks of the only layer, the most trusted first; None where they are those of the artifact."""
    ((_, layer),) = view.layers()
    (layer,) = view.with_clocks((layer,), SAID)
    return None if layer.clocks is None else "".join(step.source[-1] for step in layer.clocks)


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ((f"{UPDATES} tick_a tick_b tick_c",), None),
        ((f"{UPDATES} tick_a", "tick_b"), "ac"),
        (("tick_a", f"{UPDATES} tick_b"), "bc"),
        ((f"{UPDATES} tick_a tick_b tick_c", "tick_b"), "acb"),
        (("tick_a tick_c", f"{UPDATES} tick_b tick_c"), "bc"),
        ((f"{UPDATES} tick_c", "tick_a tick_b"), "c"),
        ((UPDATES, "tick_a tick_b tick_c"), ""),
        ((f"{UPDATES} tick_a tick_c", f"{UPDATES} tick_b tick_c"), "cab"),
        (("bn/Avg tick_a", "bn/Avg_1 tick_b"), None),
        (("tick_a", "tick_b"), None),
        ((UPDATES, UPDATES), None),
        (tuple(f"{UPDATES} tick_a" if n else "tick_b" for n in range(20)), None),
    ],
    ids=[
        "one step",
        "one that the other step moves is left out",
        "the order of the steps is nothing",
        "one that the other step moves too comes last",
        "the step variable of both comes behind the power of its own",
        "the only one",
        "no clock counts them",
        "updated by both, whose step variable counts both",
        "mean and variance by one each",
        "not updated by steps",
        "clocks that are counted by hand",
        "steps beyond counting",
    ],
)
def test_which_clocks_count_the_updates_of_a_layer(ends: tuple[str, ...], expected: str | None) -> None:
    assert clocks(steps(*ends)) == expected


def test_without_training_or_clocks_nothing_is_known() -> None:
    untrained = GraphView(meta(graph(*NET, *CLOCKS)))
    ((_, layer),) = untrained.layers()
    assert untrained.with_clocks((layer,), SAID) == (layer,)
    ((_, layer),) = (trains := steps(f"{UPDATES} tick_a", "tick_b")).layers()
    assert trains.with_clocks((layer,), {}) == (layer,)


def test_the_layers_of_an_artifact_know_their_clocks() -> None:
    """A critic has its own layer and step variable, a generator trains five times as seldom."""

    def network(own: str, tick: str) -> tuple[str, ...]:
        return (
            *statistics(own),
            *averages(own, f"{own}/m"),
            *moments(f"{own}/m"),
            fused(f"{own}/f", own="bn", training=True),
            f"{own}/step NoOp ^train ^{own}/Avg ^{own}/Avg_1 ^{tick}",
        )

    about = meta(
        graph(*X, *parameters(), *CLOCKS, *TICKS, *trained("d/f"), *network("d", "tick_a"), *network("g", "tick_b"))
    )
    saved = {f"{own}/moving_{what}": [0.5, 2.0, 3.0] for own in "dg" for what in ("mean", "variance")}
    subject = built({**saved, "a": 300, "b": 60}, about)
    assert [(layer.name, layer.clocks) for layer in subject.layers] == [
        ("d", (Step(300, "a"),)),
        ("g", (Step(60, "b"),)),
    ]
    assert [(floor.layer, floor.clocks) for floor in subject.floors] == [
        ("d", (Step(300, "a"),)),
        ("g", (Step(60, "b"),)),
    ]
