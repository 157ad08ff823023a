"""How a report stands, in a word and in the reasons for it: what a person looks for first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bnlint.exit_codes import FAILED, NO_CHECKPOINT, OK, UNREADABLE
from bnlint.report.about import About
from bnlint.report.page import Style
from bnlint.results import Report

_WORDS: dict[int, tuple[str, Style]] = {
    OK: ("passed", "good"),
    FAILED: ("failed", "error"),
    UNREADABLE: ("not everything could be read", "error"),
    NO_CHECKPOINT: ("no checkpoint found", "error"),
}


class Standing(NamedTuple):
    """The word, how it looks, and why it is so."""

    word: str
    style: Style
    reasons: tuple[str, ...]


def standing(report: Report, about: About) -> Standing:
    """Say how a report stands; an inventory neither passes nor fails."""
    if not report.rules and not about.exit_code:
        return Standing("inventory", "plain", ("no rule was asked to look",))
    word, style = _WORDS.get(about.exit_code, (f"exit code {about.exit_code}", "error"))
    return Standing(word, style, tuple(_reasons(about)))


def _reasons(about: About) -> Iterator[str]:
    if "fail_on" in about.failures and about.fail_on is not None:
        yield f"findings at or above --fail-on {about.fail_on.label}"
    if "strict" in about.failures:
        yield "with --strict: a rule could not look because a part is missing"
    if "require_layers" in about.failures:
        yield "with --require-layers: no batch-norm layer was found"
    if not about.exit_code:
        yield "--fail-on never" if about.fail_on is None else f"nothing at or above --fail-on {about.fail_on.label}"
