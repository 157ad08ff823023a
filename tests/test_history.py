"""Runs, end to end: real checkpoints of one training, what each shows alone and what they show together."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

import bnlint
from bnlint.checking import check_paths, inspect_paths
from bnlint.differing import diff_paths
from bnlint.exit_codes import FAILED, NO_CHECKPOINT, OK, UNREADABLE, exit_code, failures
from bnlint.findings import ProblemKind
from bnlint.history import Member, ordered
from bnlint.results import LayerChange, Report, RunReport
from bnlint.settings import Settings
from tests.situations import FIXTURES

HISTORY = Settings(history=True)

VERDICTS: dict[str, str] = {
    "several_steps": "",
    "run_healthy": "",
    "run_stalled": "BN301 warning 2, BN501 warning 2",
    "run_restarted": "",
    "run_frozen_statistics": "BN501 info 2",
    "run_drifting": "BN502 error 2",
    "run_evaluated": "",
    "run_frozen_base_drifting": "BN502 warning 2",
    "run_frozen_base": "",
    "run_recomputed": "BN502 info 2",
    "run_reset": "BN503 error 2",
    "run_reset_and_trained_on": "BN503 warning 2",
    "run_same_twice": "BN501 info 1",
    "run_objects_healthy": "",
    "run_objects_stalled": "BN501 warning 2",
    "run_objects_drifting": "BN502 error 2",
    "run_epochs_healthy": "",
    "run_epochs_drifting": "BN502 error 2",
    "run_epochs_frozen_base": "",
    "run_fine_tuning": "BN501 info 2",
    "object_manager_healthy": "",
    "object_manager_forgotten": "",
}
"""What comparing the checkpoints of a run adds to what is said of each. Written by hand, as `tests.situations` is."""
COURSES: dict[str, str] = {
    "several_steps": "moving moving",
    "run_healthy": "moving moving moving",
    "run_stalled": "moving stalled stalled",
    "run_restarted": "moving moving moving",
    "run_frozen_statistics": "moving stalled stalled",
    "run_drifting": "moving drifting",
    "run_evaluated": "moving moving",
    "run_frozen_base_drifting": "moving drifting",
    "run_frozen_base": "moving same",
    "run_recomputed": "frozen drifting",
    "run_reset": "moving reset",
    "run_reset_and_trained_on": "moving reset moving",
    "run_same_twice": "moving same",
    "run_objects_healthy": "moving moving",
    "run_objects_stalled": "moving stalled",
    "run_objects_drifting": "moving drifting",
    "run_epochs_healthy": "moving moving",
    "run_epochs_drifting": "moving drifting",
    "run_epochs_frozen_base": "moving fixed",
    "run_fine_tuning": "same stalled stalled",
    "object_manager_healthy": "moving",
    "object_manager_forgotten": "frozen",
}
"""What each pair of neighbours looks like, in every layer."""
RUNS = sorted(
    str(path.relative_to(FIXTURES)) for path in FIXTURES.glob("tf*/*") if path.name in VERDICTS and path.is_dir()
)


def verdict(run: RunReport) -> str:
    counts = Counter((f.rule, f.severity.label) for f in run.findings)
    return ", ".join(f"{rule} {severity} {count}" for (rule, severity), count in sorted(counts.items()))


def names(report: Report) -> list[str | None]:
    return [artifact.name for artifact in report.artifacts]


def only(report: Report) -> RunReport:
    (run,) = report.runs
    return run


def fixture(name: str) -> str:
    return str(FIXTURES / name)


def test_every_run_among_the_fixtures_has_a_verdict() -> None:
    runs = {path.name for path in FIXTURES.glob("tf*/run_*")}
    assert runs <= set(VERDICTS) == set(COURSES) == {name.partition("/")[2] for name in RUNS}


@pytest.mark.parametrize("run", RUNS)
def test_verdict(run: str) -> None:
    report = check_paths([fixture(run)], HISTORY)
    name = run.partition("/")[2]
    assert verdict(only(report)) == VERDICTS[name]
    assert report.summary.problems == 0
    assert {layer.layer for pair in only(report).pairs for layer in pair.layers} == {
        layer.name for layer in report.artifacts[0].layers
    }
    assert [" ".join(pair.layers[number].verdict for pair in only(report).pairs) for number in range(2)] == [
        COURSES[name]
    ] * 2
    assert only(report).artifacts == tuple(artifact.path for artifact in report.artifacts)
    assert [(pair.before, pair.after) for pair in only(report).pairs] == list(
        zip(only(report).artifacts, only(report).artifacts[1:], strict=False)
    )
    errors = any(f.severity is bnlint.Severity.ERROR for f in report.findings)
    assert exit_code(report, failures(report, HISTORY)) == (FAILED if errors else OK)


@pytest.mark.parametrize("run", RUNS)
def test_of_a_run_each_is_judged_as_alone_but_for_the_rules_that_compare(run: str) -> None:
    report = check_paths([fixture(run)], HISTORY)
    newest = report.artifacts[-1]
    for artifact in report.artifacts:
        prefix = os.path.join(fixture(run), artifact.name or "")
        alone = check_paths([prefix]).artifacts[0]
        assert artifact.findings == tuple(f for f in alone.findings if f.rule != "BN105" or artifact is newest)
        assert {s.rule for s in alone.skipped} - {s.rule for s in artifact.skipped} == {"BN501", "BN502", "BN503"}


STALLED = fixture("tf1.15/run_stalled")
STEPS = [f"{STALLED}/model.ckpt-{step}" for step in (20, 40, 60, 80)]


def test_the_newest_alone_is_not_compared() -> None:
    report = check_paths([STALLED])
    assert names(report) == ["model.ckpt-80"]
    assert report.runs == ()


def test_all_are_checked_and_not_compared() -> None:
    report = check_paths([STALLED], Settings(all=True))
    assert len(report.artifacts) == 4
    assert report.runs == ()
    assert all("BN501" in {s.rule for s in artifact.skipped} for artifact in report.artifacts)


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("how", [Settings(history=True), Settings(all=True)])
def test_only_the_newest_is_told_that_it_is(how: Settings, jobs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    report = check_paths([STALLED], Settings(all=how.all, history=how.history, jobs=jobs))
    reasons = [
        [s.reason for s in artifact.skipped if s.rule == "BN105" and "newest" in s.reason]
        for artifact in report.artifacts
    ]
    assert [bool(each) for each in reasons] == [True, True, True, False]
    assert report == check_paths([STALLED], how)


@pytest.mark.parametrize(
    "words",
    [STEPS[1:3], STEPS[2:0:-1], [f"{STALLED}/model.ckpt-[46]0"], [f"{STEPS[1]}.index", f"{STEPS[2]}.index"]],
    ids=["prefixes", "backwards", "a glob", "files"],
)
def test_several_that_were_named_are_compared(words: list[str]) -> None:
    report = check_paths(words)
    assert verdict(only(report)) == "BN501 warning 2"
    assert [os.path.basename(path)[:13] for path in only(report).artifacts] == ["model.ckpt-40", "model.ckpt-60"]
    assert only(report).notes == ()
    assert inspect_paths(words).runs == ()


def test_paths_of_one_checkpoint_are_one() -> None:
    report = check_paths([STEPS[3], f"{STEPS[3]}.index", f"{STEPS[3]}.meta", STALLED])
    assert names(report) == ["model.ckpt-80"]
    assert report.runs == ()


def test_two_runs_that_were_named_are_not_compared_with_one_another() -> None:
    report = check_paths([STEPS[0], fixture("tf1.15/run_healthy/model.ckpt-40")])
    assert report.runs == ()


def test_a_lone_checkpoint_has_no_history() -> None:
    report = check_paths([fixture("tf1.15/layers_wired")], HISTORY)
    assert report.runs == ()
    assert "BN501" in {s.rule for s in report.artifacts[0].skipped}


def test_an_inventory_has_pairs_and_no_findings() -> None:
    report = inspect_paths([STALLED], HISTORY)
    assert len(only(report).pairs) == 3
    assert (only(report).findings, only(report).skipped) == ((), ())
    assert [pair.layers for pair in only(report).pairs] == [
        pair.layers for pair in only(check_paths([STALLED], HISTORY)).pairs
    ]


@pytest.mark.parametrize("jobs", [2, 3])
def test_any_number_of_processes_says_the_same(jobs: int) -> None:
    paths = [STALLED, fixture("tf1.15/run_reset"), fixture("tf2.21/run_epochs_drifting")]
    alone = check_paths(paths, HISTORY)
    assert len(alone.runs) == 3
    assert check_paths(paths, Settings(history=True, jobs=jobs)) == alone


def test_runs_in_subdirectories_keep_apart(tmp_path: Path) -> None:
    shutil.copytree(STALLED, tmp_path / "a")
    shutil.copytree(fixture("tf1.15/run_healthy"), tmp_path / "b")
    report = check_paths([str(tmp_path)], HISTORY)
    assert [(run.name.removeprefix(f"{tmp_path}/"), verdict(run)) for run in report.runs] == [
        ("a/model.ckpt", "BN301 warning 2, BN501 warning 2"),
        ("b/model.ckpt", ""),
    ]


def test_a_run_whose_directories_say_the_step(tmp_path: Path) -> None:
    for step in (20, 40, 60):
        (tmp_path / f"step_{step}").mkdir()
        for file in Path(STALLED).glob(f"model.ckpt-{step}.*"):
            shutil.copy(file, tmp_path / f"step_{step}" / file.name.replace(f"-{step}", ""))
    report = check_paths([str(tmp_path)], HISTORY)
    assert names(report) == ["model.ckpt"] * 3
    assert verdict(only(report)) == "BN501 warning 2"
    assert only(report).name == f"{tmp_path}/step/model.ckpt"
    evidence = only(report).findings[0].evidence
    assert evidence["between"] == f"{tmp_path}/step_40/model.ckpt and {tmp_path}/step_60/model.ckpt"
    assert check_paths([str(tmp_path)]).runs == ()
    named = check_paths([str(tmp_path / f"step_{step}") for step in (40, 60)])
    assert verdict(only(named)) == "BN501 warning 2"


def test_one_that_cannot_be_read_is_left_out_with_a_note(tmp_path: Path) -> None:
    shutil.copytree(STALLED, tmp_path / "run")
    (tmp_path / "run/model.ckpt-60.index").write_bytes(b"nothing")
    report = check_paths([str(tmp_path / "run")], HISTORY)
    assert exit_code(report, failures(report, HISTORY)) == UNREADABLE
    assert [os.path.basename(path) for path in only(report).artifacts] == [
        "model.ckpt-20",
        "model.ckpt-40",
        "model.ckpt-80",
    ]
    (note,) = only(report).notes
    assert note.startswith("left out: model.ckpt-60: ")
    assert verdict(only(report)) == "BN301 warning 2, BN501 warning 2"


def test_one_without_values_is_left_out_with_a_note(tmp_path: Path) -> None:
    shutil.copytree(STALLED, tmp_path / "run")
    for file in (tmp_path / "run").glob("model.ckpt-80.data*"):
        file.unlink()
    report = check_paths([str(tmp_path / "run")], HISTORY)
    assert len(only(report).artifacts) == 3
    assert "left out: model.ckpt-80: none of its layers' values could be read" in only(report).notes


def test_where_fewer_than_two_are_left_the_rules_are_skipped(tmp_path: Path) -> None:
    shutil.copytree(STALLED, tmp_path / "run")
    for file in (tmp_path / "run").glob("model.ckpt-[468]0.data*"):
        file.unlink()
    run = only(check_paths([str(tmp_path / "run")], HISTORY))
    assert (run.findings, run.pairs, len(run.artifacts)) == ((), (), 1)
    assert {(s.rule, s.reason) for s in run.skipped} == {
        (rule, "fewer than two checkpoints of the run could be compared") for rule in ("BN501", "BN502", "BN503")
    }
    for file in (tmp_path / "run").glob("model.ckpt-20.data*"):
        file.unlink()
    run = only(check_paths([str(tmp_path / "run")], HISTORY))
    assert (run.artifacts, len(run.skipped)) == ((), 3)


def test_a_run_without_batch_norm(tmp_path: Path) -> None:
    for step in (40, 50):
        for file in Path(fixture("tf1.15/no_batch_norm")).glob("model.ckpt-40.*"):
            shutil.copy(file, tmp_path / file.name.replace("-40", f"-{step}"))
    report = check_paths([str(tmp_path)], HISTORY)
    assert exit_code(report, failures(report, HISTORY)) == OK
    assert only(report).notes == ("left out: model.ckpt-40, model.ckpt-50: it has no batch-norm layers",)


def test_a_remote_run() -> None:
    fsspec = pytest.importorskip("fsspec")
    store = fsspec.filesystem("memory")
    for file in Path(STALLED).iterdir():
        store.pipe(f"/history/{file.name}", file.read_bytes())
    report = check_paths(["memory://history"], HISTORY)
    assert verdict(only(report)) == "BN301 warning 2, BN501 warning 2"
    assert verdict(only(diff_paths("memory://history/model.ckpt-40", STEPS[2]))) == "BN501 warning 2"


def test_rules_are_selected_as_ever() -> None:
    report = check_paths([STALLED], Settings(history=True, select=("BN502",)))
    assert (only(report).findings, report.rules) == ((), ("BN502",))
    ignored = only(check_paths([STALLED], Settings(history=True, ignore=("BN501",))))
    assert verdict(ignored) == "BN301 warning 2"


@pytest.mark.usefixtures("tf")
def test_a_run_proves_the_training_that_the_newest_checkpoint_does_not_show(tmp_path: Path) -> None:
    """A gamma drawn at random and nothing else beside the statistics: alone it may be one that was never trained."""
    import numpy as np
    import tensorflow.compat.v1 as tf

    for step in (1, 2):
        with tf.Graph().as_default(), tf.Session() as session:
            values = {"gamma": np.full(3, 0.9 + step / 100), "moving_mean": np.zeros(3), "moving_variance": np.ones(3)}
            variables = [tf.Variable(value.astype(np.float32), name=f"bn/{name}") for name, value in values.items()]
            session.run(tf.global_variables_initializer())
            tf.train.Saver(variables).save(session, str(tmp_path / "m.ckpt"), global_step=step, write_meta_graph=False)
    report = check_paths([str(tmp_path)], HISTORY)
    assert {f.severity.label for f in report.artifacts[1].findings} == {"warning"}
    (finding,) = only(report).findings
    assert (finding.rule, finding.severity.label, finding.layer) == ("BN101", "error", "bn")
    assert finding.evidence["trained"] == "it moved between m.ckpt-1 and m.ckpt-2"
    assert exit_code(report, failures(report, HISTORY)) == FAILED


def member(name: str, position: int | None, step: int | None) -> Member:
    place = None if position is None else (-1, position)
    return Member(0, name, name, place, None if step is None else bnlint.Step(step, "clock"))


@pytest.mark.parametrize(
    ("members", "order", "note"),
    [
        ([("a", 1, 10), ("b", 2, 20)], "ab", ""),
        ([("b", 2, 20), ("a", 1, 10)], "ab", ""),
        ([("b", None, 20), ("a", None, 10)], "ab", ""),
        ([("b", 2, None), ("a", 1, None)], "ab", ""),
        ([("b", 2, 20), ("a", 1, None)], "ab", ""),
        ([("b", None, 20), ("a", None, None)], "ba", "nothing says in what order"),
        ([("b", None, None), ("a", 1, 10)], "ba", "nothing says in what order"),
        ([("a", 1, 40), ("b", 2, 20)], "ab", "put in the order of their names: the step runs backwards from a to b"),
        ([("b", 1, 20), ("a", 1, 10)], "ab", ""),
        ([("a", 1, 20), ("b", 2, 20)], "ab", ""),
        ([], "", ""),
    ],
)
def test_the_order_of_a_run(members: Sequence[tuple[str, int | None, int | None]], order: str, note: str) -> None:
    found = ordered([member(*one) for one in members])
    assert "".join(one.name for one in found.members) == order
    assert len(found.notes) == bool(note)
    assert note in "".join(found.notes)


# Two artifacts


def changes(report: Report) -> dict[str, LayerChange]:
    (pair,) = only(report).pairs
    return {change.layer: change for change in pair.layers}


def test_diff_holds_both_inventories_and_what_moved() -> None:
    report = diff_paths(STEPS[1], STEPS[3])
    assert names(report) == ["model.ckpt-40", "model.ckpt-80"]
    assert [artifact.findings for artifact in report.artifacts] == [(), ()]
    assert verdict(only(report)) == "BN301 warning 2, BN501 warning 2"
    assert only(report).name == "model.ckpt-40 and model.ckpt-80"
    assert {name: change.verdict for name, change in changes(report).items()} == {
        "conv/bn": "stalled",
        "dense/bn": "stalled",
    }
    assert set(changes(report)["conv/bn"].shifts) == {"gamma", "beta", "moving_mean", "moving_variance", "weights"}
    assert exit_code(report, failures(report, Settings())) == OK


def test_diff_of_a_directory_takes_the_newest() -> None:
    assert names(diff_paths(STEPS[1], STALLED)) == ["model.ckpt-40", "model.ckpt-80"]


def test_diff_keeps_the_order_and_says_where_steps_run_backwards() -> None:
    report = diff_paths(STEPS[3], STEPS[0])
    assert [os.path.basename(path) for path in only(report).artifacts] == ["model.ckpt-80", "model.ckpt-20"]
    assert only(report).notes == ("compared in the order given: the step runs backwards",)
    assert only(diff_paths(STEPS[0], STEPS[3])).notes == ()


def test_diff_names_what_is_frozen_and_why_as_nobody_else_does() -> None:
    forgotten = fixture("tf2.21/object_manager_forgotten")
    assert verdict(only(check_paths([forgotten], HISTORY))) == ""
    report = diff_paths(f"{forgotten}/ckpt-32", f"{forgotten}/ckpt-48")
    assert verdict(only(report)) == "BN101 error 2"
    assert exit_code(report, failures(report, Settings())) == FAILED
    assert only(diff_paths(f"{forgotten}/ckpt-32", f"{forgotten}/ckpt-48", Settings(ignore=("BN101",)))).findings == ()


def test_diff_of_one_artifact_with_itself() -> None:
    report = diff_paths(STEPS[0], STEPS[0])
    assert verdict(only(report)) == "BN501 info 1"
    assert {change.verdict for change in changes(report).values()} == {"same"}
    assert len(set(only(report).name.split(" and "))) == 1


def test_diff_of_two_formats_of_one_model() -> None:
    objects, archive = fixture("tf2.15-eager/object_healthy"), fixture("tf2.15-eager/archive_healthy")
    report = diff_paths(objects, archive)
    (pair,) = only(report).pairs
    assert (pair.only_before, pair.only_after) == ((), ())
    assert {change.verdict for change in pair.layers} == {"same"}


def test_diff_of_two_models() -> None:
    (pair,) = only(diff_paths(STEPS[0], fixture("tf2.15-eager/object_healthy"))).pairs
    assert pair.layers == ()
    assert pair.only_before == ("conv/bn", "dense/bn")
    assert pair.only_after == ("batch_normalization", "batch_normalization_1")


@pytest.mark.parametrize(
    ("other", "code", "message"),
    [
        ("/no/such/path", UNREADABLE, "does not exist"),
        (fixture("scripts"), NO_CHECKPOINT, ""),
        (fixture("scripts/kit.py"), UNREADABLE, ""),
        (fixture("tf1.4"), UNREADABLE, "and one is compared with one: "),
    ],
    ids=["nothing", "no checkpoint", "something else", "several"],
)
def test_diff_with_what_is_no_artifact(other: str, code: int, message: str) -> None:
    for words in ((STEPS[0], other), (other, STEPS[0])):
        report = diff_paths(*words)
        assert report.runs == ()
        assert exit_code(report, failures(report, Settings())) == code
        assert message in "".join(p.message for artifact in report.artifacts for p in artifact.problems)


def test_diff_is_public() -> None:
    report = bnlint.diff(Path(STEPS[1]), STEPS[3], bnlint.Settings(select=("BN501",)))
    assert report == diff_paths(STEPS[1], STEPS[3], Settings(select=("BN501",)))
    assert report.rules == ("BN501",)
    with pytest.raises(ValueError, match="there is no rule 'BN99'"):
        bnlint.diff(STEPS[1], STEPS[3], bnlint.Settings(select=("BN99",)))


def test_a_fault_in_a_comparison_takes_no_report_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object) -> RunReport:
        raise RuntimeError("two")

    monkeypatch.setattr("bnlint.checking.report_run", broken)
    report = check_paths([STALLED], Settings(history=True))
    assert [artifact.name for artifact in report.artifacts[:-1]] == [f"model.ckpt-{step}" for step in (20, 40, 60, 80)]
    (problem,) = report.artifacts[-1].problems
    assert (problem.message, problem.kind) == ("internal error: RuntimeError: two", ProblemKind.INTERNAL)
    assert report.runs == ()
    assert exit_code(report, failures(report, Settings())) == UNREADABLE
