from __future__ import annotations

from dataclasses import replace

import pytest

from bnlint.findings import Skipped
from bnlint.layers.course import Course
from bnlint.layers.layer import Dialect
from bnlint.layers.subject import Need
from bnlint.results import Step
from bnlint.rules.diagnose import diagnose
from bnlint.rules.registry import find_rules
from tests.layers.runs import course, pair
from tests.rules.build import ABSENT, layer, subject
from tests.rules.runs import check, look

STAYED = "stayed bit for bit the same"
MOVED = f"moving mean and variance moved while gamma, beta and the weights {STAYED}"
WITHOUT_WEIGHTS = f"moved while gamma and beta {STAYED}"
PASSED = f"{MOVED}: a pass in training mode that trains nothing here"
OTHERS = f"{WITHOUT_WEIGHTS} and other parts of the model were trained"
INFERRED = f"{MOVED}, at the same step: inference moved them"
RECOMPUTED = f"{MOVED}: they were at their initial values and have been recomputed"
BARE = layer(parameters=ABSENT)

TABLE: dict[str, tuple[Course, str]] = {
    "the step moved on": (course(layer(), pair("s")), f"warning high: {PASSED}"),
    "the step is the same": (course(layer(), pair("s"), steps=(40, 40)), f"error high: {INFERRED}"),
    "nobody knows the step": (course(layer(), pair("s"), steps=(None, None)), f"warning high: {PASSED}"),
    "one step is not known": (course(layer(), pair("s"), steps=(40, None)), f"warning high: {PASSED}"),
    "a clock that never ran": (course(layer(), pair("s"), steps=(0, 0)), f"warning high: {PASSED}"),
    "one of several pairs at the same step": (
        course(layer(), pair("s"), pair("s"), steps=(40, 50, 50)),
        f"error high: {INFERRED}",
    ),
    "another pair at the same step": (
        course(layer(), pair("s"), pair("wps"), pair(), steps=(40, 50, 60, 60)),
        f"warning high: {PASSED}",
    ),
    "one statistic alone": (course(layer(), pair("m")), f"warning high: {PASSED}"),
    "without gamma and beta": (course(BARE, pair("s", lacks="p")), f"warning high: while the weights {STAYED}: a pass"),
    "without beta": (course(BARE, pair("s", lacks="b")), f"warning high: while gamma and the weights {STAYED}: a pass"),
    "no weights to compare": (course(layer(), pair("s", lacks="w")), f"warning medium: {WITHOUT_WEIGHTS}: a pass"),
    "no weights to compare, at the same step": (
        course(layer(), pair("s", lacks="w"), steps=(40, 40)),
        f"error medium: {WITHOUT_WEIGHTS}, at the same step: inference",
    ),
    "one pair without weights, one in which others moved": (
        course(layer(), pair("s", lacks="w"), pair("ws", own=False)),
        f"warning medium: {OTHERS}",
    ),
    "one pair without weights, one in which they stayed": (
        course(layer(), pair("s", lacks="w"), pair("s")),
        f"warning high: {WITHOUT_WEIGHTS}: a pass",
    ),
    "gamma in one pair, beta in another": (
        course(layer(), pair("s", lacks="wb"), pair("s", lacks="wg")),
        f"warning medium: {WITHOUT_WEIGHTS}: a pass",
    ),
    "after one step": (course(layer(), pair("s"), steps=(1, 1)), f"error high: {INFERRED}"),
    "in between, and training went on": (
        course(layer(), pair("wps"), pair("s"), pair("wps"), steps=(10, 20, 20, 30)),
        f"error high: {INFERRED}",
    ),
    "recomputed, as BN101 recommends": (
        course(layer(), pair("s", was=True), steps=(40, 40)),
        f"info medium: {RECOMPUTED}",
    ),
    "recomputed, then evaluated in training mode": (
        course(layer(), pair("s", was=True), pair("s"), steps=(40, 40, 40)),
        f"error high: {INFERRED}",
    ),
    "judged by a sample that moved": (course(layer(), pair("ws", own=False)), f"warning medium: {OTHERS}"),
    "judged by a sample that moved, at a step that stands": (
        course(layer(), pair("ws", own=False), steps=(40, 40)),
        f"warning medium: {OTHERS}",
    ),
    # traps
    "training": (course(layer(), pair("wps")), ""),
    "gamma and beta are not trained, the kernel is": (course(layer(), pair("ws")), ""),
    "without gamma and beta, judged by a sample that moved": (course(BARE, pair("ws", lacks="p", own=False)), ""),
    "the weights are frozen, gamma and beta are not": (course(layer(), pair("ps")), ""),
    "only gamma moved": (course(layer(), pair("gs")), ""),
    "a frozen base whose statistics stay": (course(layer(), pair("w", own=False)), ""),
    "nothing moved": (course(layer(), pair(), steps=(40, 40)), ""),
    "reset, and nothing else moved": (course(layer(), pair("s", now=True)), ""),
    "neither weights nor gamma and beta": (course(BARE, pair("s", lacks="wp")), "skipped: neither gamma nor beta"),
    "a layer that was new once, and then trained": (course(layer(), None, pair("wps")), ""),
    "neither weights nor gamma and beta, in a layer that was new once": (
        course(BARE, None, pair("s", lacks="wp")),
        "skipped: neither gamma nor beta",
    ),
    "a layer that is new": (course(layer(), None), "skipped: could not be compared"),
}


@pytest.mark.parametrize(("about", "expected"), TABLE.values(), ids=TABLE)
def test_bn502(about: Course, expected: str) -> None:
    check("BN502", about, expected)


def test_a_clock_that_can_count_no_further_says_nothing() -> None:
    about = course(layer(), pair("s"), steps=(40, 40))
    checkpoints = tuple(c._replace(step=Step(87000, "beta2_power", is_least=True)) for c in about.checkpoints)
    check("BN502", replace(about, checkpoints=checkpoints), f"warning high: {PASSED}")


def test_two_clocks_that_happen_to_agree_are_not_one() -> None:
    about = course(layer(), pair("s"), steps=(40, 40))
    first, second = about.checkpoints
    other = second._replace(step=Step(40, "another"))
    check("BN502", replace(about, checkpoints=(first, other)), f"warning high: {PASSED}")


def test_the_evidence_says_how_far() -> None:
    (finding,) = look("BN502", course(layer(), pair("wps"), pair("s"))).findings
    assert finding.evidence == {
        "between": "model.ckpt-2 and model.ckpt-3",
        "pairs": 1,
        "compared": 2,
        "moving_mean_shift": 0.5,
        "moving_variance_shift": 0.5,
    }
    assert [r.name for r in finding.related] == ["bn/moving_mean", "bn/moving_variance"]


@pytest.mark.parametrize(
    ("dialect", "part"), [(Dialect.TF_LAYERS, "sess.run(predictions"), (Dialect.EAGER, "base.trainable = False")]
)
def test_the_repair(dialect: Dialect, part: str) -> None:
    (finding,) = look("BN502", course(layer(dialect=dialect), pair("s"))).findings
    assert part in finding.repair
    (recomputed,) = look("BN502", course(layer(dialect=dialect), pair("s", was=True))).findings
    assert recomputed.repair == ""


def test_alone_it_is_skipped_for_want_of_values_before_that_of_others() -> None:
    about = subject(layer(), missing=[Need.VALUES])
    assert diagnose(about, find_rules("BN502")).skipped == (Skipped("BN502", "no values"),)
