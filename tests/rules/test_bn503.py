from __future__ import annotations

import pytest

from bnlint.findings import Skipped
from bnlint.layers.course import Course
from bnlint.layers.layer import Dialect
from bnlint.layers.subject import Need
from bnlint.rules.diagnose import diagnose
from bnlint.rules.registry import find_rules
from tests.layers.runs import course, pair
from tests.rules.build import ABSENT, layer, subject
from tests.rules.runs import check, look

BACK = "went back to their initial values: a restart did not restore them"
BARE = layer(parameters=ABSENT)

TABLE: dict[str, tuple[Course, str]] = {
    "all else moved": (course(layer(), pair("wps", now=True)), f"error high: {BACK}"),
    "nothing else moved": (course(layer(), pair("s", now=True)), f"error high: {BACK}"),
    "and stayed there": (course(layer(), pair("wps", now=True), pair("wp", was=True, now=True)), f"error high: {BACK}"),
    "and the state was saved twice": (
        course(layer(), pair("wps", now=True), pair(was=True, now=True)),
        f"error high: {BACK}",
    ),
    "and moves again": (
        course(layer(), pair("wps", now=True), pair("wps", was=True)),
        f"warning high: {BACK}; since then they move again",
    ),
    "and were recomputed by themselves": (
        course(layer(), pair("wps", now=True), pair("s", was=True)),
        f"error high: {BACK}",
    ),
    "twice": (
        course(layer(), pair("wps", now=True), pair("wps", was=True), pair("wps", now=True)),
        f"error high: {BACK}",
    ),
    "without gamma and beta": (course(BARE, pair("ws", lacks="p", now=True)), f"error high: {BACK}"),
    "no weights to compare": (course(layer(), pair("ps", lacks="w", now=True)), f"error high: {BACK}"),
    # traps
    "from step 0 on": (course(layer(), pair("wps", was=True), pair("wps")), ""),
    "frozen all along": (course(layer(), pair("wp", was=True, now=True)), ""),
    "initialised anew with gamma and beta": (course(layer(), pair("wps", now=True, new=True)), ""),
    "stalled": (course(layer(), pair("wp")), ""),
    "drifting": (course(layer(), pair("s")), ""),
    "nobody knows what it starts at": (course(layer(), pair("wps", was=None, now=None)), "skipped: start at"),
    "statistics that could not be read": (course(layer(), pair("wp", lacks="s")), "skipped: could not be compared"),
    "a layer that is new": (course(layer(), None), "skipped: could not be compared"),
}


@pytest.mark.parametrize(("about", "expected"), TABLE.values(), ids=TABLE)
def test_bn503(about: Course, expected: str) -> None:
    check("BN503", about, expected)


def test_the_evidence_says_between_which_checkpoints() -> None:
    (finding,) = look("BN503", course(layer(), pair("wps"), pair("wps", now=True), pair("wps", was=True))).findings
    assert finding.evidence == {
        "between": "model.ckpt-2 and model.ckpt-3",
        "pairs": 1,
        "compared": 3,
        "moving_mean_shift": 0.5,
        "moving_variance_shift": 0.5,
        "weights_shift": 0.25,
    }
    assert [r.name for r in finding.related] == ["bn/moving_mean", "bn/moving_variance"]


@pytest.mark.parametrize(
    ("dialect", "part"),
    [(Dialect.TF_LAYERS, "vars_to_warm_start"), (Dialect.EAGER, "tf.train.Checkpoint(model=model)")],
)
def test_the_repair(dialect: Dialect, part: str) -> None:
    (finding,) = look("BN503", course(layer(dialect=dialect), pair("wps", now=True))).findings
    assert part in finding.repair


def test_alone_it_is_skipped_for_want_of_values_before_that_of_others() -> None:
    about = subject(layer(), missing=[Need.VALUES])
    assert diagnose(about, find_rules("BN503")).skipped == (Skipped("BN503", "no values"),)
