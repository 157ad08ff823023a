"""The command line: words → Settings → check → renderer → exit code. Knows click, with `bnlint.options`.

What a command needs is imported when it runs, so that ``--help`` and ``--version`` answer at once.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING, NoReturn

import click

from bnlint import __version__, terminal
from bnlint.config import TRACEBACK, Settings
from bnlint.findings import ProblemKind, Severity
from bnlint.options import ALL, COLOR, JOBS, PATHS, report_options, words

if TYPE_CHECKING:
    from bnlint.findings import Report
    from bnlint.terminal import ColorChoice

_INTERRUPTED = 130
_INTERNAL_ERROR = 2
_EXIT_CODES = """\
\b
Exit codes:
  0  nothing at or above --fail-on (an error, unless told otherwise)
  1  findings at or above it
  2  wrong usage, a path that does not exist, a file that could not be read
  3  the place exists and holds no checkpoint
"""
_EXIT_CODES_OF_INSPECT = """\
\b
Exit codes:
  0  everything could be read
  2  wrong usage, a path that does not exist, a file that could not be read
  3  the place exists and holds no checkpoint
"""
_EXAMPLES = """\
\b
Examples:
  bnlint check model.ckpt-18000              a checkpoint by its prefix
  bnlint check runs/                         the newest of every run below
  bnlint check model.keras export/1600000000 gs://bucket/run/model.ckpt-9
  bnlint check m.ckpt --format json -o report.json
  bnlint inspect m.ckpt                      every layer and what it holds
  bnlint rule BN301                          what a finding means
"""
_CHECK_EXAMPLES = """\
\b
Examples:
  bnlint check model.ckpt-18000
  bnlint check model.ckpt-18000 --select BN3 --ignore BN305
  bnlint check runs/ --all --jobs 4
  bnlint check 'runs/*/model.ckpt-*' --format json --output report.json
  bnlint check training/ --fail-on warning --strict --require-layers
"""


def main() -> NoReturn:
    """Run the program."""
    # numpy starts a thread per core for linear algebra that bnlint never does; waiting for them is half its import.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.disable()  # imports and graphs are hundreds of thousands of objects that stay, and no cycles worth finding
    code = run(sys.argv[1:])
    with contextlib.suppress(OSError):  # a closed pipe has had its say
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)  # taking everything apart, object by object, would be a tenth of a run


def run(arguments: Sequence[str]) -> int:
    """Run the program and return its exit code. Whatever happens, nobody is shown a traceback who did not ask."""
    try:
        code = cli.main(list(arguments), prog_name="bnlint", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _INTERRUPTED
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        _confess(error)
        return _INTERNAL_ERROR
    return code if isinstance(code, int) else 0


def _confess(error: Exception) -> None:
    """Tell of a fault of bnlint itself: what happened, and where to report it."""
    terminal.complain(f"internal error: {type(error).__name__}: {error}")
    _ask_for_a_report()


def _ask_for_a_report() -> None:
    terminal.complain(
        "please report it with the checkpoint's .meta to the bnlint issue tracker "
        f"({TRACEBACK}=1 in the environment shows where it happened)"
    )


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=f"{_EXAMPLES}\n{_EXIT_CODES}")
@click.version_option(__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Find batch-normalization mistakes in saved TensorFlow checkpoints.

    bnlint reads what training left behind, without TensorFlow, says which batch-norm layers are broken and why, and
    what to change.
    """


@cli.command(epilog=f"{_CHECK_EXAMPLES}\n{_EXIT_CODES}")
@PATHS
@click.option("--select", metavar="RULES", multiple=True, callback=words, help="Only these rules: BN301, BN3, a name.")
@click.option("--ignore", metavar="RULES", multiple=True, callback=words, help="Not these rules.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "info", "never"]),
    default="error",
    help="The least severity that exits with 1.  [default: error]",
)
@click.option("--strict", is_flag=True, help="Fail too where a part is missing and a rule could not look.")
@click.option("--require-layers", is_flag=True, help="Fail too where no batch-norm layer was found.")
@ALL
@JOBS
@click.option("-v", "--verbose", is_flag=True, help="Leave nothing out of the text: every layer, every op, every info.")
@report_options
def check(  # noqa: PLR0913 - one parameter for each option
    *,
    paths: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fail_on: str,
    strict: bool,
    require_layers: bool,
    every: bool,
    jobs: int,
    verbose: bool,
    form: str,
    output: str | None,
    color: ColorChoice,
) -> None:
    """Check the batch-norm layers of checkpoints.

    PATH is what a person has: the prefix of a checkpoint, any one of its files, a SavedModel, a Keras or a graph file,
    a URL, a glob in quotes, or a directory, which means the newest checkpoint of every run below it.
    """
    from bnlint.checking import FAILED, check_paths, exit_code, failures
    from bnlint.rules.registry import selected

    least = None if fail_on == "never" else Severity[fail_on.upper()]
    settings = Settings(select, ignore, least, strict=strict, require_layers=require_layers, all=every, jobs=jobs)
    if not selected(select, ignore):
        raise click.UsageError("--select and --ignore leave no rule to run")
    with terminal.progress() as progress:
        report = check_paths(paths, settings, progress)

    def text() -> Iterator[str]:
        from bnlint.report.checked import check_lines
        from bnlint.report.text import pieces

        lines = check_lines(report, verbose=verbose)
        return pieces(lines, width=terminal.width(), color=_use_color(color, output))

    _publish(report, form, output, text)
    code = exit_code(report, settings)
    if code == FAILED:
        _explain(failures(report, settings))
    click.get_current_context().exit(code)


@cli.command(epilog=_EXIT_CODES_OF_INSPECT)
@PATHS
@ALL
@JOBS
@report_options
def inspect(  # noqa: PLR0913 - one parameter for each option
    *, paths: tuple[str, ...], every: bool, jobs: int, form: str, output: str | None, color: ColorChoice
) -> None:
    """Show every batch-norm layer: its variables, values and wiring.

    PATH is as for check. The JSON is that of a check without findings.
    """
    from bnlint.checking import exit_code, inspect_paths

    with terminal.progress() as progress:
        report = inspect_paths(paths, Settings(all=every, jobs=jobs), progress)

    def text() -> Iterator[str]:
        from bnlint.report.inspected import inspect_lines
        from bnlint.report.text import pieces

        return pieces(inspect_lines(report), width=terminal.width(), color=_use_color(color, output))

    _publish(report, form, output, text)
    click.get_current_context().exit(exit_code(report, Settings(fail_on=None)))


@cli.command()
@click.argument("word", metavar="[CODE|NAME]", required=False)
@COLOR
def rule(*, word: str | None, color: ColorChoice) -> None:
    """Show the documentation of a rule; without one, list them all."""
    from bnlint.report.rule_page import rule_list, rule_page
    from bnlint.rules.registry import RULES, UnknownRuleError, find_rules

    try:
        rules = RULES if word is None else find_rules(word)
    except UnknownRuleError as error:
        raise click.UsageError(str(error)) from None
    in_color = _use_color(color, None)
    if word is None or len(rules) > 1:
        from bnlint.report.text import render

        shown = render(rule_list(rules), width=terminal.width(), color=in_color)
    elif in_color or sys.stdout.isatty():
        from bnlint.report import markdown

        shown = markdown.render(rule_page(rules[0]), width=terminal.width(), color=in_color)
    else:
        shown = rule_page(rules[0])
    terminal.write([shown], None)


def _use_color(choice: ColorChoice, output: str | None) -> bool:
    """A file gets colours only where they were asked for."""
    return choice == "always" if output else terminal.use_color(choice, sys.stdout)


def _publish(report: Report, form: str, output: str | None, text: Callable[[], Iterator[str]]) -> None:
    """Write the report, and say each problem in a line of its own on stderr."""
    if form == "json":
        from bnlint.report.json import pieces

        rendered = pieces(report)
    else:
        rendered = text()
    for problem in (p for artifact in report.artifacts for p in artifact.problems):
        terminal.complain(f"error: {problem.path}: {problem.message}")
        if problem.kind is ProblemKind.INTERNAL:
            _ask_for_a_report()
    try:
        terminal.write(rendered, output)
    except OSError as error:
        terminal.complain(f"error: {output or 'stdout'}: cannot be written: {error.strerror or error}")
        click.get_current_context().exit(_INTERNAL_ERROR)


def _explain(failed: Collection[str]) -> None:
    """Say what failed a run that has no finding to show for it."""
    if "fail_on" in failed:
        return
    if "strict" in failed:
        terminal.complain("failed by --strict: a rule could not look, see what was skipped")
    if "require_layers" in failed:
        terminal.complain("failed by --require-layers: no batch-norm layer was found")
