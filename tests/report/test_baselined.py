"""What the text says of a baseline: what it knows already, and what it lists in vain."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bnlint.findings import Finding, Severity, Suppression, SuppressionKind
from bnlint.report.checked import check_lines
from bnlint.report.text import render
from bnlint.results import Report, Resolved
from tests.report.reports import finding, moved, report, run_of

FILE = "bnlint-baseline.json"


def old(rule: str, layer: str | None = "a", *, severity: Severity = Severity.ERROR) -> Finding:
    why = Suppression(f"in the baseline {FILE}", SuppressionKind.BASELINE)
    return replace(finding(rule, layer, severity=severity), suppressed=why)


def text(of: Report, *, verbose: bool = False) -> str:
    return render(check_lines(of, verbose=verbose), width=80, color=False)


def gone(rule: str, layer: str | None, run: str = "runs/a/model.ckpt", times: int = 1) -> Resolved:
    return Resolved("0123456789abcdef", rule, layer, run, times)


TABLE: dict[str, tuple[Report, list[str]]] = {
    "a line for each rule": (
        report(old("BN101"), old("BN101", "b"), old("BN301", "b")),
        [
            "in the baseline: error BN101 frozen-statistics, 2 layers",
            "in the baseline: error BN301 unwired-updates, 1 layer",
            "2 layers, 11 rules: nothing new",
        ],
    ),
    "the worst of a rule": (
        report(old("BN101", severity=Severity.INFO), old("BN101", "b", severity=Severity.WARNING)),
        ["in the baseline: warning BN101 frozen-statistics, 2 layers", "2 layers, 11 rules: nothing new"],
    ),
    "of the artifact as a whole": (
        report(old("BN101", None), layers=1),
        ["in the baseline: error BN101 frozen-statistics", "1 layer, 11 rules: nothing new"],
    ),
    "beside an info that is new": (
        report(old("BN101"), finding("BN301", severity=Severity.INFO)),
        [
            "info BN301 unwired-updates, 1 layer: what BN301 says",
            "in the baseline: error BN101 frozen-statistics, 1 layer",
            "1 layer, 11 rules: nothing new above info",
        ],
    ),
    "beside what the configuration suppresses": (
        report(old("BN101"), finding("BN301", suppressed="known")),
        [
            "suppressed BN301 unwired-updates, 1 layer: known",
            "in the baseline: error BN101 frozen-statistics, 1 layer",
            "1 layer, 11 rules: nothing new",
        ],
    ),
}


@pytest.mark.parametrize(("given", "lines"), TABLE.values(), ids=TABLE)
def test_what_the_baseline_knows(given: Report, lines: list[str]) -> None:
    told = [line.strip() for line in text(given).splitlines()[3:-2]]
    assert [line for line in told if line] == lines


def test_beside_what_is_new_nothing_is_called_well() -> None:
    told = text(report(old("BN101"), finding("BN301")))
    assert "nothing" not in told
    assert told.index("error BN301 unwired-updates: 1 of 1 layer") < told.index("in the baseline: error BN101")


def test_with_verbose_every_layer_is_named() -> None:
    told = text(report(*(old("BN101", f"layer_{number}") for number in range(9))), verbose=True)
    names = ", ".join(f"layer_{number}" for number in range(9))
    assert f"in the baseline: error BN101 frozen-statistics, 9 layers: {names}" in " ".join(told.split())


def test_what_is_gone_has_a_line_for_each_rule_of_a_run() -> None:
    resolved = (gone("BN101", "a"), gone("BN101", "b"), gone("BN501", None), gone("BN101", "a", "runs/b/model.ckpt"))
    given = replace(report(layers=1), baseline=FILE, resolved=resolved)
    assert text(given).splitlines()[-7:-2] == [
        "  resolved    BN101 in runs/a/model.ckpt: a, b",
        "  resolved    BN501 in runs/a/model.ckpt",
        "  resolved    BN101 in runs/b/model.ckpt: a",
        "              4 findings of bnlint-baseline.json are no longer there;",
        "              --write-baseline bnlint-baseline.json takes them out",
    ]
    one = " ".join(text(replace(given, resolved=(gone("BN101", "a"),))).split())
    assert f"1 finding of {FILE} is no longer there; --write-baseline {FILE} takes it out" in one
    assert f"3 findings of {FILE} are" in text(replace(given, resolved=(gone("BN101", "a", times=3),)))


def test_of_many_layers_that_are_gone_some_are_named() -> None:
    resolved = tuple(gone("BN101", f"layer_{number}") for number in range(9))
    given = replace(report(layers=1), baseline=FILE, resolved=resolved)
    assert "layer_5 and 3 more" in " ".join(text(given).split())
    assert "layer_8" in text(given, verbose=True)


@pytest.mark.parametrize(
    ("findings", "said"),
    [
        ((), "nothing wrong"),
        ((old("BN301"),), "nothing else wrong"),
        ((finding("BN301", severity=Severity.INFO),), "nothing wrong"),
    ],
)
def test_a_run_whose_findings_are_known_is_not_called_well(findings: tuple[Finding, ...], said: str) -> None:
    given = Report((), (replace(run_of([moved("moving", 1.0, 1.0)]), findings=findings),), rules=("BN501",))
    assert f"1 moving; {said}\n" in text(given)


def test_in_an_overview_of_many_it_is_not_called_well() -> None:
    (known,) = report(old("BN101")).artifacts
    told = text(Report(tuple(replace(known, path=f"m{number}") for number in range(4)), rules=("BN101",)))
    assert "nothing wrong" not in told
    assert told.count("BN101") == 4
