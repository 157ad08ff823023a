"""``bnlint check``."""

# ruff: noqa: PLC0415 - what a command needs is imported when it runs

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bnlint.commandline import help_texts, terminal
from bnlint.commandline.baseline_options import BASELINE, NO_BASELINE, WRITE_BASELINE, recording_of, write_baseline
from bnlint.commandline.config_options import CONFIG, ISOLATED, SHOW_SETTINGS, settings_of
from bnlint.commandline.help_layout import Command, Group, option
from bnlint.commandline.options import (
    ALL,
    EXTEND_IGNORE,
    EXTEND_SELECT,
    FAIL_ON,
    HISTORY,
    IGNORE,
    JOBS,
    PATHS,
    SELECT,
    report_options,
)
from bnlint.commandline.publishing import Output, Wanted, publish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bnlint.report.page import Line


@click.command(cls=Command, examples=help_texts.CHECK_EXAMPLES, exit_codes=help_texts.EXIT_CODES)
@PATHS
@SELECT
@IGNORE
@EXTEND_SELECT
@EXTEND_IGNORE
@FAIL_ON
@option(
    "--strict/--no-strict",
    group=Group.FAILURE,
    default=None,
    help="Fail too where a part is missing and a rule could not look.",
)
@option(
    "--require-layers/--no-require-layers",
    group=Group.FAILURE,
    default=None,
    help="Fail too where no batch-norm layer was found in any.",
)
@BASELINE
@NO_BASELINE
@WRITE_BASELINE
@ALL
@HISTORY
@JOBS
@CONFIG
@ISOLATED
@SHOW_SETTINGS
@report_options
def check(*, paths: tuple[str, ...], wanted: Wanted, written_to: str | None, **words: object) -> None:
    """Check the batch-norm layers of checkpoints.

    PATH is what a person has: the prefix of a checkpoint, any one of its files, a SavedModel, a Keras or a graph file,
    a URL, a glob in quotes, or a directory, which means the newest checkpoint of every run below it. Several
    checkpoints of one run, named or matched by a glob, are checked and compared, as are all of them with --history.
    """
    from bnlint.checking import check_paths

    settings = settings_of(words, wanted, paths, () if written_to is None else (Output("baseline", written_to),))
    recording = recording_of(written_to, wanted)
    with terminal.progress(is_quiet=wanted.verbosity < 0) as progress:
        report = check_paths(paths, settings, progress, recording)
    is_written = recording is None or write_baseline(recording, settings.baseline, wanted)

    def lines() -> Iterator[Line]:
        from bnlint.report.checked import check_lines

        return check_lines(report, verbose=wanted.verbosity > 0)

    publish(report, wanted, settings, lines, is_unwritten=not is_written)
