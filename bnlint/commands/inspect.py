"""``bnlint inspect``."""

# ruff: noqa: PLC0415 - what a command needs is imported when it runs

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from bnlint.commandline import help_texts, terminal
from bnlint.commandline.config_options import CONFIG, ISOLATED, settings_of
from bnlint.commandline.help_layout import Command
from bnlint.commandline.options import ALL, HISTORY, JOBS, PATHS, report_options
from bnlint.commandline.publishing import Wanted, publish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bnlint.report.page import Line


@click.command(cls=Command, examples=help_texts.INSPECT_EXAMPLES, exit_codes=help_texts.EXIT_CODES_OF_INSPECT)
@PATHS
@ALL
@HISTORY
@JOBS
@CONFIG
@ISOLATED
@report_options
def inspect(*, paths: tuple[str, ...], wanted: Wanted, **words: object) -> None:
    """Show every batch-norm layer: its variables, values and wiring.

    PATH is as for check. The JSON is that of a check without findings. With --history, how every layer moved over the
    checkpoints of each run.
    """
    from bnlint.checking import inspect_paths

    settings = replace(settings_of(words, wanted), fail_on=None)
    with terminal.progress(is_quiet=wanted.verbosity < 0) as progress:
        report = inspect_paths(paths, settings, progress)

    def lines() -> Iterator[Line]:
        from bnlint.report.inspected import inspect_lines

        return inspect_lines(report)

    publish(report, wanted, settings, lines)
