"""Settings: what a run of bnlint is asked to do. Words and numbers only; knows no files and no options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from bnlint.findings import Severity

TRACEBACK = "BNLINT_TRACEBACK"
"""Set in the environment, it lets a fault of bnlint's own show where it happened."""


class ConfigError(ValueError):
    """A configuration that cannot be used: where it says so, and what is wrong."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(f"{place}: {message}")


@dataclass(frozen=True, slots=True)
class PerPath:
    """What differs for the artifacts that a glob matches. What it does not name stays as it is elsewhere.

    Which rules run is said as in a configuration (see `bnlint.judging.choosing.Choice`), after what is said for all.
    """

    path: str
    """A glob, relative to `Settings.root`, or of URLs; ``**`` is any number of directories. A directory means what is
    below it."""
    select: tuple[str, ...] = ()
    """The rules to run instead of those of the settings; empty to leave them."""
    ignore: tuple[str, ...] | None = None
    """The rules not to run instead of those that the settings ignore; None to leave them."""
    extend_select: tuple[str, ...] = ()
    """Rules to run beside those of the settings, also where these ignore them."""
    extend_ignore: tuple[str, ...] = ()
    """Rules not to run, beside those that the settings ignore."""
    severity: Mapping[str, Severity] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    thresholds: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    source: str = ""
    """Where it was written, for people, such as ``bnlint.toml: per-path[2]``."""

    def __post_init__(self) -> None:
        """Take a list of words for a tuple, a word alone for itself, and the word of a severity for that.

        Raises:
            ConfigError: a word is no severity.
        """
        for name in ("select", "ignore", "extend_select", "extend_ignore"):
            object.__setattr__(self, name, _words(getattr(self, name)))
        object.__setattr__(self, "severity", _severities(self.severity))


class Suppress(NamedTuple):
    """Findings to list and not to count, and why."""

    rules: tuple[str, ...]
    """Codes, code prefixes or names."""
    reason: str
    layer: str | None = None
    """A glob of their names, in which ``*`` means slashes too; None for every layer, and for findings about the
    artifact."""
    path: str | None = None
    """A glob as that of `PerPath`; None for every artifact."""
    source: str = ""
    """Where it was written, for people, such as ``bnlint.toml: suppress[2]``."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What to check and what counts as a failure."""

    select: tuple[str, ...] = ()
    """Codes, code prefixes or names of the rules to run; empty for all."""
    ignore: tuple[str, ...] = ()
    """Rules not to run, in the same words."""
    severity: Mapping[str, Severity] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    """By rule, in the same words: what takes the place of its default severity. Findings that are milder than the
    default, because the rule's page makes an exception for them, never become worse."""
    thresholds: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    """By the code of a rule and the name of the threshold on its page: ``BN105.warning``."""
    per_path: tuple[PerPath, ...] = ()
    """What differs by path; later ones beat earlier ones."""
    suppress: tuple[Suppress, ...] = ()
    baseline: str | None = None
    """The file of a baseline: the findings that it lists are not counted."""
    root: str | None = None
    """The directory that globs of paths are relative to; None for the working directory."""
    fail_on: Severity | None = Severity.ERROR
    """The least severity that makes a run fail; None for never."""
    strict: bool = False
    """Fail when a rule was skipped because a part of the artifact is missing."""
    require_layers: bool = False
    """Fail when no batch-norm layer was recognised."""
    all: bool = False
    """Check every artifact below a directory, not only the newest of each run."""
    history: bool = False
    """Check every artifact below a directory, and compare those of each run with one another."""
    distributions: bool = False
    """Count how the values of every layer are spread (`LayerReport.distributions`), for pictures of them."""
    jobs: int = 1
    """Processes that share the work; 0 for as many as the machine has processors."""

    def __post_init__(self) -> None:
        """Take a list of words for a tuple, a word alone for itself, and the word of a severity for that.

        Raises:
            ConfigError: a word is no severity, or a suppression gives no reason.
        """
        for name in ("select", "ignore"):
            object.__setattr__(self, name, _words(getattr(self, name)))
        object.__setattr__(self, "severity", _severities(self.severity))
        if self.fail_on is not None:
            object.__setattr__(self, "fail_on", _severity("fail_on", self.fail_on))
        for number, entry in enumerate(self.suppress, 1):
            if not entry.reason.strip():
                place = entry.source or f"suppress[{number}]"
                raise ConfigError(place, "has no reason: why these findings do not count")


ONE_VALUE = ("fail_on", "strict", "require_layers", "all", "history", "jobs", "baseline")
"""The fields of `Settings` that are one value, and that a file or the command line may set."""


def _severities(severities: Mapping[str, object]) -> Mapping[str, Severity]:
    return MappingProxyType({rule: _severity(f"severity.{rule}", value) for rule, value in severities.items()})


def _severity(place: str, value: object) -> Severity:
    if isinstance(value, Severity):
        return value
    if not isinstance(value, str) or value.upper() not in Severity.__members__:
        raise ConfigError(place, f"{value!r} is no severity: {', '.join(one.label for one in Severity)}")
    return Severity[value.upper()]


def _words(words: str | Iterable[str] | None) -> tuple[str, ...] | None:
    return (words,) if isinstance(words, str) else None if words is None else tuple(words)


class Asked(NamedTuple):
    """What is asked of one artifact; plain words, that another process understands and that can be looked up."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    thresholds: tuple[tuple[str, float], ...] = ()
    distributions: bool = False
    is_inventory: bool = False
    """Whether no rule is to look."""
