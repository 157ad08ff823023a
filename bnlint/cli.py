"""The command line: words → Settings → check → renderer → exit code. The only module that knows click.

What a command needs is imported when it runs, so that ``--help`` and ``--version`` answer at once.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, NoReturn, TypeVar

import click

from bnlint import __version__, terminal
from bnlint.config import TRACEBACK, Settings
from bnlint.findings import ProblemKind, Severity

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
_EXAMPLES = """\
\b
Examples:
  bnlint check model.ckpt-18000              a checkpoint by its prefix
  bnlint check training/                     the latest one of a directory
  bnlint check m.ckpt --format json -o report.json
  bnlint inspect m.ckpt                      every layer and what it holds
  bnlint rule BN301                          what a finding means
"""
_CHECK_EXAMPLES = """\
\b
Examples:
  bnlint check model.ckpt-18000
  bnlint check model.ckpt-18000 --select BN3 --ignore BN305
  bnlint check training/ --format json --output report.json
  bnlint check training/ --fail-on warning --strict --require-layers
"""
_F = TypeVar("_F", bound=Callable[..., object])


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


def _not_a_checkpoint(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Refuse to write a report over a file of a checkpoint."""
    if value is not None:
        from bnlint.artifacts.naming import STATE_FILE, split_suffix

        name = os.path.basename(value)  # noqa: PTH119 - a Path would normalise what the user wrote
        if split_suffix(name)[1] or name == STATE_FILE:
            raise click.BadParameter(f"{value} is a file of a checkpoint", context, parameter)
    return value


def _words(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Split at commas, and refuse a word that means no rule."""
    words = tuple(word.strip() for part in value for word in part.split(","))
    if words:
        from bnlint.rules.registry import UnknownRuleError, selected

        try:
            selected(words, ())
        except UnknownRuleError as error:
            raise click.BadParameter(str(error), context, parameter) from None
    return words


_PATHS = click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path())
_COLOR = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Whether to use colours; auto is on a terminal, unless NO_COLOR is set.",
)


def _report_options(command: _F) -> _F:
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
        _COLOR,
    )
    for option in reversed(options):
        command = option(command)
    return command


@cli.command(epilog=f"{_CHECK_EXAMPLES}\n{_EXIT_CODES}")
@_PATHS
@click.option("--select", metavar="RULES", multiple=True, callback=_words, help="Only these rules: BN301, BN3, a name.")
@click.option("--ignore", metavar="RULES", multiple=True, callback=_words, help="Not these rules.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "info", "never"]),
    default="error",
    help="The least severity that exits with 1.  [default: error]",
)
@click.option("--strict", is_flag=True, help="Fail too where a part is missing and a rule could not look.")
@click.option("--require-layers", is_flag=True, help="Fail too where no batch-norm layer was found.")
@click.option("-v", "--verbose", is_flag=True, help="Leave nothing out of the text: every layer, every op, every info.")
@_report_options
def check(  # noqa: PLR0913 - one parameter for each option
    *,
    paths: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fail_on: str,
    strict: bool,
    require_layers: bool,
    verbose: bool,
    form: str,
    output: str | None,
    color: ColorChoice,
) -> None:
    """Check the batch-norm layers of checkpoints.

    PATH is what a person has: the prefix of a checkpoint, any one of its files, or the directory it is in.
    """
    from bnlint.checking import FAILED, check_paths, exit_code, failures
    from bnlint.rules.registry import selected

    least = None if fail_on == "never" else Severity[fail_on.upper()]
    settings = Settings(select, ignore, least, strict=strict, require_layers=require_layers)
    if not selected(select, ignore):
        raise click.UsageError("--select and --ignore leave no rule to run")
    report = check_paths(paths, settings)

    def text() -> str:
        from bnlint.report.text import render_check

        return render_check(report, width=terminal.width(), color=_use_color(color, output), verbose=verbose)

    _publish(report, form, output, text)
    code = exit_code(report, settings)
    if code == FAILED:
        _explain(failures(report, settings))
    click.get_current_context().exit(code)


@cli.command(epilog=_EXIT_CODES)
@_PATHS
@_report_options
def inspect(*, paths: tuple[str, ...], form: str, output: str | None, color: ColorChoice) -> None:
    """Show every batch-norm layer: its variables, values and wiring.

    The JSON is that of a check without findings.
    """
    from bnlint.checking import exit_code, inspect_paths

    report = inspect_paths(paths)

    def text() -> str:
        from bnlint.report.text import render_inventory

        return render_inventory(report, width=terminal.width(), color=_use_color(color, output))

    _publish(report, form, output, text)
    click.get_current_context().exit(exit_code(report, Settings(fail_on=None)))


@cli.command()
@click.argument("word", metavar="[CODE|NAME]", required=False)
@_COLOR
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
    terminal.write(shown, None)


def _use_color(choice: ColorChoice, output: str | None) -> bool:
    """A file gets colours only where they were asked for."""
    return choice == "always" if output else terminal.use_color(choice, sys.stdout)


def _publish(report: Report, form: str, output: str | None, text: Callable[[], str]) -> None:
    """Write the report, and say each problem in a line of its own on stderr."""
    if form == "json":
        from bnlint.report.json import render

        rendered = render(report)
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
