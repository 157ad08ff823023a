"""How ``--help`` is laid out: options under headings, then examples and exit codes. Knows click and nothing of bnlint.

An option says where it is defined under which heading it stands: ``option("--strict", group=Group.FAILURE, …)``. A
command that is made with ``cls=Command`` shows the headings, and is given its examples and exit codes as tables, which
are laid out for any width.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Any, TypeAlias, TypeVar

import click

_F = TypeVar("_F", bound=Callable[..., object])
Row: TypeAlias = tuple[str, str]
"""A thing, and what it means."""

_SWITCH = re.compile(r"--(\S+) / --no-\1$")
_WHOLE = 1000
"""Characters that no first sentence of a help has."""
_NARROW = 70
"""Below this width the second column begins early, and what is long has it on the next line."""


class Group(Enum):
    """The headings of options, in the order in which they are shown."""

    TARGET = "What to look at"
    RULES = "Which rules"
    FAILURE = "What counts as a failure"
    CONFIGURATION = "Configuration"
    REPORTS = "Reports"
    TEXT = "The text on the terminal"
    OTHER = "Other options"


class Option(click.Option):
    """An option that knows the heading it stands under."""

    def __init__(self, *args: Any, group: Group = Group.OTHER, **attributes: Any) -> None:  # noqa: ANN401 - click's
        super().__init__(*args, **attributes)
        self.group = group


def option(*names: str, group: Group, **attributes: Any) -> Callable[[_F], _F]:  # noqa: ANN401 - click's
    """Declare an option of a command, as `click.option` does, that stands under the heading ``group``."""
    return click.option(*names, cls=Option, group=group, **attributes)


class Command(click.Command):
    """A command whose help has headings, examples and exit codes."""

    def __init__(
        self,
        *args: Any,  # noqa: ANN401 - click's
        examples: Sequence[Row] = (),
        exit_codes: Sequence[Row] = (),
        environment: Sequence[Row] = (),
        **attributes: Any,  # noqa: ANN401 - click's
    ) -> None:
        super().__init__(*args, **attributes)
        self.examples, self.exit_codes, self.environment = examples, exit_codes, environment

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write every option under its heading, all in the same columns."""
        sections = [(group.value, _records(self, ctx, group)) for group in Group]
        _write(formatter, [(heading, rows) for heading, rows in sections if rows], _option_column(formatter))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the tables below the options."""
        _write(formatter, [("Examples", self.examples)], _example_column(formatter))
        _write(formatter, [("Exit codes", self.exit_codes)], _option_column(formatter))
        _write(formatter, [("Environment", self.environment)], _option_column(formatter))
        super().format_epilog(ctx, formatter)


class CommandGroup(Command, click.Group):
    """A command of commands, which stand before its options: they are what somebody looks for there."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, then the options."""
        self.format_commands(ctx, formatter)
        Command.format_options(self, ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write every command with its first sentence, whole: click would cut it where the line ends."""
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [(name, one.get_short_help_str(_WHOLE)) for name, one in found if one is not None and not one.hidden]
        _write(formatter, [("Commands", rows)], _option_column(formatter))


def _records(command: click.Command, context: click.Context, group: Group) -> list[Row]:
    """Return the options of ``group`` and their help, in the order of their declaration."""
    found = []
    for parameter in command.get_params(context):
        if isinstance(parameter, click.Option) and getattr(parameter, "group", Group.OTHER) is group:
            record = parameter.get_help_record(context)
            if record is not None:
                found.append((_SWITCH.sub(r"--[no-]\1", record[0]), record[1]))
    return found


def _write(formatter: click.HelpFormatter, sections: Iterable[tuple[str, Sequence[Row]]], column: int) -> None:
    """Write tables, with their second columns in one line where they begin before ``column``."""
    sections = [(heading, rows) for heading, rows in sections if rows]
    widest = max((len(first) for _, rows in sections for first, _ in rows if len(first) <= column), default=0)
    for heading, rows in sections:
        with formatter.section(heading):
            formatter.write_dl([(first.ljust(widest), second) for first, second in rows], col_max=widest)


def _option_column(formatter: click.HelpFormatter) -> int:
    return 24 if formatter.width >= _NARROW else 12


def _example_column(formatter: click.HelpFormatter) -> int:
    return 44 if formatter.width >= _NARROW else 4
