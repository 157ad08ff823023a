"""What a configuration sets reaches every rule: in this process and in others, of artifacts and of runs."""

from __future__ import annotations

import pytest

import bnlint
from tests.situations import FIXTURES

UNSCALED, UNDERCONVERGED, STALLED = (
    str(FIXTURES / "tf1.15" / name) for name in ("unscaled_images", "underconverged", "run_stalled")
)


def rules_of(report: bnlint.Report) -> set[str]:
    return {finding.rule for finding in report.findings}


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_threshold_reaches_the_rules_wherever_they_run(jobs: int) -> None:
    asked = bnlint.Settings(select=("BN105", "BN108"), jobs=jobs)
    assert rules_of(bnlint.check([UNDERCONVERGED, UNSCALED], asked)) == {"BN105", "BN108"}
    milder = bnlint.Settings(
        select=("BN105", "BN108"), jobs=jobs, thresholds={"BN105.warning": 0.9, "BN108.large": 1e9}
    )
    assert rules_of(bnlint.check([UNDERCONVERGED, UNSCALED], milder)) == set()


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_threshold_reaches_the_rules_about_runs(jobs: int) -> None:
    asked = bnlint.Settings(select=("BN501",), history=True, jobs=jobs)
    assert rules_of(bnlint.check(STALLED, asked)) == {"BN501"}
    milder = bnlint.Settings(select=("BN501",), history=True, jobs=jobs, thresholds={"BN501.trained": 1.0})
    assert rules_of(bnlint.check(STALLED, milder)) == set()
