"""Break the code of every rule in one place, and its tests notice. All places: ``benchmarks/rule_mutations.py``."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bnlint.rules.registry import RULES

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="mutants are tried in forked processes")


def mutate(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "benchmarks" / "rule_mutations.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_a_broken_rule_fails_its_tests() -> None:
    done = mutate("--first")
    assert done.returncode == 0, done.stdout + done.stderr
    tried = re.findall(r"^(bn\d+)_\w+ +1 mutants, +1 noticed$", done.stdout, re.MULTILINE)
    assert [module.upper() for module in tried] == [rule.code for rule in RULES]


def test_a_mutant_that_no_test_notices_is_told() -> None:
    done = mutate("BN304", "--first", "--by", "tests/rules/test_bn103.py")
    assert done.returncode == 1
    assert re.search(r"^bn304_ungated_updates +1 mutants, +0 noticed$", done.stdout, re.MULTILINE)
    assert re.search(r"^  not noticed: line \d+: negated: not layer.ungated$", done.stdout, re.MULTILINE)


def test_tests_that_fail_without_a_mutant_are_told(tmp_path: Path) -> None:
    failing = tmp_path / "test_failing.py"
    failing.write_text("def test_that_fails():\n    assert False\n", encoding="utf-8")
    done = mutate("BN304", "--first", "--by", str(failing))
    assert done.returncode == 1
    assert "says nothing: the tests fail without any change" in done.stdout
