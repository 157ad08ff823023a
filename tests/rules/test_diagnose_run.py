"""What is said of a run beside what is said of each of its checkpoints."""

from __future__ import annotations

import pytest

from bnlint.layers.course import Course, LayerCourse, LayerShift
from bnlint.layers.layer import Layer, UpdateOp
from bnlint.layers.subject import Subject
from bnlint.rules.diagnose import NOTHING_TO_COMPARE, diagnose_run, fingerprint
from bnlint.rules.registry import RULES
from tests.layers.runs import course, pair
from tests.rules.build import (
    DRAWN,
    INFERENCE,
    INIT,
    MOVED,
    OFF,
    PHASED,
    PHASED_UNREGISTERED,
    PHASED_WIRED,
    SWITCHED,
    TRAINING,
    UNREGISTERED,
    UNWIRED,
    WIRED,
    layer,
    subject,
)
from tests.rules.runs import beside

FROZEN = layer(INIT, DRAWN, SWITCHED, updates=UNWIRED)
STILL = pair("wp", was=True, now=True)


def said(about: Course, newest: Subject, *, is_checked: bool = True) -> list[str]:
    return [
        f"{f.rule} {f.severity.label} {f.layer}"
        for f in diagnose_run(about, RULES, newest, is_checked=is_checked).findings
    ]


@pytest.mark.parametrize(
    ("trained", "expected"),
    [
        (True, []),  # the check of the newest says it
        (None, ["BN101 error bn", "BN301 error bn"]),
        (False, ["BN101 error bn", "BN301 error bn"]),
    ],
)
def test_what_the_run_proves_and_the_newest_does_not_show(trained: bool | None, expected: list[str]) -> None:  # noqa: FBT001
    assert said(course(FROZEN, STILL), subject(FROZEN, trained=trained)) == expected


@pytest.mark.parametrize("trained", [True, None])
def test_where_nobody_checked_the_newest_all_of_it_is_said(trained: bool | None) -> None:  # noqa: FBT001
    about = subject(FROZEN, trained=trained)
    assert said(course(FROZEN, STILL), about, is_checked=False) == ["BN101 error bn", "BN301 error bn"]


@pytest.mark.parametrize(
    "pairs",
    [(STILL, pair("wps", was=True)), (pair("w", was=True, now=True),), (pair(was=True, now=True),)],
    ids=["it moves later", "batch norm is frozen", "the state was saved twice"],
)
def test_only_of_layers_that_the_run_shows_frozen(pairs: tuple[object, ...]) -> None:
    assert said(course(FROZEN, *pairs), subject(FROZEN, trained=None), is_checked=False) == []  # type: ignore[arg-type]


def test_a_layer_beside_one_that_is_frozen() -> None:
    healthy = layer(MOVED, MOVED, SWITCHED, updates=WIRED, name="healthy")
    resting = layer(INIT, DRAWN, SWITCHED, updates=UNWIRED, name="resting")
    about = beside(course(FROZEN, STILL), *(LayerCourse(one, (pair("w"),)) for one in (healthy, resting)))
    assert said(about, subject(FROZEN, healthy, resting, trained=None)) == ["BN101 error bn", "BN301 error bn"]


def test_the_cause_leads_there_too() -> None:
    findings = diagnose_run(course(FROZEN, STILL), RULES, subject(FROZEN, trained=None)).findings
    symptom, cause = findings
    assert symptom.causes == (cause.fingerprint,)
    assert symptom.evidence["trained"] == "it moved between model.ckpt-1 and model.ckpt-2"


@pytest.mark.parametrize("layers", [(), (layer(),)])
def test_one_checkpoint_is_no_run(layers: tuple[Layer, ...]) -> None:
    alone = Course("run", (), tuple(LayerCourse(one, ()) for one in layers))
    found = diagnose_run(alone, RULES, subject(*layers))
    assert found.findings == ()
    assert [(s.rule, s.reason) for s in found.skipped] == [
        (code, NOTHING_TO_COMPARE) for code in ("BN501", "BN502", "BN503")
    ]


def test_a_fingerprint_is_that_of_the_newest_without_its_step() -> None:
    about = course(layer(), pair("wp"))
    (finding,) = diagnose_run(about, RULES, subject(layer(), name="model.ckpt-7")).findings
    assert finding.fingerprint == fingerprint("BN501", layer(), "model.ckpt")


def test_a_repair_is_for_the_version_that_wrote_the_newest() -> None:
    about = course(layer(updates=WIRED), pair("wp"))
    (finding,) = diagnose_run(about, RULES, subject(layer(), tensorflow="2.15.1")).findings
    assert finding.repair.startswith("import tensorflow.compat.v1 as tf\n")


@pytest.mark.parametrize(
    ("updates", "verdict", "cause"),
    [
        (UNWIRED, pair("wp"), "BN301 warning"),
        (UNREGISTERED, pair("wp"), "BN302 warning"),
        (PHASED_WIRED, pair("wp"), "BN401 warning"),
        (WIRED, pair("wp"), ""),
        (UNWIRED, pair("wps"), ""),
    ],
    ids=["unwired", "unregistered", "learning phase", "wired", "they move"],
)
def test_what_the_newest_graph_says_leads_where_statistics_stand_still(
    updates: tuple[UpdateOp, ...], verdict: LayerShift, cause: str
) -> None:
    uses = PHASED if updates is PHASED_WIRED else TRAINING
    newest = layer(MOVED, MOVED, uses, updates=updates)
    findings = diagnose_run(course(newest, verdict), RULES, subject(newest)).findings
    assert [f"{f.rule} {f.severity.label}" for f in findings if f.rule != "BN501"] == ([cause] if cause else [])
    causes = tuple(f.fingerprint for f in findings if f.rule != "BN501")
    is_stalled = verdict == pair("wp")
    assert [f.causes for f in findings if f.rule == "BN501"] == ([causes] if is_stalled else [])


@pytest.mark.parametrize(
    ("uses", "updates"),
    [((INFERENCE,), ()), ((INFERENCE, OFF + PHASED), PHASED_UNREGISTERED), ((TRAINING, OFF + TRAINING), UNWIRED)],
    ids=["no updates", "the template of Keras has updates", "inference uses batch statistics"],
)
def test_statistics_that_are_kept_or_not_needed_have_no_cause_worth_a_warning(
    uses: tuple[str, ...], updates: tuple[UpdateOp, ...]
) -> None:
    newest = layer(MOVED, MOVED, *uses, updates=updates)
    assert said(course(newest, pair("wp")), subject(newest)) == ["BN501 info bn"]


def test_findings_come_by_rule() -> None:
    about = beside(
        course(layer(), pair("wps", now=True)), LayerCourse(layer(name="b"), (pair("s"),)),
        LayerCourse(layer(name="c"), (pair("wp"),)),
    )  # fmt: skip
    assert said(about, subject(layer())) == ["BN501 warning c", "BN502 warning b", "BN503 error bn"]
