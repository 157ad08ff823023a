from __future__ import annotations

import pytest

from bnlint.artifacts.artifact import GraphVariable, MetaGraph, Saver
from bnlint.graph.graph import Graph
from bnlint.layers.saving import Savers, savers_of
from tests.graph.build import graph, number, resource, variable
from tests.layers.build import meta, save

VARIABLES = (*variable("a"), *resource("b"), *variable("c"))
OWN = (*save("save/SaveV2", "a", "b/read"), "save/control Identity save/SaveV2/path ^save/SaveV2")
OTHER = tuple(save("save_1/SaveV2", "a", "b/read", "c/read"))


def keys(about: Graph, savers: Savers) -> dict[str, str]:
    return {about.nodes[n].name: key for n, key in savers.keys.items()}


def test_the_saver_that_wrote_the_checkpoint_and_the_others() -> None:
    found = savers_of(meta(graph(*VARIABLES, *OWN, *OTHER), saver="save/control"))
    assert found.own is not None
    assert (found.own.op, found.own.names) == ("save/control", frozenset({"a", "b/read"}))
    assert [(s.op, s.names) for s in found.others] == [("save_1/SaveV2", frozenset({"a", "b/read", "c/read"}))]


@pytest.mark.parametrize("saver", [None, "gone/control"])
def test_without_a_saver_def_every_saver_is_another(saver: str | None) -> None:
    found = savers_of(meta(graph(*VARIABLES, *OWN, *OTHER), saver=saver))
    assert found.own is None
    assert [s.op for s in found.others] == ["save/SaveV2", "save_1/SaveV2"]


def test_a_sharded_saver_is_one() -> None:
    built = graph(
        *VARIABLES, *save("s/SaveV2", "a"), *save("s/SaveV2_1", "c"),
        "s/merge MergeV2Checkpoints s/SaveV2/path ^s/SaveV2 ^s/SaveV2_1",
        "s/control Identity s/SaveV2/path ^s/merge",
    )  # fmt: skip
    found = savers_of(meta(built, saver="s/control"))
    assert found.own is not None
    assert found.own.names == {"a", "c"}
    assert found.others == ()


def renamed(key: str, op: str) -> tuple[str, ...]:
    return (
        f"{op}/path Const value=b'p'",
        f"{op}/names Const value=[b'{key}']",
        f"{op} SaveV2 {op}/path {op}/names {op}/names a",
    )


def test_keys_are_those_of_the_own_saver_before_those_of_others_and_of_the_variables() -> None:
    built = graph(
        *VARIABLES, *renamed("mine", "s/SaveV2"), "s/control Identity a ^s/SaveV2", *renamed("theirs", "t/SaveV2")
    )
    assert keys(built, savers_of(meta(built, saver="s/control"))) == {"a": "mine", "b": "b", "c": "c"}
    assert keys(built, savers_of(meta(built, saver=None)))["a"] == "theirs"


def test_a_declared_key_counts_where_no_saver_says_another() -> None:
    built = graph(*variable("w/part_0"), *variable("a"))
    declared = (GraphVariable("w/part_0", None, "w"), GraphVariable("gone", None, "gone"))
    assert keys(built, savers_of(MetaGraph(built, declared))) == {"w/part_0": "w", "a": "a"}


def test_names_that_are_no_constant_are_not_listed() -> None:
    built = graph(*VARIABLES, "names Placeholder", "s/SaveV2 SaveV2 names names names a")
    assert savers_of(MetaGraph(built, saver=Saver("s/SaveV2", "", ""))).own is None


def test_an_undecodable_name_is_escaped() -> None:
    built = graph(*VARIABLES, *renamed("\\xff", "s/SaveV2"))
    found = savers_of(MetaGraph(built, saver=Saver("s/SaveV2", "", "")))
    assert found.keys[number(built, "a")] == "\\xff"


def test_the_older_save_op_lists_names_without_slices() -> None:
    built = graph(*VARIABLES, "p Const value=b'p'", "n Const value=[b'a',b'c']", "s/save Save p n a c")
    found = savers_of(MetaGraph(built, saver=Saver("s/save", "", "")))
    assert found.own is not None
    assert found.own.names == {"a", "c"}
