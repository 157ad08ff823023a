"""``action.yml``: its scripts, run by bash in a pretended runner of GitHub, with inputs that would like to be code."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ruamel.yaml import YAML

from tests.running import ENVIRONMENT, NO_BATCH_NORM, UNWIRED, WIRED
from tests.situations import FIXTURES

ROOT = FIXTURES.parent
ACTION: dict[str, Any] = YAML(typ="safe").load((ROOT / "action.yml").read_text("utf-8"))
INSTALL, CHECK = (
    next(s for s in ACTION["runs"]["steps"] if s.get("name") == name) for name in ("Install bnlint", "Check")
)
HOSTILE = (
    "$(touch ran)",
    "`touch ran`",
    "; touch ran #",
    "' ; touch ran ; '",
    '" ; touch ran ; "',
    "&& touch ran",
    "a\ntouch ran",
    "--no-such-option",
    "${{ github.token }}",
    "name with spaces *",
    "\\",
)
INPUTS = ("paths", "args", "config", "baseline", "fail_on", "sarif_file", "json_file", "summary", "annotations")


class Ran(NamedTuple):
    code: int
    out: str
    summary: str
    outputs: dict[str, str]


class Runner:
    """A directory to work in, with what GitHub has in the environment of a step."""

    def __init__(self, directory: Path) -> None:
        self.work, self.temp = directory / "work", directory / "temp"
        programs = self.temp / "bnlint" / "bin"
        for folder in (self.work, programs):
            folder.mkdir(parents=True)
        for name, words in (("python", ""), ("bnlint", "-m bnlint ")):
            (programs / name).write_text(f'#!/bin/sh\nexec {sys.executable} {words}"$@"\n')
            (programs / name).chmod(0o755)

    def check(self, **inputs: str) -> Ran:
        """Run the step that checks; inputs are called as in ``action.yml``, with ``_`` for ``-``."""
        summary, output = self.temp / "summary", self.temp / "output"
        for file in (summary, output):
            file.write_text("before\n")
        files = {"GITHUB_STEP_SUMMARY": str(summary), "GITHUB_OUTPUT": str(output)}
        ran = self.run(CHECK, files, **inputs)
        found = re.findall(r"^([a-z-]+)<<(\w+)\n(.*?)\n\2$", output.read_text(), re.DOTALL | re.MULTILINE)
        outputs = {name: value for name, _, value in found}
        return Ran(ran.returncode, ran.stdout + ran.stderr, summary.read_text(), outputs)

    def run(self, step: dict[str, Any], files: dict[str, str], **inputs: str) -> subprocess.CompletedProcess[str]:
        environment = ENVIRONMENT | files | {"RUNNER_TEMP": str(self.temp), "GITHUB_ACTION_PATH": str(ROOT)}
        for variable, expression in step["env"].items():
            name = re.fullmatch(r"\$\{\{ inputs\.([a-z-]+) \}\}", expression)
            assert name is not None
            environment[variable] = inputs.get(name[1].replace("-", "_"), ACTION["inputs"][name[1]].get("default", ""))
        command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]]
        return subprocess.run(
            command, capture_output=True, text=True, cwd=self.work, env=environment, check=False, timeout=300
        )


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def test_no_script_has_an_expression_in_it() -> None:
    scripts = [step["run"] for step in ACTION["runs"]["steps"] if "run" in step]
    assert len(scripts) == 2
    assert not [script for script in scripts if "${{" in script]


def test_every_input_is_used_and_every_output_is_told() -> None:
    used = set(re.findall(r"inputs\.([a-z-]+)", json.dumps(ACTION["runs"])))
    assert used == set(ACTION["inputs"])
    assert set(re.findall(r"^tell ([a-z-]+)", CHECK["run"], re.MULTILINE)) == set(ACTION["outputs"])


@pytest.mark.parametrize("step", [INSTALL, CHECK], ids=["install", "check"])
def test_a_script_has_nothing_that_shellcheck_knows(step: dict[str, Any], tmp_path: Path) -> None:
    beside = os.path.dirname(sys.executable)
    shellcheck = shutil.which("shellcheck", path=os.pathsep.join((beside, os.environ["PATH"])))
    if shellcheck is None:
        pytest.skip("shellcheck is not installed")
    script = tmp_path / "step.sh"
    script.write_text(f"#!/bin/bash\n{step['run']}")
    ran = subprocess.run([shellcheck, script], capture_output=True, text=True, check=False)
    assert not ran.stdout


def test_what_is_broken_fails_the_step_after_everything_was_written(runner: Runner) -> None:
    ran = runner.check(paths=f"{UNWIRED}\n\n{WIRED}\n", sarif_file="b.sarif", json_file="b.json")
    assert ran.code == 1
    assert ran.outputs == {"exit-code": "1", "sarif-file": "b.sarif", "json-file": "b.json"}
    assert ran.summary.startswith("before\n## bnlint: failed\n")
    assert [a["path"] for a in json.loads((runner.work / "b.json").read_text())["artifacts"]] == [UNWIRED, WIRED]
    assert json.loads((runner.work / "b.sarif").read_text())["version"] == "2.1.0"
    assert "BN301" in ran.out
    assert "\n::error" in ran.out


def test_code_scanning_is_told_of_what_counts_only(runner: Runner) -> None:
    shutil.copytree(UNWIRED, runner.work / "broken")
    shutil.copytree(UNWIRED, runner.work / "changed")
    known = [sys.executable, "-m", "bnlint", "check", "changed", "--write-baseline", "known.json"]
    subprocess.run(known, cwd=runner.work, env=ENVIRONMENT, capture_output=True, check=False)
    shutil.rmtree(runner.work / "changed")
    shutil.copytree(WIRED, runner.work / "changed")
    (runner.work / "bnlint.toml").write_text('[[suppress]]\nrule = "BN301"\nreason = "so"\n')
    ran = runner.check(paths="broken\nchanged", baseline="known.json", sarif_file="b.sarif")
    assert ran.code == 1
    (run,) = json.loads((runner.work / "b.sarif").read_text())["runs"]
    assert {(result["ruleId"], result["baselineState"]) for result in run["results"]} == {("BN101", "new")}
    assert len(run["results"]) == 2
    assert run["tool"]["driver"]["rules"]


def test_the_report_cannot_speak_to_the_runner(runner: Runner) -> None:
    out = runner.check(paths=f"{UNWIRED}\n::error::forged").out.splitlines()
    stopped = next(line for line in out if line.startswith("::stop-commands::"))
    token = stopped.removeprefix("::stop-commands::")
    assert re.fullmatch("[0-9a-f]{32}", token)
    silent = out[out.index(stopped) : out.index(f"::{token}::")]
    assert any("BN301" in line for line in silent)
    assert any("forged" in line for line in silent)
    assert out[0] == stopped


def test_what_is_healthy_passes(runner: Runner) -> None:
    ran = runner.check(paths=WIRED)
    assert (ran.code, ran.outputs) == (0, {"exit-code": "0", "sarif-file": "", "json-file": ""})
    assert "bnlint: passed" in ran.summary


def test_options_are_passed_on(runner: Runner) -> None:
    assert runner.check(paths=UNWIRED, fail_on="never").code == 0
    assert runner.check(paths=NO_BATCH_NORM, args="--require-layers").code == 1
    assert runner.check(paths=UNWIRED, args="--select=BN103\r\n--strict\r\n").code == 0


def test_the_configuration_that_is_named_is_read(runner: Runner) -> None:
    (runner.work / "its own.toml").write_text('ignore = ["BN1", "BN3"]\n')
    assert runner.check(paths=UNWIRED, config="its own.toml").code == 0
    assert runner.check(paths=UNWIRED, config="gone.toml").code == 2


def test_the_baseline_that_is_named_is_read(runner: Runner) -> None:
    made = [sys.executable, "-m", "bnlint", "check", UNWIRED, "--write-baseline", "known.json"]
    subprocess.run(made, cwd=runner.work, env=ENVIRONMENT, capture_output=True, check=False)
    assert runner.check(paths=UNWIRED, baseline="known.json").code == 0


def test_summary_and_annotations_can_be_switched_off(runner: Runner) -> None:
    ran = runner.check(paths=UNWIRED, summary="false", annotations="false")
    assert ran.code == 1
    assert ran.summary == "before\n"
    assert "::error" not in ran.out


def test_a_path_that_does_not_exist(runner: Runner) -> None:
    ran = runner.check(paths="gone")
    assert (ran.code, ran.outputs["exit-code"]) == (2, "2")
    assert "gone" in ran.summary


def test_a_path_is_no_option(runner: Runner) -> None:
    ran = runner.check(paths="--version")
    assert ran.code == 2
    assert "--version: does not exist" in ran.out


def test_without_a_path_the_usage_is_shown(runner: Runner) -> None:
    ran = runner.check(paths=" \n".strip())
    assert (ran.code, ran.outputs["exit-code"]) == (2, "2")
    assert "Missing argument" in ran.out


@pytest.mark.parametrize("value", HOSTILE)
def test_no_input_is_run(runner: Runner, value: str) -> None:
    ran = runner.check(**dict.fromkeys(INPUTS, value))
    assert ran.code == 2
    assert not list(runner.work.glob("ran*"))
    assert ran.outputs == {"exit-code": "2", "sarif-file": value, "json-file": value}


@pytest.mark.parametrize("value", HOSTILE)
def test_a_file_may_have_any_name(runner: Runner, value: str) -> None:
    ran = runner.check(paths=WIRED, sarif_file=value, json_file=f"{value}.json")
    assert ran.code == 0
    assert {path.name for path in runner.work.iterdir()} == {value, f"{value}.json"}
    assert ran.outputs == {"exit-code": "0", "sarif-file": value, "json-file": f"{value}.json"}


FAKE_PYTHON = """\
#!/bin/sh
# python -m venv DIRECTORY, and what that one is told afterwards
[ "$2" = venv ] || exit 9
mkdir -p "$3/bin"
printf '#!/bin/sh\\nfor word; do printf "%%s\\\\n" "$word"; done > %s\\n' "$TOLD" > "$3/bin/python"
chmod +x "$3/bin/python"
"""


@pytest.mark.parametrize(
    ("inputs", "requirements"),
    [
        ({}, [str(ROOT)]),
        ({"version": "0.1.0"}, ["bnlint==0.1.0"]),
        ({"requirements": "gcsfs\r\n\nmy-rules>=1\n"}, [str(ROOT), "gcsfs", "my-rules>=1"]),
        ({"version": "$(touch ran)"}, ["bnlint==$(touch ran)"]),
        ({"requirements": "--index-url=x\n; touch ran"}, [str(ROOT), "--index-url=x", "; touch ran"]),
    ],
)
def test_what_is_installed(runner: Runner, inputs: dict[str, str], requirements: list[str]) -> None:
    shutil.rmtree(runner.temp / "bnlint")
    python = runner.temp / "python3"
    python.write_text(FAKE_PYTHON)
    python.chmod(0o755)
    told = runner.temp / "told"
    ran = runner.run(INSTALL, {"PATH": f"{runner.temp}:{ENVIRONMENT['PATH']}", "TOLD": str(told)}, **inputs)
    assert ran.returncode == 0, ran.stderr
    words = told.read_bytes().decode().removesuffix("\n").split("\n")
    assert words[:3] == ["-m", "pip", "install"]
    assert words[words.index("--") + 1 :] == requirements
    assert not (runner.work / "ran").exists()
