"""What must hold of every subject whatever: here all those of the tables, and thousands drawn at random."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bnlint.findings import Finding, Severity
from bnlint.layers.layer import Dialect, Layer
from bnlint.layers.subject import Need, Subject
from bnlint.layers.why import why_not_updated
from bnlint.rules.diagnose import diagnose
from bnlint.rules.registry import RULES, selected
from tests.rules import (
    test_bn101,
    test_bn102,
    test_bn103,
    test_bn201,
    test_bn301,
    test_bn303,
    test_bn304,
    test_bn305,
    test_bn401,
    test_bn402,
)
from tests.rules.build import (
    ABSENT,
    INFERENCE,
    OFF,
    PHASED,
    SWITCHED,
    TRAINING,
    State,
    layer,
    subject,
    update,
)

MODULES = (test_bn101, test_bn102, test_bn103, test_bn201, test_bn301, test_bn303, test_bn304, test_bn305)
TABLES = {
    **{f"{module.__name__[-5:]} {name}": case[0] for module in MODULES for name, case in module.TABLE.items()},
    **{f"bn302 {name}": case[0] for name, case in test_bn301.UNREGISTERED_TABLE.items()},
    **{f"{m.__name__[-5:]} {name}": case[0] for m in (test_bn401, test_bn402) for name, case in m.TABLE.items()},
}
STATES = st.sampled_from([state for state in State if state is not ABSENT])
UPDATES = st.lists(
    st.builds(
        update,
        st.sampled_from(["update_ops", "my_collection"]),
        wired=st.booleans(),
        momentum=st.sampled_from([None, 0.0, 0.1, 0.9, 1.0]),
        phased=st.booleans(),
    )
    | st.builds(update, wired=st.booleans(), phased=st.booleans()),
    max_size=2,
).map(tuple)
MODES = st.sampled_from([off + mode for mode in (TRAINING, INFERENCE, SWITCHED, PHASED) for off in ("", OFF)])


@st.composite
def layers(draw: st.DrawFn, name: str) -> Layer:
    return layer(
        draw(STATES),
        draw(st.sampled_from(State)),
        *draw(st.lists(MODES, max_size=3)),
        name=name,
        mean=draw(st.none() | STATES),
        gamma=draw(st.none() | st.sampled_from(State)),
        trainable=draw(st.sampled_from([True, False, None])),
        optimized=draw(st.sampled_from([True, False, None])),
        slots_moved=draw(st.sampled_from([True, False, None])),
        updates=draw(UPDATES),
        variance_updates=draw(st.none() | UPDATES),
        dialect=draw(st.sampled_from(Dialect)),
    )


@st.composite
def subjects(draw: st.DrawFn) -> Subject:
    return subject(
        draw(layers("one")),
        *draw(st.lists(layers("two"), max_size=1)),
        trained=draw(st.sampled_from([True, False, None])),
        clock=draw(st.sampled_from([None, 0, 40])),
        missing=draw(st.sampled_from([(), (), (Need.TRAINING,), (Need.GRAPH, Need.TRAINING), (Need.VALUES,)])),
    )


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
    assert all(severity is Severity.INFO for rule, severity in worst.items() if rule not in ("BN103", "BN201", "BN305"))
