"""One table of a configuration: its keys by name and type, and the place of each for people.

Knows what TOML can hold and nothing of what bnlint makes of it.
"""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, NoReturn

from bnlint.settings import ConfigError

_BARE = re.compile(r"[A-Za-z0-9_-]+(\[[0-9]+\])?")
_LONG = 60


class Table(NamedTuple):
    """A table that was read, and where it stands."""

    items: Mapping[str, object]
    file: str
    """As people know it."""
    path: str = ""
    """The keys that lead to it, such as ``per-path[2]``; empty for the file."""

    def known(self, keys: Iterable[str]) -> Table:
        """Return the table itself, of which every key is one of ``keys``.

        Raises:
            ConfigError: one is not.
        """
        keys = tuple(keys)
        for key in self.items:
            if key not in keys:
                near = difflib.get_close_matches(key[:_LONG].lower(), keys, 1)
                self.refuse(key, f"there is no such key; {_hint(near, keys)}")
        return self

    def refuse(self, key: str, message: str) -> NoReturn:
        """Say what is wrong with the value of ``key``; with the table itself, where it is empty.

        Raises:
            ConfigError: always.
        """
        place = self.place(key) if key else self.path
        raise ConfigError(f"{self.file}: {place}" if place else self.file, message)

    def place(self, key: str) -> str:
        """Return the keys that lead to ``key`` in this table."""
        name = key if _BARE.fullmatch(key) else json.dumps(key)
        name = name if len(name) <= _LONG else f"{name[:_LONG]}..."
        return f"{self.path}.{name}" if self.path else name

    def flag(self, key: str) -> bool:
        """Return true or false."""
        value = self.items[key]
        return value if isinstance(value, bool) else self._mistyped(key, "true or false")

    def natural(self, key: str) -> int:
        """Return a whole number that is not negative."""
        value = self.items[key]
        if isinstance(value, bool) or not isinstance(value, int):
            self._mistyped(key, "a whole number")
        if value < 0:
            self.refuse(key, "is negative, and cannot be")
        return value

    def number(self, key: str) -> float:
        """Return a finite number."""
        value = self.items[key]
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._mistyped(key, "a number")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            self.refuse(key, "is no finite number")
        return number

    def text(self, key: str) -> str:
        """Return a string that says something."""
        value = self.items[key]
        if not isinstance(value, str):
            self._mistyped(key, "a string")
        if not value.strip():
            self.refuse(key, "is blank")
        return value

    def choice(self, key: str, words: Iterable[str]) -> str:
        """Return one of ``words``."""
        words = tuple(words)
        value = self.text(key)
        return value if value in words else self.refuse(key, f"is {_quoted(value)}; it is one of {', '.join(words)}")

    def texts(self, key: str, *, or_one: bool = False) -> tuple[str, ...]:
        """Return an array of strings; ``or_one`` takes a single string for an array of one."""
        value = self.items[key]
        if or_one and isinstance(value, str):
            return (self.text(key),)
        if not isinstance(value, list):
            self._mistyped(key, "a string or an array of strings" if or_one else "an array of strings")
        inner = Table({f"{key}[{n}]": item for n, item in enumerate(value, 1)}, self.file, self.path)
        return tuple(inner.text(name) for name in inner.items)

    def table(self, key: str) -> Table:
        """Return the table in this one."""
        value = self.items[key]
        return Table(value, self.file, self.place(key)) if isinstance(value, dict) else self._mistyped(key, "a table")

    def tables(self, key: str) -> Iterator[Table]:
        """Yield the tables of an array, which are counted from 1."""
        value = self.items[key]
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self._mistyped(key, f"an array of tables: [[{key}]]")
        for number, one in enumerate(value, 1):
            yield Table(one, self.file, f"{self.place(key)}[{number}]")

    def _mistyped(self, key: str, wanted: str) -> NoReturn:
        self.refuse(key, f"is {_kind(self.items[key])}, and must be {wanted}")


def _kind(value: object) -> str:
    kinds = {bool: "a boolean", int: "a whole number", float: "a number", str: "a string", list: "an array"}
    return "a table" if isinstance(value, dict) else kinds.get(type(value), "a date or time")


def _quoted(text: str) -> str:
    return repr(text if len(text) <= _LONG else f"{text[:_LONG]}...")


def _hint(near: list[str], keys: tuple[str, ...]) -> str:
    return f"did you mean {near[0]}?" if near else f"there is {', '.join(sorted(keys))}"
