"""``bnlint schema``."""

from __future__ import annotations

import sys

import click

from bnlint import schemas
from bnlint.commandline import help_texts, terminal
from bnlint.commandline.help_layout import Command


@click.command(
    cls=Command,
    examples=tuple((f"bnlint schema {name}", schema.describes) for name, schema in schemas.SCHEMAS.items()),
    exit_codes=help_texts.EXIT_CODES_OF_SCHEMA,
)
@click.argument("name", metavar="[NAME]", type=click.Choice(tuple(schemas.SCHEMAS)), default="report")
def schema(*, name: str) -> None:
    """Print the JSON Schema of the JSON report, or of one of its lines.

    NAME is report or line; without one, report.
    """
    terminal.write([schemas.text(name)], sys.stdout)
