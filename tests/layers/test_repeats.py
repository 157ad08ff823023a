from __future__ import annotations

from collections.abc import Iterator

import pytest

from bnlint.graph.graph import Graph
from bnlint.layers.layer import Repeats
from tests.graph.build import graph, resource, variable
from tests.layers.build import PREDICATE, X, fused, layer_of, meta, moments, parameters, trained

BASE = (*X, *PREDICATE, "rate_half Const value=0.5", *parameters())
REFERENCES = (*variable("bn/moving_mean"), *variable("bn/moving_variance", "Const value=1"))
RESOURCES = (*resource("bn/moving_mean"), *resource("bn/moving_variance", "Const value=1"))


def step(op: str, *ops: str) -> str:
    return f"{op} NoOp ^train {' '.join('^' + name for name in ops)}"


def by_reference(op: str, value: str, after: str = "", rate: str = "rate_half") -> Iterator[str]:
    """Yield an update that computes with ``moving_mean/read`` after ``after``."""
    yield f"{op}/sub Sub bn/moving_mean/read {value} {after}"
    yield f"{op}/mul Mul {op}/sub {rate}"
    yield f"{op} AssignSub bn/moving_mean {op}/mul"


def by_resource(op: str, value: str, after: str = "", rate: str = "rate_half") -> Iterator[str]:
    """Yield an update with a read of its own, after ``after``."""
    yield f"{op}/read ReadVariableOp bn/moving_mean {after}"
    yield f"{op}/sub Sub {op}/read {value}"
    yield f"{op}/mul Mul {op}/sub {rate}"
    yield f"{op} AssignSubVariableOp bn/moving_mean {op}/mul"


def repeats(about: Graph) -> Repeats | None:
    return layer_of(meta(about)).repeats


F, G, H = (fused(name, training=True) for name in "fgh")
READ = fused("i", training=False)


def built(variables: tuple[str, ...], *lines: str | Iterator[str]) -> Graph:
    """Return a graph with a layer of three applications, the last of which a loss is taken of."""
    return graph(*BASE, *variables, F, G, H, READ, *trained("h"), *lines)


def test_reference_variables_are_updated_in_place() -> None:
    about = built(REFERENCES, by_reference("a", "f:1"), by_reference("b", "g:1"), step("step", "a", "b"))
    assert repeats(about) == Repeats(total=2, unordered=2, in_place=True)


def test_resource_variables_are_read_first() -> None:
    about = built(RESOURCES, by_resource("a", "f:1"), by_resource("b", "g:1"), step("step", "a", "b"))
    assert repeats(about) == Repeats(total=2, unordered=2, in_place=False)


def three(*after: str) -> Graph:
    """Return a layer with three updates, each of which reads after some others."""
    names, values = "abc", ("f:1", "g:1", "h:1")
    updates = [by_resource(n, v, a) for n, v, a in zip(names, values, after, strict=True)]
    return built(RESOURCES, *(line for update in updates for line in update), step("step", *names))


@pytest.mark.parametrize(
    ("after", "unordered"),
    [
        (("", "", ""), 3),
        (("", "^a", "^b"), 1),
        (("", "^a", "^a"), 2),
        (("", "", "^a"), 2),
        (("", "", "^a ^b"), 2),
        (("^b ^c", "", ""), 2),
    ],
    ids=["none waits", "a chain", "two wait for the first", "one waits", "one waits for both", "the first waits"],
)
def test_updates_whose_reads_wait_for_each_other_are_in_order(after: tuple[str, ...], unordered: int) -> None:
    assert repeats(three(*after)) == Repeats(3, unordered)


def test_an_order_over_data_edges() -> None:
    about = built(
        REFERENCES,
        by_reference("a", "f:1"),
        "behind Identity a",
        fused("late", "behind", training=True),
        by_reference("b", "late:1"),
        step("step", "a", "b"),
    )
    assert repeats(about) == Repeats(2, 1, in_place=True)


def test_a_read_that_does_not_wait_for_what_its_value_waits_for() -> None:
    about = built(
        RESOURCES,
        by_resource("a", "f:1"),
        "behind Identity x ^a",
        fused("late", "behind", training=True),
        by_resource("b", "late:1"),
        step("step", "a", "b"),
    )
    assert repeats(about) == Repeats(2, 2)


@pytest.mark.parametrize("value", ["late:1", "m/mean"])
def test_what_lies_behind_the_moments_is_no_read_of_an_update(value: str) -> None:
    about = built(
        REFERENCES,
        by_reference("a", "f:1"),
        "centred Sub x bn/moving_mean/read",
        fused("late", "centred", training=True),
        moments("m", "centred"),
        by_reference("b", value, "^a"),
        step("step", "a", "b"),
    )
    assert repeats(about) == Repeats(2, 1, in_place=True)


def test_an_update_that_takes_what_another_one_assigned() -> None:
    about = built(
        REFERENCES,
        by_reference("a", "f:1"),
        "b/sub Sub a g:1",
        "b/mul Mul b/sub rate_half",
        "b AssignSub bn/moving_mean b/mul",
        step("step", "a", "b"),
    )
    assert repeats(about) == Repeats(2, 1, in_place=True)


def test_one_of_two_updates_that_a_step_runs_repeats_nothing() -> None:
    assert repeats(built(RESOURCES, by_resource("a", "f:1"), by_resource("b", "g:1"), step("step", "a"))) is None


def test_updates_that_no_step_runs_do_not_count() -> None:
    about = built(RESOURCES, *(line for n, v in zip("abc", "fgh", strict=True) for line in by_resource(n, f"{v}:1")))
    assert repeats(about) is None
    wired = built(
        RESOURCES, by_resource("a", "f:1"), by_resource("b", "g:1"), by_resource("c", "h:1"), step("step", "a", "b")
    )
    assert repeats(wired) == Repeats(2, 2)


def test_each_train_op_is_a_step_of_its_own() -> None:
    about = built(
        RESOURCES,
        by_resource("a", "f:1"),
        by_resource("b", "g:1"),
        by_resource("c", "h:1"),
        step("generator", "a"),
        step("critic", "b", "c"),
    )
    assert repeats(about) == Repeats(2, 2)


def test_what_one_fetch_joins_is_one_step() -> None:
    about = built(
        RESOURCES,
        by_resource("a", "f:1"),
        by_resource("b", "g:1"),
        step("generator", "a"),
        step("critic", "b"),
        "both NoOp ^generator ^critic",
    )
    assert repeats(about) == Repeats(2, 2)


def test_train_ops_beyond_counting_are_one_step() -> None:
    names = [f"u{k}" for k in range(20)]
    updates = [line for name in names for line in by_resource(name, "f:1")]
    about = built(RESOURCES, *updates, *(step(f"step{k}", name) for k, name in enumerate(names)))
    assert repeats(about) == Repeats(20, 20)


def test_a_step_with_a_single_update_repeats_nothing() -> None:
    about = built(
        RESOURCES, by_resource("a", "f:1"), by_resource("b", "g:1"), step("generator", "a"), step("critic", "b")
    )
    assert repeats(about) == Repeats(1, 1)


def test_a_statistic_with_one_update_is_passed_over() -> None:
    assert repeats(built(RESOURCES, by_resource("a", "f:1"), step("step", "a"))) is None


def test_updates_of_any_momentum_are_counted() -> None:
    lines = (by_resource("a", "f:1", rate="rate"), by_resource("b", "g:1", rate="q"), "q Placeholder")
    assert repeats(built(RESOURCES, *lines, step("step", "a", "b"))) == Repeats(2, 2)


def branch(op: str, gate: str) -> Iterator[str]:
    """Yield an update in one branch of a cond."""
    yield from by_resource(op, "f:1", f"^{gate}")


@pytest.mark.parametrize(
    ("gates", "expected"),
    [(("on", "off"), None), (("on", "off", "on"), Repeats(2, 2)), (("on", "on", "on"), Repeats(3, 3))],
    ids=["one in each", "two in one, one in the other", "all in one"],
)
def test_branches_that_exclude_each_other_count_once(gates: tuple[str, ...], expected: Repeats | None) -> None:
    updates = [line for k, gate in enumerate(gates) for line in branch(f"u{k}", gate)]
    about = built(RESOURCES, *updates, step("step", *(f"u{k}" for k in range(len(gates)))))
    assert repeats(about) == expected


def test_an_update_by_which_nothing_moves_does_not_count() -> None:
    about = built(
        RESOURCES,
        "never Const value=0.0",
        by_resource("a", "f:1"),
        by_resource("b", "g:1", rate="never"),
        by_resource("c", "h:1", rate="never"),
        step("step", *"abc"),
    )
    assert repeats(about) is None


def test_an_update_in_the_body_of_a_loop_comes_after_itself() -> None:
    about = built(
        RESOURCES,
        "enter Enter bn/moving_mean",
        "a/read ReadVariableOp enter",
        "a/sub Sub a/read f:1",
        "a/mul Mul a/sub rate_half",
        "a AssignSubVariableOp enter a/mul",
        by_resource("b", "g:1"),
        step("step", "a", "b"),
    )
    assert repeats(about) == Repeats(2, 1)


def test_a_graph_that_does_not_train_has_no_steps() -> None:
    about = graph(*BASE, *RESOURCES, F, G, READ, by_resource("a", "f:1"), by_resource("b", "g:1"), "step NoOp ^a ^b")
    assert repeats(about) is None


def test_the_statistic_that_is_worse_speaks_for_the_layer() -> None:
    lines = [line.replace("moving_mean", "moving_variance") for n in "abc" for line in by_resource(n, "f:2")]
    about = built(RESOURCES, by_resource("d", "f:1"), by_resource("e", "g:1"), *lines, step("step", *"abcde"))
    assert repeats(about) == Repeats(3, 3)


def test_thousands_of_updates_in_a_chain() -> None:
    names = [f"u{k}" for k in range(3000)]
    before = ["", *(f"^{name}" for name in names)]
    updates = [line for name, after in zip(names, before, strict=False) for line in by_resource(name, "f:1", after)]
    assert repeats(built(RESOURCES, *updates, step("step", *names))) == Repeats(3000, 1)
