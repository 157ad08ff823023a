"""What a rule is: metadata, a page of documentation, and one pure function that makes claims.

A `LayerRule` looks at one layer of one artifact, a `RunRule` at the course of one layer over several checkpoints.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from bnlint.findings import Confidence, JsonValue, Related, Severity
from bnlint.layers.course import Course, LayerCourse
from bnlint.layers.layer import Layer
from bnlint.layers.subject import Need, Subject


class Threshold(NamedTuple):
    """A number of a rule that a team may set to its own."""

    key: str
    """The rule's code and the threshold's name: ``BN105.warning``."""
    default: float
    meaning: str
    """For people, in one line."""
    least: float = 0.0
    most: float = math.inf

    def allows(self, value: float) -> bool:
        """Whether it may be set to ``value``."""
        return self.least <= value <= self.most

    @property
    def bounds(self) -> str:
        """What it may be set to, in words."""
        return f"from {self.least:g} to {self.most:g}"

    def of(self, judged: Subject | Course) -> float:
        """Return what the settings say for what is judged, or the default."""
        return judged.thresholds.get(self.key, self.default)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a rule says of one layer. The message names no layer; what differs stands in the evidence."""

    layer: Layer | None
    severity: Severity
    confidence: Confidence
    message: str
    repair: str = ""
    evidence: Mapping[str, JsonValue] = field(default_factory=lambda: MappingProxyType({}))
    related: tuple[Related, ...] = ()
    explains: frozenset[str] | None = None
    """Codes of the symptoms that this one claim explains; None for all those of its rule."""


@dataclass(frozen=True, slots=True)
class Blind:
    """A layer that the rule could not look at, and why."""

    layer: Layer
    reason: str
    is_part_absent: bool = False
    """Whether the reason is a part of the artifact that is not there."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. Its documentation page is the docstring of its module."""

    code: str
    name: str
    severity: Severity
    """The severity of the plain case; exceptions stand on the page."""
    needs: frozenset[Need]
    page: str
    explains: frozenset[str]
    """Codes of the symptoms that this rule is a cause of: where both are found for a layer, they are one diagnosis."""
    thresholds: tuple[Threshold, ...]
    origin: str | None = field(default=None, kw_only=True)
    """The distribution that brought it, with its version; None for a rule of bnlint itself."""

    @property
    def is_about_runs(self) -> bool:
        """Whether it looks at several checkpoints of a run together, and not at one."""
        return isinstance(self, RunRule)

    @property
    def summary(self) -> str:
        """The first line of the page."""
        return self.page.strip().splitlines()[0]


Look = Callable[[Layer, Subject], Iterator["Claim | Blind"]]
LookAtCourse = Callable[[LayerCourse, Course], Iterator["Claim | Blind"]]


@dataclass(frozen=True, slots=True)
class LayerRule(Rule):
    """A rule about one layer of one artifact."""

    look: Look


@dataclass(frozen=True, slots=True)
class RunRule(Rule):
    """A rule about the course of one layer over several checkpoints of a run."""

    look: LookAtCourse


def rule(  # noqa: PLR0913, PLR0917 - the head of a rule, one word per field
    code: str,
    name: str,
    severity: Severity,
    needs: set[Need],
    page: str | None,
    explains: Iterable[str] = (),
    thresholds: tuple[Threshold, ...] = (),
) -> Callable[[Look], LayerRule]:
    """Make the decorated function the rule ``code``; ``page`` is its module's ``__doc__``."""

    def made(look: Look) -> LayerRule:
        return LayerRule(
            code, name, severity, frozenset(needs), _present(code, page), frozenset(explains), thresholds, look
        )

    _present(code, page)
    return made


def run_rule(  # noqa: PLR0913, PLR0917 - the head of a rule, one word per field
    code: str,
    name: str,
    severity: Severity,
    needs: set[Need],
    page: str | None,
    thresholds: tuple[Threshold, ...] = (),
) -> Callable[[LookAtCourse], RunRule]:
    """Make the decorated function the rule ``code`` about runs; ``page`` is its module's ``__doc__``."""

    def made(look: LookAtCourse) -> RunRule:
        return RunRule(code, name, severity, frozenset(needs), _present(code, page), frozenset(), thresholds, look)

    _present(code, page)
    return made


def _present(code: str, page: str | None) -> str:
    if not page:
        raise ValueError(f"{code} has no documentation page")
    return page
