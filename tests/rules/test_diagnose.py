from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bnlint.findings import Finding, Severity
from bnlint.layers.layer import Dialect
from bnlint.layers.subject import Need, Subject
from bnlint.rules.diagnose import ALONE, diagnose, fingerprint
from bnlint.rules.registry import RULES
from bnlint.rules.rule import RunRule
from tests.rules.build import (
    INFERENCE,
    INIT,
    MOVED,
    OFF,
    PHASED,
    PHASED_UNREGISTERED,
    SWITCHED,
    TRAINING,
    UNREAD,
    UNREGISTERED,
    UNWIRED,
    WIRED,
    layer,
    subject,
    update,
)


def explained(about: Subject) -> Mapping[str, list[str]]:
    """Return the rules that explain each symptom, by layer."""
    findings = diagnose(about, RULES).findings
    rules = {f.fingerprint: f.rule for f in findings}
    return {str(f.layer): [rules[cause] for cause in f.causes] for f in findings if f.rule == "BN101"}


@pytest.mark.parametrize(
    ("about", "causes"),
    [
        (subject(layer(INIT, MOVED, TRAINING, updates=UNWIRED)), ["BN301"]),
        (subject(layer(INIT, MOVED, TRAINING, updates=UNREGISTERED)), ["BN302"]),
        (subject(layer(INIT, MOVED, INFERENCE)), ["BN303"]),
        (subject(layer(INIT, MOVED, PHASED, updates=PHASED_UNREGISTERED)), ["BN302", "BN401"]),
        (subject(layer(INIT, MOVED, TRAINING, updates=(update(wired=True, momentum=1.0),))), ["BN305"]),
        (subject(layer(INIT, MOVED, SWITCHED, updates=WIRED)), []),
        (subject(layer(INIT, INIT, TRAINING, updates=UNWIRED), trained=False), ["BN301"]),
        (subject(layer(INIT, MOVED, TRAINING, OFF + TRAINING, updates=UNWIRED)), ["BN301"]),
    ],
    ids=["301", "302", "303", "302 and 401", "305", "none", "untrained", "a sampler with batch statistics"],
)
def test_a_symptom_names_its_causes(about: Subject, causes: list[str]) -> None:
    assert explained(about) == {"bn": causes}


def test_mixed_phases_explain_the_frozen_layer_alone() -> None:
    healthy = layer(MOVED, MOVED, TRAINING, updates=WIRED, name="trains")
    frozen = layer(INIT, MOVED, PHASED, updates=(update(wired=True, phased=True),))
    assert explained(subject(healthy, frozen)) == {"bn": ["BN402"]}


def test_the_causes_of_one_layer_do_not_explain_another() -> None:
    about = subject(
        layer(INIT, MOVED, TRAINING, updates=UNWIRED, name="a"),
        layer(INIT, MOVED, INFERENCE, name="b"),
        layer(INIT, MOVED, SWITCHED, updates=WIRED, name="c"),
    )
    assert explained(about) == {"a": ["BN301"], "b": ["BN303"], "c": []}


def test_only_symptoms_have_causes() -> None:
    findings = diagnose(subject(layer(INIT, MOVED, PHASED, updates=PHASED_UNREGISTERED)), RULES).findings
    assert [f.rule for f in findings if f.causes] == ["BN101"]


def test_findings_come_by_rule_and_then_in_the_order_of_the_layers() -> None:
    about = subject(*(layer(INIT, MOVED, TRAINING, updates=UNWIRED, name=name) for name in ("z", "a", "m")))
    assert [(f.rule, f.layer) for f in diagnose(about, reversed(RULES)).findings] == [
        (rule, name) for rule in ("BN101", "BN301") for name in ("z", "a", "m")
    ]


def test_layers_that_could_not_be_judged_are_grouped_by_reason() -> None:
    about = subject(*(layer(UNREAD, MOVED, name=name) for name in "ab"), layer(name="c"))
    (skipped,) = (s for s in diagnose(about, RULES).skipped if s.rule == "BN101")
    assert skipped.layers == ("a", "b")


def test_a_subject_without_layers_has_nothing_to_say() -> None:
    assert diagnose(subject(), RULES) == ((), (), ())


def test_where_a_part_is_absent_that_may_have_shown_layers_every_rule_is_skipped() -> None:
    about = replace(subject(missing=[Need.VALUES]), absent=frozenset({Need.VALUES}))
    skipped = diagnose(about, RULES).skipped
    assert [s.rule for s in skipped] == [rule.code for rule in RULES]
    assert {(s.reason, s.is_part_absent) for s in skipped} == {("no values", True)}


@pytest.mark.parametrize("need", Need)
def test_every_rule_is_skipped_exactly_when_something_it_needs_is_missing(need: Need) -> None:
    skipped = diagnose(subject(layer(), missing=[need]), RULES).skipped
    assert [(s.rule, s.reason, s.layers) for s in skipped if s.layers is None] == [
        (rule.code, f"no {need.value}" if need in rule.needs else ALONE, None)
        for rule in RULES
        if need in rule.needs or isinstance(rule, RunRule)
    ]


def test_a_rule_about_runs_is_skipped_with_the_reason_where_there_is_one_checkpoint() -> None:
    about = subject(layer())
    codes = [rule.code for rule in RULES if isinstance(rule, RunRule)]
    assert codes == ["BN501", "BN502", "BN503"]
    assert [s.rule for s in diagnose(about, RULES).skipped if s.reason == ALONE] == codes
    assert not [s for s in diagnose(about, RULES, is_compared=True).skipped if s.rule in codes]


def one(rule: str, about: Subject) -> Finding:
    (finding,) = (f for f in diagnose(about, RULES).findings if f.rule == rule)
    return finding


def test_a_fingerprint_survives_the_next_save_and_a_repair() -> None:
    before = one("BN301", subject(layer(INIT, MOVED, TRAINING, updates=UNWIRED), name="model.ckpt-40"))
    later = one("BN301", subject(layer(MOVED, MOVED, TRAINING, updates=UNWIRED), name="model.ckpt-18000"))
    assert before.severity is not later.severity
    assert before.message != later.message
    assert before.fingerprint == later.fingerprint


def test_fingerprints_differ_between_rules_layers_and_runs() -> None:
    a, b = layer(name="a"), layer(name="b")
    prints = {
        fingerprint("BN101", a, "model.ckpt"),
        fingerprint("BN102", a, "model.ckpt"),
        fingerprint("BN101", b, "model.ckpt"),
        fingerprint("BN101", None, "model.ckpt"),
        fingerprint("BN101", a, "other.ckpt"),
    }
    assert len(prints) == 5
    assert {len(text) for text in prints} == {16}


def test_a_fingerprint_is_the_same_on_every_machine() -> None:
    assert fingerprint("BN101", layer(name="conv1/bn"), "model.ckpt") == "303f99ce740d8d1f"


def test_an_undecodable_name_has_a_fingerprint() -> None:
    assert len(fingerprint("BN101", layer(name="b\udcffn"), "m\udcff.ckpt")) == 16


IMPORT = "import tensorflow.compat.v1 as tf\n"


def repair_of(rule: str, about: Subject, version: str | None) -> str:
    return one(rule, replace(about, tensorflow=version)).repair


@pytest.mark.parametrize(
    ("rule", "about"),
    [
        ("BN101", subject(layer(INIT, MOVED, SWITCHED, updates=WIRED))),
        ("BN301", subject(layer(INIT, MOVED, TRAINING, updates=UNWIRED))),
        ("BN303", subject(layer(INIT, MOVED, INFERENCE))),
        ("BN401", subject(layer(INIT, MOVED, PHASED, updates=PHASED_UNREGISTERED))),
    ],
)
def test_a_repair_for_tensorflow_2_imports_the_old_api(rule: str, about: Subject) -> None:
    old = repair_of(rule, about, "1.15.5")
    assert "tf." in old
    assert "import" not in old
    assert repair_of(rule, about, None) == old
    assert repair_of(rule, about, "0.12.1") == old
    assert repair_of(rule, about, "2.15.1") == IMPORT + old
    assert repair_of(rule, about, "2.0.0-rc1") == IMPORT + old


@pytest.mark.parametrize(
    ("rule", "about", "part"),
    [
        (
            "BN305",
            subject(layer(updates=(update(wired=True, momentum=0.1),), dialect=Dialect.ASSIGN)),
            "momentum = 0.99",
        ),
        ("BN101", subject(layer(INIT, MOVED, INFERENCE)), "then train again"),
        ("BN301", subject(layer(MOVED, MOVED, TRAINING, updates=UNWIRED)), ""),
    ],
    ids=["no tf. in it", "comments alone", "no repair"],
)
def test_a_repair_that_does_not_use_tf_imports_nothing(rule: str, about: Subject, part: str) -> None:
    repair = repair_of(rule, about, "2.15.1")
    assert part in repair
    assert "import" not in repair
    assert repair == repair_of(rule, about, "1.15.5")


def test_severities_are_ordered() -> None:
    assert Severity.INFO < Severity.WARNING < Severity.ERROR
