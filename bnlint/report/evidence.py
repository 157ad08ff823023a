"""What proves a diagnosis, told once for a whole block: ranges over its layers, things that were named.

The keys of a finding's evidence are its rule's; here they are told apart by the kind of their values only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from bnlint.findings import Finding, JsonValue
from bnlint.report.page import count, listed

_MAX_NAMED = 3
_LONGEST_NAME = 56
"""Characters of an op's name that fit on a line of 80 with what is said of it on the next."""
_RANGE = "_range"


def number(value: float) -> str:
    """Return ``value`` for people: three significant digits, whole numbers in full."""
    if math.isfinite(value) and value == int(value) and abs(value) < 1e6:
        return str(int(value))
    return f"{value:.3g}"


def span(low: float, high: float) -> str:
    """Return a range; one number where it is no wider than that."""
    return number(low) if number(low) == number(high) else f"{number(low)} to {number(high)}"


def evidence(
    findings: Sequence[Finding],
    *,
    known: frozenset[str] = frozenset(),
    statistics: Mapping[str, frozenset[str]] = MappingProxyType({}),
) -> str:
    """Return the evidence of ``findings`` in one line; empty where there is none.

    Args:
        findings: those of one block.
        known: what the reader has been told already, by value.
        statistics: the names of each layer's statistics; that all of them are meant goes without saying.
    """
    named = {r.name for f in findings for r in f.related}
    merged: dict[str, list[JsonValue]] = {}
    for finding in findings:
        whole = statistics.get(finding.layer or "")
        for key, value in finding.evidence.items():
            if not (whole and isinstance(value, tuple) and whole == set(value)):
                merged.setdefault(key, []).append(value)
    told = {key: _values(values, named | known) for key, values in merged.items()}
    numeric = [f"{_words(key)} {text}" for key, (text, is_number) in told.items() if text and is_number]
    words = [f"{_words(key)}: {text}" for key, (text, is_number) in told.items() if text and not is_number]
    return "; ".join(([", ".join(numeric)] if numeric else []) + words)


def _words(key: str) -> str:
    return key.removesuffix(_RANGE)


def _values(values: Sequence[JsonValue], known: set[str]) -> tuple[str, bool]:
    """Return the values of one key over a block as text, and whether they are numbers."""
    flat = [v for value in values for v in _flat(value)]
    flat = [v for v in flat if not isinstance(v, float) or math.isfinite(v)]
    numbers = [v for v in flat if isinstance(v, int | float) and not isinstance(v, bool)]
    if numbers and len(numbers) == len(flat):
        return span(min(numbers), max(numbers)), True
    texts = list(dict.fromkeys(v if isinstance(v, str) else str(v).lower() for v in flat if v not in known))
    return listed(texts, shown=1), False


def _flat(value: JsonValue) -> list[bool | float | str]:
    if value is None:
        return []
    if isinstance(value, Mapping):
        return [f"{key} {item}" for key, values in value.items() for item in _flat(values)]
    if isinstance(value, tuple):
        return [item for part in value for item in _flat(part)]
    return [value]


def _short(name: str) -> str:
    """Return the last parts of a name that is too long for a line: those of inlined functions name every call."""
    parts = name.split("/")
    while len(parts) > 1 and len("/".join(parts)) > _LONGEST_NAME:
        del parts[0]
    shorter = "/".join(parts)
    return name if shorter == name else f"…/{shorter}"


@dataclass(frozen=True, slots=True)
class Named:
    """Things of one kind about which the same is to be said."""

    kind: str
    text: str


def things(findings: Sequence[Finding]) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the names of what ``findings`` point at, each once, by kind and note."""
    names: dict[tuple[str, str], dict[str, None]] = {}
    for finding in findings:
        for thing in finding.related:
            names.setdefault((thing.kind, thing.note), {})[thing.name] = None
    return {key: tuple(group) for key, group in names.items()}


def related(findings: Sequence[Finding], *, verbose: bool) -> tuple[Named, ...]:
    """Return what ``findings`` point at, one entry per kind and note; a few of them unless ``verbose``."""
    entries = tuple(
        Named(
            kind, f"{listed(list(group) if verbose else [*map(_short, group)], shown=None if verbose else 1)}: {note}"
        )
        for (kind, note), group in things(findings).items()
    )
    if verbose or len(entries) <= _MAX_NAMED:
        return entries
    rest = count(len(entries) - _MAX_NAMED, "more kind")
    return (*entries[:_MAX_NAMED], Named("", f"and {rest} of things, shown by --verbose"))
