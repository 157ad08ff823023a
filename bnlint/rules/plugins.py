"""Rules that other distributions bring, by entry points in the group ``bnlint.rules``: a preview.

Knows how they are found and what they must be, and not what they say. The modules of importlib that read metadata take
longer to import than all rules together, so they are left alone where nothing that is installed mentions the group.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING

from bnlint.findings import Severity
from bnlint.layers.subject import Need
from bnlint.rules.plugin_error import PluginError
from bnlint.rules.rule import LayerRule, Rule, RunRule

if TYPE_CHECKING:
    from importlib.metadata import Distribution, EntryPoint

GROUP = "bnlint.rules"
NO_PLUGINS = "BNLINT_NO_PLUGINS"
"""Set in the environment, it leaves all of them out."""

_CODE = re.compile(r"[A-Z]+[0-9]+")
_RESERVED = re.compile(r"BN[0-9]")
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")
"""Two words at least, so that none can be taken for the start of a code."""
_FIELDS: Mapping[str, type] = {
    "code": str,
    "name": str,
    "page": str,
    "severity": Severity,
    "needs": frozenset,
    "thresholds": tuple,
}


def load_plugins(known: Sequence[Rule]) -> tuple[Rule, ...]:
    """Return the rules of all plugins, in the order of their codes. The codes and names of ``known`` ones are taken.

    Raises:
        bnlint.rules.plugin_error.PluginError: a plugin cannot be imported, or offers something else than rules.
    """
    if os.environ.get(NO_PLUGINS) or not _is_any_mentioned():
        return ()
    owners = {word: "bnlint itself" for rule in known for word in (rule.code, rule.name)}
    loaded: list[tuple[EntryPoint, Rule]] = []
    for entry in sorted(_entries(), key=lambda e: (_origin(e), e.name, e.value)):
        for rule in _offered(entry):
            for word in (rule.code, rule.name):
                if word in owners:
                    raise _refused(entry, f"{word} is taken by a rule of {owners[word]}")
                owners[word] = _origin(entry)
            loaded.append((entry, replace(rule, origin=_origin(entry))))
    rules = tuple(sorted((rule for _, rule in loaded), key=lambda rule: rule.code))
    symptoms = {rule.code for rule in (*known, *rules) if not rule.explains}
    for entry, rule in loaded:
        if not rule.explains <= symptoms:
            raise _refused(entry, f"{rule.code} explains {min(rule.explains - symptoms)}, which is no symptom")
    return rules


def _is_any_mentioned() -> bool:
    """Whether something that is installed may have entry points of the group; False is certain."""
    finders = (finder for finder in sys.meta_path if hasattr(finder, "find_distributions"))
    return any(finder is not PathFinder for finder in finders) or any(_mentions(path) for path in sys.path)


def _mentions(directory: str) -> bool:
    """Whether the metadata of what is installed in ``directory`` names the group."""
    try:
        with os.scandir(directory or ".") as entries:
            names = [entry.name for entry in entries if entry.name.lower().endswith((".dist-info", "egg-info"))]
    except NotADirectoryError:  # a zip archive, into which importlib can look
        return True
    except OSError:  # what is not there holds nothing
        return False
    return any(GROUP.encode() in _entry_points(directory, name) for name in names)


def _entry_points(directory: str, metadata: str) -> bytes:
    try:
        # Hundreds of these are opened, hence no pathlib, and no buffer either.
        with open(os.path.join(directory, metadata, "entry_points.txt"), "rb", 0) as file:  # noqa: PTH118, PTH123
            return file.read()
    except OSError:  # most distributions have none
        return b""


def _entries() -> Iterable[EntryPoint]:
    """Return the entry points of the group. For them those of all that is installed are read, and one may be broken."""
    from importlib.metadata import distributions, entry_points  # noqa: PLC0415 - see above

    try:
        return entry_points(group=GROUP)
    except Exception as error:
        broken = (dist.metadata["Name"] for dist in distributions() if not _is_readable(dist))
        whose = next(broken, "what is installed")
        raise PluginError(f"the entry points of {whose} cannot be read: {type(error).__name__}: {error}") from error


def _is_readable(distribution: Distribution) -> bool:
    try:
        return distribution.entry_points is not None
    except Exception:  # noqa: BLE001 - whatever the parser stumbles over
        return False


def _offered(entry: EntryPoint) -> Iterator[Rule]:
    """Yield the rules of one entry point: a rule, or several in something to iterate over."""
    try:
        with contextlib.redirect_stdout(sys.stderr):  # stdout may be a report, and a word in it would spoil that
            value = entry.load()
            offered = (value,) if isinstance(value, Rule) else tuple(value)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit, and what extension modules raise when they panic
        raise _refused(entry, f"{type(error).__name__}: {error}") from error
    if not offered:
        raise _refused(entry, "it offers no rule")
    for rule in offered:
        objection = _objection(rule)
        if objection is not None:
            raise _refused(entry, objection)
        yield rule


def _objection(rule: object) -> str | None:
    """Return why ``rule`` is none that bnlint could run; None where nothing is wrong with it."""
    if not isinstance(rule, LayerRule | RunRule):
        return f"{rule!r} is no rule: bnlint.plugin.rule or run_rule makes one"
    wrong = next((name for name, kind in _FIELDS.items() if not isinstance(getattr(rule, name), kind)), None)
    if wrong is not None:
        return f"{rule.code}: its {wrong} is {getattr(rule, wrong)!r}, no {_FIELDS[wrong].__name__}"
    if not _CODE.fullmatch(rule.code):
        return f"the code {rule.code!r} is not made of capital letters and then digits"
    if _RESERVED.match(rule.code):
        return f"the code {rule.code} begins like those of bnlint itself"
    if not _NAME.fullmatch(rule.name):
        return f"{rule.code}: the name {rule.name!r} is not made of lower-case words with hyphens between them"
    if not rule.page.strip():
        return f"{rule.code}: its page is empty"
    if not rule.needs <= frozenset(Need):
        return f"{rule.code}: what it needs is no Need"
    if not all(str(getattr(threshold, "key", "")).startswith(f"{rule.code}.") for threshold in rule.thresholds):
        return f"{rule.code}: a threshold is no Threshold, or its key does not begin with {rule.code}."
    return None


def _refused(entry: EntryPoint, reason: str) -> PluginError:
    where = f"entry point {entry.name} = {entry.value}"
    return PluginError(f"the plugin {_origin(entry)} cannot be used: {where}: {reason}")


def _origin(entry: EntryPoint) -> str:
    """Return the distribution and its version, as people know them."""
    return "of unknown origin" if entry.dist is None else f"{entry.dist.name} {entry.dist.version}"
