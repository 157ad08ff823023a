"""The options about baselines, and the file that one of them writes. Knows click."""

# ruff: noqa: PLC0415 - most checks have no baseline

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bnlint.commandline import terminal
from bnlint.commandline.help_layout import Group, option
from bnlint.commandline.options import not_a_checkpoint
from bnlint.commandline.publishing import Output, Wanted

if TYPE_CHECKING:
    from bnlint.baseline.record import Recording, Tally

BASELINE = option(
    "--baseline",
    group=Group.FAILURE,
    metavar="FILE",
    type=click.Path(),
    help="Do not count what this file lists: findings that were there before.",
)
NO_BASELINE = option(
    "--no-baseline", group=Group.FAILURE, is_flag=True, help="Count them, whatever the configuration says."
)
WRITE_BASELINE = option(
    "--write-baseline",
    "written_to",
    group=Group.FAILURE,
    metavar="FILE",
    type=click.Path(dir_okay=False),
    callback=not_a_checkpoint,
    help="Write all that is found there, and count none of it.",
)


def recording_of(file: str | None, wanted: Wanted) -> Recording | None:
    """Return what takes down the baseline that is to be written to ``file``; None where none is."""
    if file is None:
        return None
    from bnlint.baseline.record import Recording

    if Output("baseline", file).place in {output.place for output in (wanted.shown, *wanted.reports)}:
        raise click.UsageError(f"a report and the baseline cannot both be written to {file}")
    return Recording(file)


def write_baseline(recording: Recording, before: str | None, wanted: Wanted) -> bool:
    """Write what was taken down, and say what is new in it; say so and return False where it cannot be written."""
    from bnlint.baseline.file import pieces

    if not recording.has_read:
        terminal.complain(f"{recording.file} is not written: nothing could be read")
        return True  # what was wrong with the paths has its own exit code
    try:
        terminal.write_file(pieces(recording.baseline, recording.file), recording.file)
    except OSError as error:
        terminal.complain_unwritten(recording.file, error)
        return False
    if wanted.verbosity >= 0:
        terminal.complain(f"wrote {recording.file}: {_told(recording.tally, before)}")
    return True


def _told(tally: Tally, before: str | None) -> str:
    from bnlint.report.page import count

    listed = count(tally.listed, "finding")
    if before is None:
        return listed
    kept = f", {tally.kept} kept that this check says nothing of" if tally.kept else ""
    return f"{listed}, {tally.new} of them new{kept}; {tally.gone} no longer found"
