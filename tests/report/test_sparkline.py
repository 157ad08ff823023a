"""Numbers → blocks."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnlint.report.sparkline import BLOCKS, GAP, PLAIN, bars, curve, thinned, without_blocks

NUMBERS = st.none() | st.floats()


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([], ""),
        ([1.0], "▅"),
        ([0.0], "▅"),
        ([None], "?"),
        ([None, math.nan, math.inf, -math.inf], "????"),
        ([2.0, 2.0, 2.0], "▅▅▅"),
        ([0.0, 0.0], "▅▅"),
        ([0.0, 1.0], "▁█"),
        ([1.0, 0.0], "█▁"),
        ([-1.0, 0.0, 1.0], "▁▅█"),
        ([*map(float, range(8))], BLOCKS),
        ([0.0, None, 1.0, math.nan], "▁?█?"),
        ([100.0, 100.01, 100.02], "▅▅▅"),
        ([100.0, 100.0, 110.0], "▁▁█"),
        ([-100.0, -99.99], "▅▅"),
        ([-1.7e308, 0.0, 1.7e308], "▁▅█"),
        ([0.0, 5e-324], "▅▅"),
    ],
)
def test_a_curve(values: list[float | None], drawn: str) -> None:
    assert curve(values) == drawn


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([], ""),
        ([1.0], "█"),
        ([0.0], "▁"),
        ([0.0, 0.0], "▁▁"),
        ([3.0, 3.0], "██"),
        ([8.0, 4.0, 2.0, 1.0, 0.5, 0.0], "█▅▃▂▁▁"),
        ([None, 1.0, math.nan], "?█?"),
        ([1.7e308, 0.0], "█▁"),
        ([100.0, 99.0], "██"),
    ],
)
def test_bars_stand_on_nothing(values: list[float | None], drawn: str) -> None:
    assert bars(values) == drawn


@given(st.lists(NUMBERS))
def test_whatever_comes_there_is_a_character_for_each(values: list[float | None]) -> None:
    for drawn in (curve(values), bars([None if v is None else abs(v) for v in values])):
        assert len(drawn) == len(values)
        assert set(drawn) <= set(BLOCKS + GAP)
        assert [c == GAP for c in drawn] == [v is None or not math.isfinite(v) for v in values]


@given(st.lists(st.floats(-1e300, 1e300), min_size=2))
def test_a_larger_number_is_never_lower(values: list[float]) -> None:
    heights = [block for _, block in sorted(zip(values, curve(values), strict=True), key=lambda pair: pair[0])]
    assert heights == sorted(heights)


@pytest.mark.parametrize(
    ("count", "width", "chosen"),
    [
        (0, 4, []),
        (1, 4, [0]),
        (4, 4, [0, 1, 2, 3]),
        (5, 4, [0, 1, 3, 4]),
        (9, 5, [0, 2, 4, 6, 8]),
        (100, 2, [0, 99]),
        (10, 4, [0, 3, 6, 9]),
    ],
)
def test_thinned(count: int, width: int, chosen: list[int]) -> None:
    assert list(thinned(range(count), width)) == chosen


@given(st.integers(0, 500), st.integers(2, 80))
def test_thinned_evenly_with_both_ends(count: int, width: int) -> None:
    kept = list(thinned(range(count), width))
    assert len(kept) == min(count, width)
    assert kept[:1] == [0][:count]
    assert kept[-1:] == [count - 1][:count]
    gaps = {after - before for before, after in itertools.pairwise(kept)}
    assert max(gaps, default=0) - min(gaps, default=0) <= 1


@pytest.mark.parametrize(("encoding", "written"), [("utf-8", BLOCKS), ("ascii", PLAIN), ("cp1252", PLAIN)])
def test_an_encoding_without_blocks_gets_plain_characters(encoding: str, written: str) -> None:
    assert without_blocks(f"a {BLOCKS}", encoding) == f"a {written}"


def test_an_encoding_with_some_of_the_blocks_gets_plain_characters_for_all() -> None:
    assert "█".encode("cp437")
    assert without_blocks("▁█", "cp437") == PLAIN[0] + PLAIN[-1]


def test_plain_characters_are_as_many_and_mean_nothing_else() -> None:
    assert len(set(PLAIN)) == len(BLOCKS)
    assert not set(PLAIN) & {GAP, "="}
