"""The main job, end to end: real checkpoints, whole and in parts, get the verdict that a person would give."""

from __future__ import annotations

import functools
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from bnlint.checking import check_paths
from bnlint.exit_codes import FAILED, OK, exit_code, failures
from bnlint.findings import Severity
from bnlint.results import Report
from bnlint.settings import Settings
from tests.situations import FIXTURES, LAYERS, SKIPPED, VERDICTS, fixtures

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
    assert exit_code(report, failures(report, Settings())) == (FAILED if "error" in VERDICTS[name] else OK)


@pytest.mark.parametrize("fixture", [f for f in fixtures() if f.partition("/")[2] in SKIPPED])
def test_what_nobody_can_say_is_skipped_with_a_reason(fixture: str) -> None:
    (artifact,) = check_paths([str(FIXTURES / fixture)]).artifacts
    reasons = {layer: s.reason for s in artifact.skipped if s.rule == "BN105" for layer in s.layers or ()}
    assert reasons
    assert all(SKIPPED[fixture.partition("/")[2]] in reason for reason in reasons.values())


_VALUES = ("*.data-*", "*.index", "model.ckpt-*[0-9]")
_GRAPH = ("*.meta", "saved_model.pb*", "keras_metadata.pb", "config.json")
PARTS: dict[str, tuple[str, ...]] = {
    "all but the values": _GRAPH,
    "all but the graph": _VALUES,
    **{part: (part,) for part in (*_VALUES[:2], *_GRAPH)},
}
"""What an artifact may have lost: everything beside values or graph, or one file."""
_BESIDE = {"checkpoint", "fingerprint.pb", "metadata.json"}
"""Files that are no part of what an artifact holds."""


def lost(folder: Path, part: str) -> frozenset[Path]:
    return frozenset(path for pattern in PARTS[part] for path in folder.rglob(pattern))


def losses(fixture: str) -> list[str]:
    """Return the parts that ``fixture`` can lose and still have something left, each loss once."""
    files = {path for path in (FIXTURES / fixture).rglob("*") if path.is_file() and path.name not in _BESIDE}
    parts = {lost(FIXTURES / fixture, part): part for part in reversed(PARTS)}
    return [part for gone, part in reversed(parts.items()) if gone and not files <= gone]


def is_a_run(fixture: str) -> bool:
    """Whether there are several checkpoints to compare."""
    return len([*(FIXTURES / fixture).glob("*.index"), *(FIXTURES / fixture).glob("*.weights.h5")]) > 1


ALONE, COMPARED = Settings(), Settings(history=True)
REMOVABLE = [
    (fixture, part, settings)
    for fixture in fixtures()
    for part in losses(fixture)
    for settings in ((ALONE, COMPARED) if is_a_run(fixture) else (ALONE,))
]

ONLY_VALUES_SAY = {
    "ema_second_run": "that the updates ran all the same",
    "keras_fit": "that the learning phase was fed",
    "layers_random_gamma_step_0": "that nothing was trained yet",
    "layers_run_separately": "that the updates ran all the same",
    "layers_unwired_step_0": "that nothing was trained yet",
    "layers_zero_gamma_step_0": "that nothing was trained yet",
    "phase_fed": "that the learning phase was fed",
    "trap_base_infers": "that the learning phase was fed",
    "run_frozen_statistics": "that the statistics are those of an earlier training",
    "run_recomputed": "that the updates ran by themselves",
    "run_stalled": "that the updates ran once",
}
"""Healthy fixtures whose graph alone is worth a warning, and what it cannot know."""
NOBODY_READS = "that nobody reads the statistics"
ONLY_GRAPH_SAYS = {
    "gan_batch_statistics": NOBODY_READS,
    "run_frozen_statistics": "that training went on in inference mode, to keep the statistics",
    "saved_model_never_trainable": "that the layers were frozen on purpose",
    "trap_inner_loop_momentum_0": NOBODY_READS,
    "trap_inner_loop_unwired": NOBODY_READS,
}
"""The same of values alone. What nobody reads is an error there: no value tells it from what inference reads."""


def excused(name: str, part: str) -> Severity:
    """Return the worst that may be said of a healthy fixture that has lost ``part``."""
    if not set(PARTS[part]) & set(_GRAPH):
        return Severity.WARNING if name in ONLY_VALUES_SAY else Severity.INFO
    if ONLY_GRAPH_SAYS.get(name) == NOBODY_READS:
        return Severity.ERROR
    return Severity.WARNING if name in ONLY_GRAPH_SAYS else Severity.INFO


@functools.cache
def of_the_whole(fixture: str, settings: Settings) -> Report:
    return check_paths([str(FIXTURES / fixture)], settings)


@pytest.mark.parametrize(
    ("fixture", "part", "settings"),
    REMOVABLE,
    ids=[f"{fixture}-{part}{'-history' if settings.history else ''}" for fixture, part, settings in REMOVABLE],
)
def test_a_part_that_is_absent_never_turns_broken_into_clean_or_healthy_into_broken(
    fixture: str, part: str, settings: Settings, tmp_path: Path
) -> None:
    shutil.copytree(FIXTURES / fixture, tmp_path / "run")
    for path in lost(tmp_path / "run", part):
        path.unlink()
    report = check_paths([str(tmp_path / "run")], settings)
    if all(artifact.format is None for artifact in report.artifacts):
        assert exit_code(report, failures(report, settings)) > FAILED
        assert part != "*.index" or "nothing says what is in it" in report.artifacts[0].problems[0].message
        return
    assert report.summary.problems == 0
    whole = of_the_whole(fixture, settings)
    before, after = worst(whole) or Severity.INFO, worst(report) or Severity.INFO
    if before < Severity.ERROR:
        assert after <= max(before, excused(fixture.partition("/")[2], part)), verdict(report)
    if after == Severity.INFO:
        spoke = {finding.rule for finding in whole.findings if finding.severity > Severity.INFO}
        skipped = [*(a.skipped for a in report.artifacts), *(run.skipped for run in report.runs)]
        assert spoke <= {s.rule for each in skipped for s in each}, "clean without a word"


@pytest.mark.parametrize("name", [*ONLY_VALUES_SAY, *ONLY_GRAPH_SAYS])
def test_what_is_excused_is_healthy(name: str) -> None:
    assert not re.search("error|warning", VERDICTS[name])


@pytest.mark.parametrize("fixture", ["tf1.15/layers_unwired", "tf2.15/keras_unregistered", "tf1.15/ema_unwired"])
def test_causes_lead_their_symptoms(fixture: str) -> None:
    findings = check_paths([str(FIXTURES / fixture)]).findings
    causes = {f.fingerprint: f for f in findings if f.rule != "BN101"}
    symptoms = [f for f in findings if f.rule == "BN101"]
    assert symptoms
    for symptom in symptoms:
        assert [causes[print_].layer for print_ in symptom.causes] == [symptom.layer]
