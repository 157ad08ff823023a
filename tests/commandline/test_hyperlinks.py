"""Links in the text: on which terminals, where, and that nothing but bnlint makes one."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bnlint.commandline import hyperlinks
from bnlint.report.checked import check_lines
from bnlint.report.links import rule_url
from bnlint.report.page import Part, prose
from bnlint.report.quiet import quiet_lines
from bnlint.report.text import pieces, render
from bnlint.rules.registry import RULES
from tests.report.hostile import hostile
from tests.running import ENVIRONMENT, UNWIRED, invoke, process

LINK = re.compile(r"\x1b\]8;[^;\x1b]*;([^\x1b]*)\x1b\\")


@pytest.mark.parametrize(
    ("environ", "shown"),
    [
        ({}, False),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "linux"}, False),
        ({"WT_SESSION": "0b2c"}, True),
        ({"WT_SESSION": "0b2c", "TERM": "dumb"}, False),
        ({"WT_SESSION": "0b2c", "CI": "true"}, False),
        ({"WT_SESSION": "0b2c", "CI": ""}, True),
        ({"WT_SESSION": ""}, False),
        ({"KITTY_WINDOW_ID": "1"}, True),
        ({"DOMTERM": "version=3"}, True),
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "foot"}, True),
        ({"TERM": "alacritty"}, True),
        ({"TERM_PROGRAM": "Apple_Terminal", "TERM_PROGRAM_VERSION": "455"}, False),
        ({"TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "3.5.10"}, True),
        ({"TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "3.1"}, True),
        ({"TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "3.0.15"}, False),
        ({"TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "10.0"}, True),
        ({"TERM_PROGRAM": "iTerm.app"}, False),
        ({"TERM_PROGRAM": "vscode", "TERM_PROGRAM_VERSION": "1.71.2"}, False),
        ({"TERM_PROGRAM": "vscode", "TERM_PROGRAM_VERSION": "1.101.0"}, True),
        ({"TERM_PROGRAM": "WezTerm", "TERM_PROGRAM_VERSION": "20240203-110809-5046fc22"}, True),
        ({"TERM_PROGRAM": "ghostty"}, True),
        ({"VTE_VERSION": "5000"}, False),
        ({"VTE_VERSION": "5201"}, False),
        ({"VTE_VERSION": "5202"}, True),
        ({"VTE_VERSION": "7603"}, True),
        ({"VTE_VERSION": "0.76"}, False),
        ({"VTE_VERSION": "9" * 5000}, False),
        ({"KONSOLE_VERSION": "201201"}, True),
        ({"KONSOLE_VERSION": "200800"}, False),
        ({"TMUX": "/tmp/tmux-0/default,1,0", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.4"}, True),
        ({"TMUX": "/tmp/tmux-0/default,1,0", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.5a"}, True),
        ({"TMUX": "/tmp/tmux-0/default,1,0", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.3a"}, False),
        ({"TMUX": "/tmp/tmux-0/default,1,0", "VTE_VERSION": "7603"}, False),
        ({"TMUX": "/tmp/tmux-0/default,1,0", "TERM_PROGRAM": "ghostty"}, False),
        ({"STY": "1.pts-0.host", "VTE_VERSION": "7603"}, False),
        ({"TERM": "screen-256color", "VTE_VERSION": "7603"}, False),
        ({"FORCE_HYPERLINK": "1", "TERM": "dumb"}, True),
        ({"FORCE_HYPERLINK": "0", "WT_SESSION": "0b2c"}, False),
        ({"FORCE_HYPERLINK": "", "WT_SESSION": "0b2c"}, True),
    ],
)
def test_terminals(environ: dict[str, str], shown: bool) -> None:  # noqa: FBT001 - a table
    assert hyperlinks.are_shown(environ, is_terminal=True) is shown


def test_only_force_makes_links_where_there_is_no_terminal() -> None:
    assert not hyperlinks.are_shown({"WT_SESSION": "0b2c"}, is_terminal=False)
    assert hyperlinks.are_shown({"FORCE_HYPERLINK": "1"}, is_terminal=False)


@pytest.mark.parametrize(
    ("words", "environment", "linked"),
    [
        ((), {}, False),
        (("--color", "always"), {}, False),
        (("--color", "always"), {"WT_SESSION": "0b2c"}, False),
        (("--color", "always"), {"FORCE_HYPERLINK": "1"}, True),
        ((), {"FORCE_HYPERLINK": "1", "FORCE_COLOR": "1"}, True),
        ((), {"FORCE_HYPERLINK": "1"}, False),
        (("--color", "never"), {"FORCE_HYPERLINK": "1"}, False),
    ],
)
@pytest.mark.parametrize("command", [("check", UNWIRED), ("check", UNWIRED, "-q"), ("rule",)], ids=" ".join)
def test_links_come_with_colors(
    command: tuple[str, ...],
    words: tuple[str, ...],
    environment: dict[str, str],
    linked: bool,  # noqa: FBT001 - a table
) -> None:
    addresses = LINK.findall(process(*command, *words, **environment).stdout)
    assert (rule_url("BN301") in addresses) is linked
    assert bool(addresses) is linked


def on_a_terminal(*words: str, **environment: str) -> str:
    """Run the program with a terminal as its stdout, and return what was written there."""
    reader, writer = os.openpty()
    command = [sys.executable, "-m", "bnlint", *words]
    running = subprocess.Popen(command, stdout=writer, stderr=subprocess.DEVNULL, env=ENVIRONMENT | environment)
    os.close(writer)
    written = b""
    with contextlib.suppress(OSError):  # what a terminal says when its last writer is gone
        while chunk := os.read(reader, 1 << 16):
            written += chunk
    os.close(reader)
    running.wait()
    return written.decode()


@pytest.mark.parametrize(
    ("environment", "linked"),
    [
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "xterm-256color", "FORCE_HYPERLINK": "1"}, True),
        ({"TERM": "xterm-kitty", "NO_COLOR": "1"}, False),
        ({"TERM": "xterm-kitty", "CI": "true"}, False),
        ({"TERM": "dumb", "WT_SESSION": "1"}, False),
    ],
)
def test_a_terminal_gets_what_it_can_show(environment: dict[str, str], linked: bool) -> None:  # noqa: FBT001 - a table
    shown = on_a_terminal("check", UNWIRED, **environment)
    assert "unwired-updates" in shown
    assert bool(LINK.search(shown)) is linked


def test_a_file_has_links_where_both_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "report"
    invoke("check", UNWIRED, "-o", str(target), "--color", "always")
    assert not LINK.search(target.read_text())
    monkeypatch.setenv("FORCE_HYPERLINK", "1")
    invoke("check", UNWIRED, "-o", str(target), "--color", "always")
    assert LINK.search(target.read_text())


@pytest.mark.parametrize("width", [40, 80])
def test_every_link_leads_to_a_rule_and_ends(width: int) -> None:
    """Names full of escape sequences neither begin a link nor end one."""
    report, about = hostile()
    lines = [
        *check_lines(report),
        *check_lines(report, verbose=True),
        *quiet_lines(report, replace(about, failures=frozenset({"strict"}))),
    ]
    text = render(lines, width=width, color=True, links=True)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    addresses = LINK.findall(plain)
    pages = {rule_url(rule.code) for rule in RULES}
    assert len(addresses) > 100
    assert {*addresses[::2]} <= pages
    assert {*addresses[1::2]} == {""}
    assert "\x1b" not in LINK.sub("", plain)
    linked = re.findall(r"\x1b\]8;[^;\x1b]*;[^\x1b]+\x1b\\(.*?)\x1b\]8;;\x1b\\", plain)
    assert {rule_url(code) for code in linked} == {*addresses[::2]}
    assert "".join(pieces(lines, width=width, color=True)) == re.sub(r"\x1b\]8;.*?\x1b\\", "", text)


def test_a_text_with_links_is_the_same_every_time() -> None:
    line = prose(Part("BN101", link="https://example.org/1"), " and ", Part("BN201", link="https://example.org/2"))
    one, other = (f"\x1b]8;;https://example.org/{n}\x1b\\BN{n}01\x1b]8;;\x1b\\" for n in (1, 2))
    texts = {render([line], width=80, color=True, links=True) for _ in range(3)}
    assert texts == {f"  {one} and {other}\n"}


def test_a_link_adds_nothing_to_the_width() -> None:
    line = prose(*[Part("BN301 ", link="https://example.org/" + "x" * 100)] * 20)
    plain, linked = (render([line], width=40, color=True, links=links) for links in (False, True))
    assert LINK.sub("", linked) == plain
