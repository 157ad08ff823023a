"""The command line: words in; report, complaints and exit code out."""

from __future__ import annotations

import importlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

import bnlint
from bnlint import cli
from bnlint.rules.registry import RULES
from bnlint.rules.rule import Rule
from tests.running import ENVIRONMENT, NO_BATCH_NORM, RAN_SEPARATELY, TF1, UNWIRED, WIRED, invoke, process

SCRIPTS = TF1.parent / "scripts"
STREET = importlib.import_module("bnlint.checking")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "BNLINT_TRACEBACK"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def without_meta(tmp_path: Path) -> str:
    target = tmp_path / "without_meta"
    shutil.copytree(WIRED, target)
    (target / "model.ckpt-40.meta").unlink()
    return str(target)


@pytest.fixture
def truncated(tmp_path: Path) -> str:
    target = tmp_path / "truncated"
    shutil.copytree(UNWIRED, target)
    index = target / "model.ckpt-40.index"
    index.write_bytes(index.read_bytes()[:100])
    return str(target)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((WIRED,), 0),
        ((UNWIRED,), 1),
        ((UNWIRED, WIRED), 1),
        ((NO_BATCH_NORM,), 0),
        ((NO_BATCH_NORM, "--require-layers"), 1),
        ((WIRED, "--require-layers", "--strict"), 0),
        ((UNWIRED, "--fail-on", "never"), 0),
        ((RAN_SEPARATELY,), 0),
        ((RAN_SEPARATELY, "--fail-on", "warning"), 0),
        ((RAN_SEPARATELY, "--fail-on", "info"), 1),
        ((UNWIRED, "--select", "BN2"), 0),
        ((UNWIRED, "--ignore", "BN1,BN3"), 0),
        ((UNWIRED, "--ignore", "unwired-updates"), 1),
        (("/no/such/path",), 2),
        ((UNWIRED, "/no/such/path"), 2),
        ((WIRED, str(SCRIPTS)), 3),
        ((str(SCRIPTS),), 3),
        ((str(TF1),), 1),
        ((str(TF1 / "layers_w*"),), 0),
        ((str(SCRIPTS / "kit.py"),), 2),
        ((WIRED, UNWIRED, "--jobs", "2"), 1),
        ((WIRED, UNWIRED, "--jobs", "-1"), 2),
        ((), 2),
        ((WIRED, "--no-such-option"), 2),
        ((WIRED, "--format", "yaml"), 2),
    ],
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_exit_codes_of_check(words: tuple[str, ...], code: int, form: str) -> None:
    assert invoke("check", *words, *(() if "--format" in words else ("--format", form))).exit_code == code


def test_a_missing_part_fails_only_the_strict(without_meta: str) -> None:
    assert invoke("check", without_meta).exit_code == 0
    strict = invoke("check", without_meta, "--strict")
    assert strict.exit_code == 1
    assert strict.stderr == "bnlint: failed by --strict: a rule could not look, see what was skipped\n"


def test_what_may_have_lost_its_layers_with_a_part_fails_the_strict(tmp_path: Path) -> None:
    target = tmp_path / "no_batch_norm"
    shutil.copytree(NO_BATCH_NORM, target)
    assert invoke("check", str(target), "--strict").exit_code == 0
    (target / "model.ckpt-40.meta").unlink()
    assert invoke("check", str(target)).exit_code == 0
    strict = invoke("check", str(target), "--strict", "--format", "json")
    assert strict.exit_code == 1
    assert strict.stderr == "bnlint: failed by --strict: a rule could not look, see what was skipped\n"
    (artifact,) = json.loads(strict.stdout)["artifacts"]
    assert {s["rule"] for s in artifact["skipped"]} == {rule.code for rule in RULES}
    assert {s["reason"] for s in artifact["skipped"]} == {f"there is no {target}/model.ckpt-40.meta"}


def test_a_run_that_fails_for_want_of_layers_says_so() -> None:
    assert "--require-layers" in invoke("check", NO_BATCH_NORM, "--require-layers").stderr
    assert "no batch-norm layers found" in invoke("check", NO_BATCH_NORM).stdout


@pytest.mark.parametrize("form", ["text", "json"])
def test_damage_is_one_line_on_stderr_and_the_rest_is_reported(truncated: str, form: str) -> None:
    result = invoke("check", truncated, "--format", form)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"bnlint: error: {truncated}/model.ckpt-40.index: offset")
    assert result.stderr.count("\n") == 1
    assert result.stderr.count(truncated) == 1
    assert "BN301" in result.stdout


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--select", "BN31"), "'--select': there is no rule 'BN31'; did you mean BN301?"),
        (("--select", "BN301", "--select", "BN1,unwired-update"), "'--select': there is no rule 'unwired-update'"),
        (("--ignore", "frozen-statistic"), "'--ignore': there is no rule 'frozen-statistic'; did you mean frozen-stat"),
        (("--select", "BN301,"), "'--select': there is no rule ''"),
        (("--select", "BN301", "--ignore", "BN3"), "--select and --ignore leave no rule to run"),
    ],
)
def test_a_typo_is_a_usage_error(words: tuple[str, ...], complaint: str) -> None:
    result = invoke("check", WIRED, *words)
    assert result.exit_code == 2
    assert complaint in result.stderr
    assert result.stdout == ""


def test_select_runs_the_selected_rules_only() -> None:
    document = json.loads(invoke("check", UNWIRED, "--select", "bn1", "--ignore", "BN103", "--format", "json").stdout)
    assert document["rules"] == [r.code for r in RULES if r.code.startswith("BN1") and r.code != "BN103"]
    assert {f["rule"] for f in document["artifacts"][0]["findings"]} == {"BN101"}


def test_json_on_stdout_is_alone() -> None:
    result = process("check", UNWIRED, "/no/such/path", "--format", "json")
    assert [artifact["path"] for artifact in json.loads(result.stdout)["artifacts"]] == [UNWIRED, "/no/such/path"]
    assert result.stderr == "bnlint: error: /no/such/path: does not exist: there is no directory /no/such\n"


def test_json_is_the_same_every_time() -> None:
    first, second = (process("check", UNWIRED, "--format", "json", PYTHONHASHSEED=seed).stdout for seed in "12")
    assert first == second


def test_inspect() -> None:
    text = invoke("inspect", UNWIRED)
    assert text.exit_code == 0
    assert "  moving_mean            [4]          0          0          0   at init, not wired\n" in text.stdout
    document = json.loads(invoke("inspect", UNWIRED, "--format", "json").stdout)
    assert [layer["name"] for layer in document["artifacts"][0]["layers"]] == ["conv/bn", "dense/bn"]
    assert (document["rules"], document["artifacts"][0]["findings"]) == ([], [])
    assert invoke("inspect", "/no/such/path").exit_code == 2
    assert invoke("inspect", str(SCRIPTS)).exit_code == 3


STEPS = str(TF1 / "several_steps")


@pytest.mark.parametrize("command", ["check", "inspect"])
def test_all(command: str) -> None:
    def names(*words: str) -> list[str]:
        document = json.loads(invoke(command, *words, "--format", "json").stdout)
        return [artifact["name"] for artifact in document["artifacts"]]

    assert names(STEPS) == ["model.ckpt-48"]
    assert names(STEPS, "--all") == ["model.ckpt-24", "model.ckpt-36", "model.ckpt-48"]
    assert names(STEPS, "--all", "--jobs", "2") == names(STEPS, "--all")


STALLED = str(TF1 / "run_stalled")
STEP_40, STEP_80 = (f"{STALLED}/model.ckpt-{step}" for step in (40, 80))
DRIFTING = str(TF1 / "run_drifting")


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("check", STALLED, "--history"), 0),
        (("check", STALLED, "--history", "--fail-on", "warning"), 1),
        (("check", STALLED, "--fail-on", "warning"), 0),
        (("check", STALLED, "--all", "--fail-on", "warning"), 0),
        (("check", STEP_40, STEP_80, "--fail-on", "warning"), 1),
        (("check", DRIFTING), 0),
        (("check", DRIFTING, "--history"), 1),
        (("check", DRIFTING, "--history", "--ignore", "BN502"), 0),
        (("check", str(SCRIPTS), "--history"), 3),
        (("inspect", DRIFTING, "--history"), 0),
        (("inspect", "/no/such/path", "--history"), 2),
        (("diff", STEP_40, STEP_80), 0),
        (("diff", STEP_40, STEP_80, "--fail-on", "warning"), 1),
        (("diff", STEP_40, STEP_80, "--fail-on", "warning", "--ignore", "BN501,BN301"), 0),
        (("diff", f"{DRIFTING}/model.ckpt-40", DRIFTING), 1),
        (("diff", f"{DRIFTING}/model.ckpt-40", DRIFTING, "--fail-on", "never"), 0),
        (("diff", STEP_40, "/no/such/path"), 2),
        (("diff", STEP_40, str(SCRIPTS)), 3),
        (("diff", STEP_40), 2),
        (("diff", STEP_40, STEP_80, STEP_80), 2),
        (("diff", STEP_40, STEP_80, "--select", "BN5", "--ignore", "BN"), 2),
        (("diff", STEP_40, STEP_80, "--select", "BN9"), 2),
    ],
)
def test_exit_codes_of_what_compares(words: tuple[str, ...], code: int, form: str) -> None:
    assert invoke(*words, "--format", form).exit_code == code


def test_history() -> None:
    run = json.loads(invoke("check", STALLED, "--history", "--format", "json").stdout)["runs"][0]
    assert run["name"] == f"{STALLED}/model.ckpt"
    assert [path.rpartition("-")[2] for path in run["artifacts"]] == ["20", "40", "60", "80"]
    assert {finding["rule"] for finding in run["findings"]} == {"BN301", "BN501"}
    text = invoke("check", STALLED, "--history").stdout
    assert "warning BN301 unwired-updates: 2 of 2 layers\n" in text
    assert "symptom     warning BN501 stalled-statistics: " in text
    assert "between: model.ckpt-40 and model.ckpt-80 " in " ".join(text.split())


def test_diff() -> None:
    text = invoke("diff", STEP_40, STEP_80).stdout
    assert "warning BN501 stalled-statistics" in text
    document = json.loads(invoke("diff", STEP_40, STEP_80, "--format", "json").stdout)
    assert [artifact["findings"] for artifact in document["artifacts"]] == [[], []]
    assert document["runs"][0]["artifacts"] == [STEP_40, STEP_80]


def test_a_diff_that_fails_is_one_line_on_stderr() -> None:
    result = invoke("diff", STEP_40, "/no/such/path")
    assert result.stderr == "bnlint: error: /no/such/path: does not exist: there is no directory /no/such\n"
    several = invoke("diff", STEP_40, str(TF1))
    assert several.stderr.count("\n") == 1
    assert "artifacts, and one is compared with one" in several.stderr


def test_a_comparison_is_written_to_a_file(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    result = invoke("diff", STEP_40, STEP_80, "--format", "json", "-o", str(target))
    assert (result.exit_code, result.stdout) == (0, "")
    assert json.loads(target.read_text())["summary"]["warnings"] == 4
    assert invoke("diff", STEP_40, STEP_80, "-o", str(tmp_path / "m.ckpt-1.index")).exit_code == 2


def test_strict_counts_what_a_run_skipped(tmp_path: Path) -> None:
    shutil.copytree(STALLED, tmp_path / "run")
    for file in (tmp_path / "run").glob("model.ckpt-[246]0.*"):
        file.unlink()
    assert invoke("check", str(tmp_path / "run"), "--history", "--strict").exit_code == 0


@pytest.mark.parametrize("jobs", ["0", "2", "3", "50"])
def test_any_number_of_processes_says_the_same(jobs: str, truncated: str) -> None:
    words = ("check", STEPS, UNWIRED, truncated, "/no/such/path", "--all", "--format", "json")
    alone, together = invoke(*words), invoke(*words, "--jobs", jobs)
    assert (together.stdout, together.stderr, together.exit_code) == (alone.stdout, alone.stderr, alone.exit_code)


@pytest.mark.parametrize(
    "name", ["m.index", "m.meta", "checkpoint", "m.data-00000-of-00001", "m.h5", "m.keras", "m.pb", "m.weights.json"]
)
def test_a_report_is_never_written_over_a_checkpoint(tmp_path: Path, name: str) -> None:
    result = invoke("check", WIRED, "-o", str(tmp_path / name))
    assert result.exit_code == 2
    assert "is a file of a checkpoint" in result.stderr
    assert not list(tmp_path.iterdir())


def test_a_report_is_never_written_over_what_holds_a_model(tmp_path: Path) -> None:
    model = tmp_path / "weights"
    model.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    assert "is a file of a checkpoint" in invoke("check", WIRED, "-o", str(model)).stderr
    assert model.stat().st_size == 108


def test_inspect_says_why_values_are_not_there(tmp_path: Path) -> None:
    for name in ("index", "meta"):
        shutil.copy(f"{WIRED}/model.ckpt-40.{name}", tmp_path)
    assert "data-00000-of-00001 is not there" in invoke("inspect", str(tmp_path)).stdout.replace(
        "\n              ", " "
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_page_of_a_rule(rule: Rule) -> None:
    by_code, by_name = invoke("rule", rule.code), invoke("rule", rule.name)
    assert by_code.stdout == by_name.stdout
    assert by_code.stdout.startswith(f"# {rule.code} {rule.name}\n\nDefault severity: ")
    without_thresholds = re.sub(r"## Thresholds\n.*?(?=## )", "", by_code.stdout, flags=re.DOTALL)
    assert rule.page.strip() in without_thresholds
    assert (without_thresholds != by_code.stdout) is bool(rule.thresholds)


def test_the_page_for_a_terminal_keeps_code_in_one_piece() -> None:
    page = invoke("rule", "BN302", "--color", "always").stdout
    assert "\x1b[1mBN302 unregistered-updates\x1b[0m\n" in page
    assert "    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):   # empty\n" in page


def test_the_list_of_rules() -> None:
    result = invoke("rule")
    assert [line.split()[0] for line in result.stdout.splitlines() if line.startswith("BN")] == [r.code for r in RULES]
    assert "BN301 unwired-updates (error)\n  Update ops stand in a collection" in result.stdout
    assert invoke("rule", "BN4").stdout.count("(error)") == 3
    assert "there is no rule 'BN99'" in invoke("rule", "BN99").stderr
    assert invoke("rule", "BN99").exit_code == 2


def modules_after(*words: str) -> set[str]:
    """Run the program and return what it imported."""
    script = (
        "import sys; from bnlint.cli import run; code = run(sys.argv[1:]);"
        "print(*sys.modules, file=sys.stderr); sys.exit(code)"
    )
    command = [sys.executable, "-c", script, *words]
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    assert result.returncode == 0, result.stderr
    return {name.partition(".")[0] for name in result.stderr.split()} | set(result.stderr.split())


@pytest.mark.parametrize(
    "words",
    [("--help",), ("--version",), ("check", "--help"), ("diff", "--help"), ("inspect", "--help"), ("rule", "-h")],
)
def test_help_imports_nothing_heavy(words: tuple[str, ...]) -> None:
    assert not modules_after(*words) & {"numpy", "rich", "google", "tensorflow", "bnlint.checking"}


def test_json_does_not_import_rich() -> None:
    loaded = modules_after("check", WIRED, "--format", "json")
    assert not loaded & {"rich", "tensorflow"}
    assert "numpy" in loaded


def test_text_does_not_import_markdown() -> None:
    loaded = modules_after("check", WIRED)
    assert "rich.text" in loaded
    assert not loaded & {"rich.markdown", "pygments", "markdown_it"}


@pytest.mark.parametrize("words", [("--help",), ("check", "--help"), ("diff", "--help"), ("inspect", "--help")])
def test_help_names_the_exit_codes(words: tuple[str, ...]) -> None:
    result = invoke(*words)
    assert result.exit_code == 0
    assert "  3  the place exists and holds no checkpoint" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_version() -> None:
    assert invoke("--version").stdout == f"bnlint {bnlint.__version__}\n"


def broken(*_: object, **__: object) -> None:
    raise RuntimeError("two\nlines [bold]")


def test_an_internal_error_is_two_lines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("bnlint.looking.build_subject", broken)
    assert cli.run(["check", WIRED]) == 2
    captured = capsys.readouterr()
    happened, report = captured.err.splitlines()
    assert happened == f"bnlint: error: {WIRED}: internal error: RuntimeError: two\\nlines [bold]"
    assert "please report it with the checkpoint's .meta to the bnlint issue tracker" in report
    assert "internal error" in captured.out


def test_an_internal_error_elsewhere_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(STREET, "finds", broken)
    assert cli.run(["inspect", WIRED]) == 2
    assert capsys.readouterr().err.startswith("bnlint: internal error: RuntimeError: two\\nlines [bold]\n")


def test_the_traceback_is_there_for_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(STREET, "finds", broken)
    monkeypatch.setenv("BNLINT_TRACEBACK", "1")
    with pytest.raises(RuntimeError, match="two"):
        cli.run(["check", WIRED])


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), 130), (click.Abort(), 130)])
def test_interrupted(monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(STREET, "finds", interrupt)
    assert cli.run(["check", WIRED]) == code


def test_findings_beat_a_place_without_a_checkpoint(tmp_path):
    (tmp_path / "empty").mkdir()
    paths = [str(tmp_path / "empty"), UNWIRED]
    assert cli.run(["check", *paths]) == 1
    assert cli.run(["check", *paths, "--fail-on", "never"]) == 3
    assert cli.run(["check", *paths, str(tmp_path / "missing")]) == 2
