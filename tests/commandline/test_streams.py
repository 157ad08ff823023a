"""Streams that take nothing: closed before bnlint began, full, or left by their reader."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import ENVIRONMENT, UNWIRED

FULL = Path("/dev/full")
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("check", UNWIRED),
    ("check", UNWIRED, "--format", "json"),
    ("check", UNWIRED, "--report", "sarif=-"),
    ("check", "--show-settings"),
    ("rule",),
    ("schema",),
    ("completion", "bash"),
    ("--help",),
    ("check", "--help"),
    ("--version",),
)


def shell(words: tuple[str, ...], redirections: str) -> subprocess.CompletedProcess[str]:
    """Run bnlint by a shell, which can close what Python's subprocess cannot."""
    command = shlex.join([sys.executable, "-m", "bnlint", *words])
    return subprocess.run(
        f"{command} {redirections}", shell=True, capture_output=True, text=True, check=False, env=ENVIRONMENT
    )


@pytest.mark.parametrize("words", COMMANDS)
@pytest.mark.parametrize(
    ("redirection", "why"),
    [
        (">&-", "Bad file descriptor"),
        pytest.param(
            f">{FULL}", "No space left on device", marks=pytest.mark.skipif(not FULL.exists(), reason="no such device")
        ),
    ],
)
def test_a_stdout_that_takes_nothing_is_an_error(words: tuple[str, ...], redirection: str, why: str) -> None:
    result = shell(words, redirection)
    complaints = [line for line in result.stderr.splitlines() if line.startswith("bnlint: ")]
    assert (result.returncode, complaints) == (2, [f"bnlint: error: stdout: cannot be written: {why}"])
    assert "Traceback" not in result.stderr


def test_nobody_misses_a_stdout_that_nothing_is_written_to(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    result = shell(("check", UNWIRED, "--format", "json", "-o", str(target)), "<&- >&-")
    assert (result.returncode, result.stderr) == (1, "")
    assert target.read_text().startswith("{")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("check", UNWIRED), 1),
        (("check", UNWIRED, "/no/such/path"), 2),
        (("check", "/no/such/path", "--format", "json"), 2),
        (("check",), 2),
        (("check", UNWIRED, "--select", "BN999"), 2),
        (("check", UNWIRED, "--config", "/no/such/file"), 2),
    ],
)
@pytest.mark.parametrize(
    "redirection",
    [
        "2>&-",
        ">&- 2>&-",
        pytest.param(f"2>{FULL}", marks=pytest.mark.skipif(not FULL.exists(), reason="no such device")),
    ],
)
def test_a_stderr_that_takes_nothing_changes_no_exit_code(words: tuple[str, ...], code: int, redirection: str) -> None:
    heard = shell(words, "")
    assert heard.returncode == code
    result = shell(words, redirection)
    assert (result.returncode, result.stderr) == (2 if ">&- " in redirection else code, "")
    assert result.stdout == ("" if ">&- " in redirection else heard.stdout)


@pytest.mark.skipif(not FULL.exists(), reason="no such device")
def test_a_text_that_goes_to_stderr_is_a_report_like_any_other() -> None:
    words = ("check", UNWIRED, "--report", "json=-")
    assert (shell(words, f"2>{FULL}").returncode, shell(words, "2>&-").returncode) == (2, 1)


@pytest.mark.parametrize(("words", "code"), [(("--help",), 0), (("rule",), 0), (("check", UNWIRED, "/no/such"), 2)])
def test_a_reader_that_goes_away_changes_no_exit_code(words: tuple[str, ...], code: int) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        command = [sys.executable, "-m", "bnlint", *words]
        result = subprocess.run(command, stdout=writer, stderr=writer, check=False, env=ENVIRONMENT)
    finally:
        os.close(writer)
    assert result.returncode == code
