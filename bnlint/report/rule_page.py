"""The documentation of rules: the page of one, the list of all. What a rule is stands in `bnlint.rules`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bnlint.report.about import Documented
from bnlint.report.links import rule_url
from bnlint.report.page import Line, Part, prose

_NEEDS = {
    "values": "the values of the variables",
    "names": "the list of what was saved",
    "graph": "a graph",
    "training": "a graph in which an optimizer applies gradients",
    "structure": "a graph, or Keras's record of its layers",
    "serving": "a graph that is served: a SavedModel's signatures, or a frozen graph",
}
_RECOGNISED = re.compile(r"^## How it is recognised\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def rule_page(rule: Documented) -> str:
    """Return the documentation page of ``rule`` as Markdown."""
    needs = [_NEEDS.get(need.value, need.value) for need in sorted(rule.needs, key=lambda need: str(need.value))]
    facts = f"Default severity: {rule.severity.label}. Needs: {', '.join(needs) or 'nothing'}."
    if rule.origin is not None:
        facts += f" Preview, from {rule.origin}."
    return f"# {rule.code} {rule.name}\n\n{facts}\n\n{_with_thresholds(rule)}\n"


def _with_thresholds(rule: Documented) -> str:
    """Return the page with the numbers that the configuration may set, after what says where they are used."""
    page = rule.page.strip()
    if not rule.thresholds:
        return page
    recognised = _RECOGNISED.search(page)
    end = len(page) if recognised is None else recognised.end()
    sections = page[:end].rstrip(), _thresholds(rule), page[end:]
    return "\n\n".join(filter(None, sections))


def _thresholds(rule: Documented) -> str:
    numbers = (f"- `{number.key}` ({number.default:g}): {number.meaning}" for number in rule.thresholds)
    return "\n".join(("## Thresholds", "The configuration may set:", "", *numbers))


def rule_list(rules: Iterable[Documented]) -> tuple[Line, ...]:
    """Return every rule with its name, default severity and summary."""
    lines: list[Line] = []
    for rule in rules:
        code = Part(rule.code, "title", rule_url(rule.code))
        preview = "" if rule.origin is None else f"; preview, from {rule.origin}"
        lines.append(prose(code, Part(f" {rule.name}", "title"), f" ({rule.severity.label}{preview})", indent=0))
        lines.append(prose(rule.summary))
    return tuple(lines)
