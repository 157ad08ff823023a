"""The generated pages of the documentation. ``python -m tests.docs`` rewrites them; review the diff.

Rules are documented by their docstrings and commands by their help. The pages are committed all the same, so that they
can be read and linked to where the code is, without the site.
"""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

import click
from click.testing import CliRunner

from bnlint.cli import cli
from bnlint.report.rule_page import rule_page
from bnlint.rules.registry import RULES
from bnlint.rules.rule import Rule
from tests.goldens import among_fixtures, rewrite

DOCS = pathlib.Path(__file__).parent.parent / "docs"
GROUPS: Mapping[str, tuple[str, str]] = {
    "BN1": ("What the values show", "The statistics themselves: never moved, not finite, out of any range."),
    "BN2": ("What was saved", "Variables that are missing, that an optimizer trains, or that are of another axis."),
    "BN3": ("How the training graph is wired", "Whether a training step runs the updates, how often, and how far."),
    "BN4": ("Modes", "Training mode and inference mode, each where it should not be."),
    "BN5": ("What several checkpoints show", "Checkpoints of one run, compared in the order of their steps."),
}
"""By the beginning of its rules' codes: the title of a group, and what it is about."""
OWN = tuple(rule for rule in RULES if rule.origin is None)
"""Rules of bnlint itself, which have pages; a plugin documents its own."""
_MADE = "<!-- Made by `python -m tests.docs`: edit {source} instead. -->\n\n"
_WIDTH = 80
_INDENT = " " * 4
_PROMPT = "$ "
_CODE = re.compile(r"\bBN\d{3}\b")
_TOCTREE = "\n```{toctree}\n:hidden:\n:glob:\n\nBN*\n```\n"
_SHOWN = re.compile(r"(<!-- bnlint: (?P<words>.*) -->\n\n```text\n)(?:.*\n)*?(```\n)")
"""What a page shows of a command: a comment with its words, which are relative to the fixtures, then a fence."""


def pages() -> dict[pathlib.Path, str]:
    """Return every generated page by its path, freshly made."""
    return {
        DOCS / "cli.md": _commands(),
        DOCS / "rules" / "index.md": _rule_index(),
        **{DOCS / "rules" / f"{rule.code}.md": _rule(rule) for rule in OWN},
        **{path: text for path in DOCS.rglob("*.md") if (text := _with_outputs(path)) is not None},
    }


def _with_outputs(path: pathlib.Path) -> str | None:
    """Return a page with what the commands in it print now; None for a page without any."""
    text, number = _SHOWN.subn(lambda m: f"{m[1]}{_output(m['words'])}{m[3]}", path.read_text(encoding="utf-8"))
    return text if number else None


def _output(words: str) -> str:
    with among_fixtures():
        result = CliRunner().invoke(cli, words.split(), prog_name="bnlint")
    assert not result.stderr, f"bnlint {words}: {result.stderr}"
    return f"{_PROMPT}bnlint {words}\n{result.stdout}"


def _rule(rule: Rule) -> str:
    """Return the page of a rule as `bnlint rule` prints it, with links, and its code in fences."""
    page = "\n".join(fenced(linked(rule_page(rule).splitlines(), rule.code)))
    return f"{_MADE.format(source='the docstring of the rule')}{page}\n"


def linked(lines: Iterable[str], own: str) -> Iterator[str]:
    """Make a link of every other rule that prose names, once in a line; code is indented or in backticks."""
    known = {rule.code for rule in OWN} - {own}
    for line in lines:
        if line.startswith((_INDENT, "#")):
            yield line
            continue
        parts = re.split(r"(`[^`]*`)", line)
        parts[::2] = [_CODE.sub(lambda m: f"[{m[0]}]({m[0]}.md)" if m[0] in known else m[0], p) for p in parts[::2]]
        yield "".join(parts)


def fenced(lines: Iterable[str]) -> Iterator[str]:
    """Put indented code into fences that name its language."""
    kind = ""
    waiting: list[str] = []  # blank lines, which belong to the code only where it goes on
    for line in lines:
        if not line:
            waiting.append(line)
            continue
        new = _kind(line, kind)
        if new != kind:
            if kind:
                yield "```"
            yield from waiting
            if new:
                yield from ([] if waiting or not kind else [""])
                yield f"```{new}"
        else:
            yield from waiting
        waiting, kind = [], new
        yield line.removeprefix(_INDENT) if kind else line
    if kind:
        yield "```"


def _kind(line: str, before: str) -> str:
    """Return the language of a line: of a command and its output, of Python, or none for prose."""
    if not line.startswith(_INDENT):
        return ""
    return "text" if line.startswith(_INDENT + _PROMPT) or before == "text" else "python"


def _rule_index() -> str:
    """Return the list of the rules."""
    groups = groupby(OWN, key=lambda rule: rule.code[:3])
    tables = "\n".join(_table(GROUPS[start], rules) for start, rules in groups)
    return (
        f"{_MADE.format(source='the docstrings of the rules')}# Rules\n\n"
        "Each rule looks for one mistake. Its page is what `bnlint rule CODE` prints, and a report links to it on "
        "terminals that show links. A word on the command line or in the configuration that names rules is a code "
        f"(`BN301`), the beginning of codes (`BN3`), or a name (`unwired-updates`).\n\n{tables}{_TOCTREE}"
    )


def _table(group: tuple[str, str], rules: Iterable[Rule]) -> str:
    title, what = group
    rows = "".join(f"| [{r.code} {r.name}]({r.code}.md) | {r.severity.label} | {r.summary} |\n" for r in rules)
    return f"## {title}\n\n{what}\n\n| rule | severity | |\n|---|---|---|\n{rows}"


def _commands() -> str:
    """Return what every command says of itself."""
    context = click.Context(cli, info_name="bnlint", terminal_width=_WIDTH - 2, **cli.context_settings)
    helps = [_help(cli, context)]
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        helps.append(_help(command, click.Context(command, info_name=name, parent=context)))
    return (
        f"{_MADE.format(source='the help of the commands')}# Command line\n\n"
        "What every command says with `--help`. Several commands share options; an option means the same everywhere.\n"
        + "".join(helps)
    )


def _help(command: click.Command, context: click.Context) -> str:
    lines = (line.rstrip() for line in command.get_help(context).splitlines())
    return "\n## {}\n\n```text\n{}\n```\n".format(context.command_path, "\n".join(lines))


def main() -> None:
    """Rewrite all pages, and remove those of rules that are gone."""
    rewrite(pages(), (DOCS / "rules").glob("*.md"))


if __name__ == "__main__":
    main()
