"""What a format may tell beside the report itself. Filled in by who asks for one; knows no rules and no options."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from bnlint.findings import Severity


class Adjustable(Protocol):
    """A number of a rule that a team may set to its own."""

    @property
    def key(self) -> str:
        """Such as BN105.warning."""
        ...

    @property
    def default(self) -> float:
        """What it is where nobody sets it."""
        ...

    @property
    def meaning(self) -> str:
        """What it does, in one line."""
        ...


class Documented(Protocol):
    """What a rule says of itself."""

    @property
    def code(self) -> str:
        """Such as BN301."""
        ...

    @property
    def name(self) -> str:
        """Such as unwired-updates."""
        ...

    @property
    def severity(self) -> Severity:
        """That of the plain case."""
        ...

    @property
    def needs(self) -> Collection[Enum]:
        """What must be there for the rule to look."""
        ...

    @property
    def thresholds(self) -> Sequence[Adjustable]:
        """Its numbers that a team may set to its own."""
        ...

    @property
    def is_about_runs(self) -> bool:
        """Whether it looks at several checkpoints of a run together, and not at one."""
        ...

    @property
    def origin(self) -> str | None:
        """The distribution of the plugin that brought it, with its version; None for a rule of bnlint itself."""
        ...

    @property
    def summary(self) -> str:
        """The rule in one line."""
        ...

    @property
    def page(self) -> str:
        """The whole page, as Markdown without a title."""
        ...


def _working_directory() -> str:
    try:
        return os.getcwd()  # noqa: PTH109 - a string
    except OSError:  # it is gone, and nothing can be said to be below it
        return os.sep


@dataclass(frozen=True, slots=True)
class About:
    """The circumstances of a report."""

    rules: Sequence[Documented] = ()
    """Those of `bnlint.results.Report.rules`, in that order."""
    fail_on: Severity | None = Severity.ERROR
    """The least severity that makes a run fail; None for never."""
    failures: frozenset[str] = frozenset()
    """Names of the settings that failed the report: fail_on, strict, require_layers."""
    exit_code: int = 0
    directory: str = field(default_factory=_working_directory)
    """The working directory, which relative paths start from."""
