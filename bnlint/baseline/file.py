"""The file of a baseline: JSON with one line for each entry, so that a change of it reads as a diff.

It says what was found; what that is compared with, `bnlint.baseline.matching` knows. Nothing in the file is trusted: a
merge or an editor may have left anything there, and an entry that means something else than it says would hide a
finding.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple, NoReturn

from bnlint.artifacts.storage import is_url
from bnlint.fingerprints import fingerprint_of
from bnlint.settings import ConfigError

VERSION = 1
MOST_BYTES = 64 << 20
"""A hundred times what a thousand broken models of a hundred layers take up is no baseline."""
_TOOL = "bnlint"
_FINGERPRINT = re.compile("[0-9a-f]{16}")
_REQUIRED = ("path", "run", "rule", "layer", "times", "fingerprint")
_COMPARED = "compared"


class BaselineError(ConfigError):
    """A baseline that cannot be used, in one line: which file, where in it, and what is wrong."""


class Entry(NamedTuple):
    """One thing that was found in one run."""

    path: str
    """Where the run is, without steps: absolute, or a URL."""
    run: str
    """The name that all its artifacts share, without steps: what the fingerprint is made of."""
    rule: str
    layer: str | None
    times: int
    """How many times in one artifact."""
    fingerprint: str
    is_compared: bool = False
    """Whether the comparison of several checkpoints alone shows it."""


class Baseline(NamedTuple):
    """What a check found at the time."""

    runs: tuple[str, ...] = ()
    """Where the runs are that were checked, those without findings too: what is found in them later is new."""
    entries: tuple[Entry, ...] = ()


def absolute(path: str) -> str:
    """Return the one way to write a path; a URL stays as it is."""
    try:
        return path if is_url(path) else os.path.abspath(path)  # noqa: PTH100 - a Path would lose the form of a URL
    except OSError:  # the working directory is gone
        return path


def pieces(baseline: Baseline, file: str) -> Iterator[str]:
    """Return what is to be written to ``file``, piece by piece."""
    spelled = lru_cache(None)(partial(_from, _home(file)))  # most runs have many entries
    entries = sorted((entry._replace(path=spelled(entry.path)) for entry in baseline.entries), key=_order)
    yield f'{{\n  "baseline_version": {VERSION},\n  "tool": "{_TOOL}",\n  "runs": ['
    yield from _listed(_json(run) for run in sorted(map(spelled, baseline.runs)))
    yield '],\n  "entries": ['
    yield from _listed(_line(entry) for entry in entries)
    yield "]\n}\n"


def _listed(items: Iterable[str]) -> Iterator[str]:
    """Yield the inside of a list, with a line for each of its items."""
    between = "\n    "
    for item in items:
        yield f"{between}{item}"
        between = ",\n    "
    if "," in between:
        yield "\n  "


def _order(entry: Entry) -> tuple[str, str, str, str]:
    return entry.path, entry.rule, entry.layer or "", entry.fingerprint


def _line(entry: Entry) -> str:
    fields = {
        "path": entry.path,
        "run": entry.run,
        "rule": entry.rule,
        "layer": entry.layer,
        "times": entry.times,
        "fingerprint": entry.fingerprint,
        **({_COMPARED: True} if entry.is_compared else {}),
    }
    return _json(fields)


def _json(value: object) -> str:
    # What is no character, such as a byte of a name that is not UTF-8, JSON writes as the same escape.
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace").decode("utf-8")


def _home(file: str) -> Path:
    return Path(absolute(file)).parent


def _from(home: Path, path: str) -> str:
    """Return how the file writes ``path``: relative, so that it holds on every machine.

    What has nothing but the root in common with the file is elsewhere, and stays absolute.
    """
    if is_url(path):
        return path
    real = Path(os.path.realpath(path)), Path(os.path.realpath(home))  # Path.resolve would raise for a loop of links
    ways = ((Path(path), home), real)  # a link may lead to either
    below = next((way.relative_to(start) for way, start in ways if way.is_relative_to(start)), None)
    if below is None:
        is_near = Path(path).parts[:2] == home.parts[:2]
        below = Path(os.path.relpath(path, home) if is_near else path)
    return below.as_posix()


def read_baseline(file: str) -> Baseline:
    """Return what a file lists.

    Raises:
        BaselineError: it cannot be read, or is not to the last key what `pieces` writes.
    """
    return _Reader(file).baseline(_parsed(file))


def _parsed(file: str) -> object:
    try:
        with Path(file).open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise BaselineError(
            file, f"the baseline cannot be read: {error.strerror}; --write-baseline writes one"
        ) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        why = getattr(error, "strerror", None) or error
        raise BaselineError(file, f"the baseline cannot be read: {why}") from None
    if len(data) > MOST_BYTES:
        raise BaselineError(file, f"is no baseline: it is larger than {MOST_BYTES >> 20} MiB")
    try:
        return json.loads(data.decode("utf-8-sig"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise BaselineError(file, f"is no baseline: byte {error.start} is not UTF-8") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BaselineError(f"{file}: {where}", f"the baseline is no JSON: {error.msg}") from None
    except RecursionError:
        raise BaselineError(file, "is no baseline: it is nested too deeply") from None
    except ValueError as error:
        raise BaselineError(file, f"is no baseline: {error}") from None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} stands twice in one object")
        found[key] = value
    return found


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON")


class _Reader:
    """Turns what a file holds into entries, and says where it is not one."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._home = _home(file)

    def baseline(self, document: object) -> Baseline:
        if not isinstance(document, dict) or "baseline_version" not in document:
            raise BaselineError(self._file, "is no baseline: an object with baseline_version was expected")
        version = document["baseline_version"]
        if not _is_whole(version) or version < 1:
            self._refuse("baseline_version", f"must be {VERSION}, not {version!r}")
        if version > VERSION:
            self._refuse("baseline_version", f"is {version}, of a newer bnlint; this one reads {VERSION}")
        self._keys("", document, ("baseline_version", "tool", "runs", "entries"))
        if document["tool"] != _TOOL:
            self._refuse("tool", f"must be {_TOOL!r}, not {document['tool']!r}")
        runs = tuple(self._path(where, item) for where, item in self._items(document, "runs"))
        self._refuse_twins("runs", runs, "")
        entries = tuple(self._entry(where, item) for where, item in self._items(document, "entries"))
        self._refuse_twins("entries", [(e.path, e.fingerprint) for e in entries], "; times says how often")
        known = set(runs)
        stray = next((number for number, entry in enumerate(entries) if entry.path not in known), None)
        if stray is not None:
            self._refuse(f"entries[{stray}].path", "is not among the runs")
        return Baseline(runs, entries)

    def _items(self, document: dict[str, object], key: str) -> Iterator[tuple[str, object]]:
        listed = document[key]
        if not isinstance(listed, list):
            self._refuse(key, "must be a list")
        for number, item in enumerate(listed):
            yield f"{key}[{number}]", item

    def _refuse_twins(self, key: str, items: Sequence[object], hint: str) -> None:
        known: dict[object, int] = {}
        for number, item in enumerate(items):
            first = known.setdefault(item, number)
            if first != number:
                self._refuse(f"{key}[{number}]", f"says the same as {key}[{first}]{hint}")

    def _entry(self, where: str, item: object) -> Entry:
        if not isinstance(item, dict):
            self._refuse(where, "must be an object")
        self._keys(where, item, _REQUIRED, _COMPARED)
        path = self._path(f"{where}.path", item["path"])
        run, rule = self._text(f"{where}.run", item["run"]), self._text(f"{where}.rule", item["rule"])
        layer = None if item["layer"] is None else self._text(f"{where}.layer", item["layer"])
        times, fingerprint = item["times"], self._text(f"{where}.fingerprint", item["fingerprint"])
        if not rule:
            self._refuse(f"{where}.rule", "is empty")
        if not _is_whole(times) or times < 1:
            self._refuse(f"{where}.times", f"must be a whole number from 1, not {times!r}")
        if not isinstance(item.get(_COMPARED, True), bool):
            self._refuse(f"{where}.{_COMPARED}", f"must be true or false, not {item[_COMPARED]!r}")
        if not _FINGERPRINT.fullmatch(fingerprint):
            self._refuse(f"{where}.fingerprint", f"must be 16 hexadecimal digits, not {fingerprint!r}")
        if fingerprint != fingerprint_of(rule, layer, run):
            self._refuse(f"{where}.fingerprint", "is that of another rule, layer or run than this entry names")
        return Entry(path, run, rule, layer, times, fingerprint, item.get(_COMPARED, False))

    def _path(self, where: str, value: object) -> str:
        path = self._text(where, value)
        if not path:
            self._refuse(where, "is empty")
        if "\0" in path:
            self._refuse(where, "holds a NUL, and no path can")
        return path if is_url(path) else absolute(str(self._home / path))

    def _text(self, where: str, value: object) -> str:
        if not isinstance(value, str):
            self._refuse(where, f"must be a string, not {value!r}")
        return value

    def _keys(self, where: str, item: dict[str, object], required: Sequence[str], *optional: str) -> None:
        for key in required:
            if key not in item:
                self._refuse(where or key, f"has no {key!r}" if where else "is missing")
        unknown = next((key for key in item if key not in required and key not in optional), None)
        if unknown is not None:
            self._refuse(f"{where}.{unknown}" if where else unknown, "is a key that no baseline has")

    def _refuse(self, where: str, what: str) -> NoReturn:
        raise BaselineError(f"{self._file}: {where}", what)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
