"""A baseline from end to end: what is not counted, what is new, what is gone, and what a new file keeps."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import bnlint
from bnlint.baseline.file import Baseline
from bnlint.baseline.matching import Matching, Whereabouts
from bnlint.baseline.record import Recording, Tally
from bnlint.findings import SuppressionKind
from bnlint.fingerprints import fingerprint_of
from bnlint.settings import Suppress
from tests.running import TF1, invoke, process

UNWIRED, WIRED, STALLED, STEPS = (
    TF1 / name for name in ("layers_unwired", "layers_wired", "run_stalled", "several_steps")
)


def lay_out(directory: Path, **fixtures: Path) -> None:
    """Put fixtures into ``directory``, anew where there was another one."""
    for name, fixture in fixtures.items():
        shutil.rmtree(directory / name, ignore_errors=True)
        shutil.copytree(fixture, directory / name)


def write(file: Path, *words: object) -> str:
    """Write a baseline of what is found; return what is said of it."""
    done = invoke("check", *map(str, words), "--write-baseline", str(file), "--isolated")
    assert done.exit_code == 0, done.output
    return done.stderr


def listed(file: Path) -> list[tuple[str, str, str | None]]:
    return [(one["path"], one["rule"], one["layer"]) for one in json.loads(file.read_text())["entries"]]


def check(file: Path, *paths: Path, **settings: Any) -> bnlint.Report:
    return bnlint.check(paths, bnlint.Settings(baseline=str(file), **settings))


def new(report: bnlint.Report) -> list[tuple[str, str | None]]:
    return sorted((f.rule, f.layer) for f in report.findings if f.suppressed is None)


def gone(report: bnlint.Report) -> list[tuple[str, str, str | None, int]]:
    return [(one.run, one.rule, one.layer, one.times) for one in report.resolved]


LAYERS = ("conv/bn", "dense/bn")
BROKEN = [(rule, layer) for rule in ("BN101", "BN301") for layer in LAYERS]
"""What is found in `UNWIRED`."""


def test_what_was_there_before_is_not_counted(tmp_path: Path) -> None:
    lay_out(tmp_path, a=UNWIRED)
    file = tmp_path / "b.json"
    assert write(file, tmp_path / "a") == f"bnlint: wrote {file}: 4 findings\n"
    report = check(file, tmp_path / "a")
    assert [(f.rule, f.layer) for f in report.findings] == BROKEN
    assert {f.suppressed for f in report.findings} == {(f"in the baseline {file}", SuppressionKind.BASELINE)}
    assert (report.baseline, report.resolved) == (str(file), ())
    assert report.summary.errors == report.summary.warnings == report.summary.infos == 0
    assert invoke("check", str(tmp_path / "a"), "--isolated").exit_code == 1
    assert invoke("check", str(tmp_path / "a"), "--baseline", str(file), "--isolated").exit_code == 0


def test_a_baseline_is_the_same_bytes_for_the_same_models(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        lay_out(tmp_path / name, a=UNWIRED, b=STALLED)
    write(tmp_path / "one" / "b.json", tmp_path / "one", "--history", "--jobs", "2")
    write(tmp_path / "other" / "b.json", tmp_path / "other" / "b", tmp_path / "other" / "a", "--history")
    assert (tmp_path / "one" / "b.json").read_bytes() == (tmp_path / "other" / "b.json").read_bytes()


def copy_step(fixture: Path, step: int, directory: Path) -> None:
    """Add the files of one step to a run, as the next save does."""
    directory.mkdir(exist_ok=True)
    for file in fixture.glob(f"*-{step}.*"):
        shutil.copy(file, directory)


@pytest.mark.parametrize("words", [(), ("--all",), ("--history",)])
def test_the_next_save_changes_nothing(tmp_path: Path, words: tuple[str, ...]) -> None:
    run, file = tmp_path / "run", tmp_path / "b.json"
    copy_step(UNWIRED, 40, run)
    write(file, run, *words)
    for number in (50, 60):
        for part in UNWIRED.glob("model.ckpt-40.*"):
            shutil.copy(part, run / part.name.replace("-40.", f"-{number}."))
        report = check(file, run, **{word.removeprefix("--"): True for word in words})
        assert [pair for pair in new(report) if pair[0] in ("BN101", "BN301")] == []
        assert report.resolved == ()
    assert len(report.findings) >= len(BROKEN) * (len(report.artifacts) if words else 1)


def test_what_became_worse_stays_in_the_baseline(tmp_path: Path) -> None:
    run, file = tmp_path / "run", tmp_path / "b.json"
    copy_step(TF1 / "layers_unwired_step_0", 0, run)
    before = bnlint.check(run)
    assert {f.severity for f in before.findings if f.rule == "BN101"} == {bnlint.Severity.INFO}
    write(file, run)
    copy_step(UNWIRED, 40, run)
    report = check(file, run)
    worse = [f for f in report.findings if f.rule == "BN101"]
    assert {f.severity for f in worse} == {bnlint.Severity.ERROR}
    assert all(f.suppressed for f in worse)


def test_statistics_that_go_on_moving_keep_their_entries(tmp_path: Path) -> None:
    run, file = tmp_path / "run", tmp_path / "b.json"
    for step in (20, 40, 60):
        copy_step(STALLED, step, run)
    write(file, run, "--history")
    before = bnlint.check(run, bnlint.Settings(history=True)).runs[0].findings
    copy_step(STALLED, 80, run)
    (after,) = check(file, run, history=True).runs
    assert {f.rule for f in before} == {"BN501"}
    assert {f.evidence["between"] for f in after.findings if f.rule == "BN501"} != {
        f.evidence["between"] for f in before
    }
    assert all(f.suppressed for f in after.findings if f.rule == "BN501")


def test_each_run_has_its_own_entries(tmp_path: Path) -> None:
    lay_out(tmp_path, a=UNWIRED, b=WIRED)
    file = tmp_path / "b.json"
    write(file, tmp_path / "a", tmp_path / "b")
    lay_out(tmp_path, b=UNWIRED)
    report = check(file, tmp_path / "a", tmp_path / "b")
    assert [bool(a.findings[0].suppressed) for a in report.artifacts] == [True, False]
    assert new(report) == BROKEN
    alone = check(file, tmp_path / "b")
    assert new(alone) == BROKEN, "a is still where it was"


def test_fixed_in_one_and_broken_in_another_is_both_told(tmp_path: Path) -> None:
    lay_out(tmp_path, a=UNWIRED, b=WIRED)
    file = tmp_path / "b.json"
    write(file, tmp_path)
    lay_out(tmp_path, a=WIRED, b=UNWIRED)
    report = check(file, tmp_path / "a", tmp_path / "b")
    assert new(report) == BROKEN
    assert gone(report) == [(f"{tmp_path}/a/model.ckpt", rule, layer, 1) for rule, layer in BROKEN]


def test_a_run_that_was_moved_keeps_its_entries(tmp_path: Path) -> None:
    lay_out(tmp_path, a=UNWIRED, b=WIRED)
    file = tmp_path / "b.json"
    write(file, tmp_path)
    (tmp_path / "a").rename(tmp_path / "renamed")
    report = check(file, tmp_path)
    assert (new(report), report.resolved) == ([], ())
    said = write(file, tmp_path, "--baseline", file)
    assert said == f"bnlint: wrote {file}: 4 findings, 0 of them new; 0 no longer found\n"
    assert {path for path, _, _ in listed(file)} == {"renamed/model.ckpt"}
    lay_out(tmp_path, a=UNWIRED)
    assert new(check(file, tmp_path)) == BROKEN


def test_a_baseline_beside_the_runs_holds_in_every_clone(tmp_path: Path) -> None:
    for clone in ("one", "other"):
        lay_out(tmp_path / clone / "runs", a=UNWIRED)
    (tmp_path / "one" / "ci").mkdir()
    file = tmp_path / "one" / "ci" / "baseline.json"
    write(file, tmp_path / "one" / "runs")
    assert {path for path, *_ in listed(file)} == {"../runs/a/model.ckpt"}
    shutil.copytree(tmp_path / "one" / "ci", tmp_path / "other" / "ci")
    assert not new(check(tmp_path / "other" / "ci" / "baseline.json", tmp_path / "other" / "runs"))


def test_a_layer_that_was_renamed_is_new_and_gone(tmp_path: Path) -> None:
    lay_out(tmp_path, a=UNWIRED)
    file = tmp_path / "b.json"
    write(file, tmp_path / "a")
    text = file.read_text()
    for code, old in (("BN101", "eab170b585b17da2"), ("BN301", "c50d41757e3cbd91")):
        text = text.replace(old, fingerprint_of(code, "stem/bn", "model.ckpt"))
    file.write_text(text.replace('"conv/bn"', '"stem/bn"'))
    report = check(file, tmp_path / "a")
    assert new(report) == [("BN101", "conv/bn"), ("BN301", "conv/bn")]
    assert [(rule, layer) for _, rule, layer, _ in gone(report)] == [("BN101", "stem/bn"), ("BN301", "stem/bn")]


def test_findings_of_a_run_are_in_it_as_well(tmp_path: Path) -> None:
    lay_out(tmp_path, run=STALLED)
    file = tmp_path / "b.json"
    write(file, tmp_path, "--history")
    report = check(file, tmp_path, history=True)
    assert {f.rule for f in report.runs[0].findings} >= {"BN501"}
    assert (new(report), report.resolved) == ([], ())
    alone = check(file, tmp_path)
    assert (new(alone), alone.resolved) == ([], ()), "nothing was compared, so nobody knows of BN501"
    lay_out(tmp_path, run=TF1 / "run_healthy")
    healthy = check(file, tmp_path, history=True)
    assert Counter(rule for _, rule, _, _ in gone(healthy))["BN501"] == 2


@pytest.mark.parametrize("jobs", [1, 2])
def test_of_many_artifacts_none_is_kept_to_compare_them(tmp_path: Path, jobs: int) -> None:
    lay_out(tmp_path, **{f"m{number:02}": UNWIRED for number in range(20)})
    file = tmp_path / "b.json"
    write(file, tmp_path)
    lay_out(tmp_path, m03=WIRED, m20=UNWIRED)
    report = check(file, tmp_path, jobs=jobs)
    assert [a.path.split("/")[-2] for a in report.artifacts if any(f.suppressed is None for f in a.findings)] == ["m20"]
    assert {run.split("/")[-2] for run, _, _, _ in gone(report)} == {"m03"}


UNSETTLED: dict[str, tuple[tuple[str, ...], dict[str, Any], list[str]]] = {
    "all was looked at": (("a",), {}, ["BN101", "BN301"]),
    "another run was checked": (("b",), {}, []),
    "a rule was not asked": (("a",), {"select": ("BN1",)}, ["BN101"]),
    "a rule was ignored": (("a",), {"ignore": ("BN301",)}, ["BN101"]),
}


@pytest.mark.parametrize(("paths", "settings", "rules"), UNSETTLED.values(), ids=UNSETTLED)
def test_gone_is_what_was_looked_for(
    tmp_path: Path, paths: tuple[str, ...], settings: dict[str, Any], rules: list[str]
) -> None:
    lay_out(tmp_path, a=UNWIRED, b=WIRED)
    file = tmp_path / "b.json"
    write(file, tmp_path)
    lay_out(tmp_path, a=WIRED)
    report = check(file, *(tmp_path / path for path in paths), **settings)
    assert sorted({rule for _, rule, _, _ in gone(report)}) == rules


def test_what_could_not_be_looked_at_is_not_gone(tmp_path: Path) -> None:
    lay_out(tmp_path, a=UNWIRED)
    file = tmp_path / "b.json"
    write(file, tmp_path)
    lay_out(tmp_path, a=WIRED)
    (tmp_path / "a" / "model.ckpt-40.meta").unlink()
    assert {rule for _, rule, _, _ in gone(check(file, tmp_path / "a"))} == {"BN101"}
    index = tmp_path / "a" / "model.ckpt-40.index"
    index.write_bytes(index.read_bytes()[:100])
    assert gone(check(file, tmp_path / "a")) == []
    index.unlink()
    assert gone(check(file, tmp_path)) == []


def test_what_the_configuration_suppresses_takes_nothing_from_the_baseline(tmp_path: Path) -> None:
    lay_out(tmp_path, a=UNWIRED)
    file = tmp_path / "b.json"
    write(file, tmp_path)
    suppress = (Suppress(("BN301",), "known"),)
    report = check(file, tmp_path, suppress=suppress)
    kinds = {f.rule: f.suppressed.kind for f in report.findings if f.suppressed}
    assert kinds == {"BN101": SuppressionKind.BASELINE, "BN301": SuppressionKind.CONFIG}
    assert report.resolved == (), "it is there, and somebody spoke for it"


def test_what_the_configuration_suppresses_is_not_written(tmp_path: Path) -> None:
    lay_out(tmp_path, a=UNWIRED)
    config = tmp_path / "bnlint.toml"
    config.write_text('[[suppress]]\nrule = "BN301"\nreason = "known"\n')
    file = tmp_path / "b.json"
    done = invoke("check", str(tmp_path / "a"), "--write-baseline", str(file), "--config", str(config))
    assert done.exit_code == 0, done.output
    assert {rule for _, rule, _ in listed(file)} == {"BN101"}


def test_updating_takes_out_what_is_gone_and_keeps_what_was_not_looked_at(tmp_path: Path) -> None:
    lay_out(tmp_path, a=UNWIRED, b=UNWIRED, c=UNWIRED)
    file = tmp_path / "b.json"
    write(file, tmp_path)
    lay_out(tmp_path, a=WIRED, c=STALLED)
    said = write(file, tmp_path / "a", tmp_path / "c", "--baseline", file)
    assert said == (
        f"bnlint: wrote {file}: 6 findings, 0 of them new, 4 kept that this check says nothing of; 6 no longer found\n"
    )
    assert listed(file) == [
        *(("b/model.ckpt", rule, layer) for rule, layer in BROKEN),
        *(("c/model.ckpt", "BN301", layer) for layer in LAYERS),
    ]


def test_updating_by_some_rules_keeps_what_others_found(tmp_path: Path) -> None:
    lay_out(tmp_path, a=UNWIRED)
    file = tmp_path / "b.json"
    write(file, tmp_path)
    before = file.read_bytes()
    said = write(file, tmp_path, "--baseline", file, "--select", "BN101")
    assert said.endswith("4 findings, 0 of them new, 2 kept that this check says nothing of; 0 no longer found\n")
    assert file.read_bytes() == before


def test_without_the_old_one_what_is_found_now_is_all(tmp_path: Path) -> None:
    lay_out(tmp_path, a=UNWIRED, b=UNWIRED)
    file = tmp_path / "b.json"
    write(file, tmp_path)
    write(file, tmp_path / "b")
    assert {path for path, _, _ in listed(file)} == {"b/model.ckpt"}


def test_the_file_to_be_written_need_not_exist_to_be_the_old_one(tmp_path: Path) -> None:
    lay_out(tmp_path, a=UNWIRED)
    file = tmp_path / "b.json"
    said = write(file, tmp_path, "--baseline", f"{tmp_path}/./b.json")
    assert said == f"bnlint: wrote {file}: 4 findings, 4 of them new; 0 no longer found\n"
    other = invoke("check", str(tmp_path), "--baseline", f"{tmp_path}/c.json", "--write-baseline", str(file))
    assert "c.json" in str(other.exception)


def damage(directory: Path) -> None:
    index = directory / "model.ckpt-40.index"
    index.write_bytes(index.read_bytes()[:100])


def test_what_cannot_be_read_keeps_its_entries(tmp_path: Path) -> None:
    lay_out(tmp_path, a=UNWIRED, b=UNWIRED)
    file = tmp_path / "b.json"
    write(file, tmp_path)
    before = file.read_bytes()
    damage(tmp_path / "a")
    done = invoke("check", str(tmp_path), "--baseline", str(file), "--write-baseline", str(file), "--isolated")
    assert done.exit_code == 2
    assert "2 kept that this check says nothing of; 0 no longer found" in done.stderr
    assert file.read_bytes() == before


def test_where_nothing_can_be_read_nothing_is_written(tmp_path: Path) -> None:
    lay_out(tmp_path, a=UNWIRED)
    file = tmp_path / "b.json"
    write(file, tmp_path)
    before = file.read_bytes()
    for path, code in (("typo", 2), ("a/model.ckpt-41", 2)):
        done = invoke("check", str(tmp_path / path), "--write-baseline", str(file), "--isolated")
        assert done.exit_code == code
        assert f"bnlint: {file} is not written: nothing could be read\n" in done.stderr
    assert file.read_bytes() == before


@pytest.mark.parametrize(("words", "code"), [((), 0), (("--strict",), 1), (("--fail-on", "info"), 0)])
def test_what_fails_beside_findings_fails_all_the_same(tmp_path: Path, words: tuple[str, ...], code: int) -> None:
    lay_out(tmp_path, a=UNWIRED)
    (tmp_path / "a" / "model.ckpt-40.meta").unlink()
    done = invoke("check", str(tmp_path), "--write-baseline", str(tmp_path / "b.json"), "--isolated", *words)
    assert done.exit_code == code
    assert listed(tmp_path / "b.json")


def test_a_baseline_that_cannot_be_written_is_told_beside_the_report(tmp_path: Path) -> None:
    lay_out(tmp_path, a=UNWIRED)
    file = tmp_path / "none" / "b.json"
    done = process("check", str(tmp_path), "--write-baseline", str(file), "--isolated", "--format", "json")
    assert done.returncode == 2
    assert done.stderr == f"bnlint: error: {file}: cannot be written: No such file or directory\n"
    assert json.loads(done.stdout)["summary"]["artifacts"] == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--write-baseline", "model.ckpt-40.index"), "is a file of a checkpoint"),
        (("--write-baseline", "out", "-o", "./out"), "a report and the baseline cannot both be written to out"),
        (
            ("--write-baseline", "out", "--report", "json=out"),
            "a report and the baseline cannot both be written to out",
        ),
    ],
)
def test_what_is_refused(words: tuple[str, ...], says: str) -> None:
    done = invoke("check", str(UNWIRED), "--isolated", *words)
    assert done.exit_code == 2
    assert says in done.stderr


def test_the_baseline_of_the_configuration_can_be_set_aside(tmp_path: Path) -> None:
    lay_out(tmp_path, a=UNWIRED)
    write(tmp_path / "b.json", tmp_path)
    config = tmp_path / "bnlint.toml"
    config.write_text('baseline = "b.json"\n')
    words = ("check", str(tmp_path), "--config", str(config))
    assert invoke(*words).exit_code == 0
    assert invoke(*words, "--no-baseline").exit_code == 1
    config.write_text('baseline = "none.json"\n')
    assert invoke(*words, "--no-baseline").exit_code == 1
    assert invoke("inspect", str(tmp_path), "--config", str(config)).exit_code == 0
    assert invoke("diff", str(tmp_path), str(tmp_path), "--config", str(config)).exit_code == 0


def test_the_text_says_what_is_known_and_what_is_gone(tmp_path: Path) -> None:
    lay_out(tmp_path, a=UNWIRED, b=UNWIRED)
    file = tmp_path / "b.json"
    write(file, tmp_path)
    lay_out(tmp_path, b=WIRED)
    words = ("check", str(tmp_path), "--baseline", str(file), "--isolated")
    lines = [line.strip() for line in invoke(*words).stdout.splitlines()]
    assert "in the baseline: error BN101 frozen-statistics, 2 layers" in lines
    assert "in the baseline: error BN301 unwired-updates, 2 layers" in lines
    assert "2 layers, 21 of 25 rules: nothing new" in lines
    assert "2 layers, 21 of 25 rules: nothing wrong" in lines
    text = " ".join(lines)
    assert f"resolved BN101 in {tmp_path}/b/model.ckpt: conv/bn, dense/bn resolved BN301 in" in " ".join(text.split())
    assert "4 findings of" in text
    assert f"--write-baseline {file} takes them out" in " ".join(text.split())
    verbose = " ".join(invoke(*words, "--verbose").stdout.split())
    assert "in the baseline: error BN101 frozen-statistics, 2 layers: conv/bn, dense/bn" in verbose
    assert invoke(*words, "--quiet").stdout == ""


def test_a_run_that_is_passed_in_two_spellings_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    copy_step(UNWIRED, 40, tmp_path / "run")
    for part in WIRED.glob("model.ckpt-40.*"):
        shutil.copy(part, tmp_path / "run" / part.name.replace("-40.", "-50."))
    old, fixed = "run/model.ckpt-40", "./run/model.ckpt-50"
    for paths in ((old, fixed), (fixed, old)):
        write(Path("b.json"), *paths, "--ignore", "BN5")
        assert listed(Path("b.json")) == [("run/model.ckpt", rule, layer) for rule, layer in BROKEN]
        report = bnlint.check(paths, bnlint.Settings(baseline="b.json", ignore=("BN5",)))
        assert (new(report), report.resolved) == ([], ())
        said = write(Path("b.json"), *paths, "--baseline", "b.json", "--ignore", "BN5")
        assert said == "bnlint: wrote b.json: 4 findings, 0 of them new; 0 no longer found\n"


def test_from_python_a_baseline_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"none\.json: the baseline cannot be read"):
        check(tmp_path / "none.json", UNWIRED)


def finding(layer: str | None, rule: str = "BN101", run: str = "m") -> bnlint.Finding:
    fingerprint = fingerprint_of(rule, layer, run)
    return bnlint.Finding(
        rule, "some-name", bnlint.Severity.ERROR, bnlint.Confidence.HIGH, layer, "what is wrong", "", fingerprint
    )


def artifact(*findings: bnlint.Finding, step: int = 1) -> bnlint.ArtifactReport:
    return bnlint.ArtifactReport(f"r/m-{step}", "tensor-bundle", "tf1", trained=True, findings=findings)


HERE = {"r/m": Whereabouts("/no/r/m", ("m",))}


def recorded(*units: bnlint.ArtifactReport | bnlint.RunReport) -> Baseline:
    recording = Recording("b.json")
    recording.expect(HERE)
    for unit in units:
        assert all(f.suppressed for f in recording.taken(unit, "r/m").findings)
    recording.finish(None, ["BN101"])
    number = sum(entry.times for entry in recording.baseline.entries)
    assert recording.tally == Tally(number, number, 0, 0)
    return recording.baseline


def counted(baseline: Baseline, *units: bnlint.ArtifactReport) -> tuple[list[int], list[int]]:
    """Return how many findings of each artifact are counted, and how often something is gone."""
    matching = Matching("b.json", baseline)
    matching.expect(HERE)
    left = [sum(f.suppressed is None for f in matching.matched(unit, "r/m").findings) for unit in units]
    return left, [one.times for one in matching.resolved(["BN101"])]


A, B = finding("a"), finding("b")
MULTISET: dict[str, tuple[list[bnlint.ArtifactReport], list[bnlint.ArtifactReport], list[int], list[int]]] = {
    "the same": ([artifact(A)], [artifact(A)], [0], []),
    "twice as often": ([artifact(A)], [artifact(A, A)], [1], []),
    "three times as often": ([artifact(A, A)], [artifact(A, A, A, A)], [2], []),
    "half as often": ([artifact(A, A, A)], [artifact(A)], [0], [2]),
    "another layer": ([artifact(A)], [artifact(A, B)], [1], []),
    "another layer instead": ([artifact(A)], [artifact(B)], [1], [1]),
    "of the artifact itself": ([artifact(finding(None))], [artifact(finding(None))], [0], []),
    "one more checkpoint": ([artifact(A)], [artifact(A), artifact(A, step=2)], [0, 0], []),
    "in one checkpoint of two": ([artifact(A), artifact(step=2)], [artifact(), artifact(A, step=2)], [0, 0], []),
    "of two checkpoints that which has the most": (
        [artifact(A), artifact(A, A, step=2)],
        [artifact(A, A), artifact(A, A, A, step=2)],
        [0, 1],
        [],
    ),
    "in no checkpoint of two": ([artifact(A)], [artifact(), artifact(step=2)], [0, 0], [1]),
    "nothing": ([artifact()], [artifact(A)], [1], []),
}


@pytest.mark.parametrize(("before", "after", "left", "missed"), MULTISET.values(), ids=MULTISET)
def test_an_old_finding_hides_no_new_one(
    before: list[bnlint.ArtifactReport], after: list[bnlint.ArtifactReport], left: list[int], missed: list[int]
) -> None:
    assert counted(recorded(*before), *after) == (left, missed)


def test_what_a_comparison_alone_shows_is_gone_by_a_comparison_alone() -> None:
    run = bnlint.RunReport("r/m", ("r/m-1", "r/m-2"), findings=(A,))
    baseline = recorded(artifact(), run)
    assert [entry.is_compared for entry in baseline.entries] == [True]
    assert counted(baseline, artifact()) == ([0], [])
    matching = Matching("b.json", baseline)
    matching.expect(HERE)
    matching.matched(bnlint.RunReport("r/m", ("r/m-1", "r/m-2")), "r/m")
    assert [one.layer for one in matching.resolved(["BN101"])] == ["a"]
    assert [entry.is_compared for entry in recorded(run, artifact(A)).entries] == [False]
    assert [entry.is_compared for entry in recorded(artifact(A), run).entries] == [False]


SKIPS: dict[str, tuple[tuple[bnlint.Skipped, ...], tuple[str, ...], list[int]]] = {
    "the rule looked": ((), (), [1]),
    "the rule was skipped": ((bnlint.Skipped("BN101", "why"),), (), []),
    "another rule was": ((bnlint.Skipped("BN102", "why"),), (), [1]),
    "for this layer": ((bnlint.Skipped("BN101", "why", ("b", "a")),), (), []),
    "for another layer": ((bnlint.Skipped("BN101", "why", ("b",)),), (), [1]),
    "the rule is not asked here": ((), ("BN101",), []),
}


@pytest.mark.parametrize(("skipped", "ignored", "missed"), SKIPS.values(), ids=SKIPS)
def test_a_rule_that_did_not_look_says_nothing_of_what_is_gone(
    skipped: tuple[bnlint.Skipped, ...], ignored: tuple[str, ...], missed: list[int]
) -> None:
    unseen = replace(artifact(), skipped=skipped, ignored=ignored)
    assert counted(recorded(artifact(A)), unseen)[1] == missed
    assert counted(recorded(artifact(A)), unseen, artifact(step=2))[1] == [1], "one look is enough"


def test_an_export_beside_a_checkpoint_of_the_same_name_has_its_own(tmp_path: Path) -> None:
    shutil.copytree(TF1 / "serving_training_mode", tmp_path / "model" / "1600000000")
    for part in UNWIRED.glob("model.ckpt-40.*"):
        shutil.copy(part, tmp_path / part.name.replace("model.ckpt", "model"))
    file = tmp_path / "b.json"
    write(file, tmp_path)
    entries = json.loads(file.read_text())["entries"]
    assert {(one["path"], one["run"]) for one in entries} == {("model", ""), ("model", "model")}
    report = check(file, tmp_path)
    assert (new(report), report.resolved) == ([], ())


@pytest.mark.parametrize("words", [(), ("--baseline", "old.json")])
def test_the_report_is_judged_by_the_new_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    lay_out(tmp_path, a=UNWIRED)
    write(Path("old.json"), "a")
    done = invoke("check", "a", "--isolated", "--format", "json", "--write-baseline", "new.json", *words)
    report = json.loads(done.stdout)
    assert report["baseline"]["path"] == "new.json"
    assert {f["suppressed"]["reason"] for f in report["artifacts"][0]["findings"]} == {"in the baseline new.json"}
    assert Path("new.json").read_bytes() == Path("old.json").read_bytes()
