"""What holds where: rules, severities, thresholds. And that it is the same whoever does the work."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import bnlint
from bnlint.findings import Finding, Severity
from bnlint.judging.policy import Policy
from bnlint.results import ArtifactReport, RunReport
from bnlint.rules.registry import RULES
from bnlint.settings import PerPath, Settings
from tests.report import reports
from tests.running import UNWIRED, WIRED
from tests.situations import FIXTURES

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
ALL = tuple(rule.code for rule in RULES)


def artifact(*findings: Finding, path: str = "runs/1", **more: Any) -> ArtifactReport:
    return replace(reports.report(*findings, layers=0).artifacts[0], path=path, **more)


def test_nothing_said_changes_nothing() -> None:
    policy = Policy(Settings())
    given = artifact(reports.finding("BN101"))
    assert policy.artifact(given) is given
    run = RunReport("run", ("a", "b"), (reports.finding("BN501"),))
    assert policy.run(run, "b") is run
    assert policy.rules == ALL
    assert policy.unused() == ()


@pytest.mark.parametrize(
    ("rule", "found", "wanted", "expected"),
    [
        ("BN101", ERROR, WARNING, WARNING),
        ("BN101", ERROR, INFO, INFO),
        ("BN101", ERROR, ERROR, ERROR),
        ("BN305", WARNING, ERROR, ERROR),
        # Worse than the default becomes what is wanted.
        ("BN305", ERROR, WARNING, WARNING),
        # The exceptions of the page never become worse.
        ("BN101", WARNING, ERROR, WARNING),
        ("BN101", INFO, WARNING, INFO),
        ("BN101", WARNING, INFO, INFO),
    ],
)
def test_severities(rule: str, found: Severity, wanted: Severity, expected: Severity) -> None:
    assert {r.code: r.severity for r in RULES}[rule] is {"BN101": ERROR, "BN305": WARNING}[rule]
    given = reports.finding(rule, severity=found, causes=("a cause",))
    policy = Policy(Settings(severity={rule: wanted}))
    assert policy.artifact(artifact(given)).findings == (replace(given, severity=expected),)
    assert policy.run(RunReport("run", ("a",), (given,)), "a").findings == (replace(given, severity=expected),)
    other = reports.finding("BN301", severity=ERROR)
    assert policy.artifact(artifact(other)).findings == (other,)


def test_a_word_that_means_less_beats_one_that_means_more() -> None:
    for words in (("BN1", "frozen-statistics"), ("frozen-statistics", "BN1")):
        wanted = {"BN1": INFO, "frozen-statistics": WARNING}
        policy = Policy(Settings(severity={word: wanted[word] for word in words}))
        found = policy.artifact(artifact(reports.finding("BN101"), reports.finding("BN103"))).findings
        assert [f.severity for f in found] == [WARNING, INFO]


def test_paths_have_their_own() -> None:
    settings = Settings(
        ignore=("BN305",),
        severity={"BN101": INFO},
        thresholds={"BN105.error": 0.4},
        per_path=(
            PerPath("runs/**", severity={"BN101": WARNING}, thresholds={"BN105.warning": 0.1}),
            PerPath("runs/old", extend_ignore=("BN3",), thresholds={"BN105.error": 0.5}),
            PerPath("runs/old/1", extend_select=("BN301",), severity={"BN101": ERROR}),
        ),
    )
    policy = Policy(settings)
    elsewhere, runs, old, one = (policy.at(path) for path in ("new", "runs/1", "runs/old/2", "runs/old/1"))
    assert elsewhere.codes == runs.codes == tuple(code for code in ALL if code != "BN305")
    assert old.codes == tuple(code for code in ALL if not code.startswith("BN3"))
    assert one.codes == tuple(code for code in ALL if not code.startswith("BN3") or code == "BN301")
    assert [here.severity["BN101"] for here in (elsewhere, runs, old, one)] == [INFO, WARNING, WARNING, ERROR]
    assert dict(one.thresholds) == {"BN105.error": 0.5, "BN105.warning": 0.1}
    assert one.asked.thresholds == (("BN105.error", 0.5), ("BN105.warning", 0.1))
    assert elsewhere.asked.thresholds == (("BN105.error", 0.4),)


def test_what_a_path_is_not_looked_at_for_stands_in_its_report() -> None:
    policy = Policy(Settings(select=("BN301",), per_path=(PerPath("old", extend_select=("BN101",)),)))
    assert list(policy.rules) == ["BN301"]
    policy.expect([("new", None), ("other", None)])
    assert list(policy.rules) == ["BN301"]
    policy.expect([("new", None), ("old", None)])
    assert list(policy.rules) == ["BN101", "BN301"]
    assert policy.artifact(artifact(path="new")).ignored == ("BN101",)
    assert policy.artifact(artifact(path="old")).ignored == ()
    assert policy.artifact(artifact(path="new", format=None)).ignored == ()
    assert policy.run(RunReport("run", ("old", "new")), "new").ignored == ("BN101",)


def test_a_path_for_which_several_entries_leave_nothing() -> None:
    entries = (PerPath("a", select=("BN1",)), PerPath("a", ignore=("BN1",)))
    here = Policy(Settings(per_path=entries)).at("a")
    assert here.codes == ()
    from bnlint.looking import rules_of

    assert rules_of(here.asked) == ()


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        (Settings(severity={"BN99": INFO}), "there is no rule 'BN99'"),
        (Settings(per_path=(PerPath("a", select=("BN99",)),)), "there is no rule 'BN99'"),
        (Settings(suppress=(bnlint.Suppress(("BN99",), "r"),)), "there is no rule 'BN99'"),
        (Settings(thresholds={"BN105.warn": 0.5}), r"there is no threshold 'BN105\.warn'; there is BN105\.warning"),
        (Settings(thresholds={"BN105.warning": 2}), r"the threshold BN105\.warning must be from 0 to 1"),
        (Settings(per_path=(PerPath("a", thresholds={"x": 1}),)), "there is no threshold 'x'"),
    ],
)
def test_what_does_not_exist_is_known_before_anything_is_read(settings: Settings, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        bnlint.check([], settings)


@pytest.mark.parametrize("jobs", [1, 2])
def test_other_processes_are_told(tmp_path: Path, jobs: int) -> None:
    for name in ("new", "old"):
        shutil.copytree(UNWIRED, tmp_path / name)
    settings = Settings(root=str(tmp_path), per_path=(PerPath("old", select=("BN301",), severity={"BN301": INFO}),))
    new, old = bnlint.check([tmp_path / "new", tmp_path / "old"], replace(settings, jobs=jobs)).artifacts
    assert {(f.rule, f.severity) for f in new.findings} == {("BN101", ERROR), ("BN301", ERROR)}
    assert {(f.rule, f.severity) for f in old.findings} == {("BN301", INFO)}
    assert (new.ignored, old.ignored) == ((), tuple(code for code in ALL if code != "BN301"))
    assert {skip.rule for skip in old.skipped} <= {"BN301"}


def test_a_directory_stands_for_its_newest(tmp_path: Path) -> None:
    shutil.copytree(UNWIRED, tmp_path / "run")
    settings = Settings(root=str(tmp_path), per_path=(PerPath("run/model.ckpt-40", select=("BN1",)),))
    assert bnlint.check(tmp_path / "run", settings).rules == tuple(code for code in ALL if code.startswith("BN1"))
    assert bnlint.check(tmp_path / "run" / "model.ckpt-40.meta", settings).rules[-1] == "BN109"


def test_an_inventory_has_no_policy() -> None:
    settings = Settings(
        per_path=(PerPath("**", select=("BN3",)),), suppress=(bnlint.Suppress(("BN1",), "r"),), severity={"BN1": INFO}
    )
    report = bnlint.inspect([UNWIRED, WIRED], settings)
    assert (report.rules, report.unused, report.findings) == ((), (), ())
    assert {artifact.ignored for artifact in report.artifacts} == {()}


def test_a_run_has_what_holds_for_its_newest(tmp_path: Path) -> None:
    run = shutil.copytree(FIXTURES / "tf1.15" / "several_steps", tmp_path / "run")
    paths = [run / f"model.ckpt-{step}" for step in (24, 36, 48)]
    newest = Settings(root=str(tmp_path), per_path=(PerPath("run/model.ckpt-48", ignore=("BN502",)),))
    oldest = replace(newest, per_path=(PerPath("run/model.ckpt-24", ignore=("BN502",)),))
    assert [r.ignored for r in bnlint.check(paths, newest).runs] == [("BN502",)]
    assert [r.ignored for r in bnlint.check(paths, oldest).runs] == [()]
    diffed = bnlint.diff(paths[1], paths[2], newest)
    assert "BN502" not in diffed.rules
    assert "BN502" in bnlint.diff(paths[0], paths[1], newest).rules
