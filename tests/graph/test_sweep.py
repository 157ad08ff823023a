from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnlint.graph.graph import Graph, Node
from bnlint.graph.sweep import ancestors, descendants, nearest_descendants
from tests.graph.build import graph, names, number

CHAIN = graph("a Const", "b Neg a", "c Neg b", "d NoOp ^c", "e Neg a", "f Const")
LOOP = graph(
    "x Const",
    "enter Enter x",
    "merge Merge enter next",
    "limit Less merge x",
    "go LoopCond limit",
    "switch Switch merge go",
    "body Neg switch:1",
    "next NextIteration body",
    "exit Exit switch",
    "y Neg exit",
    "aside Const",
)


@pytest.mark.parametrize(
    ("seeds", "expected"),
    [("", ""), ("a", "a"), ("c", "a b c"), ("d", "a b c d"), ("e d", "a b c d e"), ("f", "f")],
)
def test_ancestors(seeds: str, expected: str) -> None:
    assert names(CHAIN, ancestors(CHAIN, [number(CHAIN, s) for s in seeds.split()])) == expected


@pytest.mark.parametrize(
    ("seeds", "without", "expected"),
    [
        ("", "", ""),
        ("a", "", "a b c d e"),
        ("a", "b", "a e"),
        ("a", "a", ""),
        ("a", "c", "a b e"),
        ("b", "", "b c d"),
        ("c", "", "c d"),
        ("d f", "", "d f"),
    ],
)
def test_descendants(seeds: str, without: str, expected: str) -> None:
    barred = [number(CHAIN, name) for name in without.split()]
    assert names(CHAIN, descendants(CHAIN, [number(CHAIN, s) for s in seeds.split()], barred)) == expected


@pytest.mark.parametrize(
    ("seed", "among", "expected"),
    [("a", "c d", "c"), ("a", "d e", "e"), ("a", "a b", "a"), ("e", "d", None), ("c", "d", "d"), ("b", "d", "d")],
)
def test_the_nearest_descendants(seed: str, among: str, expected: str | None) -> None:
    found = nearest_descendants(CHAIN, {number(CHAIN, name) for name in among.split()})
    nearest = found.get(number(CHAIN, seed))
    assert (None if nearest is None else CHAIN.nodes[nearest].name) == expected


def test_a_loop_is_swept_once() -> None:
    inside = "body enter exit go limit merge next switch"
    assert names(LOOP, descendants(LOOP, [number(LOOP, "body")])) == f"{inside} y".replace("enter ", "")
    assert names(LOOP, ancestors(LOOP, [number(LOOP, "y")])) == f"{inside} x y"
    assert names(LOOP, descendants(LOOP, [number(LOOP, "x")])) == f"{inside} x y"


def test_a_shared_control_set_reaches_everybody_who_waits() -> None:
    built = graph("u NoOp", "v NoOp", "g1 NoOp ^u ^v", "g2 NoOp ^u ^v", "g3 NoOp ^v", "train NoOp ^g1")
    assert names(built, descendants(built, [number(built, "u")])) == "g1 g2 train u"
    assert names(built, descendants(built, [number(built, "v")])) == "g1 g2 g3 train v"
    assert names(built, ancestors(built, [number(built, "train"), number(built, "g2")])) == "g1 g2 train u v"


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Draw a graph in which hundreds of nodes may share a few sets of control inputs; edges may close cycles."""
    size = draw(st.integers(1, 14))
    nodes = st.integers(0, size - 1)
    controls = draw(st.lists(st.lists(nodes, max_size=3), min_size=1, max_size=3))
    return Graph(
        Node(
            f"n{k}",
            "Op",
            [
                *(f"n{n}" for n in draw(st.lists(nodes, max_size=2))),
                *(f"^n{n}" for n in draw(st.sampled_from(controls))),
            ],
        )
        for k in range(size)
    )


def edges(about: Graph) -> set[tuple[int, int]]:
    """Return (needed, needing) for every edge, read off the nodes as they are written."""
    numbers = {node.name: k for k, node in enumerate(about.nodes)}
    return {(numbers[text.lstrip("^")], k) for k, node in enumerate(about.nodes) for text in node.inputs}


def reached(start: set[int], steps: set[tuple[int, int]]) -> set[int]:
    while True:
        more = start | {to for origin, to in steps if origin in start}
        if more == start:
            return start
        start = more


@given(graphs(), st.sets(st.integers(0, 13)), st.sets(st.integers(0, 13), max_size=3))
def test_both_sweeps_agree_with_a_naive_closure(about: Graph, seeds: set[int], barred: set[int]) -> None:
    seeds = {s for s in seeds if s < len(about)}
    forwards = edges(about)
    assert ancestors(about, seeds) == reached(seeds, {(b, a) for a, b in forwards})
    open_edges = {(a, b) for a, b in forwards if b not in barred}
    assert descendants(about, seeds, barred) == reached(seeds - barred, open_edges)
