"""``bnlint rule``."""

# ruff: noqa: PLC0415 - what a command needs is imported when it runs

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from bnlint.commandline import help_texts, terminal
from bnlint.commandline.help_layout import Command
from bnlint.commandline.options import COLOR

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from bnlint.commandline.terminal import ColorChoice


def _beginning(context: click.Context, parameter: click.Parameter, word: str) -> list[CompletionItem[str]]:
    from bnlint.commandline.completing import rule

    return rule(context, parameter, word)


@click.command(cls=Command, examples=help_texts.RULE_EXAMPLES, exit_codes=help_texts.EXIT_CODES_OF_RULE)
@click.argument("word", metavar="[CODE|NAME]", required=False, shell_complete=_beginning)
@COLOR
def rule(*, word: str | None, color: ColorChoice) -> None:
    """Show the documentation of a rule; without one, list them all."""
    from bnlint.report.rule_page import rule_list, rule_page
    from bnlint.rules.registry import UnknownRuleError, all_rules, find_rules

    try:
        rules = all_rules() if word is None else find_rules(word)
    except UnknownRuleError as error:
        raise click.UsageError(str(error)) from None
    in_color = terminal.use_color(color, sys.stdout)
    if word is None or len(rules) > 1:
        from bnlint.report.text import render

        links = in_color and terminal.use_links(sys.stdout)
        shown = render(rule_list(rules), width=terminal.width(), color=in_color, links=links)
    elif in_color or sys.stdout.isatty():
        from bnlint.report import rule_text

        shown = rule_text.render(rule_page(rules[0]), width=terminal.width(), color=in_color)
    else:
        shown = rule_page(rules[0])
    terminal.write([shown], sys.stdout)
