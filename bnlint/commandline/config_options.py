"""The options about the configuration, and the settings that files and options make together. Knows click."""

# ruff: noqa: PLC0415 - few directories have a configuration, and what reads one is imported where there is one

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import click

from bnlint.commandline import terminal
from bnlint.commandline.help_layout import Group, option
from bnlint.commandline.publishing import Output, Wanted
from bnlint.settings import ONE_VALUE, Settings

if TYPE_CHECKING:
    from bnlint.config.overlay import Effective, Overlay

CONFIG = option(
    "--config",
    group=Group.CONFIGURATION,
    metavar="FILE",
    type=click.Path(),
    help="Read this file, not the nearest bnlint.toml or [tool.bnlint].",
)
ISOLATED = option("--isolated", group=Group.CONFIGURATION, is_flag=True, help="Read no file of settings.")
SHOW_SETTINGS = option(
    "--show-settings",
    group=Group.CONFIGURATION,
    is_flag=True,
    is_eager=True,  # without it, there has to be a path
    help="Print the settings that hold, and where each comes from; read nothing else.",
)
_COMMAND_LINE = "command line"
_RULES = ("select", "ignore", "extend_select", "extend_ignore")


def needed(context: click.Context, parameter: click.Parameter, value: object) -> object:
    """Refuse an argument that is not there, unless only the settings are to be shown."""
    if value in (None, ()) and not context.params.get("show_settings") and not context.resilient_parsing:
        raise click.MissingParameter(ctx=context, param=parameter)
    return value


def settings_of(
    words: Mapping[str, object], wanted: Wanted, paths: Iterable[str] = (), written: Iterable[Output] = ()
) -> Settings:
    """Return the settings that files and the options of a command make; print them and leave, if that is asked.

    What they are made of is spared by what the command writes: what is ``wanted``, and what else is ``written``.

    Raises:
        ConfigError: a file cannot be read, or says what nobody understands.
    """
    overlays = _overlays(words)
    if not overlays and not words.get("show_settings"):
        return replace(Settings(), distributions="html" in wanted.formats)
    from bnlint.config.overlay import laid

    effective = laid(overlays)
    _refuse_empty(effective.settings, overlays)
    if words.get("show_settings"):
        _show(effective, words, paths)
    outputs = (*wanted.reports, wanted.shown)
    files = [over.source for over in overlays if over.source != _COMMAND_LINE]
    _spare(files, (*outputs, *written), "is a file of settings")
    if effective.settings.baseline is not None:
        _spare([effective.settings.baseline], outputs, "is the baseline")
    return replace(effective.settings, distributions="html" in wanted.formats)


def _spare(files: Iterable[str], outputs: Iterable[Output], what: str) -> None:
    """Refuse to write over any of ``files``."""
    places = set(map(terminal.place, files))
    for output in outputs:
        if output.place in places:
            raise click.UsageError(f"{output.path} {what}, and no report is written over it")


def _overlays(words: Mapping[str, object]) -> tuple[Overlay, ...]:
    """Return what files say of what a command has options for, and what the command line says after them."""
    config = cast("str | None", words.get("config"))
    if config is not None and words.get("isolated"):
        raise click.UsageError("--config and --isolated contradict each other")
    said = _said(words)
    if words.get("isolated"):
        return said
    from bnlint.config.loading import configuration

    files = configuration(config=config)
    kept = (replace(one, plain={n: v for n, v in one.plain.items() if n in words}) for one in files)
    return (*kept, *said)


def _said(words: Mapping[str, object]) -> tuple[Overlay, ...]:
    plain = {name: words[name] for name in ONE_VALUE if words.get(name) is not None}
    rules = {name: words[name] for name in _RULES if words.get(name)}
    if words.get("no_baseline"):
        plain["baseline"] = None
    if not plain and not rules:
        return ()
    from bnlint.config.overlay import Overlay
    from bnlint.judging.choosing import Choice

    if plain.get("fail_on") == "never":
        plain["fail_on"] = None
    choice = Choice(**cast("dict[str, tuple[str, ...]]", rules))
    return (Overlay(_COMMAND_LINE, choice, plain, beats_paths=True),)


def _refuse_empty(settings: Settings, overlays: Sequence[Overlay]) -> None:
    from bnlint.config.loading import refuse_empty
    from bnlint.judging.choosing import Choice

    is_chosen_here = any(over.source == _COMMAND_LINE and over.choice != Choice() for over in overlays)
    if is_chosen_here and not Choice(settings.select, settings.ignore).codes():
        raise click.UsageError("--select and --ignore leave no rule to run")
    refuse_empty(settings, overlays)


def _show(effective: Effective, words: Mapping[str, object], paths: Iterable[str]) -> None:
    from bnlint.config.shown import shown

    terminal.write((f"{line}\n" for line in shown(effective, words, paths)), sys.stdout)
    click.get_current_context().exit(0)
