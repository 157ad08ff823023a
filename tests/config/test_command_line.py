"""Files of settings on the command line: what holds, what is shown of it, and what a mistake looks like."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import bnlint
from bnlint.cli import run
from bnlint.config import files as config_files
from tests.running import NO_BATCH_NORM, UNWIRED, invoke
from tests.situations import FIXTURES

STEPS = str(FIXTURES / "tf1.15" / "several_steps")
NEVER, LAYERS = "fail-on = 'never'", "require-layers = true"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def without_meta(here: Path) -> str:
    shutil.copytree(UNWIRED, here / "lame")
    (here / "lame" / "model.ckpt-40.meta").unlink()
    return "lame"


def parsed(text: str) -> dict[str, Any]:
    return config_files._parsed(text.encode(), "what is shown")


def configure(text: str, name: str = "bnlint.toml") -> None:
    Path(name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "words", "code"),
    [
        ("", [UNWIRED], 1),
        (NEVER, [UNWIRED], 0),
        (NEVER, [UNWIRED, "--fail-on", "error"], 1),
        (NEVER, [UNWIRED, "--isolated"], 1),
        (LAYERS, [NO_BATCH_NORM], 1),
        (LAYERS, [NO_BATCH_NORM, "--no-require-layers"], 0),
        ("require-layers = false", [NO_BATCH_NORM, "--require-layers"], 1),
        ("select = ['BN4']\nstrict = true", ["lame"], 1),
        ("select = ['BN4']\nstrict = true", ["lame", "--no-strict"], 0),
        ("select = ['BN4']", ["lame", "--strict"], 1),
        ("select = ['BN4']", [UNWIRED], 0),
        ("select = ['BN4']", [UNWIRED, "--select", "BN1"], 1),
        ("select = ['BN4']", [UNWIRED, "--extend-select", "BN1"], 1),
        ("select = ['BN4']", [UNWIRED, "--ignore", "BN401"], 0),
        ("ignore = ['BN1', 'BN3']", [UNWIRED], 0),
        ("ignore = ['BN1', 'BN3']", [UNWIRED, "--ignore", "BN1"], 1),
        ("ignore = ['BN1', 'BN3']", [UNWIRED, "--extend-ignore", "BN2"], 0),
        ("ignore = ['BN1', 'BN3']", [UNWIRED, "--extend-select", "BN301"], 1),
        ("ignore = ['BN1', 'BN3']", [UNWIRED, "--select", "BN301"], 1),
        ("[[per-path]]\npath = '**'\nselect = ['BN4']", [UNWIRED], 0),
        ("[[per-path]]\npath = '**'\nselect = ['BN4']", [UNWIRED, "--select", "BN301"], 1),
        ("[[per-path]]\npath = '**'\nselect = ['BN4']", [UNWIRED, "--extend-select", "BN301"], 1),
        ("[[per-path]]\npath = '**'\nselect = ['BN4', 'BN301']", [UNWIRED, "--extend-ignore", "BN301"], 0),
        ("[severity]\nBN1 = 'info'\nBN301 = 'warning'", [UNWIRED], 0),
        ("[severity]\nBN1 = 'info'\nBN301 = 'warning'", [UNWIRED, "--fail-on", "warning"], 1),
        ("[[suppress]]\nrule = ['BN101', 'BN301']\nreason = 'known'", [UNWIRED], 0),
        ("[[suppress]]\nrule = ['BN101']\nreason = 'known'", [UNWIRED], 1),
    ],
)
def test_the_command_line_beats_the_file(without_meta: str, text: str, words: list[str], code: int) -> None:
    configure(text)
    assert invoke("check", *words).exit_code == code
    if "--isolated" not in words:
        Path("bnlint.toml").rename("other.toml")
        assert invoke("check", *words, "--config", "other.toml").exit_code == code


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        ("all = true", [], 3),
        ("all = true", ["--no-all"], 1),
        ("history = true", [], 3),
        ("history = true", ["--no-history"], 1),
        ("history = true", ["--isolated"], 1),
        ("all = true\njobs = 2", [], 3),
        ("jobs = 2", ["--all", "--jobs", "1"], 3),
    ],
)
@pytest.mark.parametrize("command", ["check", "inspect"])
def test_what_to_look_at(command: str, text: str, words: list[str], found: int) -> None:
    configure(text)
    result = json.loads(invoke(command, STEPS, "--format", "json", *words).stdout)
    assert len(result["artifacts"]) == found
    assert len(result["runs"]) == ("history" in text and found > 1)


def test_a_command_takes_what_it_has_an_option_for() -> None:
    configure(f"strict = true\n{LAYERS}\nselect = ['BN4']\n[[suppress]]\nrule = 'BN401'\nreason = 'r'")
    assert invoke("inspect", NO_BATCH_NORM).exit_code == 0
    assert invoke("diff", NO_BATCH_NORM, NO_BATCH_NORM).exit_code == 0
    assert invoke("check", NO_BATCH_NORM).exit_code == 1


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("check", UNWIRED, "--config", "bnlint.toml", "--isolated"), "--config and --isolated contradict each other"),
        (("check", UNWIRED, "--ignore", "BN"), "--select and --ignore leave no rule to run"),
        (("check", UNWIRED, "--extend-ignore", "BN4"), "--select and --ignore leave no rule to run"),
        (("check", UNWIRED, "--extend-select", "BN99"), "there is no rule 'BN99'"),
        (("check",), "Missing argument 'PATH...'"),
        (("inspect",), "Missing argument 'PATH...'"),
        (("diff", UNWIRED), "Missing argument 'AFTER'"),
    ],
)
def test_wrong_usage(words: tuple[str, ...], complaint: str) -> None:
    configure("select = ['BN4']")
    result = invoke(*words)
    assert result.exit_code == 2
    assert complaint in result.stderr


@pytest.mark.parametrize("command", [("check", UNWIRED), ("inspect", UNWIRED), ("diff", UNWIRED, UNWIRED)])
@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("ingore = 1", "bnlint.toml: ingore: there is no such key; did you mean ignore?"),
        ("jobs = \x1b[31m", "bnlint.toml:1:8: is not TOML: invalid value"),
        ('"\\u001b\\n" = 1', 'bnlint.toml: "\\u001b\\n": there is no such key; there is '),
        ("extend = 'no.toml'", "bnlint.toml: extend: no.toml: cannot be read: No such file or directory"),
    ],
)
def test_a_mistake_is_one_line(
    command: tuple[str, ...], text: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(text)
    assert run(command) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"bnlint: error: {complaint}")
    assert said.err.count("\n") == 1
    assert "\x1b" not in said.err


def test_a_file_that_leaves_no_rule(capsys: pytest.CaptureFixture[str]) -> None:
    configure("extend = 'base.toml'\nignore = ['BN1']")
    configure("select = ['BN1']", "base.toml")
    assert run(["check", UNWIRED]) == 2
    what = "what is selected and ignored leaves no rule to run"
    assert capsys.readouterr().err == f"bnlint: error: base.toml and bnlint.toml: {what}\n"


FULL = """
extend = "base.toml"
select = ["BN1", "BN301", "BN305"]
ignore = ["BN101"]
fail-on = "warning"
[severity]
BN301 = "info"
[thresholds]
BN105 = {warning = 0.1}
[[per-path]]
path = ["runs/old/**", 'a "quoted" \\ name']
extend-ignore = ["BN305"]
severity = {BN301 = "error"}
thresholds = {BN105 = {error = 0.5}}
[[suppress]]
rule = "BN102"
layer = "backbone/*"
path = "runs/**"
reason = "frozen on purpose, \\"for\\" now"
"""
BASE = "strict = true\nignore = ['BN2']\n[severity]\nBN1 = 'warning'"


def test_settings_are_shown_with_where_they_come_from() -> None:
    configure(FULL)
    configure(BASE, "base.toml")
    words = ("check", "--show-settings", "--extend-select", "BN4", "--jobs", "3", "runs/new", "runs/old/1")
    result = invoke(*words)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    for line in (
        'select = ["BN1", "BN301", "BN305", "BN4"]  # bnlint.toml, command line',
        'ignore = ["BN101"]  # bnlint.toml, command line',
        'fail-on = "warning"  # bnlint.toml',
        "strict = true  # base.toml",
        "require-layers = false  # default",
        "jobs = 3  # command line",
        'BN101 = "warning"  # base.toml',
        'BN301 = "info"  # bnlint.toml',
        "BN105.warning = 0.1  # bnlint.toml: more than this part of the initial values left is a warning",
        "BN105.error = 0.3  # default: more than this part of the initial values left is an error",
        "[[per-path]]  # bnlint.toml: per-path[1]",
        "[[suppress]]  # bnlint.toml: suppress[1]",
    ):
        assert line in lines
    assert result.stdout.split("\n\n")[-2:] == [
        "# runs/new: as for all\n#   suppress: BN102 (bnlint.toml: suppress[1])",
        """\
# runs/old/1: bnlint.toml: per-path[1]
#   rules: BN102, BN103, BN104, BN105, BN106, BN107, BN108, BN109, BN301, BN401, BN402, BN403
#   severity: {BN301 = "error"}
#   thresholds: {BN105 = {error = 0.5}}
#   suppress: BN102 (bnlint.toml: suppress[1])
""",
    ]


@pytest.mark.parametrize(
    "text", [FULL, "", "[[per-path]]\npath = '*'\nignore = []\n[thresholds]\nBN306.immense = 1e300"]
)
def test_what_is_shown_is_a_configuration(here: Path, text: str) -> None:
    configure(text)
    configure(BASE, "base.toml")
    shown = invoke("check", "--show-settings").stdout
    assert set(parsed(shown)) >= {"select", "ignore", "fail-on", "strict", "all", "jobs", "thresholds"}
    before = bnlint.load_settings()
    configure(shown)
    after = bnlint.load_settings()
    everything, thresholds = after.select, dict(after.thresholds)
    assert {key: value for key, value in thresholds.items() if key in before.thresholds} == before.thresholds
    assert everything == (before.select or ("BN",))
    as_before = {"select": before.select, "thresholds": before.thresholds}
    assert replace(after, **as_before) == before  # type: ignore[arg-type]
    assert invoke("check", "--show-settings").stdout.count("default") == 0


def test_hostile_words_are_shown_and_not_obeyed() -> None:
    reason = '\\u001b[31m \\u007f \\u009b31m \\\\ \\"'
    configure(f'[[suppress]]\nrule = "BN1"\nreason = "{reason}"')
    shown = invoke("check", "--show-settings", "a\n[severity]", "\x1b[31m", "\udcff").stdout
    assert f'reason = "{reason}"' in shown.splitlines()
    assert not set("\x1b\x7f\x9b") & set(shown)
    assert [line for line in shown.splitlines() if line.startswith("# ")][1:] == [
        "# a\\n[severity]: as for all",
        "# \\u001b[31m: as for all",
        "# \\udcff: as for all",
    ]
    said = parsed(Path("bnlint.toml").read_text(encoding="utf-8"))["suppress"][0]
    assert parsed(shown)["suppress"] == [{**said, "rule": ["BN1"]}]


def test_nothing_is_read_to_show_settings() -> None:
    assert invoke("check", "--show-settings", "missing", "gs://bucket/run").exit_code == 0
    assert "\n# missing: as for all\n" in invoke("check", "--show-settings", "missing").stdout


def test_a_diff_shows_what_it_has() -> None:
    configure("strict = true\nfail-on = 'info'")
    shown = parsed(invoke("diff", "--show-settings").stdout)
    assert shown["fail-on"] == "info"
    assert not {"strict", "all", "jobs"} & set(shown)
    assert "# runs/2: as for all" in invoke("diff", "--show-settings", "runs/1", "runs/2").stdout


def test_what_the_command_line_says_is_shown_for_paths_too() -> None:
    configure("[[per-path]]\npath = 'old'\nselect = ['BN1']")
    assert parsed(invoke("check", "--show-settings", "--select", "BN301").stdout)["per-path"] == [
        {"path": "old", "select": ["BN301"]}
    ]


def test_who_selected_and_who_ignored() -> None:
    configure("ignore = ['BN1']")
    shown = invoke("check", "--show-settings", "--select", "BN3").stdout.splitlines()
    assert shown[1:3] == ['select = ["BN3"]  # command line', "ignore = []  # default"]
    shown = invoke("check", "--show-settings", "--extend-ignore", "BN3").stdout.splitlines()
    assert shown[1:3] == ['select = ["BN"]  # default', 'ignore = ["BN1", "BN3"]  # bnlint.toml, command line']
    shown = invoke("check", "--show-settings", "--ignore", "BN3").stdout.splitlines()
    assert shown[2] == 'ignore = ["BN3"]  # command line'
    shown = invoke("check", "--show-settings", "--isolated", "--extend-ignore", "BN3").stdout.splitlines()
    assert shown[1] == 'ignore = ["BN3"]  # command line'


def test_a_baseline_of_the_file(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configure("baseline = 'known.json'")
    assert invoke("check", UNWIRED, "--no-baseline", "--write-baseline", "known.json").exit_code == 0
    assert invoke("check", UNWIRED).exit_code == 0
    assert invoke("check", UNWIRED, "--no-baseline").exit_code == 1
    shown = invoke("check", "--show-settings").stdout
    assert 'baseline = "known.json"  # bnlint.toml' in shown
    assert "baseline =" not in invoke("check", "--show-settings", "--no-baseline").stdout
    (here / "sub").mkdir()
    monkeypatch.chdir(here / "sub")
    assert invoke("check", UNWIRED).exit_code == 0
    absolute = str(here / "own.json")
    assert f'baseline = "{absolute}"' in invoke("check", "--show-settings", "--baseline", absolute).stdout
    assert invoke("check", "--show-settings").stdout.replace("../bnlint.toml", "bnlint.toml") == shown
    assert 'baseline = "sub/own.json"  # command' in invoke("check", "--show-settings", "--baseline", "own.json").stdout


SUPPRESSED = """
[[suppress]]
rule = "BN301"
reason = "the warm-up, see #7"
[[suppress]]
rule = "BN101"
layer = "conv/*"
reason = "known since May"
[[suppress]]
rule = "BN109"
reason = "swapped by hand"
[[suppress]]
rule = "BN1"
path = "elsewhere/**"
reason = "another job's"
"""
USELESS = '  unused      bnlint.toml: suppress[3], "swapped by hand": no finding of BN109'
ELSEWHERE = 'bnlint.toml: suppress[4], "another job\'s": nothing that was'


def test_reasons_and_what_is_of_no_use_are_told() -> None:
    configure(SUPPRESSED)
    text = invoke("check", UNWIRED).stdout
    assert "  suppressed BN301 unwired-updates, 1 layer: the warm-up, see #7\n" in text
    assert "  suppressed BN101 frozen-statistics, 1 layer: known since May\n" in text
    assert f"\n\n{USELESS}\n\n1 checkpoint, 2 layers: 1 error, 0 warnings" in text
    assert ELSEWHERE not in text
    verbose = invoke("check", UNWIRED, "-v").stdout
    assert f"{USELESS}\n  unused      {ELSEWHERE}" in verbose


def test_a_symptom_keeps_a_reason_of_its_own() -> None:
    configure(SUPPRESSED + '[[suppress]]\nrule = "BN101"\nreason = "as well"')
    text = invoke("check", UNWIRED).stdout
    assert "  suppressed BN301 unwired-updates, 1 layer: the warm-up, see #7\n" in text
    assert "  suppressed BN101 frozen-statistics, 1 layer: known since May\n" in text
    assert "  suppressed BN101 frozen-statistics, 1 layer: as well\n" in text
    assert "  2 layers, 21 of 25 rules: nothing else wrong\n" in text


def test_an_overview_has_the_reasons(here: Path) -> None:
    configure(SUPPRESSED + '[[suppress]]\nrule = "BN101"\nreason = "as well"')
    for number in range(4):
        shutil.copytree(UNWIRED, here / str(number))
    told = " ".join(invoke("check", "0", "1", "2", "3").stdout.split())
    why = "suppressed BN101 (known since May); BN101 (as well); BN301 (the warm-up, see #7)"
    assert f"ok 0: nothing else wrong; {why} ok 1:" in told
    assert 'unused bnlint.toml: suppress[3], "swapped by hand": no finding of BN109' in told


def test_a_diff_tells_as_well() -> None:
    stalled = FIXTURES / "tf1.15" / "run_stalled"
    configure(
        "[[suppress]]\nrule = ['BN501', 'BN301']\nreason = 'on purpose'\n[[suppress]]\nrule = 'BN502'\nreason = 'gone'"
    )
    result = invoke("diff", str(stalled / "model.ckpt-60"), str(stalled / "model.ckpt-80"), "--fail-on", "warning")
    assert ": on purpose\n" in result.stdout
    assert '  unused      bnlint.toml: suppress[2], "gone": no finding of BN502\n' in result.stdout
    assert result.exit_code == 0


def test_rules_that_did_not_look_are_not_counted_as_if_they_had() -> None:
    configure(
        "[[per-path]]\npath = '**'\nselect = ['BN2']\n[[per-path]]\npath = '**/model.ckpt-36'\nselect = ['BN204']"
    )
    text = invoke("check", f"{STEPS}/model.ckpt-36", f"{STEPS}/model.ckpt-48", "--verbose").stdout
    assert "  2 layers, 1 of 4 rules: nothing wrong\n" in text
    assert "  2 layers, 4 rules: nothing wrong\n" in text
