"""Evidence of many layers → one line."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import pytest

from bnlint.findings import JsonValue, Related
from bnlint.report.evidence import evidence, number, related
from tests.report.reports import finding

OP = Related("op", "a/Assign", "never runs")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (64, "64"),
        (123456.0, "123456"),
        (1e6, "1e+06"),
        (0.123456, "0.123"),
        (-0.000012345, "-1.23e-05"),
        (math.inf, "inf"),
    ],
)
def test_number(value: float, shown: str) -> None:
    assert number(value) == shown


@pytest.mark.parametrize(
    ("pieces", "line"),
    [
        ([{}], ""),
        ([{"channels": 4}], "channels 4"),
        ([{"channels": 64}, {"channels": 4}], "channels 4 to 64"),
        ([{"gamma_range": (0.9, 1.12)}, {"gamma_range": (0.88, 1.0)}], "gamma 0.88 to 1.12"),
        ([{"gamma_range": (1.0, 1.0)}], "gamma 1"),
        ([{"gamma_range": (None, None)}], ""),
        ([{"gamma_range": (math.nan, 2.0)}], "gamma 2"),
        ([{"momentum": 0.1}, {}], "momentum 0.1"),
        ([{"trained": "step 40"}, {"trained": "step 40"}], "trained: step 40"),
        ([{"predicates": ("p", "q", "r")}, {"predicates": ("q", "s")}], "predicates: p and 3 more"),
        ([{"flag": True}], "flag: true"),
        ([{"nested": {"x": 1, "y": ("z",)}}], "nested: x 1, y z"),
        (
            [{"trained": "step 40", "channels": 4, "beta_range": (0.0, 1.0)}],
            "channels 4, beta 0 to 1; trained: step 40",
        ),
    ],
)
def test_one_line(pieces: list[Mapping[str, JsonValue]], line: str) -> None:
    assert evidence([finding("BN301", evidence=piece) for piece in pieces]) == line


def test_what_the_reader_knows_is_left_out() -> None:
    told = finding("BN301", evidence={"trained": "step 40", "ops": ("a/Assign", "b/Assign")}, related=(OP,))
    assert evidence([told], known=frozenset({"step 40"})) == "ops: b/Assign"


@pytest.mark.parametrize(("unwired", "line"), [(("m", "v"), ""), (("v",), "unwired: v")])
def test_both_statistics_go_without_saying_and_one_does_not(unwired: tuple[str, ...], line: str) -> None:
    statistics = MappingProxyType({"a": frozenset({"m", "v"})})
    assert evidence([finding("BN301", evidence={"unwired": unwired})], statistics=statistics) == line


def things(*named: tuple[str, str, str], verbose: bool = False) -> list[tuple[str, str]]:
    found = [finding("BN301", related=tuple(Related(*thing) for thing in named))]
    return [(thing.kind, thing.text) for thing in related(found, verbose=verbose)]


def test_related_things_with_the_same_note_share_a_line() -> None:
    ops = [("op", f"op_{n}", "never runs") for n in range(4)]
    assert things(*ops, ("op", "out", "chooses")) == [("op", "op_0 and 3 more: never runs"), ("op", "out: chooses")]
    assert things(*ops, verbose=True) == [("op", "op_0, op_1, op_2, op_3: never runs")]


def test_no_more_than_three_lines_of_related_things_unless_verbose() -> None:
    kinds = [(f"kind{n}", "name", "note") for n in range(5)]
    assert things(*kinds)[3:] == [("", "and 2 more kinds of things, shown by --verbose")]
    assert len(things(*kinds, verbose=True)) == 5
