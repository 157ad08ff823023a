"""``--quiet``: a line for each thing that is wrong."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bnlint.findings import Severity
from bnlint.report.about import About
from bnlint.report.quiet import quiet_lines
from bnlint.report.text import render
from tests.report.hostile import hostile
from tests.report.reports import finding
from tests.report.reports import report as report_of
from tests.report.six import six
from tests.running import NO_BATCH_NORM, RAN_SEPARATELY, TF1, UNWIRED, WIRED, invoke, process

STALLED = str(TF1 / "run_stalled")
BN301 = (
    "no training step updates its moving statistics: the update ops stand in the collection update_ops, "
    "and the train op does not depend on them"
)


def test_one_report_of_everything() -> None:
    report, about = six()
    text = render(quiet_lines(report, about), width=80, color=False)
    *lines, last = text.splitlines()
    assert lines == [
        f"broken: error BN301 unwired-updates with BN101, 2 layers: {BN301}",
        f"damaged: warning BN301 unwired-updates, 2 layers: {BN301}",
        f"run run/model.ckpt: warning BN301 unwired-updates with BN501, 2 layers: {BN301}",
    ]
    total = report.summary
    assert last.startswith(f"{total.artifacts} checkpoints, {total.layers} layers: 4 errors, 6 warnings, ")
    assert last.endswith(", 1 problem")


def test_a_symptom_that_is_worse_than_its_cause_says_how_bad_it_is() -> None:
    cause = finding("BN301", severity=Severity.WARNING)
    worse = finding("BN501", causes=(cause.fingerprint,))
    alike = finding("BN101", severity=Severity.WARNING, causes=(cause.fingerprint,))
    text = render(quiet_lines(report_of(cause, worse, alike), About(directory="/")), width=80, color=False)
    said = "model.ckpt: warning BN301 unwired-updates with error BN501, BN101, 1 layer: what BN301 says\n"
    assert text.startswith(said)


@pytest.mark.parametrize(
    ("words", "code", "out", "err"),
    [
        (("check", WIRED), 0, [], []),
        (("check", WIRED, NO_BATCH_NORM), 0, [], []),
        (("check", RAN_SEPARATELY), 0, [], []),
        (("check", RAN_SEPARATELY, "--fail-on", "info"), 1, [f"{RAN_SEPARATELY}: info BN302", "1 checkpoint, "], []),
        (("check", WIRED, UNWIRED), 1, [f"{UNWIRED}: error BN301 unwired-updates with BN101, 2 layers: ", "2 che"], []),
        (("check", UNWIRED, "--fail-on", "never"), 0, [f"{UNWIRED}: error BN301", "1 checkpoint, "], []),
        (("check", STALLED, "--history"), 0, [f"run {STALLED}/model.ckpt: warning BN301 ", "4 checkpoints"], []),
        (("check", "/no/such/path"), 2, [], ["bnlint: error: /no/such/path: does not exist"]),
        (("check", WIRED, str(TF1.parent / "scripts")), 3, [], ["bnlint: error: "]),
        (("check", NO_BATCH_NORM, "--require-layers"), 1, [], ["bnlint: failed by --require-layers: no batch-norm"]),
        (("inspect", UNWIRED), 0, [], []),
        (("inspect", "/no/such/path"), 2, [], ["bnlint: error: /no/such/path: does not exist"]),
        (("diff", f"{STALLED}/model.ckpt-40", f"{STALLED}/model.ckpt-80"), 0, ["run ", "2 checkpoints"], []),
        (("diff", f"{TF1}/several_steps/model.ckpt-24", f"{TF1}/several_steps/model.ckpt-36"), 0, [], []),
    ],
)
def test_what_is_said(words: tuple[str, ...], code: int, out: list[str], err: list[str]) -> None:
    result = invoke(*words, "--quiet")
    assert result.exit_code == code
    for lines, beginnings in ((result.stdout.splitlines(), out), (result.stderr.splitlines(), err)):
        assert [line[: len(start)] for line, start in zip(lines, beginnings, strict=True)] == beginnings


def test_what_fails_by_strict_is_said(tmp_path: Path) -> None:
    target = tmp_path / "without_meta"
    shutil.copytree(WIRED, target)
    (target / "model.ckpt-40.meta").unlink()
    assert invoke("check", str(target), "-q").stdout == ""
    strict = invoke("check", str(target), "-q", "--strict")
    first, *_ = strict.stdout.splitlines()
    assert first.startswith(f"{target}: skipped BN201, ")
    assert first.endswith(f": there is no {target}/model.ckpt-40.meta")
    assert "failed by --strict" in strict.stderr


def test_quiet_and_verbose_contradict_each_other() -> None:
    for command in ("check", "inspect"):
        result = invoke(command, WIRED, "-q", "-v")
        assert result.exit_code == 2
        assert "--quiet and --verbose contradict each other" in result.stderr


@pytest.mark.parametrize("words", [("-q",), ("-v",)])
def test_machines_are_told_the_same(words: tuple[str, ...], tmp_path: Path) -> None:
    plain = invoke("check", WIRED, UNWIRED, "--format", "json")
    assert invoke("check", WIRED, UNWIRED, "--format", "json", *words).stdout == plain.stdout
    target = tmp_path / "report.json"
    invoke("check", WIRED, UNWIRED, "--report", f"json={target}", *words)
    assert target.read_text() == plain.stdout


def test_a_text_in_a_file_is_never_shortened(tmp_path: Path) -> None:
    target, other = tmp_path / "report", tmp_path / "other"
    result = invoke("check", UNWIRED, WIRED, "-q", "--report", f"text={target}")
    assert result.stdout.count("\n") == 2
    assert target.read_text() == invoke("check", UNWIRED, WIRED).stdout
    assert invoke("check", UNWIRED, WIRED, "-q", "-o", str(other)).stdout == ""
    assert other.read_text() == target.read_text()


def test_the_text_beside_another_report_is_as_quiet() -> None:
    result = process("check", WIRED, "-q", "--report", "json=-")
    assert result.stderr == ""
    assert json.loads(result.stdout)["summary"]["artifacts"] == 1


def test_every_name_is_on_one_line_of_its_own() -> None:
    report, about = hostile()
    strict = replace(about, fail_on=Severity.INFO, failures=frozenset({"strict"}))
    text = render(quiet_lines(report, strict), width=80, color=False)
    assert "\x1b" not in text
    counted = [f for f in report.findings if f.suppressed is None]
    lines = text.splitlines()
    told = [line for line in lines if " BN101 frozen-statistics" in line]
    assert len(told) == sum(f.rule == "BN101" for f in counted)
    assert all(line.isprintable() for line in lines)
