"""The matrix: what it looks like that some of weights, gamma and beta, and statistics moved and others did not."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import PropertyMock, patch

import pytest

from bnlint.layers.course import LayerCourse, LayerShift, Verdict
from tests.layers.runs import course, pair
from tests.rules.build import layer

MATRIX: dict[str, tuple[LayerShift, str]] = {
    # as the BN5xx rules have it, row by row
    "all but the statistics, at init": (pair("wp", was=True, now=True), "frozen"),
    "all but the statistics, elsewhere": (pair("wp"), "stalled"),
    "the weights alone": (pair("w"), "fixed"),
    "the weights alone, statistics at init": (pair("w", was=True, now=True), "fixed"),
    "the statistics alone": (pair("s"), "drifting"),
    "the statistics back at init": (pair("wps", now=True), "reset"),
    "nothing": (pair(), "same"),
    "everything": (pair("wps"), "moving"),
    # its gaps
    "gamma and beta alone": (pair("p"), "stalled"),
    "gamma alone": (pair("wg"), "stalled"),
    "beta alone": (pair("wb"), "stalled"),
    "weights and statistics": (pair("ws"), "moving"),
    "gamma, beta and statistics": (pair("ps"), "moving"),
    "one statistic of two": (pair("wpm"), "moving"),
    "one statistic alone": (pair("v"), "drifting"),
    "from init, as in every training": (pair("wps", was=True), "moving"),
    "from init, by themselves": (pair("s", was=True), "drifting"),
    "back at init, and nothing else moved": (pair("s", now=True), "reset"),
    "back at init with gamma and beta": (pair("wps", now=True, new=True), "moving"),
    "back at init with gamma and beta, weights untouched": (pair("ps", now=True, new=True), "moving"),
    "nobody knows whether it was at init before": (pair("wps", was=None, now=True), "moving"),
    "nobody knows whether it is at init": (pair("wp", was=None, now=None), "stalled"),
    # no gamma and beta: the weights judge, if they are the layer's
    "no parameters, weights moved": (pair("w", lacks="p"), "stalled"),
    "no parameters, weights moved, at init": (pair("w", lacks="p", now=True), "frozen"),
    "no parameters, other weights moved": (pair("w", lacks="p", own=False), "unknown"),
    "no parameters, everything moved": (pair("ws", lacks="p"), "moving"),
    "no parameters, other weights moved and statistics": (pair("ws", lacks="p", own=False), "moving"),
    "no parameters, statistics alone": (pair("s", lacks="p"), "drifting"),
    "no parameters, statistics alone, judged by all weights": (pair("s", lacks="p", own=False), "drifting"),
    "no parameters, nothing": (pair(lacks="p"), "same"),
    "only gamma": (pair("wg", lacks="b"), "stalled"),
    # no weights: gamma and beta judge
    "no weights, parameters moved": (pair("p", lacks="w"), "stalled"),
    "no weights, statistics alone": (pair("s", lacks="w"), "drifting"),
    "no weights, all moved": (pair("ps", lacks="w"), "moving"),
    "no weights, nothing": (pair(lacks="w"), "same"),
    "neither weights nor parameters, still": (pair(lacks="wp"), "unknown"),
    "neither weights nor parameters, moved": (pair("s", lacks="wp"), "unknown"),
    # statistics that could not be compared
    "no statistics": (pair("wp", lacks="s"), "unknown"),
    "one statistic, still": (pair("wp", lacks="m"), "unknown"),
    "one statistic, moved": (pair("v", lacks="m"), "drifting"),
    # a frozen base below a head that is trained
    "a frozen base, judged by the head's weights": (pair("w", own=False), "fixed"),
    "a drifting base, judged by the head's weights": (pair("ws", own=False), "drifting"),
    "a base that is trained, judged by the head's weights": (pair("wps", own=False), "moving"),
}


@pytest.mark.parametrize(("shift", "verdict"), MATRIX.values(), ids=MATRIX)
def test_verdict(shift: LayerShift, verdict: str) -> None:
    assert shift.verdict.value == verdict


@pytest.mark.parametrize(
    ("pairs", "last"),
    [
        ((pair("wps"), pair("wp")), Verdict.STALLED),
        ((pair("wp"), pair("wps")), Verdict.MOVING),
        ((pair("wp"), pair()), Verdict.STALLED),
        ((pair("wp"), None), Verdict.STALLED),
        ((pair("wp"), pair(lacks="s")), Verdict.STALLED),
        ((None, pair()), Verdict.UNKNOWN),
        ((), Verdict.UNKNOWN),
    ],
)
def test_the_last_pair_that_tells_anything(pairs: tuple[LayerShift | None, ...], last: Verdict) -> None:
    assert LayerCourse(layer(), pairs).last_verdict is last


@pytest.mark.parametrize(
    ("pairs", "weights", "numbers"),
    [
        ((pair(), pair("wps")), None, [0]),
        ((pair("wps"), pair()), None, [1]),
        ((pair(), pair()), None, [0, 1]),
        ((pair(lacks="w"),), "-", [0]),
        ((pair(),), "w", []),
        ((pair("w"),), None, []),
        ((None,), "-", []),
    ],
)
def test_one_state_saved_twice(pairs: tuple[LayerShift | None, ...], weights: str | None, numbers: list[int]) -> None:
    assert list(course(layer(), *pairs, weights=weights).twice) == numbers


def test_no_pair_is_judged_more_than_once_in_the_search_for_a_state_that_was_saved_twice() -> None:
    one = course(layer(), *[pair("wps")] * 20)
    about = replace(one, layers=tuple(LayerCourse(layer(name=f"bn{n}"), one.layers[0].shifts) for n in range(5)))
    with patch.object(LayerShift, "verdict", PropertyMock(return_value=Verdict.MOVING)) as judged:
        assert list(about.twice) == []
    assert judged.call_count == 20 * 5


def test_a_layer_that_is_new_does_not_tell_states_apart() -> None:
    about = course(layer(), pair())
    grown = replace(about, layers=(*about.layers, LayerCourse(layer(name="new"), (None,))))
    assert list(grown.twice) == [0]


def test_a_pair_of_checkpoints() -> None:
    before, after = course(layer(), pair(), pair()).pair(1)
    assert (before.name, after.name) == ("model.ckpt-2", "model.ckpt-3")
