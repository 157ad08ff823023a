"""The main job, end to end: real checkpoints, whole and in parts, get the verdict that a person would give."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from bnlint.checking import FAILED, OK, check_paths, exit_code
from bnlint.config import Settings
from bnlint.findings import Report, Severity
from tests.situations import FIXTURES, LAYERS, VERDICTS, fixtures

WITHOUT_GRAPH = {"v1_unwired_without_meta", "v1_wired_without_meta", "training_graph_wired", "training_graph_unwired"}
"""Fixtures that are no whole artifacts, to show what one part alone tells."""


def verdict(report: Report) -> str:
    counts = Counter((f.rule, f.severity.label) for f in report.findings)
    return ", ".join(f"{rule} {severity} {count}" for (rule, severity), count in sorted(counts.items()))


def worst(report: Report) -> Severity | None:
    return max((f.severity for f in report.findings), default=None)


def test_every_fixture_has_a_verdict_and_every_verdict_a_fixture() -> None:
    assert {name.partition("/")[2] for name in fixtures()} == set(VERDICTS)


@pytest.mark.parametrize("fixture", fixtures())
def test_verdict(fixture: str) -> None:
    report = check_paths([str(FIXTURES / fixture)])
    name = fixture.partition("/")[2]
    assert verdict(report) == VERDICTS[name]
    assert report.summary.problems == 0
    assert name in WITHOUT_GRAPH or not any(s.is_part_absent for s in report.artifacts[0].skipped)
    assert len(report.artifacts[0].layers) == LAYERS.get(name, 2)
    assert exit_code(report, Settings()) == (FAILED if "error" in VERDICTS[name] else OK)


PARTS = ("*.meta", "*.data-*", "*.index", "saved_model.pb*", "keras_metadata.pb", "config.json")
"""Files that an artifact may have lost."""
REMOVABLE = [(fixture, part) for fixture in fixtures() for part in PARTS if any((FIXTURES / fixture).rglob(part))]


@pytest.mark.parametrize(("fixture", "removed"), REMOVABLE)
def test_a_part_that_is_absent_never_turns_broken_into_clean_or_healthy_into_an_error(
    fixture: str, removed: str, tmp_path: Path
) -> None:
    name = fixture.partition("/")[2]
    shutil.copytree(FIXTURES / fixture, tmp_path / "run")
    for path in (tmp_path / "run").rglob(removed):
        path.unlink()
    report = check_paths([str(tmp_path / "run")])
    if report.artifacts[0].format is None:
        assert removed == "*.index", "only tensor data is left"
        assert "nothing says what is in it" in report.artifacts[0].problems[0].message
        return
    assert report.summary.problems == 0
    if name == "gan_batch_statistics" and removed == "*.meta":
        return  # its statistics are frozen, and only the graph says that nobody reads them
    if "error" not in VERDICTS[name]:
        assert worst(report) is not Severity.ERROR, verdict(report)
    else:
        says_something = (worst(report) or Severity.INFO) > Severity.INFO
        assert says_something or report.artifacts[0].skipped, "clean without a word"


@pytest.mark.parametrize("fixture", ["tf1.15/layers_unwired", "tf2.15/keras_unregistered", "tf1.15/ema_unwired"])
def test_causes_lead_their_symptoms(fixture: str) -> None:
    findings = check_paths([str(FIXTURES / fixture)]).findings
    causes = {f.fingerprint: f for f in findings if f.rule != "BN101"}
    symptoms = [f for f in findings if f.rule == "BN101"]
    assert symptoms
    for symptom in symptoms:
        assert [causes[print_].layer for print_ in symptom.causes] == [symptom.layer]
