"""From a report to whoever reads it: the terminal, files, stdout in several formats, and the exit code. Knows click."""

# ruff: noqa: PLC0415 - a format is imported when it is written

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple, NoReturn, TextIO

import click

from bnlint.commandline import terminal
from bnlint.exit_codes import FAILED, UNREADABLE, exit_code, failures
from bnlint.findings import ProblemKind
from bnlint.report.formats import TEXT, renderer
from bnlint.settings import TRACEBACK, Settings

if TYPE_CHECKING:
    from bnlint.commandline.terminal import ColorChoice
    from bnlint.report.about import About
    from bnlint.report.page import Line
    from bnlint.results import Report
    from bnlint.rules.rule import Rule

STDOUT = "-"


class Output(NamedTuple):
    """One report to write."""

    format: str
    path: str
    """A file, or ``-`` for stdout."""

    @property
    def place(self) -> str:
        """The same however it is spelled, and whatever links lead there."""
        return STDOUT if self.path == STDOUT else terminal.place(self.path)


class Wanted(NamedTuple):
    """What a person wants to see, and where."""

    shown: Output
    """The report that is always there: on stdout, unless another one is."""
    reports: tuple[Output, ...] = ()
    color: ColorChoice = "auto"
    verbosity: int = 0
    """1 to leave nothing out, -1 to say nothing of what is in order."""

    @property
    def formats(self) -> frozenset[str]:
        """Every format that is to be written."""
        return frozenset(output.format for output in (self.shown, *self.reports))


def publish(
    report: Report,
    wanted: Wanted,
    settings: Settings,
    lines: Callable[[], Iterable[Line]],
    *,
    is_unwritten: bool = False,
) -> NoReturn:
    """Write the report as ``wanted``, say each problem in a line of its own on stderr, and leave with the exit code.

    ``lines`` makes the text, which every command has its own of. What else was to be written and ``is_unwritten``
    counts as a report that cannot be written.
    """
    for problem in (p for artifact in report.artifacts for p in artifact.problems):
        terminal.complain(f"error: {problem.path}: {problem.message}")
        if problem.kind is ProblemKind.INTERNAL:
            ask_for_a_report()
    failed = failures(report, settings)
    code = UNREADABLE if is_unwritten else exit_code(report, failed)
    about = _about(report, settings, code, failed)
    for output in (*wanted.reports, wanted.shown):
        stream = _stream(output, wanted)
        if output.format == TEXT:
            pieces = _text(report, about, wanted, lines, stream)
        else:
            pieces = renderer(output.format)(report, about)
        if not _write(pieces, output.path, stream):
            code = UNREADABLE
    if code == FAILED:
        _explain(failed)
    click.get_current_context().exit(code)


def _about(report: Report, settings: Settings, code: int, failed: frozenset[str]) -> About:
    from bnlint.report.about import About

    return About(_rules(report), settings.fail_on, failed, code)


def _rules(report: Report) -> tuple[Rule, ...]:
    """Return the rules that were asked to look; an inventory needs none, nor plugins."""
    if not report.rules:
        return ()
    from bnlint.rules.registry import all_rules

    return tuple(rule for rule in all_rules() if rule.code in report.rules)


def _stream(output: Output, wanted: Wanted) -> TextIO | None:
    """Return what a report is written to, None for a file. What is always there gives way to another on stdout."""
    if output.path != STDOUT:
        return None
    is_beside = output is wanted.shown and any(other.path == STDOUT for other in wanted.reports)
    return sys.stderr if is_beside else sys.stdout


def _text(
    report: Report, about: About, wanted: Wanted, lines: Callable[[], Iterable[Line]], stream: TextIO | None
) -> Iterator[str]:
    from bnlint.report.quiet import quiet_lines
    from bnlint.report.text import pieces

    # A file gets colours only where they were asked for, and is never shortened: it is read after the fact.
    in_color = wanted.color == "always" if stream is None else terminal.use_color(wanted.color, stream)
    is_quiet = wanted.verbosity < 0 and stream is not None
    text = quiet_lines(report, about) if is_quiet else lines()
    return pieces(text, width=terminal.width(), color=in_color, links=terminal.use_links(stream))


def _write(pieces: Iterator[str], path: str, stream: TextIO | None) -> bool:
    """Write one report; say so and return False where that cannot be done."""
    try:
        if stream is None:
            terminal.write_file(pieces, path)
        else:
            terminal.write(pieces, stream)
    except OSError as error:
        terminal.complain_unwritten("stdout" if path == STDOUT else path, error)
        return False
    return True


def ask_for_a_report() -> None:
    """Say where to report a fault of bnlint."""
    terminal.complain(
        "please report it with the checkpoint's .meta to the bnlint issue tracker "
        f"({TRACEBACK}=1 in the environment shows where it happened)"
    )


def _explain(failed: Collection[str]) -> None:
    """Say what failed a run that has no finding to show for it."""
    if "fail_on" in failed:
        return
    if "strict" in failed:
        terminal.complain("failed by --strict: a rule could not look, see what was skipped")
    if "require_layers" in failed:
        terminal.complain("failed by --require-layers: no batch-norm layer was found")
