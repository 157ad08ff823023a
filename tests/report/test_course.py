"""The changes of a layer over a run → a word."""

from __future__ import annotations

import pytest

from bnlint.report.course import Course, changes_by_layer, course, tally
from bnlint.results import LayerChange, PairReport, RunReport
from tests.report.reports import change, moved

MOVING = moved("moving", 1.0, 1.0)
CALM = moved("moving", 0.1, 0.1)
STALLED, FROZEN = moved("stalled", "=", "="), moved("frozen", "=", "=")
DRIFTING, RESET = moved("drifting", 1.0, 1.0), moved("reset", 9.0, 9.0)
FIXED, SAME, UNKNOWN = moved("fixed", "=", "="), change("a", "same"), change("a", "unknown")


@pytest.mark.parametrize(
    ("changes", "word", "since"),
    [
        pytest.param([], "not compared", None, id="no pair"),
        pytest.param([None, None], "not compared", None, id="in no pair"),
        pytest.param([UNKNOWN, None], "not compared", None, id="without values"),
        pytest.param([SAME], "unchanged", None, id="the same state twice"),
        pytest.param([SAME, UNKNOWN], "unchanged", None, id="the same state, as far as that is known"),
        pytest.param([MOVING], "moving", None, id="one pair cannot tell where it leads"),
        pytest.param([MOVING, CALM], "converging", None, id="falling"),
        pytest.param([MOVING, moved("moving", 0.5, 0.5)], "converging", None, id="half as far"),
        pytest.param([MOVING, moved("moving", 0.51, 0.1)], "steady", None, id="the mean does not calm down"),
        pytest.param([MOVING, moved("moving", 0.1, 0.51)], "steady", None, id="the variance does not calm down"),
        pytest.param([CALM, MOVING], "steady", None, id="rising"),
        pytest.param([CALM, MOVING, CALM], "converging", None, id="less than the farthest, not than the first"),
        pytest.param([MOVING, None, CALM], "converging", None, id="a gap between"),
        pytest.param([MOVING, SAME], "unchanged", 1, id="kept from then on"),
        pytest.param([MOVING, CALM, SAME, UNKNOWN], "unchanged", 2, id="kept, as far as that is known"),
        pytest.param([SAME, MOVING, SAME, MOVING], "steady", None, id="the same state twice on the way"),
        pytest.param([MOVING, FIXED, SAME], "fixed", 1, id="the same state twice at the end"),
        pytest.param([MOVING, moved("moving", None, 0.1)], "moving", None, id="a distance that is no number"),
        pytest.param([MOVING, moved("moving", None, 0.5), CALM], "moving", None, id="no number in between"),
        pytest.param([change(moving_mean=1.0)] * 2, "moving", None, id="one of the statistics is not there"),
        pytest.param([FROZEN, FROZEN], "frozen", None, id="frozen from the first"),
        pytest.param([FROZEN, MOVING, CALM], "converging", None, id="frozen at first"),
        pytest.param([MOVING, STALLED, STALLED], "stalled", 1, id="stalled since the second checkpoint"),
        pytest.param([STALLED, MOVING, STALLED], "stalled", 2, id="stalled again"),
        pytest.param([MOVING, FIXED, STALLED, DRIFTING, STALLED], "stalled", 4, id="stalled for the last time"),
        pytest.param([MOVING, STALLED, SAME, None], "stalled", 1, id="and nothing after that"),
        pytest.param([STALLED, STALLED], "stalled", None, id="stalled from the first"),
        pytest.param([MOVING, DRIFTING], "drifting", 1, id="drifting at the end"),
        pytest.param([DRIFTING, MOVING], "moving", None, id="drifting before"),
        pytest.param([MOVING, RESET, MOVING, CALM], "reset", 2, id="a reset is never forgotten"),
        pytest.param([RESET, MOVING, RESET], "reset", 3, id="the last of several resets"),
        pytest.param([FIXED, FIXED], "fixed", None, id="frozen on purpose"),
        pytest.param([MOVING, FIXED], "fixed", 1, id="fine-tuned"),
    ],
)
def test_word(changes: list[LayerChange | None], word: str, since: int | None) -> None:
    assert course(changes) == Course(word, since)


def test_layers_that_come_and_go() -> None:
    first, second, third = change("a"), change("b"), change("c")
    pairs = (PairReport("1", "2", (first, second)), PairReport("2", "3", (third, first)))
    run = RunReport("m", ("1", "2", "3"), pairs=pairs)
    assert changes_by_layer(run) == {"c": [None, third], "a": [first, first], "b": [second, None]}
    assert list(changes_by_layer(run)) == ["c", "a", "b"]


def test_what_asks_for_attention_is_counted_first() -> None:
    words = ["steady", "converging", "stalled", "converging", "reset", "fixed"]
    assert tally(words) == "1 reset, 1 stalled, 2 converging, 1 fixed, 1 steady"
