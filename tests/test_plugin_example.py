"""The page about plugins, and the example on it: installed, found, run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import bnlint.plugin
from bnlint.findings import ProblemKind
from bnlint.rules import plugins
from tests.plugging import EXAMPLE, ROOT, install_example, path
from tests.running import ENVIRONMENT, WIRED, process

PAGE = ROOT / "docs" / "plugins.md"


def test_the_page_shows_the_files_of_the_example() -> None:
    page = PAGE.read_text("utf-8")
    for file in ("pyproject.toml", "bnlint_large_gamma.py", "test_bnlint_large_gamma.py"):
        assert f"\n{(EXAMPLE / file).read_text('utf-8').strip()}\n```\n" in page, file


def test_the_page_names_what_a_plugin_may_import() -> None:
    page = PAGE.read_text("utf-8")
    assert [name for name in bnlint.plugin.__all__ if f"`{name}`" not in page] == []
    assert plugins.NO_PLUGINS in page
    assert f"`{ProblemKind.PLUGIN.value}`" in page


def test_the_example_is_installed_and_finds(tmp_path: Path) -> None:
    site = install_example(tmp_path / "site")
    listed = process("rule", PYTHONPATH=path(site)).stdout
    assert "ACME001 large-gamma (warning; preview, from bnlint-large-gamma 0.1.0)" in listed
    code = (
        "import bnlint, sys; thresholds = {'ACME001.largest': float(sys.argv[2])};"
        "settings = bnlint.Settings(select=('ACME',), thresholds=thresholds);"
        "print([(f.rule, f.layer, f.evidence['beyond']) for f in bnlint.check(sys.argv[1], settings).findings])"
    )
    for largest, found in (("10", "[]"), ("1", "[('ACME001', 'conv/bn', 2), ('ACME001', 'dense/bn', 1)]")):
        command = [sys.executable, "-c", code, WIRED, largest]
        assert subprocess.check_output(command, text=True, env=ENVIRONMENT | {"PYTHONPATH": path(site)}) == f"{found}\n"


def test_the_tests_of_the_example_pass() -> None:
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull]
    command = [*pytest, "--rootdir", str(EXAMPLE), str(EXAMPLE)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=ENVIRONMENT | {"PYTHONPATH": path(EXAMPLE)}
    )
    assert done.returncode == 0, done.stdout
    assert re.search(r"[1-9] passed", done.stdout)
