"""The recipes: examples are valid for what reads them, and their commands do what the page says."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import bnlint
from tests.integration import recipes
from tests.integration.recipes import load, run
from tests.running import UNWIRED
from tests.situations import FIXTURES

ROOT = FIXTURES.parent
SCHEMAS = {
    ("github-actions", "action"): "vendor.github-workflows",
    ("github-actions", "plain"): "vendor.github-workflows",
    ("gitlab-ci", "job"): "vendor.gitlab-ci",
}
TESTED = {
    *SCHEMAS,
    ("github-actions", "what counts"),
    ("gitlab-ci", "no checkpoint"),
    ("jenkins", "pipeline"),
    ("pre-commit", "configuration"),
    ("pre-commit", "narrowed"),
    ("orchestrators", "airflow"),
    ("orchestrators", "kubeflow"),
    ("shell-completion", "files"),
    *(("dashboards", name) for name in ("textfile", "scrape", "alerts", "panel")),
    *(("dashboards", name) for name in ("jq per artifact", "jq layers", "jq gone blind")),
    *(("dashboards", name) for name in ("sql views", "sql new", "sql trend")),
}


def test_no_example_is_without_a_test() -> None:
    assert {(page, name) for page, name, _ in recipes.examples()} == TESTED


@pytest.mark.parametrize(("page", "name"), SCHEMAS)
def test_a_file_of_a_ci_system_is_valid(page: str, name: str, tmp_path: Path) -> None:
    file = tmp_path / "example.yml"
    file.write_text(recipes.example(page, name))
    validate("--builtin-schema", SCHEMAS[page, name], file)


def test_the_action_is_valid() -> None:
    validate("--builtin-schema", "vendor.github-actions", ROOT / "action.yml")


def validate(option: str, schema: str, file: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema", option, schema, str(file)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_recipe_names_inputs_that_the_action_has() -> None:
    action = YAML(typ="safe").load((ROOT / "action.yml").read_text("utf-8"))
    (step,) = [
        s
        for s in load("github-actions", "action")["jobs"]["bnlint"]["steps"]
        if s.get("uses", "").startswith("bnlint/bnlint@")
    ]
    assert set(step["with"]) <= set(action["inputs"])
    page = (recipes.RECIPES / "github-actions.md").read_text("utf-8")
    told = {word for row in re.findall(r"^\| (`.*?`) \|", page, re.MULTILINE) for word in re.findall(r"`(.*?)`", row)}
    assert told == set(action["inputs"])
    assert set(re.findall(r"`([a-z-]+)`", page.partition("The outputs are")[2].partition(".")[0])) == set(
        action["outputs"]
    )


def test_the_recipes_are_of_this_version() -> None:
    for path in sorted(recipes.RECIPES.glob("*.md")):
        said = re.findall(r"(?:bnlint==|bnlint/bnlint@v|rev: v)([\d.]*\d)", path.read_text("utf-8"))
        assert set(said) <= {bnlint.__version__}, path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a directory with a broken model in ``models/``."""
    shutil.copytree(UNWIRED, tmp_path / "models")
    return tmp_path


def commands(page: str, name: str) -> list[str]:
    """Return the commands of bnlint in an example, each in one line."""
    joined = re.sub(r"\s*\n\s+(?=--)", " ", recipes.example(page, name))
    return re.findall(r"bnlint check [^'\n]*", joined)


@pytest.mark.parametrize(
    ("page", "name", "written"),
    [
        ("github-actions", "plain", ["summary"]),
        ("gitlab-ci", "job", ["bnlint-codequality.json", "bnlint-junit.xml"]),
        ("gitlab-ci", "no checkpoint", []),
        ("jenkins", "pipeline", ["bnlint-junit.xml", "bnlint.sarif"]),
    ],
)
def test_the_commands_run(page: str, name: str, written: list[str], project: Path) -> None:
    (command,) = commands(page, name)
    words = shlex.split(command.replace("$GITHUB_STEP_SUMMARY", "summary"))
    ran = run(words[1:], project)
    assert ran.returncode == 1, ran.stderr
    assert {path.name for path in project.iterdir()} == {*written, "models"}
    read = recipes.example(page, name)
    assert all(name in read.replace(command, "") for name in written if name != "summary")


def test_what_counts_is_left_for_code_scanning(project: Path) -> None:
    if shutil.which("jq") is None:
        pytest.skip("jq is not installed")
    (project / "bnlint.toml").write_text('[[suppress]]\nrule = "BN301"\nreason = "so"\n')
    bnlint, jq = recipes.example("github-actions", "what counts").splitlines()
    assert run(shlex.split(bnlint)[1:], project).returncode == 1
    subprocess.run(["bash", "-c", jq], cwd=project, check=True)
    before, after = (json.loads((project / name).read_text())["runs"][0] for name in ("all.sarif", "bnlint.sarif"))
    before["results"] = [result for result in before["results"] if result["ruleId"] != "BN301"]
    assert after == before
    assert len(after["results"]) == 2


def test_a_place_without_a_checkpoint_is_what_gitlab_allows(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (command,) = commands("gitlab-ci", "no checkpoint")
    code = run(shlex.split(command)[1:], tmp_path).returncode
    assert load("gitlab-ci", "no checkpoint")["bnlint"]["allow_failure"]["exit_codes"] == [code]


@pytest.mark.parametrize("name", ["configuration", "narrowed"])
def test_the_hook_that_pre_commit_is_told_of(name: str) -> None:
    (offered,) = YAML(typ="safe").load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    (repo,) = load("pre-commit", name)["repos"]
    (hook,) = repo["hooks"]
    assert hook["id"] == offered["id"]
    assert re.search(hook.get("files", offered["files"]), "models/model.ckpt-40.index")


def test_the_scripts_of_the_shells_are_printed() -> None:
    lines = recipes.example("shell-completion", "files").splitlines()
    for line in lines:
        assert run(shlex.split(line.partition(">")[0])[1:], ROOT).stdout.startswith("#")
