"""``--help``: what every command says of itself, at any width."""

from __future__ import annotations

import functools
import re
import shlex
from pathlib import Path

import click
import pytest

import bnlint
from bnlint.cli import cli
from bnlint.commandline import help_texts, hyperlinks
from bnlint.commandline.help_layout import Command, CommandGroup, Group, option
from tests.running import process

CONTEXT = click.Context(cli)
COMMANDS = {name: command for name in cli.list_commands(CONTEXT) if (command := cli.get_command(CONTEXT, name))}
PAGES = ((), *((name,) for name in COMMANDS))
WIDTHS = (60, 80)


@functools.cache
def shown(*words: str, width: int = 80) -> str:
    result = process(*words, "--help", COLUMNS=str(width))
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


def headings(page: str) -> list[str]:
    return re.findall(r"^(\w.*):$", page, re.MULTILINE)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_declares_its_heading(name: str) -> None:
    options = [one for one in COMMANDS[name].params if isinstance(one, click.Option)]
    assert [one.name for one in options if getattr(one, "group", Group.OTHER) is Group.OTHER] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_headings_examples_and_exit_codes(name: str) -> None:
    command = COMMANDS[name]
    assert isinstance(command, Command)
    found = headings(shown(name))
    order = [group.value for group in Group]
    assert [heading for heading in order if heading in found] == found[: -len(("Examples", "Exit codes"))]
    assert found[-2:] == ["Examples", "Exit codes"]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("words", PAGES, ids=" ".join)
def test_help_keeps_to_its_width(words: tuple[str, ...], width: int) -> None:
    page = shown(*words, width=width)
    assert [line for line in page.splitlines() if len(line) > width and not line.startswith("  bnlint ")] == []
    assert [line for line in page.splitlines() if line != line.rstrip()] == []


@pytest.mark.parametrize("words", PAGES, ids=" ".join)
def test_help_of_every_width_says_the_same(words: tuple[str, ...]) -> None:
    narrow, wide = (shown(*words, width=width) for width in WIDTHS)
    assert "..." not in narrow.replace("PATH...", "").replace("[ARGS]...", "")
    assert sorted(narrow.split()) == sorted(wide.split())


EXAMPLES = [line for command in (cli, *COMMANDS.values()) for line, _ in getattr(command, "examples", ())]


@pytest.mark.parametrize("line", EXAMPLES)
def test_every_example_is_one_that_works(line: str) -> None:
    """Parse it, so that no example names an option that is gone."""
    (command,) = re.findall(r"\bbnlint [^|>)]+", line)
    _, name, *words = shlex.split(command)
    with COMMANDS[name].make_context(name, words, resilient_parsing=True) as context:
        assert context.args == []
    options = {text for one in COMMANDS[name].params for text in one.opts}
    assert {word.partition("=")[0] for word in words if word.startswith("-")} <= options


def test_the_overview_names_commands_before_options() -> None:
    page = shown()
    assert headings(page) == ["Commands", "Other options", "Examples", "Exit codes", "Environment"]
    commands = page[page.index("Commands:") : page.index("Other options:")]
    assert re.findall(r"^  ([a-z]+) ", commands, re.MULTILINE) == [*COMMANDS]


def test_every_variable_of_ours_is_told() -> None:
    source = Path(bnlint.__file__).parent
    ours = {name for path in source.rglob("*.py") for name in re.findall(r"\bBNLINT_[A-Z_]+", path.read_text("utf-8"))}
    named = {name for name, _ in help_texts.ENVIRONMENT}
    assert ours == {name for name in named if name.startswith("BNLINT_")}
    assert {hyperlinks.FORCE, "NO_COLOR", "FORCE_COLOR", "COLUMNS"} <= named


def a_command() -> click.Command:
    @click.command(
        cls=Command,
        examples=(("prog -x", "short"), ("prog --a-very-long-option-that-fills-the-column yes", "long")),
        exit_codes=(("0", "well"),),
        environment=(("HOME", "where you live"),),
    )
    @option("--last", group=Group.TEXT, help="Last.")
    @option("-s", "--switch/--no-switch", group=Group.TEXT, help="Both.")
    @option("--on/--off", group=Group.TEXT, help="Either.")
    @option("--first", group=Group.TARGET, is_flag=True, help="First.")
    @click.option("--stray", is_flag=True, help="Nobody's.")
    @option("--never-shown", group=Group.TARGET, hidden=True)
    def prog(**words: object) -> None:
        """Do."""

    return prog


def test_layout() -> None:
    context = click.Context(a_command(), info_name="prog", terminal_width=80, max_content_width=80)
    assert context.command.get_help(context) == (
        "Usage: prog [OPTIONS]\n"
        "\n"
        "  Do.\n"
        "\n"
        "What to look at:\n"
        "  --first            First.\n"
        "\n"
        "The text on the terminal:\n"
        "  --last TEXT        Last.\n"
        "  -s, --[no-]switch  Both.\n"
        "  --on / --off       Either.\n"
        "\n"
        "Other options:\n"
        "  --stray            Nobody's.\n"
        "  --help             Show this message and exit.\n"
        "\n"
        "Examples:\n"
        "  prog -x  short\n"
        "  prog --a-very-long-option-that-fills-the-column yes\n"
        "           long\n"
        "\n"
        "Exit codes:\n"
        "  0  well\n"
        "\n"
        "Environment:\n"
        "  HOME  where you live"
    )


def test_a_group_without_tables_has_none() -> None:
    group = CommandGroup("prog", commands={"do": a_command()})
    page = group.get_help(click.Context(group, info_name="prog"))
    assert headings(page) == ["Commands", "Other options"]
