"""Where a configuration is: the nearest file up the tree, and those that it extends. Reads files, knows no keys.

Most directories have none, and the search for it is a part of every start: TOML is imported where a file is found.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

from bnlint.settings import ConfigError

NAME, PROJECT = "bnlint.toml", "pyproject.toml"
_TOOL = ("tool", "bnlint")
_MENTION = re.compile(rb"bnlint|\\[uUx]")
"""What a pyproject.toml must hold for there to be a [tool.bnlint], however its keys are spelled."""
_MAX_BYTES = 1 << 20
_MAX_FILES = 16
_MAX_DOTS = 1000
"""In one line. Python's parser takes time that grows with the square of the parts of a key."""
_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


class File(NamedTuple):
    """A file of a configuration."""

    path: str
    shown: str
    """As people know it: as they named it, or as seen from the working directory."""
    items: dict[str, object]
    keys: str = ""
    """What leads to the items: ``tool.bnlint`` in a pyproject.toml."""

    @property
    def directory(self) -> str:
        """Where what the file says of paths begins."""
        return os.path.dirname(os.path.abspath(self.path))  # noqa: PTH100, PTH120 - links stay as they are


def nearest(directory: str = os.curdir) -> File | None:
    """Return the nearest configuration from ``directory`` up the tree: a bnlint.toml, else a [tool.bnlint].

    Raises:
        ConfigError: it cannot be read, or is no TOML.
    """
    try:
        here = os.path.abspath(directory)  # noqa: PTH100 - the tree that people see
    except OSError:  # the working directory is gone
        return None
    while True:
        path = os.path.join(here, NAME)  # noqa: PTH118 - this is a part of every start
        if os.path.isfile(path) or os.path.islink(path):  # noqa: PTH113, PTH114 - a link that leads nowhere is told
            return read(path, seen_from_here(here, NAME))
        path = os.path.join(here, PROJECT)  # noqa: PTH118
        found = _project(path, seen_from_here(here, PROJECT)) if os.path.isfile(path) else None  # noqa: PTH113
        if found is not None:
            return found
        here, last = os.path.dirname(here), here  # noqa: PTH120
        if here == last:
            return None


def read(path: str, shown: str) -> File:
    """Read a file that was named: a pyproject.toml has the configuration in [tool.bnlint], any other at its top.

    Raises:
        ConfigError: it cannot be read, is no TOML, or is a pyproject.toml without that table.
    """
    if os.path.basename(path) == PROJECT:  # noqa: PTH119
        found = _project(path, shown)
        if found is None:
            raise ConfigError(shown, "has no [tool.bnlint]")
        return found
    items = _parsed(_bytes(path, shown), shown)
    if isinstance(items.get(_TOOL[0]), dict):
        raise ConfigError(f"{shown}: tool", f"belongs to a {PROJECT}; here the keys stand without [tool.bnlint]")
    return File(path, shown, items)


def chain(file: File) -> Iterator[File]:
    """Yield ``file`` and what it extends, each after the one that names it.

    Raises:
        ConfigError: one of them cannot be read, or extends one that was there before.
    """
    seen: list[str] = []
    while True:
        seen.append(_identity(file.path))
        yield file
        base = file.items.get("extend")
        if not isinstance(base, str) or not base.strip():  # what else it may be is refused with the other keys
            return
        place = f"{file.shown}: {file.keys}{'.' if file.keys else ''}extend"
        path, shown = os.path.join(file.directory, base), seen_from_here(file.directory, base)  # noqa: PTH118
        if _identity(path) in seen:
            raise ConfigError(place, f"{shown} is extended by itself")
        if len(seen) == _MAX_FILES:
            raise ConfigError(place, f"more than {_MAX_FILES} files extend one another")
        try:
            file = read(path, shown)
        except ConfigError as error:
            raise ConfigError(place, str(error)) from None


def _identity(path: str) -> str:
    try:
        return os.path.realpath(path)
    except ValueError:  # a NUL: it cannot be read, either
        return path


def _project(path: str, shown: str) -> File | None:
    """Read the [tool.bnlint] of a pyproject.toml; None where it has none."""
    data = _bytes(path, shown)
    if _MENTION.search(data) is None:
        return None
    items: object = _parsed(data, shown)
    for key in _TOOL:
        if not isinstance(items, dict) or key not in items:
            return None
        items = items[key]
    if not isinstance(items, dict):
        raise ConfigError(f"{shown}: tool.bnlint", "must be a table")
    return File(path, shown, items, ".".join(_TOOL))


def _bytes(path: str, shown: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - this is a part of many starts
            data = file.read(_MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise ConfigError(shown, f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > _MAX_BYTES:
        raise ConfigError(shown, f"is larger than {_MAX_BYTES >> 20} MiB, and no configuration is")
    return data


def _parsed(data: bytes, shown: str) -> dict[str, object]:
    try:
        text = data.decode("utf-8-sig")  # Windows likes to begin with a mark
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{shown}:{line}", "is not UTF-8, as TOML has to be") from None
    if text.count(".") > _MAX_DOTS:
        for number, content in enumerate(text.split("\n"), 1):
            if content.count(".") > _MAX_DOTS:
                raise ConfigError(f"{shown}:{number}", f"has more than {_MAX_DOTS} dots, and no configuration has")
    try:
        items: dict[str, object] = _toml().loads(text)
    except RecursionError:
        raise ConfigError(shown, "is nested too deeply") from None
    except ValueError as error:
        raise _syntax(str(error), text, shown) from None
    return items


def _toml() -> Any:  # noqa: ANN401 - one of two modules
    if sys.version_info >= (3, 11):
        import tomllib  # noqa: PLC0415 - only for who has a file
    else:
        import tomli as tomllib  # noqa: PLC0415
    return tomllib


def _syntax(message: str, text: str, shown: str) -> ConfigError:
    """Return what is wrong with TOML, and in which line and column."""
    at = _AT.search(message)
    if at is None:
        return ConfigError(shown, f"is not TOML: {message}")
    lines = text.split("\n")
    line, column = (at[1], at[2]) if at[1] else (str(len(lines)), str(len(lines[-1]) + 1))
    what = message[: at.start()]
    return ConfigError(f"{shown}:{line}:{column}", f"is not TOML: {what[:1].lower()}{what[1:]}")


def seen_from_here(directory: str, path: str) -> str:
    """Return a path that is relative to ``directory`` as one that is relative to the working directory.

    Reports name it, and those of two clones of a repository are to be the same. An absolute path stays one.
    """
    whole = os.path.join(directory, path)  # noqa: PTH118
    try:
        return path if os.path.isabs(path) else os.path.relpath(whole)  # noqa: PTH117
    except (OSError, ValueError):  # another drive of Windows; no working directory
        return whole
