"""What a rule is: metadata, a page of documentation, and one pure function from layers to claims."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from bnlint.findings import Confidence, JsonValue, Related, Severity
from bnlint.layers.subject import Layer, Need, Subject


class Role(enum.Enum):
    """How a finding stands to others of the same layer."""

    SYMPTOM = "symptom"
    """What the values show; explained by a cause where one is found."""
    CAUSE = "cause"
    """What explains a symptom."""
    OTHER = "other"


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


@dataclass(frozen=True, slots=True)
class Blind:
    """A layer that the rule could not look at, and why."""

    layer: Layer
    reason: str
    is_part_absent: bool = False
    """Whether the reason is a part of the artifact that is not there."""


Look = Callable[[Layer, Subject], Iterator["Claim | Blind"]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. Its documentation page is the docstring of its module."""

    code: str
    name: str
    severity: Severity
    """The severity of the plain case; exceptions stand on the page."""
    needs: frozenset[Need]
    look: Look
    page: str
    role: Role = Role.OTHER

    @property
    def summary(self) -> str:
        """The first line of the page."""
        return self.page.strip().splitlines()[0]


def rule(  # noqa: PLR0913, PLR0917 - the head of a rule, one word per field
    code: str, name: str, severity: Severity, needs: set[Need], page: str | None, role: Role = Role.OTHER
) -> Callable[[Look], Rule]:
    """Make the decorated function the rule ``code``; ``page`` is its module's ``__doc__``."""
    if not page:
        raise ValueError(f"{code} has no documentation page")

    def made(look: Look) -> Rule:
        return Rule(code, name, severity, frozenset(needs), look, page, role)

    return made
