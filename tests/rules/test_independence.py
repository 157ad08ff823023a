"""What must hold of every subject whatever: here all those of the tables, and thousands drawn at random."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import replace

import pytest
from hypothesis import example, given

import tests.rules
from bnlint.findings import Finding, Severity
from bnlint.layers.course import Course
from bnlint.layers.subject import Subject
from bnlint.layers.why import why_not_updated
from bnlint.rules.diagnose import diagnose, diagnose_run
from bnlint.rules.registry import RULES, selected
from bnlint.rules.rule import RunRule
from tests.rules.build import INFERENCE, OFF, TRAINING, State, layer, subject, update
from tests.rules.drawn import courses, subjects

MODULES = [
    importlib.import_module(f"tests.rules.{found.name}")
    for found in pkgutil.iter_modules(tests.rules.__path__)
    if found.name.startswith("test_bn")
]
CASES = {
    f"{module.__name__.removeprefix('tests.rules.test_')} {table.lower().removesuffix('table')}{name}": case[0]
    for module in MODULES
    for table in ("TABLE", "UNREGISTERED_TABLE")
    for name, case in getattr(module, table, {}).items()
}
TABLES = {name: about for name, about in CASES.items() if isinstance(about, Subject)}
COURSES = {name: about for name, about in CASES.items() if isinstance(about, Course)}
EVEN_UNTRAINED = ("BN103", "BN104", "BN107", "BN109", "BN201", "BN202", "BN203", "BN304", "BN305", "BN306")
"""Rules about what no training makes good: values that nothing but a mistake writes, and how the program is built."""
RUN_RULES = tuple(rule for rule in RULES if isinstance(rule, RunRule))


def alone(finding: Finding) -> Finding:
    return replace(finding, causes=())


def is_independent(about: Subject) -> bool:
    together = [alone(f) for f in diagnose(about, RULES).findings]
    apart = [alone(f) for rule in RULES for f in diagnose(about, [rule]).findings]
    ignored = [
        alone(f)
        for rule in RULES
        for f in diagnose(about, selected((), [r.code for r in RULES if r is not rule])).findings
    ]
    return together == apart == ignored


@pytest.mark.parametrize("about", TABLES.values(), ids=TABLES)
def test_what_a_rule_says_does_not_depend_on_the_other_rules(about: Subject) -> None:
    assert is_independent(about)


@given(subjects())
def test_nor_does_it_for_any_other_subject(about: Subject) -> None:
    assert is_independent(about)


def newest_of(about: Course) -> Subject:
    return subject(*(course.layer for course in about.layers))


def is_independent_in_runs(about: Course) -> bool:
    newest = newest_of(about)
    together = [alone(f) for f in diagnose_run(about, RULES, newest).findings]
    apart = [alone(f) for rule in RULES for f in diagnose_run(about, [rule], newest).findings]
    return together == apart


@pytest.mark.parametrize("about", COURSES.values(), ids=COURSES)
def test_what_a_rule_says_of_a_run_does_not_depend_on_the_other_rules(about: Course) -> None:
    assert is_independent_in_runs(about)


@given(courses())
def test_nor_does_it_for_any_other_run(about: Course) -> None:
    assert is_independent_in_runs(about)


@given(courses())
def test_of_a_run_what_is_wrong_can_be_repaired_and_a_fingerprint_stands_for_one_finding(about: Course) -> None:
    findings = diagnose_run(about, RULES, newest_of(about)).findings
    assert len({f.fingerprint for f in findings}) == len(findings)
    assert all(f.repair or f.severity is Severity.INFO for f in findings)


@given(courses())
def test_every_rule_about_runs_looks_at_every_layer_or_says_why_not(about: Course) -> None:
    for rule in RUN_RULES:
        said = diagnose_run(about, [rule], newest_of(about))
        blind = {name for skip in said.skipped for name in skip.layers or ()}
        told = {f.layer for f in said.findings if f.rule == rule.code}
        assert not blind & told
        if len(about.checkpoints) < 2:
            assert [skip.layers for skip in said.skipped] == [None]
        unknown = {course.layer.name for course in about.layers if not any(course.shifts)}
        assert len(about.checkpoints) < 2 or unknown <= blind


def hold_together(about: Subject) -> None:
    findings = diagnose(about, RULES).findings
    by_print = {f.fingerprint: f for f in findings}
    assert len(by_print) == len(findings), "a fingerprint stands for one finding"
    by_layer: dict[str | None, dict[str, Finding]] = {}
    for finding in findings:
        by_layer.setdefault(finding.layer, {})[finding.rule] = finding
        assert finding.layer is not None
        assert finding.repair or finding.severity is Severity.INFO, "what is wrong can be repaired"
    for found in by_layer.values():
        assert not {"BN101", "BN102"} <= found.keys()
        assert not {"BN301", "BN302"} <= found.keys()
        assert len({"BN303", "BN401", "BN402"} & found.keys()) <= 1
        assert "BN301" not in found or "BN303" not in found
    for layer_ in about.layers:
        found = by_layer.get(layer_.name, {})
        assert {cause.value for cause in why_not_updated(layer_, about)} == found.keys() & {
            "BN301", "BN302", "BN303", "BN401", "BN402",
        }  # fmt: skip
        if "BN101" in found and found["BN101"].severity is Severity.ERROR:
            causes = [by_print[p] for p in found["BN101"].causes]
            assert all(c.severity > Severity.INFO and c.layer == layer_.name for c in causes)
            assert all(cause.value in {c.rule for c in causes} for cause in why_not_updated(layer_, about))


@pytest.mark.parametrize("about", TABLES.values(), ids=TABLES)
def test_findings_hold_together(about: Subject) -> None:
    hold_together(about)


@given(subjects())
@example(subject(layer(State.INIT, State.MOVED, TRAINING, OFF + INFERENCE, updates=(update(phased=True),))))
def test_findings_hold_together_for_any_other_subject(about: Subject) -> None:
    hold_together(about)


@given(subjects())
def test_a_message_names_no_layer(about: Subject) -> None:
    renamed = replace(about, layers=tuple(replace(x, name=f"renamed/{x.name}") for x in about.layers))
    messages = [(f.rule, f.message, f.repair) for f in diagnose(about, RULES).findings]
    assert messages == [(f.rule, f.message, f.repair) for f in diagnose(renamed, RULES).findings]


@given(subjects())
def test_before_any_training_nothing_that_hangs_on_the_values_or_the_wiring_is_more_than_info(about: Subject) -> None:
    untrained = replace(about, trained=about.trained._replace(is_trained=False))
    worst = {f.rule: f.severity for f in diagnose(untrained, RULES).findings}
    assert all(severity is Severity.INFO for rule, severity in worst.items() if rule not in EVEN_UNTRAINED)
