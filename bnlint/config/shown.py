"""The settings that hold, as a bnlint.toml that would make them, with a word on each about where it comes from.

What holds for single paths follows in comments.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby

from bnlint.artifacts.storage import is_url
from bnlint.config.overlay import DEFAULT, Effective
from bnlint.findings import Severity
from bnlint.judging.path_globs import PathGlob
from bnlint.judging.policy import PathPolicy, Policy
from bnlint.rules.registry import all_rules
from bnlint.settings import ONE_VALUE, PerPath, Settings, Suppress

_CONTROL = re.compile("[\x7f-\x9f]")
"""What JSON leaves as it is and a terminal obeys; TOML refuses the first of them."""


def shown(effective: Effective, fields: Collection[str], paths: Iterable[str]) -> Iterator[str]:
    """Yield the lines of the settings: those ``fields`` of them that a command has, and what holds for ``paths``."""
    settings, origins = effective
    if settings.root is not None:
        yield f"# Globs of paths, and the baseline, are relative to {_one_line(settings.root)}"
    yield from _head(settings, origins, fields)
    yield from _severity(settings.severity, origins)
    yield from _thresholds(settings.thresholds, origins)
    for _, alike in groupby(settings.per_path, key=lambda entry: (entry.source, replace(entry, path=""))):
        yield from _per_path(tuple(alike))
    for suppress in settings.suppress:
        yield from _suppress(suppress)
    policy = Policy(settings)
    for path in paths:
        yield from _at(path, settings, policy)


def _head(settings: Settings, origins: Mapping[str, str], fields: Collection[str]) -> Iterator[str]:
    every = tuple(dict.fromkeys(rule.code.rstrip("0123456789") for rule in all_rules()))
    yield _line("select", settings.select or every, origins.get("select", DEFAULT))
    yield _line("ignore", settings.ignore, origins.get("ignore", DEFAULT))
    for name in ONE_VALUE:
        value = getattr(settings, name)
        if name not in fields:
            continue
        if name == "fail_on":
            value = "never" if value is None else value.label
        if name == "baseline" and value is not None and settings.root is not None:
            is_fixed = os.path.isabs(value) or is_url(value)  # noqa: PTH117 - a word, not a place to look at
            value = value if is_fixed else os.path.relpath(value, settings.root)
        if value is not None:
            yield _line(name.replace("_", "-"), value, origins.get(name, DEFAULT))


def _severity(severity: Mapping[str, Severity], origins: Mapping[str, str]) -> Iterator[str]:
    if severity:
        yield from ("", "[severity]")
    for word, value in severity.items():
        yield _line(_key(word), value.label, origins.get(f"severity.{word}", DEFAULT))


def _thresholds(thresholds: Mapping[str, float], origins: Mapping[str, str]) -> Iterator[str]:
    """Yield every threshold, also those at their defaults: they are what somebody looks for who wants another."""
    yield from ("", "[thresholds]")
    for threshold in (threshold for rule in all_rules() for threshold in rule.thresholds):
        value = thresholds.get(threshold.key, threshold.default)
        origin = origins.get(f"thresholds.{threshold.key}", DEFAULT)
        yield f"{_line(threshold.key, value, origin)}: {threshold.meaning}"


def _per_path(alike: tuple[PerPath, ...]) -> Iterator[str]:
    entry = alike[0]
    paths = tuple(one.path for one in alike)
    yield from ("", f"[[per-path]]  # {_one_line(entry.source)}")
    yield f"path = {_value(paths if len(paths) > 1 else paths[0])}"
    for name in ("select", "ignore", "extend_select", "extend_ignore"):
        words = getattr(entry, name)
        if words or (words is not None and name == "ignore"):
            yield f"{name.replace('_', '-')} = {_value(words)}"
    if entry.severity:
        yield f"severity = {_inline(entry.severity)}"
    if entry.thresholds:
        yield f"thresholds = {_inline(_nested(entry.thresholds))}"


def _suppress(suppress: Suppress) -> Iterator[str]:
    yield from ("", f"[[suppress]]  # {_one_line(suppress.source)}")
    yield f"rule = {_value(suppress.rules)}"
    if suppress.layer is not None:
        yield f"layer = {_value(suppress.layer)}"
    if suppress.path is not None:
        yield f"path = {_value(suppress.path)}"
    yield f"reason = {_value(suppress.reason)}"


def _at(path: str, settings: Settings, policy: Policy) -> Iterator[str]:
    """Yield what holds for one path, beside what holds for all."""
    here, everywhere = policy.at(path), policy.everywhere
    entries = [entry for entry in settings.per_path if PathGlob(entry.path, settings.root).matches(path)]
    yield from ("", f"# {_one_line(path)}: {', '.join(dict.fromkeys(e.source for e in entries)) or 'as for all'}")
    yield from (f"#   {line}" for line in _differences(here, everywhere))
    for suppress in settings.suppress:
        if suppress.path is not None and PathGlob(suppress.path, settings.root).matches(path):
            yield f"#   suppress: {', '.join(suppress.rules)} ({_one_line(suppress.source)})"


def _differences(here: PathPolicy, everywhere: PathPolicy) -> Iterator[str]:
    if here.codes != everywhere.codes:
        yield f"rules: {', '.join(here.codes) or 'none'}"
    changed = {code: value for code, value in here.severity.items() if everywhere.severity.get(code) != value}
    if changed:
        yield f"severity: {_inline(changed)}"
    thresholds = {key: value for key, value in here.thresholds.items() if everywhere.thresholds.get(key) != value}
    if thresholds:
        yield f"thresholds: {_inline(_nested(thresholds))}"


def _nested(thresholds: Mapping[str, float]) -> Mapping[str, object]:
    nested: dict[str, dict[str, float]] = {}
    for key, value in thresholds.items():
        code, _, name = key.partition(".")
        nested.setdefault(code, {})[name] = value
    return nested


def _line(key: str, value: object, origin: str) -> str:
    return f"{key} = {_value(value)}  # {_one_line(origin)}"


def _value(value: object) -> str:
    """Return a value as TOML writes it."""
    if isinstance(value, str):
        return _CONTROL.sub(lambda m: f"\\u{ord(m[0]):04x}", json.dumps(value, ensure_ascii=False))
    if isinstance(value, tuple):
        return f"[{', '.join(_value(one) for one in value)}]"
    return str(value).lower()


def _inline(table: Mapping[str, object]) -> str:
    return f"{{{', '.join(f'{_key(key)} = {_item(value)}' for key, value in table.items())}}}"


def _item(value: object) -> str:
    if isinstance(value, Mapping):
        return _inline(value)
    return _value(value.label if isinstance(value, Severity) else value)


def _key(word: str) -> str:
    return word if word.isascii() and word.replace("-", "").isalnum() else _value(word)


def _one_line(text: str) -> str:
    return _value(text)[1:-1].replace('\\"', '"')
