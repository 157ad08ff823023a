"""What each place says of the settings, laid one over the other: defaults, files, the command line.

Knows neither files nor options, only what was said, and by whom.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from bnlint.findings import Severity
from bnlint.judging.choosing import Choice, choice_of
from bnlint.settings import PerPath, Settings, Suppress

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Overlay:
    """What one place says. Of what it does not name, it says nothing."""

    source: str
    """For people: a file, or the command line."""
    choice: Choice = field(default_factory=Choice)
    plain: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    """Fields of `Settings` that are one value, by name."""
    severity: Mapping[str, Severity] = field(default_factory=lambda: MappingProxyType({}))
    """By code."""
    thresholds: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    per_path: tuple[PerPath, ...] = ()
    suppress: tuple[Suppress, ...] = ()
    root: str | None = None
    beats_paths: bool = False
    """Whether its choice of rules also beats what earlier ones say of single paths."""


class Effective(NamedTuple):
    """Settings, and who said what of them."""

    settings: Settings
    origins: Mapping[str, str]
    """The source of each field that somebody named; of severities and thresholds by ``severity.BN301``."""


def laid(overlays: Iterable[Overlay]) -> Effective:
    """Lay ``overlays`` over the defaults, the first below."""
    settings, choice, origins = Settings(), Choice(), dict[str, str]()
    for over in overlays:
        origins |= dict.fromkeys(over.plain, over.source)
        _choose(origins, over)
        origins |= {f"severity.{code}": over.source for code in over.severity}
        origins |= {f"thresholds.{key}": over.source for key in over.thresholds}
        choice = choice.then(over.choice)
        per_path = (*settings.per_path, *over.per_path)
        settings = replace(
            settings,
            select=choice.selected,
            ignore=choice.ignored,
            severity=MappingProxyType({**settings.severity, **over.severity}),
            thresholds=MappingProxyType({**settings.thresholds, **over.thresholds}),
            per_path=tuple(_overruled(one, over.choice) for one in per_path) if over.beats_paths else per_path,
            suppress=(*over.suppress, *settings.suppress),
            root=over.root or settings.root,
            **cast("Any", over.plain),
        )
    return Effective(settings, origins)


def _overruled(entry: PerPath, choice: Choice) -> PerPath:
    select, ignore, extend_select, extend_ignore = choice_of(entry).then(choice)
    return replace(entry, select=select, ignore=ignore, extend_select=extend_select, extend_ignore=extend_ignore)


def _choose(origins: dict[str, str], over: Overlay) -> None:
    """Note who said which rules run: who began anew, and who added to it."""
    choice = over.choice
    if choice.select:
        origins.pop("ignore", None)
        origins["select"] = over.source
    elif choice.extend_select:
        for name in ("select", "ignore"):
            if name in origins:
                origins[name] = f"{origins[name]}, {over.source}"
    if choice.ignore is not None:
        origins["ignore"] = over.source
    elif choice.extend_ignore:
        origins["ignore"] = f"{origins['ignore']}, {over.source}" if "ignore" in origins else over.source
