"""The command line: the program around its commands. Knows click, with `bnlint.commandline` and `bnlint.commands`.

What a command needs is imported when it runs, so that ``--help`` and ``--version`` answer at once.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from bnlint import __version__
from bnlint.commandline import help_texts
from bnlint.commandline.help_layout import CommandGroup

_COMPLETE = "_BNLINT_COMPLETE"
"""Set in the environment by the script of a shell that wants to know what may come next; its name is click's choice."""
_INTERRUPTED = 130
_INTERNAL_ERROR = 2
_COMMANDS = ("check", "diff", "inspect", "rule", "schema", "completion")
"""The most wanted first. Each is a function of that name in a module of that name."""


def main() -> NoReturn:
    """Run the program."""
    # numpy starts a thread per core for linear algebra that bnlint never does; waiting for them is half its import.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    _open_what_is_closed()
    gc.disable()  # imports and graphs are hundreds of thousands of objects that stay, and no cycles worth finding
    code = run(sys.argv[1:])
    with contextlib.suppress(OSError):  # a closed pipe has had its say
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)  # taking everything apart, object by object, would be a tenth of a run


def run(arguments: Sequence[str]) -> int:
    """Run the program and return its exit code. Whatever happens, nobody is shown a traceback who did not ask."""
    try:
        if _COMPLETE in os.environ:
            importlib.import_module("bnlint.commandline.completing")  # makes itself known to click
        code = cli.main(list(arguments), prog_name="bnlint", standalone_mode=False)
    except click.ClickException as error:
        with contextlib.suppress(OSError):  # who closed stderr does not want to know
            error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _INTERRUPTED
    except SystemExit:  # click's way to end where a reader has gone away: `bnlint --help | head` has seen enough
        if type(sys.stdout) is not click.utils.PacifyFlushWrapper:
            raise
        return 0
    except Exception as error:
        if _is_traceback_wanted():
            raise
        _confess(error)
        return _INTERNAL_ERROR
    return code if isinstance(code, int) else 0


def _open_what_is_closed() -> None:
    """Open a standard stream that was closed before Python began, or the next file that is opened gets its number.

    A stdout that cannot be written to remains an error; nobody wants to hear what a closed stderr would have said.
    """
    for name in ("stdin", "stdout", "stderr"):  # the least number that is free is given first
        if getattr(sys, name) is None:
            file = os.open(os.devnull, os.O_WRONLY if name == "stderr" else os.O_RDONLY)
            setattr(sys, name, os.fdopen(file, "r" if name == "stdin" else "w", encoding="utf-8"))


def _is_traceback_wanted() -> bool:
    from bnlint.settings import TRACEBACK  # noqa: PLC0415 - hardly ever needed

    return bool(os.environ.get(TRACEBACK))


def _confess(error: Exception) -> None:
    """Tell what cannot be used, a plugin or a configuration; of a fault of bnlint itself, also where to report it."""
    from bnlint.commandline import publishing, terminal  # noqa: PLC0415 - hardly ever needed
    from bnlint.rules.plugin_error import PluginError  # noqa: PLC0415 - as above
    from bnlint.settings import ConfigError  # noqa: PLC0415 - as above

    if isinstance(error, PluginError | ConfigError):
        terminal.complain(f"error: {error}")
        return
    if isinstance(error, OSError) and _is_raised_by(error, "click.utils", terminal.__name__):
        terminal.complain_unwritten("stdout", error)
        return
    terminal.complain(f"internal error: {type(error).__name__}: {error}")
    publishing.ask_for_a_report()


def _is_raised_by(error: BaseException, *modules: str) -> bool:
    """Say whether it was one of these modules that raised an error."""
    raised = error.__traceback__
    while raised is not None and raised.tb_next is not None:
        raised = raised.tb_next
    return raised is not None and raised.tb_frame.f_globals.get("__name__") in modules


class _Commands(CommandGroup):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of the commands."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Return one command; None where there is none of that name."""
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"bnlint.commands.{cmd_name}"), cmd_name)
        return command


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    examples=help_texts.EXAMPLES,
    exit_codes=help_texts.EXIT_CODES,
    environment=help_texts.ENVIRONMENT,
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Find batch-normalization mistakes in saved TensorFlow checkpoints.

    bnlint reads what training left behind, without TensorFlow, says which batch-norm layers are broken and why, and
    what to change.
    """
