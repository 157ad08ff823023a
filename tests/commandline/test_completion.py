"""Completion as the shells do it: a line is typed into each, and what stands there after a TAB is looked at."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bnlint.commandline.completing import SHELLS, script
from bnlint.report.formats import NAMES
from bnlint.rules.registry import RULES
from tests.running import ENVIRONMENT, invoke

HERE = """\
_show() { printf '%s' "$READLINE_LINE" > line.tmp; mv line.tmp line; }
bind -x '"\\C-x": _show'
bind 'set bell-style none'
eval "$(bnlint completion bash)"
PS1='ready> '
"""
THERE = """\
autoload -Uz compinit && compinit -u -d zcompdump
_show() { printf '%s' "$BUFFER" > line.tmp; mv line.tmp line }
zle -N _show
bindkey '^X' _show
eval "$(bnlint completion zsh)"
PS1='ready> '
"""
TYPED = [
    ("bnlint comple\t", "bnlint completion "),
    ("bnlint check --requi\t", "bnlint check --require-layers "),
    ("bnlint rule BN2\t4", "bnlint rule BN204"),
    ("bnlint rule unw\t", "bnlint rule unwired-updates "),
    ("bnlint check --select BN501,BN503,BN50\t", "bnlint check --select BN501,BN503,BN502 "),
    ("bnlint check --select=unw\t", "bnlint check --select=unwired-updates "),
    ("bnlint check --select=BN501,BN503,BN50\t", "bnlint check --select=BN501,BN503,BN502 "),
    ("bnlint check --select BN1 --ignore BN403,unw\t", "bnlint check --select BN1 --ignore BN403,unwired-updates "),
    ("bnlint check --report sar\t", "bnlint check --report sarif="),
    ("bnlint check --report sarif=repo\t", "bnlint check --report sarif=reports/"),
    ("bnlint check --report=sarif=repo\t", "bnlint check --report=sarif=reports/"),
    ("bnlint check --report sarif=out --report jso\t", "bnlint check --report sarif=out --report json"),
    ("bnlint check --fail-on w\t", "bnlint check --fail-on warning "),
    ("bnlint check repo\t", "bnlint check reports/"),
    ("bnlint check 'my m\t", "bnlint check 'my model.h5' "),
]
"""What is typed, and what stands there then. A TAB that leaves several possible is followed by what a person adds."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with files to complete, and bnlint on the path."""
    directory = tmp_path_factory.mktemp("home")
    (directory / "reports").mkdir()
    (directory / "my model.h5").touch()
    (directory / "epoch=3.h5").touch()
    (directory / "bin").mkdir()
    program = directory / "bin" / "bnlint"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m bnlint "$@"\n')
    program.chmod(0o755)
    (directory / "bashrc").write_text(HERE)
    (directory / ".zshrc").write_text(THERE)
    return directory


def environment(home: Path) -> dict[str, str]:
    path = f"{home / 'bin'}:{os.environ['PATH']}"
    return ENVIRONMENT | {"PATH": path, "HOME": str(home), "ZDOTDIR": str(home), "TERM": "dumb", "LANG": "C.UTF-8"}


class Terminal:
    """A shell with somebody in front of it."""

    def __init__(self, shell: str, home: Path) -> None:
        self.shell, self.home, command = shell, home, COMMANDS[shell]
        self.screen, inside = pty.openpty()
        self.process = subprocess.Popen(
            command, stdin=inside, stdout=inside, stderr=inside, cwd=home, env=environment(home), start_new_session=True
        )
        os.close(inside)
        self._until(b"ready> ")

    def line(self, typed: str) -> str:
        """Return the line that stands there after ``typed``, and clear it."""
        shown = self.home / "line"
        shown.unlink(missing_ok=True)
        os.write(self.screen, f"{typed}\x18".encode())
        self._wait_for(shown)
        os.write(self.screen, b"\x15")
        return shown.read_text()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.screen)

    def _until(self, said: bytes) -> None:
        seen = b""
        while said not in seen:
            seen += os.read(self.screen, 4096)

    def _wait_for(self, path: Path) -> None:
        # Whatever is shown must be read, or the shell waits for it.
        os.set_blocking(self.screen, False)
        for _ in range(3000):
            if path.exists():
                return
            try:
                os.read(self.screen, 4096)
            except BlockingIOError:
                time.sleep(0.01)
        raise AssertionError("the shell does not answer")


COMMANDS = {"bash": ["bash", "--noprofile", "--rcfile", "bashrc", "-i"], "zsh": ["zsh", "-i"]}


@pytest.fixture(scope="module", params=COMMANDS)
def terminal(request: pytest.FixtureRequest, home: Path) -> Iterator[Terminal]:
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    opened = Terminal(request.param, home)
    yield opened
    opened.close()


@pytest.mark.parametrize(("typed", "line"), TYPED, ids=[typed for typed, _ in TYPED])
def test_what_stands_there_after_a_tab(terminal: Terminal, typed: str, line: str) -> None:
    assert terminal.line(typed) == line


def test_a_path_with_a_sign_in_it(terminal: Terminal) -> None:
    if terminal.shell == "bash":
        pytest.skip("bash ends a word at =, for every program")
    assert terminal.line("bnlint check epoch=3\t") == "bnlint check epoch=3.h5 "


def fish(home: Path, line: str) -> dict[str, str]:
    """Return what fish offers, with its meanings."""
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    command = "bnlint completion fish | source; complete -C $argv[1]"
    ran = subprocess.run(
        ["fish", "--no-config", "-c", command, line],
        capture_output=True,
        text=True,
        cwd=home,
        env=environment(home),
        check=True,
    )
    return {word: meaning for word, _, meaning in (line.partition("\t") for line in ran.stdout.splitlines())}


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("bnlint comple", ["completion"]),
        ("bnlint check --requi", ["--require-layers"]),
        ("bnlint rule BN50", ["BN501", "BN502", "BN503"]),
        ("bnlint rule unw", ["unwired-updates"]),
        ("bnlint check --select BN301,BN503,BN50", ["BN301,BN503,BN501", "BN301,BN503,BN502"]),
        ("bnlint check --select=BN503,BN50", ["--select=BN503,BN501", "--select=BN503,BN502"]),
        ("bnlint check --report sar", ["sarif="]),
        ("bnlint check --report sarif=repo", ["sarif=reports/"]),
        ("bnlint check --report=sarif=repo", ["--report=sarif=reports/"]),
        ("bnlint check --fail-on w", ["warning"]),
        ("bnlint check repo", ["reports/"]),
        ("bnlint check epoch=3", ["epoch=3.h5"]),
        ("bnlint check 'my m", ["my model.h5"]),
        ("bnlint check my\\ m", ["my model.h5"]),
        ('bnlint check --report "sarif=my m', ["sarif=my model.h5"]),
        ("bnlint check --baseline=my\\ m", ["--baseline=my model.h5"]),
        ("true; bnlint rule BN503", ["BN503"]),
    ],
)
def test_what_fish_offers(home: Path, typed: str, offered: list[str]) -> None:
    assert list(fish(home, typed)) == offered


def test_the_meaning_of_a_rule_is_told(home: Path) -> None:
    assert fish(home, "bnlint rule BN1") == {r.code: r.summary for r in RULES if r.code.startswith("BN1")}


def asked(words: str, place: int) -> list[str]:
    """Return the lines that the script of bash is answered."""
    told = {"_BNLINT_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(place)}
    command = [sys.executable, "-m", "bnlint"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env=ENVIRONMENT | told)
    assert not ran.stderr
    return [line for line in ran.stdout.split("\n") if line]


def answer(words: str, place: int) -> list[str]:
    """Return the texts among them."""
    return [line.split("\t")[1] for line in asked(words, place) if line.startswith("plain")]


def test_every_format_is_offered() -> None:
    assert answer("bnlint\ncheck\n--report\n", 3) == [f"{name}=" for name in NAMES]


def test_every_rule_is_offered() -> None:
    assert answer("bnlint\nrule\n", 2) == [rule.code for rule in RULES]


def test_what_is_no_format_has_no_path() -> None:
    assert asked("bnlint\ncheck\n--report\nsarif\n=\n", 5) == ["file\tsarif=\t"]
    assert asked("bnlint\ncheck\n--report\ntoml\n=\n", 5) == []


@pytest.mark.parametrize("shell", SHELLS)
def test_the_command_prints_the_script(shell: str) -> None:
    result = invoke("completion", shell)
    assert (result.exit_code, result.stdout) == (0, script(shell))


def test_there_is_no_script_for_other_shells() -> None:
    result = invoke("completion", "tcsh")
    assert result.exit_code == 2
    assert "'tcsh' is not one of 'bash', 'zsh', 'fish'" in result.stderr


@pytest.mark.parametrize("shell", SHELLS)
def test_a_program_that_fails_leaves_the_terminal_alone(shell: str, home: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    lines = {
        "bash": "COMP_WORDS=(false x) COMP_CWORD=1; _bnlint_completion false; echo ${#COMPREPLY[@]}",
        "zsh": "whence -w _bnlint",
        "fish": "complete -C 'bnlint rule BN' | count",
    }
    source = {"bash": 'eval "$(cat s)"', "zsh": 'compdef() { :; }; eval "$(cat s)"', "fish": "source s"}
    (home / "s").write_text(script(shell))
    broken = environment(home) | {"PATH": os.environ["PATH"]}  # without bnlint
    command = [shell, "-c", f"{source[shell]}; {lines[shell]}"]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=home, env=broken, check=False)
    assert (ran.stdout, ran.stderr) == ("_bnlint: function\n" if shell == "zsh" else "0\n", "")
