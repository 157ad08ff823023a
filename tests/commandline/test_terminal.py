"""Where the words go: stdout, a file, a pipe that closes; with which colours, as wide as what, in which encoding."""

from __future__ import annotations

import errno
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bnlint.commandline import terminal
from tests.running import ENVIRONMENT, TF1, UNWIRED, WIRED, invoke, process

FULL = Path("/dev/full")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "BNLINT_TRACEBACK"):
        monkeypatch.delenv(variable, raising=False)


def test_output_goes_to_the_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_text("an old report")
    result = invoke("check", UNWIRED, "--format", "json", "--output", str(target))
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "")
    assert target.read_text() == invoke("check", UNWIRED, "--format", "json").stdout
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_output_follows_a_link_and_keeps_it(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("report")
    invoke("check", WIRED, "-o", str(tmp_path / "link"))
    assert (tmp_path / "link").is_symlink()
    assert "nothing wrong" in (tmp_path / "report").read_text()


def test_output_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    result = invoke("check", WIRED, "-o", str(tmp_path / "no" / "report"))
    assert result.exit_code == 2
    assert result.stderr == f"bnlint: error: {tmp_path}/no/report: cannot be written: No such file or directory\n"


def test_an_interrupted_write_leaves_the_old_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    target = tmp_path / "report"
    target.write_text("old")
    monkeypatch.setattr(Path, "replace", fail)
    assert invoke("check", WIRED, "-o", str(target)).exit_code == 2
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


@pytest.mark.parametrize(
    ("words", "environment", "colored"),
    [
        ((), {}, False),
        (("--color", "always"), {}, True),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "0"}, False),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colors(words: tuple[str, ...], environment: dict[str, str], colored: bool) -> None:  # noqa: FBT001 - a table
    assert ("\x1b[" in process("check", UNWIRED, *words, **environment).stdout) == colored


@pytest.mark.parametrize(
    "words",
    [
        ("diff", f"{TF1}/run_stalled/model.ckpt-40", f"{TF1}/run_stalled/model.ckpt-80"),
        ("inspect", UNWIRED),
        ("inspect", f"{TF1}/run_stalled", "--history"),
        ("rule",),
        ("rule", "BN301"),
    ],
)
def test_every_command_has_colors_where_they_are_asked_for(words: tuple[str, ...]) -> None:
    always, never = (process(*words, "--color", choice, FORCE_COLOR="1").stdout for choice in ("always", "never"))
    assert "\x1b[1m" in always
    assert "\x1b" not in never
    assert never


def test_complaints_have_no_colors() -> None:
    for words in (("check",), ("check", "/no/such/path"), ("check", UNWIRED, "--select", "BN999"), ("nothing",)):
        result = process(*words, FORCE_COLOR="1")
        assert result.returncode == 2
        assert result.stderr
        assert "\x1b" not in result.stderr


def test_colors_in_a_file_only_where_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    target = tmp_path / "report"
    invoke("check", UNWIRED, "-o", str(target))
    assert "\x1b" not in target.read_text()
    invoke("check", UNWIRED, "-o", str(target), "--color", "always")
    assert "\x1b" in target.read_text()


@pytest.mark.parametrize(("columns", "longest"), [("60", 60), ("80", 80), ("300", 100)])
def test_width(columns: str, longest: int) -> None:
    result = process("check", UNWIRED, COLUMNS=columns)
    prose = [line for line in result.stdout.splitlines() if line.startswith(" " * 14)]
    assert longest - 20 < max(map(len, prose)) <= longest


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = [sys.executable, "-m", "bnlint", "check", UNWIRED, WIRED, "--format", "json"]
    reader, writer = os.pipe()
    os.close(reader)
    try:
        result = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False, env=ENVIRONMENT)
    finally:
        os.close(writer)
    assert (result.returncode, result.stderr) == (1, b"")


@pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")
def test_a_full_disk_is_an_error() -> None:
    command = [sys.executable, "-m", "bnlint", "check", WIRED]
    with FULL.open("w") as full:
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False, env=ENVIRONMENT)
    assert result.returncode == 2
    assert result.stderr == b"bnlint: error: stdout: cannot be written: No space left on device\n"


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_name_that_is_no_text_is_written_out(tmp_path: Path, form: str) -> None:
    path = os.fsencode(tmp_path / "\x1b[31m[bold]ü") + b"\xff"
    command = [sys.executable.encode(), b"-m", b"bnlint", b"check", path, b"--format", form.encode()]
    ascii_only = ENVIRONMENT | {"PYTHONIOENCODING": "ascii"}
    result = subprocess.run(command, capture_output=True, check=False, env=ascii_only)
    assert result.returncode == 2
    assert rb"\x1b[31m[bold]\xfc\xff: does not exist" in result.stderr
    shown = rb"\u001b[31m[bold]\u00fc\\xff" if form == "json" else rb"\x1b[31m[bold]\xfc\xff"
    assert shown in result.stdout
    assert b"\x1b" not in result.stdout + result.stderr


@pytest.mark.parametrize(("encoding", "drawn"), [("utf-8", " █== ="), ("ascii", " @== ="), ("cp1252", " @== =")])
def test_sparklines_are_drawn_in_what_the_encoding_has(encoding: str, drawn: str) -> None:
    command = [sys.executable, "-m", "bnlint", "inspect", "--history", str(TF1 / "run_stalled")]
    environment = ENVIRONMENT | {"PYTHONIOENCODING": encoding}
    shown = subprocess.run(command, capture_output=True, check=True, env=environment).stdout.decode(encoding)
    assert shown.count(drawn) == 4  # mean and variance of two layers
    assert "\\u" not in shown


def test_ctrl_c_is_quiet(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    script = f"""
import importlib, pathlib, signal, sys, time
from bnlint import cli
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs inherit that it is ignored
def finds(*_, **__):
    pathlib.Path({str(ready)!r}).touch()
    time.sleep(30)
importlib.import_module("bnlint.checking").finds = finds
sys.exit(cli.run(["check", "x"]))
"""
    running = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
    while not ready.exists() and running.poll() is None:
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    _, complaints = running.communicate(timeout=30)
    assert (running.returncode, complaints.strip()) == (130, "")


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_one_line_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "_PROGRESS_SECONDS", 0)
    screen = Screen()
    with terminal.progress(screen, {"TERM": "xterm"}) as show:
        assert show is not None
        for done in (1, 2, 3):
            show(done, 3)
        assert screen.getvalue() == "".join(
            f"\r[{'#' * 10 * done}{'-' * 10 * (3 - done)}] {done} of 3" for done in (1, 2, 3)
        )
    assert screen.getvalue().endswith("\r\x1b[K")


def test_progress_is_seldom_and_never_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    with terminal.progress(screen, {"TERM": "xterm"}) as show:
        assert show is not None
        for done in range(1, 1000):
            show(done, 1000)
        monkeypatch.setattr(terminal, "_PROGRESS_SECONDS", 0)
        show(1, 1)
    assert screen.getvalue().count("of") <= 1
    assert "1 of 1" not in screen.getvalue()


def test_no_progress_where_nobody_looks() -> None:
    with terminal.progress(Screen(), {"TERM": "xterm"}, is_quiet=True) as show:
        assert show is None
    for stream, term in ((io.StringIO(), "xterm"), (Screen(), "dumb")):
        with terminal.progress(stream, {"TERM": term}) as show:
            assert show is None
        assert stream.getvalue() == ""
    assert process("check", UNWIRED, WIRED, "--jobs", "2").stderr == ""


def test_a_dumb_terminal_gets_no_colors() -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

    colored = [terminal.use_color("auto", Terminal(), {"TERM": term}) for term in ("xterm", "dumb")]  # type: ignore[arg-type]
    assert colored == [True, False]
