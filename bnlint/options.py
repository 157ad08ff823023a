"""The options that commands share, and what is refused at once. With `bnlint.cli` the only module that knows click."""

# ruff: noqa: PLC0415 - what a check needs is imported when a word has to be checked

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

import click

_F = TypeVar("_F", bound=Callable[..., object])


def _not_a_checkpoint(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Refuse to write a report over a file of a checkpoint."""
    if value is not None:
        from bnlint.artifacts.naming import is_of_artifact
        from bnlint.artifacts.single_file import is_artifact

        if is_of_artifact(os.path.basename(value)) or is_artifact(value):  # noqa: PTH119 - keeps what the user wrote
            raise click.BadParameter(f"{value} is a file of a checkpoint", context, parameter)
    return value


def _words(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Split at commas, and refuse a word that means no rule."""
    split = tuple(word.strip() for part in value for word in part.split(","))
    if split:
        from bnlint.rules.registry import UnknownRuleError, selected

        try:
            selected(split, ())
        except UnknownRuleError as error:
            raise click.BadParameter(str(error), context, parameter) from None
    return split


PATHS = click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(readable=False))
ALL = click.option(
    "--all", "every", is_flag=True, help="Every checkpoint below a directory, not only the newest of each run."
)
HISTORY = click.option(
    "--history", is_flag=True, help="Every checkpoint below a directory, those of each run compared with one another."
)
JOBS = click.option(
    "-j",
    "--jobs",
    metavar="N",
    type=click.IntRange(min=0),
    default=1,
    help="Processes that share the work; 0 is one per processor.  [default: 1]",
)
SELECT = click.option(
    "--select", metavar="RULES", multiple=True, callback=_words, help="Only these rules: BN301, BN3, a name."
)
IGNORE = click.option("--ignore", metavar="RULES", multiple=True, callback=_words, help="Not these rules.")
FAIL_ON = click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "info", "never"]),
    default="error",
    help="The least severity that exits with 1.  [default: error]",
)
VERBOSE = click.option(
    "-v", "--verbose", is_flag=True, help="Leave nothing out of the text: every layer, every op, every info."
)
COLOR = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Whether to use colours; auto is on a terminal, unless NO_COLOR is set.",
)


def report_options(command: _F) -> _F:
    """Add the options of every command that reports."""
    options = (
        click.option(
            "--format",
            "form",
            type=click.Choice(["text", "json"]),
            default="text",
            help="For people or for machines.  [default: text]",
        ),
        click.option(
            "-o",
            "--output",
            metavar="FILE",
            type=click.Path(dir_okay=False),
            callback=_not_a_checkpoint,
            help="Write the report there.",
        ),
        COLOR,
    )
    for option in reversed(options):
        command = option(command)
    return command
