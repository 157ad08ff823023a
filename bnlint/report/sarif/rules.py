"""The rules of a report as descriptors of SARIF, with their documentation."""

from __future__ import annotations

import re

from bnlint.findings import Severity
from bnlint.report.about import Documented
from bnlint.report.links import rule_url
from bnlint.report.rule_page import rule_page
from bnlint.report.sarif.document import Descriptor, Level

LEVELS: dict[Severity, Level] = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PROBLEM_SEVERITY = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}
"""GitHub's words, by which it puts alerts in order."""
_MEANING = re.compile(r"^## What it means\n(?P<text>.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_LONGEST = 1024
"""Characters of a description that GitHub takes."""


def descriptor(rule: Documented) -> Descriptor:
    """Return the descriptor of ``rule``.

    The page stands in it as it is, with single braces: there is nothing to be put into it, and people copy its code.
    """
    page = rule_page(rule)
    described: Descriptor = {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": _meaning(rule)},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {
            "tags": ["batch-normalization", *sorted(str(need.value) for need in rule.needs)],
            "problem.severity": _PROBLEM_SEVERITY[rule.severity],
        },
    }
    url = rule_url(rule.code)
    if url is not None:
        described["helpUri"] = url
    return described


def _meaning(rule: Documented) -> str:
    """Return what the rule means, in plain words on one line."""
    found = _MEANING.search(rule.page)
    text = " ".join((found["text"] if found else rule.summary).replace("`", "").split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
