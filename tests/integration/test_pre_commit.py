"""The hook of pre-commit: which files of a commit it is given, and what it makes of them."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.running import ENVIRONMENT, UNWIRED, WIRED
from tests.situations import FIXTURES

MANIFEST = FIXTURES.parent / ".pre-commit-hooks.yaml"
HOOK: dict[str, Any]
(HOOK,) = YAML(typ="safe").load(MANIFEST.read_text("utf-8"))


def run(words: list[str], directory: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=directory, env=ENVIRONMENT)


def hook(directory: Path) -> subprocess.CompletedProcess[str]:
    """Run what pre-commit would on a commit of everything that is there."""
    files = sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file())
    given = [file for file in files if re.search(HOOK["files"], file)]
    assert given
    assert len(given) < len(files)
    return run([*HOOK["entry"].split(), *given], directory)


@pytest.mark.parametrize(
    ("file", "is_given"),
    [
        ("models/model.ckpt-40.index", True),
        ("models/model.ckpt-40.meta", True),
        ("models/model.ckpt-40.data-00000-of-00001", False),
        ("models/checkpoint", False),
        ("weights.01-0.52.h5", True),
        ("weights.hdf5", True),
        ("model.keras", True),
        ("model.weights.json", True),
        ("frozen.pb", True),
        ("export/1/saved_model.pb", True),
        ("export/1/saved_model.pbtxt", True),
        ("data/label_map.pbtxt", False),
        ("package.json", False),
        ("src/index", False),
        ("src/index.py", False),
        ("src/model.keras.py", False),
    ],
)
def test_the_files_that_are_given(file: str, is_given: bool) -> None:  # noqa: FBT001 - a column
    assert bool(re.search(HOOK["files"], file)) is is_given


def test_a_broken_checkpoint_stops_the_commit_and_is_told_of_once(tmp_path: Path) -> None:
    shutil.copytree(UNWIRED, tmp_path / "models")
    ran = hook(tmp_path)
    assert ran.returncode == 1
    assert "1 checkpoint, 2 layers: 4 errors" in ran.stdout


def test_a_healthy_checkpoint_passes(tmp_path: Path) -> None:
    shutil.copytree(WIRED, tmp_path / "models")
    assert hook(tmp_path).returncode == 0


def test_all_files_are_given_to_one_process() -> None:
    assert HOOK["require_serial"] is True
    assert HOOK.get("pass_filenames", True)


def test_the_manifest_is_valid() -> None:
    if importlib.util.find_spec("pre_commit") is None:
        pytest.skip("pre-commit is not installed")
    ran = run(["pre_commit", "validate-manifest", str(MANIFEST)], MANIFEST.parent)
    assert ran.returncode == 0, ran.stdout
