"""How many nodes inlining would make, counted beforehand: never more than it does make, whatever the library."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnlint.graph.bodies import Bodies
from bnlint.graph.flat import MOST_NODES, FlatNodes
from bnlint.graph.functions import Function
from bnlint.graph.graph import GraphError, Node
from bnlint.graph.inline import inline
from bnlint.graph.sizes import Sizes
from tests.graph.build import function, node

X = node("x Placeholder")


def total(library: Sequence[Function], *calls: str) -> int:
    return Sizes(Bodies(library)).total([node(call) for call in calls])


def chain(length: int, last: int) -> list[Function]:
    """Functions that each call the next one twice; the end is ``last`` nodes."""
    twice = ("a PartitionedCall x f='f{}'", "b PartitionedCall a:output:0 f='f{}'")
    library = [function(f"f{k} x -> y=b:output:0", *(line.format(k + 1) for line in twice)) for k in range(length)]
    ends = [f"n{k} Neg {f'n{k - 1}:y:0' if k else 'x'}" for k in range(last)]
    return [*library, function(f"f{length} x -> y=n{last - 1}:y:0", *ends)]


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        (["c PartitionedCall x f='f2'"], 3),
        (["c PartitionedCall x f='f1'"], 2 + 2 * 3),
        (["c PartitionedCall x f='f0'"], 2 + 2 * 8),
        (["c PartitionedCall x f='f2'", "d f1 x"], 3 + 8),
        (["c If x x ^x then_branch='f2' else_branch='f1'"], 3 + 8 + 2),
        (["c While x cond='f2' body='f1'"], 3 + 8 + 1),
        (["c Case x x x branches=('f2','f2','f2')"], 9 + 2 * 3),
        (["c PartitionedCall x f='absent'"], 0),
        (["c If x x then_branch='f0'"], 0),
        (["c Neg x"], 0),
    ],
)
def test_counts_what_all_calls_make(calls: list[str], expected: int) -> None:
    assert total(chain(2, 3), *calls) == expected


def test_a_call_of_a_function_around_it_stays() -> None:
    even = function("even x -> y=o:output:0", "o PartitionedCall x f='odd'", "o2 StatefulPartitionedCall x f='odd'")
    odd = function("odd x -> y=e:output:0", "e StatefulPartitionedCall x f='even'")
    assert total([even, odd], "c PartitionedCall x f='even'") == 4
    assert total([even, odd], "c PartitionedCall x f='even'", "d PartitionedCall x f='odd'") <= 4 + 4


def test_thousands_of_functions_in_a_row_are_counted() -> None:
    assert total(chain(5000, 1), "c PartitionedCall x f='f0'") == 1 << 62


def test_too_many_nodes_are_refused_before_one_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FlatNodes, "put", lambda *_: pytest.fail("a node was made"))
    with pytest.raises(GraphError, match=f"at most {MOST_NODES} nodes"):
        inline([X, node("call PartitionedCall x f='f0'")], chain(20, 1))


NAMES = ["f0", "f1", "f2", "f3", "f4"]
CALLED = st.sampled_from([*NAMES, "absent"])
BODY = st.lists(
    st.one_of(
        st.just("Neg x"),
        st.builds("StatefulPartitionedCall x f='{}'".format, CALLED),
        st.builds("If x x then_branch='{}' else_branch='{}'".format, CALLED, CALLED),
        st.builds("Case x x branches=('{}','{}','{}')".format, CALLED, CALLED, CALLED),
        st.builds("While x cond='{}' body='{}'".format, CALLED, CALLED),
    ),
    max_size=3,
)


@given(st.lists(BODY, min_size=1, max_size=len(NAMES)), BODY)
def test_never_counts_more_than_is_made(bodies: list[list[str]], calls: list[str]) -> None:
    library = [
        function(f"{name} x -> y=x", *(f"n{k} {line}" for k, line in enumerate(lines)))
        for name, lines in zip(NAMES, bodies, strict=False)
    ]
    own: list[Node] = [X, *(node(f"c{k} {line}") for k, line in enumerate(calls))]
    made = len(inline(own, library).nodes) - len(own)
    assert Sizes(Bodies(library)).total(own) <= made
