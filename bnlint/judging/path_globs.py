"""Globs of paths as a configuration has them: relative to its directory, for a disk and for remote stores.

Paths are compared as text, without a look at any disk: a link is not what it leads to.
"""

from __future__ import annotations

import glob
import os
import re
from fnmatch import fnmatchcase

from bnlint.artifacts.storage import is_url

_ANY = "**"
_DRIVE = re.compile(r"[A-Za-z]:$")


class PathGlob:
    """One pattern. ``*`` stays within a name, ``**`` is any number of directories; a directory means what is below it.

    A pattern is relative to ``root``, unless it is absolute or a URL; one that begins with ``**`` matches anywhere.
    """

    def __init__(self, pattern: str, root: str | None) -> None:
        self._parts = _parts(pattern, root)

    def matches(self, path: str, name: str | None = None) -> bool:
        """Say whether it matches an artifact by its ``path`` as it was given, or by its ``name`` in that place.

        Of a directory that was given, the artifact is a file in it; of a file of a checkpoint, it is the prefix.
        """
        names = _names(path)
        return self._match(names) or (
            name is not None and (self._match([*names, name]) or self._match([*names[:-1], name]))
        )

    def _match(self, names: list[str]) -> bool:
        """Say whether the parts match the first of ``names``, however many are left."""
        reached = {0}
        for part in self._parts:
            if part == _ANY:
                reached = set(range(min(reached), len(names) + 1))
            else:
                reached = {n + 1 for n in reached if n < len(names) and fnmatchcase(names[n], part)}
            if not reached:
                return False
        return True


def rebased(pattern: str, directory: str, root: str) -> str:
    """Return a pattern that is relative to ``directory`` as one that means the same relative to ``root``."""
    way = _relative(directory, root)
    is_anywhere = _split(pattern)[:1] == [_ANY]
    if way == os.curdir or is_anywhere or is_url(pattern) or _is_absolute(pattern):
        return pattern
    return f"{_literal(way.replace(os.sep, '/'))}/{pattern}"


def _relative(directory: str, root: str) -> str:
    try:
        return os.path.relpath(directory, root)
    except ValueError:  # another drive of Windows
        return os.path.abspath(directory)  # noqa: PTH100 - text, not a place to look at


def _parts(pattern: str, root: str | None) -> list[str]:
    split = _split(pattern)
    is_free = split[:1] == [_ANY] or is_url(pattern) or _is_absolute(pattern)
    parts = [] if is_free else [_literal(name) for name in _names(root or os.curdir)]
    for part in split:
        if part == os.pardir:
            if parts and parts[-1] != _ANY:
                parts.pop()
        elif part != os.curdir:
            parts.append(part if is_url(pattern) else os.path.normcase(part))
    return parts


def _split(pattern: str) -> list[str]:
    """Split a pattern at slashes of either kind: one configuration serves Windows and all others."""
    return [part for part in (pattern if is_url(pattern) else pattern.replace("\\", "/")).split("/") if part]


def _is_absolute(pattern: str) -> bool:
    return pattern.startswith(("/", "\\")) or _DRIVE.match(pattern[:2]) is not None


def _names(path: str) -> list[str]:
    """Return the names that a path is made of, from its root, or from the scheme of its URL."""
    if is_url(path):
        return [name for name in path.split("/") if name]
    try:
        whole = os.path.normcase(os.path.abspath(path))  # noqa: PTH100 - links stay as they are
    except OSError:  # the working directory is gone
        whole = path
    return [name for name in whole.replace(os.sep, "/").split("/") if name]


def _literal(text: str) -> str:
    """Return a pattern that matches ``text``; a backslash in a name cannot be written, any one character can."""
    return glob.escape(text).replace("\\", "?")
