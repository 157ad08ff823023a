"""The geometry of the pictures in the HTML report, and how much of very many is drawn."""

from __future__ import annotations

import pytest

from bnlint.report.html import charts
from bnlint.report.html.charts import Level
from bnlint.report.html.pictures import Picture, picture
from bnlint.report.html.share import Share
from bnlint.results import Distribution, TensorSummary


def held(low: float | None, median: float | None, high: float | None) -> TensorSummary:
    return TensorSummary(low, median, high, 0, None)


@pytest.mark.parametrize(
    ("role", "summary", "spread", "drawn"),
    [
        (
            "beta",
            held(-1.0, 0.5, 1.0),
            Distribution(-1.0, 1.0, (2, 0, 4, 1000)),
            Picture(
                "bars",
                "M3 99V93M15 99V93M21 99V0",
                "M12 0V99",
                "-1 to 1, median 0.5; channels in 4 equal bins: 2, 0, 4, 1000",
            ),
        ),
        ("gamma", held(2.0, 2.5, 3.0), Distribution(2.0, 3.0, (1, 1)), Picture("bars", "M6 99V0M18 99V0", "", "…")),
        ("moving_variance", held(1.0, 1.0, 1.0), None, Picture("flat", "M12 99V0", "", "1 in every channel")),
        (
            "beta",
            held(0.0, 0.0, 0.0),
            Distribution(0.0, 0.0, (9,)),
            Picture("flat", "M12 99V0", "", "0 in every channel"),
        ),
        ("moving_mean", held(1.0, 2.0, 3.0), None, Picture("extent", "M8 66H24", "M0 0V99", "1 to 3, median 2")),
        ("gamma", held(-3.0, None, 0.0), None, Picture("extent", "M0 66H18", "M24 0V99", "-3 to 0, median -")),
        (
            "gamma",
            held(-1e308, 0.0, 1e308),
            None,
            Picture("extent", "M0 66H24", "M12 0V99", "-1e+308 to 1e+308, median 0"),
        ),
        ("beta", held(0.0, 0.0, 5e-324), None, Picture("extent", "M12 66H12", "M12 0V99", "0 to 4.94e-324, median 0")),
        (
            "gamma",
            held(0.0, 0.0, 1.0),
            Distribution(0.0, 1.0, (0, 0)),
            Picture("extent", "M0 66H24", "M24 0V99", "0 to 1, median 0"),
        ),
        ("gamma", held(None, None, None), None, None),
    ],
    ids=[
        "bars",
        "no mark",
        "flat",
        "flat in numpy",
        "extent",
        "extent below",
        "huge",
        "tiny",
        "no counts",
        "no number",
    ],
)
def test_picture(role: str, summary: TensorSummary, spread: Distribution | None, drawn: Picture | None) -> None:
    found = picture(role, summary, spread)
    if drawn is not None and drawn.description == "…":
        assert found is not None
        found = found._replace(description="…")
    assert found == drawn


@pytest.mark.parametrize(
    ("steps", "xs"),
    [
        ([], []),
        ([7], [0.0]),
        ([0, 10, 40], [0.0, 50.0, 200.0]),
        ([0, 40, 40], [0.0, 100.0, 200.0]),
        ([0, None, 40], [0.0, 100.0, 200.0]),
        ([30, 20, 10], [0.0, 100.0, 200.0]),
    ],
    ids=["none", "one", "by step", "the same step twice", "a step not known", "backwards"],
)
def test_along(steps: list[int | None], xs: list[float]) -> None:
    assert charts.along(steps) == xs


@pytest.mark.parametrize(
    ("levels", "area", "line"),
    [
        ([Level(0, 1, 2), Level(0, 2, 2)], "M0 1L200 1L200 47L0 47z", "M0 24L200 1"),
        ([None, None], "", ""),
        ([Level(3, 3, 3), Level(3, 3, 3)], "M0 24L200 24L200 24L0 24z", "M0 24L200 24"),
        ([Level(0, 0, 0), Level(0, 0, 0)], "M0 24L200 24L200 24L0 24z", "M0 24L200 24"),
        ([Level(1, 1, 1.01), Level(1, 1, 1.01)], "M0 21.72L200 21.72L200 26.28L0 26.28z", "M0 26.28L200 26.28"),
        ([Level(-1e308, 0, 1e308), Level(-1e308, 0, 1e308)], "M0 1L200 1L200 47L0 47z", "M0 24L200 24"),
    ],
    ids=["two", "nothing", "the same", "zero", "noise", "huge"],
)
def test_band(levels: list[Level | None], area: str, line: str) -> None:
    assert charts.band(levels, [0.0, 200.0]) == (area, line)


def test_a_band_is_broken_where_there_is_no_number() -> None:
    one, other = Level(0, 0, 2), Level(0, 2, 2)
    _, line = charts.band([one, other, None, other], [0.0, 50.0, 100.0, 200.0])
    assert line == "M0 47L50 1M198 1L200 1"


@pytest.mark.parametrize(
    ("distances", "drawn"),
    [
        ([1.0, 0.5], "M1 24v-24h98V24zM101 24v-12h98V24z"),
        ([1.0, None], "M1 24v-24h98V24z"),
        ([0.0, 0.0], ""),
        ([float("inf"), 2.0], "M101 24v-24h98V24z"),
        ([1e-9, 1.0], "M1 24v-1h98V24zM101 24v-24h98V24z"),
    ],
    ids=["two", "no number", "nothing", "infinite", "hardly anything"],
)
def test_bars(distances: list[float | None], drawn: str) -> None:
    assert charts.bars(distances, [(0.0, 100.0), (100.0, 200.0)]) == drawn


@pytest.mark.parametrize(
    ("room", "taken"),
    [(9, "..!.!."), (4, "..!-!-"), (2, "--!-!-"), (1, "--!---"), (0, "------")],
)
def test_what_is_urgent_gets_its_room_whenever_it_comes(room: int, taken: str) -> None:
    share = Share(room, 2)
    asked = "..!.!."
    assert "".join(one if share.takes(is_urgent=one == "!") else "-" for one in asked) == taken
