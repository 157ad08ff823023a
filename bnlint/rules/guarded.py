"""What the rule of a plugin says, under guard: neither what it raises nor what is no claim may cost another rule's.

The rules of bnlint itself are not guarded: what they raise is a fault of bnlint, and is told as one.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Mapping
from types import UnionType
from typing import NamedTuple

from bnlint.findings import Confidence, Related, Severity
from bnlint.layers.layer import Layer
from bnlint.rules.rule import Blind, Claim, Rule
from bnlint.settings import TRACEBACK

_OF_BLIND: Mapping[str, type | UnionType] = {"layer": Layer, "reason": str}
_OF_CLAIM: Mapping[str, type | UnionType] = {
    "layer": Layer | None,
    "severity": Severity,
    "confidence": Confidence,
    "message": str,
    "repair": str,
    "evidence": Mapping,
    "related": tuple,
    "explains": frozenset | None,
}


class Fault(NamedTuple):
    """A plugin's rule that failed while it looked."""

    rule: str
    what: str
    """What it raised, or said that is no claim."""
    message: str
    """The same with who is to be told, for people."""


def heard(rule: Rule, results: Iterable[Claim | Blind]) -> list[Claim | Blind] | Fault:
    """Return what ``rule`` says of all layers. Of a plugin's that fails at one, nothing counts: half would mislead."""
    if rule.origin is None:
        return list(results)
    said = []
    try:
        with contextlib.redirect_stdout(sys.stderr):  # stdout may be a report, and a word in it would spoil that
            for result in results:
                objection = _objection(result)
                if objection is not None:
                    return _fault(rule, objection)
                said.append(result)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit, and what extension modules raise when they panic
        if os.environ.get(TRACEBACK):
            raise
        return _fault(rule, f"{type(error).__name__}: {error}")
    return said


def _fault(rule: Rule, what: str) -> Fault:
    told = f"{rule.code} {rule.name} failed: {what}; please tell those who maintain the plugin {rule.origin}"
    return Fault(rule.code, what, told)


def _objection(result: object) -> str | None:
    """Return why ``result`` is nothing that a rule may say; None where it is."""
    if not isinstance(result, Blind | Claim):
        return f"it yielded a {type(result).__name__}, neither a Claim nor a Blind"
    fields = _OF_CLAIM if isinstance(result, Claim) else _OF_BLIND
    wrong = next((name for name, kind in fields.items() if not isinstance(getattr(result, name), kind)), None)
    if wrong is not None:
        return f"the {wrong} of its {type(result).__name__} is a {type(getattr(result, wrong)).__name__}"
    if isinstance(result, Claim) and not _is_json(result.evidence):
        return "the evidence of its Claim holds something else than numbers of Python, text, and tuples of them"
    if isinstance(result, Claim) and not all(_is_related(thing) for thing in result.related):
        return "the related of its Claim holds something else than Related"
    return None


def _is_json(value: object) -> bool:
    """Whether every format can write it: an integer of numpy, for one, is nothing that JSON knows."""
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and _is_json(inner) for key, inner in value.items())
    if isinstance(value, tuple):
        return all(_is_json(inner) for inner in value)
    return value is None or isinstance(value, bool | int | float | str)


def _is_related(thing: object) -> bool:
    return isinstance(thing, Related) and all(isinstance(word, str) for word in thing)
