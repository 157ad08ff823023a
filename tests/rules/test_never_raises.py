"""Whatever stands in a file: rules answer, checkpoints are compared, and what there is to say can be written."""

from __future__ import annotations

import json
import math
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bnlint.history import Member, Run, ordered, report_run
from bnlint.layers.compare import Snapshot
from bnlint.layers.course import Course
from bnlint.layers.inventory import inventory
from bnlint.layers.subject import Subject
from bnlint.layers.weights import Weights
from bnlint.report import json as machine
from bnlint.report.compared import diff_lines
from bnlint.report.text import render
from bnlint.report.trajectory import course_lines
from bnlint.results import ArtifactReport, Report, RunReport
from bnlint.rules.diagnose import Diagnosis, diagnose, diagnose_run
from bnlint.rules.registry import RULES
from tests.report.rendering import render_check
from tests.rules.drawn import ODD, courses, odd_subjects, subjects


def tell(said: Diagnosis) -> None:
    artifact = ArtifactReport("a", "tensor-bundle", "tf1", None, findings=said.findings, skipped=said.skipped)
    run = RunReport("run", ("a",), findings=said.findings, skipped=said.skipped)
    report = Report((artifact,), (run,), tuple(rule.code for rule in RULES))
    assert json.loads(machine.render(report))["artifacts"]
    assert render_check(report, verbose=True)


@settings(max_examples=100)
@given(about=odd_subjects(), is_compared=st.booleans())
def test_of_a_subject_in_which_nothing_fits(about: Subject, *, is_compared: bool) -> None:
    tell(diagnose(about, RULES, is_compared=is_compared))


@given(courses(), subjects())
def test_of_a_run(about: Course, newest: Subject) -> None:
    tell(diagnose_run(about, RULES, replace(newest, layers=tuple(c.layer for c in about.layers))))


WEIGHTS = st.builds(
    Weights,
    st.dictionaries(st.sampled_from(["conv/kernel", "dense/kernel"]), st.sampled_from(ODD)),
    st.sampled_from([{}, {"one": "conv/kernel", "two": "dense/kernel"}]),
    st.sampled_from([frozenset[str](), frozenset({"one"})]),
)
SNAPSHOTS = st.lists(st.builds(Snapshot, odd_subjects(), WEIGHTS), max_size=3)


@settings(max_examples=30)
@given(SNAPSHOTS)
def test_of_checkpoints_in_which_nothing_fits(snapshots: list[Snapshot]) -> None:
    members = [Member(n, f"run/{n}", f"{n}", None, s.subject.step) for n, s in enumerate(snapshots)]
    artifacts = [
        ArtifactReport(f"run/{n}", "tensor-bundle", "tf1", None, name=f"{n}", layers=inventory(s.subject))
        for n, s in enumerate(snapshots)
    ]
    run = report_run(Run("run", ordered(members), snapshots.__getitem__), RULES).report
    report = Report(artifacts, (run,), tuple(rule.code for rule in RULES))
    shifts = [shift for pair in run.pairs for change in pair.layers for shift in change.shifts.values()]
    assert all(shift.distance is None or math.isfinite(shift.distance) for shift in shifts)
    assert json.loads(machine.render(report))["runs"]
    for lines in (diff_lines(report), *course_lines(report)):
        assert render(lines, width=80, color=False) is not None
