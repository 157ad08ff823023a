"""The configuration: from the tables of one TOML file to what it says of `Settings`. Reads no files.

Every key is checked where it stands. What bnlint does not know it refuses: of a misspelled key nobody would know that
it does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from bnlint.config.overlay import Overlay
from bnlint.config.table import Table
from bnlint.findings import Severity
from bnlint.judging.choosing import Choice
from bnlint.judging.path_globs import rebased
from bnlint.settings import PerPath, Suppress

if TYPE_CHECKING:
    from bnlint.rules.rule import Rule

EXTEND = "extend"
NEVER = "never"
_CHOICE = ("select", "ignore", "extend-select", "extend-ignore")
_JUDGEMENT = (*_CHOICE, "severity", "thresholds")
_FLAGS = ("strict", "require-layers", "all", "history")
KEYS = (EXTEND, *_JUDGEMENT, "fail-on", *_FLAGS, "jobs", "baseline", "per-path", "suppress")
"""Every key at the top."""
_SEVERITIES = {severity.label: severity for severity in sorted(Severity, reverse=True)}

Relative = Callable[[str], str]
"""Makes of a path that stands in the file one that can be opened from here."""


def overlay(table: Table, directory: str, root: str, relative: Relative) -> Overlay:
    """Return what the ``table`` of a file in ``directory`` says, its globs made relative to ``root``.

    Raises:
        ConfigError: a key or a value that means nothing.
    """
    table.known(KEYS)
    if EXTEND in table.items:
        table.text(EXTEND)  # where it leads, others know
    return Overlay(
        source=table.file,
        choice=_choice(table),
        plain=dict(_plain(table, relative)),
        severity=_severity(table),
        thresholds=_thresholds(table),
        per_path=tuple(_per_path(table, directory, root)),
        suppress=tuple(_suppress(table, directory, root)),
        root=root,
    )


def _plain(table: Table, relative: Relative) -> Iterator[tuple[str, object]]:
    """Yield the fields of `Settings` that are one value, as far as the file has them."""
    for key in _FLAGS:
        if key in table.items:
            yield key.replace("-", "_"), table.flag(key)
    if "fail-on" in table.items:
        yield "fail_on", _SEVERITIES.get(table.choice("fail-on", (*_SEVERITIES, NEVER)))
    if "jobs" in table.items:
        yield "jobs", table.natural("jobs")
    if "baseline" in table.items:
        yield "baseline", relative(table.text("baseline"))


def _choice(table: Table) -> Choice:
    words = {key: table.texts(key) for key in _CHOICE if key in table.items}
    for key, said in words.items():
        for number, word in enumerate(said, 1):
            _rules(table, f"{key}[{number}]", word)
    if words.get("select") == ():
        table.refuse("select", "names no rule; leave the key out for all of them")
    return Choice(
        words.get("select", ()), words.get("ignore"), words.get("extend-select", ()), words.get("extend-ignore", ())
    )


def _rules(table: Table, key: str, word: str) -> tuple[Rule, ...]:
    from bnlint.rules.registry import UnknownRuleError, find_rules  # noqa: PLC0415 - only where a file names a rule

    try:
        return find_rules(word)
    except UnknownRuleError as error:
        table.refuse(key, str(error))


def _severity(table: Table) -> Mapping[str, Severity]:
    """Return severities by code."""
    if "severity" not in table.items:
        return {}
    inner = table.table("severity")
    found: dict[str, Severity] = {}
    for word, value in inner.items.items():
        _rules(inner, word, word)
        if value in ("off", "ignore", NEVER):
            inner.refuse(word, "is no severity; to leave a rule out, ignore it")
        found[word] = _SEVERITIES[inner.choice(word, _SEVERITIES)]
    return {code: found[word] for code, word in sorted(_most_specific(found).items())}


def _most_specific(words: Iterable[str]) -> Mapping[str, str]:
    from bnlint.rules.registry import most_specific  # noqa: PLC0415 - only where a file names a rule

    return most_specific(words)


def _thresholds(table: Table) -> Mapping[str, float]:
    if "thresholds" not in table.items:
        return {}
    outer = table.table("thresholds")
    found: dict[str, float] = {}
    for word in outer.items:
        rules = _rules(outer, word, word)
        rules = tuple(rule for rule in rules if rule.code == word.upper()) or rules
        if len(rules) > 1:
            outer.refuse(word, f"means {len(rules)} rules, and thresholds belong to one")
        found |= _of_rule(outer.table(word), rules[0])
    return dict(sorted(found.items()))


def _of_rule(table: Table, rule: Rule) -> Iterable[tuple[str, float]]:
    """Return what is set of the thresholds of one rule, by their whole keys."""
    known = {threshold.key.partition(".")[2]: threshold for threshold in rule.thresholds}
    if table.items and not known:
        table.refuse("", f"{rule.code} has no thresholds")
    table.known(known)
    found: dict[str, float] = {}
    for name, threshold in known.items():
        if name in table.items:
            value = table.number(name)
            if not threshold.allows(value):
                table.refuse(name, f"is {value:g}, and must be {threshold.bounds}")
            found[threshold.key] = value
    return found.items()


def _per_path(table: Table, directory: str, root: str) -> Iterator[PerPath]:
    for entry in table.tables("per-path") if "per-path" in table.items else ():
        entry.known(("path", *_JUDGEMENT))
        choice, severity, thresholds = _choice(entry), _severity(entry), _thresholds(entry)
        for path in _paths(entry):
            yield PerPath(
                rebased(path, directory, root),
                *choice,
                severity,
                thresholds,
                f"{entry.file}: {entry.path}",
            )


def _paths(entry: Table) -> tuple[str, ...]:
    if "path" not in entry.items:
        entry.refuse("", "has no path: the glob that it holds for, or an array of them")
    return entry.texts("path", or_one=True) or entry.refuse("path", "holds no glob")


def _suppress(table: Table, directory: str, root: str) -> Iterator[Suppress]:
    for entry in table.tables("suppress") if "suppress" in table.items else ():
        entry.known(("rule", "layer", "path", "reason"))
        for key, what in (("rule", "the rules that it holds for"), ("reason", "why these findings do not count")):
            if key not in entry.items:
                entry.refuse("", f"has no {key}: {what}")
        words = entry.texts("rule", or_one=True) or entry.refuse("rule", "names no rule")
        for number, word in enumerate(words, 1):
            _rules(entry, f"rule[{number}]" if isinstance(entry.items["rule"], list) else "rule", word)
        yield Suppress(
            words,
            " ".join(entry.text("reason").split()),
            entry.text("layer") if "layer" in entry.items else None,
            rebased(entry.text("path"), directory, root) if "path" in entry.items else None,
            f"{entry.file}: {entry.path}",
        )
