"""Each number that a configuration may set: a layer of which the rule says something else where it is set."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bnlint.layers.course import Course
from bnlint.layers.subject import Subject
from bnlint.rules.registry import RULES
from tests.layers.runs import course, pair
from tests.rules import runs
from tests.rules.build import MOVED, TRAINING, check, layer, look, subject
from tests.rules.test_bn105 import LARGE, after, averaged
from tests.rules.test_bn305 import moved
from tests.rules.test_bn306 import repeated

LEFT = "82% of their initial values"
OFTEN = "one training step updates its statistics so often"

TABLE: dict[str, tuple[Subject | Course, str, dict[str, float], str]] = {
    "BN105: more may be left": (after(200, averaged()), f"error high: {LEFT}", {"BN105.warning": 0.9}, ""),
    "BN105: less may be left": (
        after(300, averaged(0.99)),
        "",
        {"BN105.warning": 0.049},
        "warning high: 5% of their initial values",
    ),
    "BN105: as much may be left": (after(1, averaged(0.6)), "error high: 60%", {"BN105.warning": 0.6}, ""),
    "BN105: a variance clears the layer": (
        after(200, averaged(variance=(0.82, 3.0, 4.0))),
        f"error high: {LEFT}",
        {"BN105.warning": 0.8201},
        "",
    ),
    "BN105: a variance clears the layer no more": (
        after(200, averaged(0.99, variance=(0.04, 3.0, 4.0))),
        "",
        {"BN105.warning": 0.03},
        "skipped",
    ),
    "BN105: another clock clears the layer": (
        after({"global_step": 100, "beta2_power": 200}, averaged(0.99, variance=LARGE)),
        "warning medium: 37% of their initial values",
        {"BN105.warning": 0.2},
        "warning low: global_step says 100, but beta2_power says 200",
    ),
    "BN105: a clock that has underflowed clears the layer": (
        after({"global_step": 5, "beta2_power": -100}, averaged(0.99, variance=(0.5, 3.0, 4.0))),
        "skipped",
        {"BN105.warning": 0.4},
        "",
    ),
    "BN105: an error is a warning": (
        after(200, averaged()),
        f"error high: {LEFT}",
        {"BN105.error": 0.9},
        f"warning high: {LEFT}",
    ),
    "BN105: a warning is an error": (
        after(200, averaged(0.99)),
        "warning high: 13%",
        {"BN105.error": 0.1},
        "error high: 13%",
    ),
    "BN106: a statistic that moved a little": (
        subject(layer(mean=[0.0005, 0.0, 0.0], variance=[1.0, 1.0, 1.0])),
        "info medium: centred and scaled",
        {"BN106.near": 0.0004},
        "error high: only one of the two is updated",
    ),
    "BN106: one that moved far": (
        subject(layer(mean=[0.3, 0.0, 0.0], variance=[1.0, 1.0, 1.0])),
        "error high: only one of the two is updated",
        {"BN106.near": 1.0},
        "info medium: centred and scaled",
    ),
    "BN108: a small variance": (
        subject(layer(variance=[1.0, 1e-7, 2.0])),
        "info high: below 1e-06",
        {"BN108.small": 1e-8},
        "",
    ),
    "BN108: another small variance": (
        subject(layer(variance=[1.0, 0.01, 2.0])),
        "",
        {"BN108.small": 0.1},
        "info high: channels have a variance below 0.1:",
    ),
    "BN108: a large variance": (
        subject(layer(variance=[1.0, 1e5, 2.0])),
        "info high: above 10000",
        {"BN108.large": 1e6},
        "",
    ),
    "BN108: another large variance": (
        subject(layer(variance=[1.0, 100.0, 2.0])),
        "",
        {"BN108.large": 50.0},
        "info high: channels have a variance above 50:",
    ),
    "BN305: a low momentum": (subject(moved(0.1)), "warning medium: another framework's", {"BN305.low": 0.05}, ""),
    "BN305: another low momentum": (subject(moved(0.5)), "", {"BN305.low": 0.5}, "warning medium: another framework's"),
    "BN306: fewer updates": (
        subject(repeated(5)),
        "",
        {"BN306.per-step": 0.5},
        f"warning medium: {OFTEN} that no more than 50% of the old value is left",
    ),
    "BN306: as many updates": (
        subject(repeated(10)),
        f"warning medium: {OFTEN} that nothing of the old value is left: they are those of one step",
        {"BN306.per-step": 1.1},
        "",
    ),
    "BN306: values that are immense": (
        subject(repeated(50, variance=[0.0, 1e6, 0.0]), clock=20),
        "error medium: that they diverge",
        {"BN306.immense": 1e6},
        "error high: that they diverged",
    ),
    "BN306: values that would be immense by now": (
        subject(repeated(50), clock=20),
        "error medium: that they diverge",
        {"BN306.immense": 1e4},
        "warning low: in this run they have not",
    ),
    "BN501: weights that moved a little": (
        course(layer(), pair("wp")),
        "warning medium: stayed bit for bit the same",
        {"BN501.trained": 0.6},
        "",
    ),
    "BN501: weights that moved just as far": (
        course(layer(), pair("wp")),
        "warning medium: stayed bit for bit the same",
        {"BN501.trained": 0.5},
        "warning medium: stayed bit for bit the same",
    ),
    "BN502: statistics that moved a little": (
        course(layer(), pair("s")),
        "warning high: trains nothing here",
        {"BN502.moved": 0.6},
        "",
    ),
    "BN502: statistics that moved just as far": (
        course(layer(), pair("s")),
        "warning high: trains nothing here",
        {"BN502.moved": 0.5},
        "warning high: trains nothing here",
    ),
}
"""What is judged, what is said by the defaults, what is set, and what is said then."""


@pytest.mark.parametrize(("about", "before", "thresholds", "after"), TABLE.values(), ids=TABLE)
def test_what_a_threshold_changes(
    about: Subject | Course, before: str, thresholds: dict[str, float], after: str
) -> None:
    (key,) = thresholds
    said(key.partition(".")[0], about, before)
    said(key.partition(".")[0], replace(about, thresholds=thresholds), after)


def said(code: str, about: Subject | Course, expected: str) -> None:
    if isinstance(about, Course):
        runs.check(code, about, expected)
    elif expected == "skipped":
        diagnosis = look(code, about)
        assert not diagnosis.findings
        assert [skip.rule for skip in diagnosis.skipped] == [code]
    else:
        check(code, about, expected)
        assert not look(code, about).skipped


def test_every_threshold_is_tried() -> None:
    tried = {key for _, _, thresholds, _ in TABLE.values() for key in thresholds}
    assert tried == {threshold.key for rule in RULES for threshold in rule.thresholds}


def test_a_momentum_that_leaves_too_much_is_not_recommended() -> None:
    about = after(5, averaged(0.5))
    (finding,) = look("BN105", replace(about, thresholds={"BN105.warning": 0.001})).findings
    assert "momentum=0." not in finding.repair
    (finding,) = look("BN105", replace(after(50, averaged()), thresholds={"BN105.warning": 0.001})).findings
    assert "momentum=0.9" not in finding.repair
    (finding,) = look("BN105", replace(after(50, averaged()), thresholds={"BN105.warning": 0.02})).findings
    assert "momentum=0.9" in finding.repair


@pytest.mark.parametrize(("per_step", "recommended"), [(1.0, "0.99"), (0.1, "0.995")])
def test_a_momentum_that_is_recommended_does_not_replace_too_much(per_step: float, recommended: str) -> None:
    about = replace(subject(repeated(10)), thresholds={"BN306.per-step": per_step})
    (finding,) = look("BN306", about).findings
    assert f"momentum={recommended}," in finding.repair


def test_weights_whose_distance_is_no_number_have_moved_far() -> None:
    shift = pair("wp")
    unknown = shift._replace(shifts={role: one._replace(distance=None) for role, one in shift.shifts.items()})
    about = replace(course(layer(MOVED, MOVED, TRAINING), unknown), thresholds={"BN501.trained": 9.0})
    runs.check("BN501", about, "warning medium: stayed bit for bit the same")


def test_of_several_pairs_those_are_told_that_moved_far() -> None:
    near, far = pair("s"), pair("s")
    near = near._replace(shifts={role: one._replace(distance=0.1) for role, one in near.shifts.items()})
    about = course(layer(), near, far, near)
    (finding,) = runs.look("BN502", replace(about, thresholds={"BN502.moved": 0.2})).findings
    assert finding.evidence["pairs"] == 1
    assert finding.evidence["between"] == "model.ckpt-2 and model.ckpt-3"
