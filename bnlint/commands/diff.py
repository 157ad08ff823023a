"""``bnlint diff``."""

# ruff: noqa: PLC0415 - what a command needs is imported when it runs

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bnlint.commandline import help_texts
from bnlint.commandline.config_options import CONFIG, ISOLATED, SHOW_SETTINGS, needed, settings_of
from bnlint.commandline.help_layout import Command
from bnlint.commandline.options import EXTEND_IGNORE, EXTEND_SELECT, FAIL_ON, IGNORE, SELECT, report_options
from bnlint.commandline.publishing import Wanted, publish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bnlint.report.page import Line


@click.command(cls=Command, examples=help_texts.DIFF_EXAMPLES, exit_codes=help_texts.EXIT_CODES)
@click.argument("before", metavar="BEFORE", required=False, callback=needed, type=click.Path(readable=False))
@click.argument("after", metavar="AFTER", required=False, callback=needed, type=click.Path(readable=False))
@SELECT
@IGNORE
@EXTEND_SELECT
@EXTEND_IGNORE
@FAIL_ON
@CONFIG
@ISOLATED
@SHOW_SETTINGS
@report_options
def diff(*, before: str, after: str, wanted: Wanted, **words: object) -> None:
    """Compare two checkpoints: what moved of every layer, how far, and what that looks like.

    BEFORE and AFTER are paths as for check that lead to one checkpoint each. The rules judge what moved and what did
    not; for what else is wrong with either, use check.
    """
    from bnlint.differing import diff_paths

    settings = settings_of(words, wanted, (path for path in (before, after) if path))
    report = diff_paths(before, after, settings)

    def lines() -> Iterator[Line]:
        from bnlint.report.compared import diff_lines

        return diff_lines(report, verbose=wanted.verbosity > 0)

    publish(report, wanted, settings, lines)
