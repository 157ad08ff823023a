"""The options that commands share, and what is refused at once. Knows click."""

# ruff: noqa: PLC0415 - what a check needs is imported when a word has to be checked

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar, cast

import click

from bnlint.commandline import terminal
from bnlint.commandline.config_options import needed
from bnlint.commandline.help_layout import Group, option
from bnlint.commandline.publishing import STDOUT, Output, Wanted
from bnlint.report.formats import NAMES, TEXT

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from bnlint.commandline.terminal import ColorChoice

_F = TypeVar("_F", bound=Callable[..., object])
_Path = TypeVar("_Path", str, None)


def not_a_checkpoint(context: click.Context, parameter: click.Parameter, value: _Path) -> _Path:
    """Refuse to write a report over a file of a checkpoint."""
    if value is not None:
        from bnlint.artifacts.naming import is_of_artifact
        from bnlint.artifacts.single_file import is_artifact

        names = {os.path.basename(path) for path in (value, terminal.place(value))}  # noqa: PTH119 - as it is written
        if any(map(is_of_artifact, names)) or is_artifact(value):
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


def _rules_beginning(context: click.Context, parameter: click.Parameter, word: str) -> list[CompletionItem[str]]:
    from bnlint.commandline.completing import rule_list

    return rule_list(context, parameter, word)


def _formats_beginning(context: click.Context, parameter: click.Parameter, word: str) -> list[CompletionItem[str]]:
    from bnlint.commandline.completing import report

    return report(context, parameter, word)


def _rules_option(name: str, meaning: str) -> Callable[[_F], _F]:
    return option(
        name,
        group=Group.RULES,
        metavar="RULES",
        multiple=True,
        callback=_words,
        shell_complete=_rules_beginning,
        help=meaning,
    )


PATHS = click.argument("paths", metavar="PATH...", nargs=-1, callback=needed, type=click.Path(readable=False))
ALL = option(
    "--all/--no-all",
    group=Group.TARGET,
    default=None,
    help="Every checkpoint below a directory, not only the newest of each run.",
)
HISTORY = option(
    "--history/--no-history",
    group=Group.TARGET,
    default=None,
    help="Every checkpoint below a directory, those of each run compared with one another.",
)
JOBS = option(
    "-j",
    "--jobs",
    group=Group.TARGET,
    metavar="N",
    type=click.IntRange(min=0),
    help="Processes that share the work; 0 is one per processor.  [default: 1]",
)
SELECT = _rules_option("--select", "Only these rules: BN301, BN3, a name.")
IGNORE = _rules_option("--ignore", "Not these rules.")
EXTEND_SELECT = _rules_option("--extend-select", "These rules too, beside those that a file selects.")
EXTEND_IGNORE = _rules_option("--extend-ignore", "Nor these rules, beside those that a file ignores.")
FAIL_ON = option(
    "--fail-on",
    group=Group.FAILURE,
    metavar="SEVERITY",
    type=click.Choice(["error", "warning", "info", "never"]),
    help="The least severity that exits with 1: error, warning, info, or never.  [default: error]",
)
COLOR = option(
    "--color",
    group=Group.TEXT,
    metavar="WHEN",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Colours: auto (on a terminal, unless NO_COLOR is set), always or never.",
)


def _reports(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> tuple[Output, ...]:
    """Read every FORMAT=PATH, and refuse two reports in one place."""
    outputs = []
    for word in value:
        form, separator, path = word.partition("=")
        if form not in NAMES or not separator or not path:
            raise click.BadParameter(
                f"{word!r} is not FORMAT=PATH, with a format out of {', '.join(NAMES)}", context, parameter
            )
        outputs.append(Output(form, path if path == STDOUT else not_a_checkpoint(context, parameter, path)))
    taken = [output.place for output in outputs]
    twice = next((output.path for output in outputs if taken.count(output.place) > 1), None)
    if twice is not None:
        raise click.BadParameter(f"two reports cannot both be written to {twice}", context, parameter)
    return tuple(outputs)


def report_options(command: _F) -> _F:
    """Add the options of every command that reports; the command is given them as one `Wanted`."""

    @functools.wraps(command)
    def gathered(  # noqa: PLR0913 - one for each option
        *,
        form: str,
        output: str | None,
        reports: tuple[Output, ...],
        color: ColorChoice,
        verbose: bool,
        quiet: bool,
        **others: object,
    ) -> object:
        if verbose and quiet:
            raise click.UsageError("--quiet and --verbose contradict each other")
        shown = Output(form, output or STDOUT)
        if shown.place in [one.place for one in reports] and (form != TEXT or shown.path != STDOUT):
            raise click.UsageError(f"two reports cannot both be written to {output or 'stdout'}")
        return command(wanted=Wanted(shown, reports, color, int(verbose) - int(quiet)), **others)

    options = (
        option(
            "--format",
            "form",
            group=Group.REPORTS,
            metavar="FORMAT",
            type=click.Choice(NAMES),
            default=TEXT,
            help=f"The format of the report on stdout: {', '.join(NAMES)}.  [default: text]",
        ),
        option(
            "-o",
            "--output",
            group=Group.REPORTS,
            metavar="FILE",
            type=click.Path(dir_okay=False),
            callback=not_a_checkpoint,
            help="Write that report there.",
        ),
        option(
            "--report",
            "reports",
            group=Group.REPORTS,
            metavar="FORMAT=PATH",
            multiple=True,
            callback=_reports,
            shell_complete=_formats_beginning,
            help="Write another report beside it; - is stdout. May be repeated.",
        ),
        option(
            "-v",
            "--verbose",
            group=Group.TEXT,
            is_flag=True,
            help="Leave nothing out: every layer, every op, every info.",
        ),
        option(
            "-q",
            "--quiet",
            group=Group.TEXT,
            is_flag=True,
            help="A line for each thing that is wrong, and nothing while nothing is.",
        ),
        COLOR,
    )
    wrapped: object = gathered
    for add in reversed(options):
        wrapped = add(wrapped)
    return cast("_F", wrapped)
