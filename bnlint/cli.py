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

from bnlint import __version__, help_texts, terminal
from bnlint.config import TRACEBACK, Settings
from bnlint.findings import ProblemKind, Severity
from bnlint.options import ALL, COLOR, FAIL_ON, HISTORY, IGNORE, JOBS, PATHS, SELECT, VERBOSE, report_options

if TYPE_CHECKING:
    from bnlint.findings import Report
    from bnlint.terminal import ColorChoice

_INTERRUPTED = 130
_INTERNAL_ERROR = 2


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


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]}, epilog=f"{help_texts.EXAMPLES}\n{help_texts.EXIT_CODES}"
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Find batch-normalization mistakes in saved TensorFlow checkpoints.

    bnlint reads what training left behind, without TensorFlow, says which batch-norm layers are broken and why, and
    what to change.
    """


@cli.command(epilog=f"{help_texts.CHECK_EXAMPLES}\n{help_texts.EXIT_CODES}")
@PATHS
@SELECT
@IGNORE
@FAIL_ON
@click.option("--strict", is_flag=True, help="Fail too where a part is missing and a rule could not look.")
@click.option("--require-layers", is_flag=True, help="Fail too where no batch-norm layer was found.")
@ALL
@HISTORY
@JOBS
@VERBOSE
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
    history: bool,
    jobs: int,
    verbose: bool,
    form: str,
    output: str | None,
    color: ColorChoice,
) -> None:
    """Check the batch-norm layers of checkpoints.

    PATH is what a person has: the prefix of a checkpoint, any one of its files, a SavedModel, a Keras or a graph file,
    a URL, a glob in quotes, or a directory, which means the newest checkpoint of every run below it. Several
    checkpoints of one run, named or matched by a glob, are checked and compared, as are all of them with --history.
    """
    from bnlint.checking import check_paths

    settings = Settings(
        select,
        ignore,
        _severity(fail_on),
        strict=strict,
        require_layers=require_layers,
        all=every,
        history=history,
        jobs=jobs,
    )
    _refuse_no_rules(settings)
    with terminal.progress() as progress:
        report = check_paths(paths, settings, progress)

    def text() -> Iterator[str]:
        from bnlint.report.checked import check_lines
        from bnlint.report.text import pieces

        lines = check_lines(report, verbose=verbose)
        return pieces(lines, width=terminal.width(), color=_use_color(color, output))

    _publish(report, form, output, text)
    _exit(report, settings)


@cli.command(epilog=f"{help_texts.DIFF_EXAMPLES}\n{help_texts.EXIT_CODES}")
@click.argument("before", metavar="BEFORE", type=click.Path(readable=False))
@click.argument("after", metavar="AFTER", type=click.Path(readable=False))
@SELECT
@IGNORE
@FAIL_ON
@VERBOSE
@report_options
def diff(  # noqa: PLR0913 - one parameter for each option
    *,
    before: str,
    after: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fail_on: str,
    verbose: bool,
    form: str,
    output: str | None,
    color: ColorChoice,
) -> None:
    """Compare two checkpoints: what moved of every layer, how far, and what that looks like.

    BEFORE and AFTER are paths as for check that lead to one checkpoint each. The rules judge what moved and what did
    not; for what else is wrong with either, use check.
    """
    from bnlint.differing import diff_paths

    settings = Settings(select, ignore, _severity(fail_on))
    _refuse_no_rules(settings)
    report = diff_paths(before, after, settings)

    def text() -> Iterator[str]:
        from bnlint.report.compared import diff_lines
        from bnlint.report.text import pieces

        lines = diff_lines(report, verbose=verbose)
        return pieces(lines, width=terminal.width(), color=_use_color(color, output))

    _publish(report, form, output, text)
    _exit(report, settings)


@cli.command(epilog=help_texts.EXIT_CODES_OF_INSPECT)
@PATHS
@ALL
@HISTORY
@JOBS
@report_options
def inspect(  # noqa: PLR0913 - one parameter for each option
    *, paths: tuple[str, ...], every: bool, history: bool, jobs: int, form: str, output: str | None, color: ColorChoice
) -> None:
    """Show every batch-norm layer: its variables, values and wiring.

    PATH is as for check. The JSON is that of a check without findings. With --history, how every layer moved over the
    checkpoints of each run.
    """
    from bnlint.checking import exit_code, inspect_paths

    with terminal.progress() as progress:
        report = inspect_paths(paths, Settings(all=every, history=history, jobs=jobs), progress)

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


def _severity(word: str) -> Severity | None:
    return None if word == "never" else Severity[word.upper()]


def _refuse_no_rules(settings: Settings) -> None:
    from bnlint.rules.registry import selected

    if not selected(settings.select, settings.ignore):
        raise click.UsageError("--select and --ignore leave no rule to run")


def _exit(report: Report, settings: Settings) -> NoReturn:
    from bnlint.checking import FAILED, exit_code, failures

    code = exit_code(report, settings)
    if code == FAILED:
        _explain(failures(report, settings))
    click.get_current_context().exit(code)


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
