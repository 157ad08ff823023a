"""``bnlint completion``."""

# ruff: noqa: PLC0415 - what a command needs is imported when it runs

from __future__ import annotations

import sys

import click

from bnlint.commandline import help_texts, terminal
from bnlint.commandline.help_layout import Command


@click.command(cls=Command, examples=help_texts.COMPLETION_EXAMPLES, exit_codes=help_texts.EXIT_CODES_OF_COMPLETION)
@click.argument("shell", metavar="SHELL", type=click.Choice(["bash", "zsh", "fish"]))
def completion(*, shell: str) -> None:
    """Print the script that completes commands, options, rules and formats.

    SHELL is bash, zsh or fish.
    """
    from bnlint.commandline.completing import script

    terminal.write([script(shell)], sys.stdout)
