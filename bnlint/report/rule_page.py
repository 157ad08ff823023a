"""The documentation of rules: the page of one, the list of all. What a rule is stands in `bnlint.rules`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import Enum
from typing import Protocol

from bnlint.findings import Severity
from bnlint.report.page import Line, Part, prose

_NEEDS = {
    "values": "the values of the variables",
    "names": "the list of what was saved",
    "graph": "a graph",
    "training": "a graph in which an optimizer applies gradients",
    "structure": "a graph, or Keras's record of its layers",
    "serving": "a graph that is served: a SavedModel's signatures, or a frozen graph",
}


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
    def summary(self) -> str:
        """The rule in one line."""
        ...

    @property
    def page(self) -> str:
        """The whole page, as Markdown without a title."""
        ...


def rule_page(rule: Documented) -> str:
    """Return the documentation page of ``rule`` as Markdown."""
    needs = [_NEEDS.get(need.value, need.value) for need in sorted(rule.needs, key=lambda need: str(need.value))]
    facts = f"Default severity: {rule.severity.label}. Needs: {', '.join(needs) or 'nothing'}."
    return f"# {rule.code} {rule.name}\n\n{facts}\n\n{rule.page.strip()}\n"


def rule_list(rules: Iterable[Documented]) -> tuple[Line, ...]:
    """Return every rule with its name, default severity and summary."""
    lines: list[Line] = []
    for rule in rules:
        lines.append(prose(Part(f"{rule.code} {rule.name}", "title"), f" ({rule.severity.label})", indent=0))
        lines.append(prose(rule.summary))
    return tuple(lines)
