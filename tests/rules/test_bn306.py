from __future__ import annotations

from dataclasses import replace

import pytest

from bnlint.findings import Skipped
from bnlint.layers.layer import Layer, Repeats
from bnlint.layers.subject import Need, Subject
from bnlint.rules.diagnose import diagnose
from bnlint.rules.registry import find_rules
from tests.rules.build import (
    INFERENCE,
    INIT,
    MOVED,
    NAN,
    OFF,
    TRAINING,
    UNREAD,
    Table,
    Values,
    check,
    layer,
    look,
    subject,
    update,
)


def repeated(
    times: int,
    momentum: float | None = 0.9,
    *uses: str,
    total: int | None = None,
    in_place: bool = False,
    statistics: Values = MOVED,
    variance: Values | None = None,
) -> Layer:
    """Return a layer of which ``times`` updates a step start from the same old value."""
    built = layer(
        statistics,
        MOVED,
        *(uses or (TRAINING,)),
        variance=variance,
        updates=(update(wired=True, momentum=momentum),),
    )
    return replace(built, repeats=Repeats(total or times, times, in_place))


IMMENSE = [0.0, 1e20, 0.0]
DIVERGE = "each time from the same old value, that they diverge"
DIVERGED = "each time from the same old value, that they diverged"
FORGET = "nothing of the old value is left: they are those of one step"
IN_PLACE = "next to nothing of the old value is left"

TABLE: Table = {
    "50 and 0.9, not read": (subject(repeated(50, statistics=UNREAD)), f"error medium: {DIVERGE}"),
    "50 and 0.9, moderate after 20 steps": (subject(repeated(50), clock=20), f"error medium: {DIVERGE}"),
    "50 and 0.9, moderate after 60 steps": (subject(repeated(50), clock=60), "warning low: in this run they have not"),
    "50 and 0.9, not read after 60 steps": (
        subject(repeated(50, statistics=UNREAD), clock=60),
        f"error medium: {DIVERGE}",
    ),
    "50 and 0.9, no clock": (subject(repeated(50), clock=None), f"error medium: {DIVERGE}"),
    "50 and 0.9, immense": (subject(repeated(50, variance=IMMENSE), clock=60), f"error high: {DIVERGED}"),
    "50 and 0.9, just immense": (subject(repeated(50, variance=[0, 1.5e12, 0]), clock=20), f"error high: {DIVERGED}"),
    "50 and 0.9, moderate after 60 steps as far as it was read": (
        subject(repeated(50, variance=UNREAD), clock=60),
        "warning low: in this run they have not",
    ),
    "50 and 0.9, NaN": (subject(repeated(50, statistics=NAN)), f"error high: {DIVERGED}"),
    "50 and 0.9, never trained": (
        subject(repeated(50, statistics=INIT), trained=False, clock=0),
        "warning medium: diverge once it is trained",
    ),
    "21 and 0.9, moderate after 100 steps": (subject(repeated(21), clock=100), f"error medium: {DIVERGE}"),
    "21 and 0.9, moderate after 1000 steps": (subject(repeated(21), clock=1000), "warning low: they have not"),
    "20 and 0.9: the factor is -1": (subject(repeated(20), clock=10**6), f"error medium: {DIVERGE}"),
    "19 and 0.9": (subject(repeated(19)), f"warning medium: {FORGET}"),
    "10 and 0.9: the factor is 0": (subject(repeated(10)), f"warning medium: {FORGET}"),
    "9 and 0.9": (subject(repeated(9)), ""),
    "50 and 0.99": (subject(repeated(50, 0.99)), ""),
    "2 and 0.5": (subject(repeated(2, 0.5)), f"warning medium: {FORGET}"),
    "50 in order": (subject(repeated(1, total=50)), ""),
    "1 and 0": (subject(repeated(1, 0.0)), ""),
    "50 and a schedule": (subject(repeated(50, None)), ""),
    "nothing counted": (subject(replace(repeated(50), repeats=None)), ""),
    "in place, moderate": (subject(repeated(50, in_place=True), clock=60), f"warning medium: {IN_PLACE}"),
    "in place, not read": (subject(repeated(50, in_place=True, statistics=UNREAD)), f"warning medium: {IN_PLACE}"),
    "in place, immense": (subject(repeated(50, in_place=True, statistics=IMMENSE)), f"error medium: {DIVERGED}"),
    "in place, 19": (subject(repeated(19, in_place=True)), f"warning medium: {FORGET}"),
    "inference uses batch statistics": (
        subject(repeated(50, 0.9, TRAINING, OFF + TRAINING), clock=20),
        f"info medium: {DIVERGE}",
    ),
    "inner loop with momentum 0": (subject(repeated(5, 0.0, TRAINING, TRAINING), clock=20), f"info medium: {DIVERGE}"),
    "inner loop with momentum 0, and one that reads": (
        subject(repeated(5, 0.0, TRAINING, TRAINING, OFF + INFERENCE), clock=20),
        f"error medium: {DIVERGE}",
    ),
    "two copies with momentum 0.5": (subject(repeated(4, 0.5, TRAINING, TRAINING)), f"error medium: {DIVERGE}"),
}


@pytest.mark.parametrize(("about", "expected"), TABLE.values(), ids=TABLE)
def test_bn306(about: Subject, expected: str) -> None:
    check("BN306", about, expected)


def test_the_evidence_says_what_becomes_of_the_old_value() -> None:
    (finding,) = look("BN306", subject(repeated(50, total=60))).findings
    assert finding.evidence == {
        "updates_per_step": 60,
        "from_the_same_value": 50,
        "momentum": 0.9,
        "factor_of_the_old_value": -4.0,
    }
    assert [(r.kind, r.name, r.note) for r in finding.related] == [
        ("op", "bn/AssignMovingAvg", "waits for no other update of the step"),
    ]
    assert "momentum=0.9983" in finding.repair


@pytest.mark.parametrize(
    ("code", "variance"), [("BN103", [1.0, float("inf"), 1.0]), ("BN104", [1.0, -1e20, 1.0]), ("BN108", IMMENSE)]
)
def test_statistics_that_diverged_are_its_symptoms(code: str, variance: Values) -> None:
    rules = (*find_rules(code), *find_rules("BN306"))
    symptom, cause = diagnose(subject(repeated(50, variance=variance)), rules).findings
    assert (symptom.rule, symptom.causes) == (code, (cause.fingerprint,))


def test_an_info_carries_no_repair() -> None:
    (finding,) = look("BN306", subject(repeated(50, 0.9, TRAINING, OFF + TRAINING))).findings
    assert finding.repair == ""


def test_without_a_graph_that_trains_the_rule_is_skipped() -> None:
    skipped = look("BN306", subject(repeated(50), missing=[Need.TRAINING])).skipped
    assert skipped == (Skipped("BN306", "no training"),)
