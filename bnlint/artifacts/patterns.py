"""Globs that the shell left to us: ``'runs/*/model.ckpt-*'``, and ``**`` for any number of directories.

As in a shell, ``*`` does not match a name that begins with a dot. A checkpoint is matched by its prefix too.
"""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Collection, Iterable

from bnlint.artifacts import naming
from bnlint.artifacts.listing import MAX_DIRECTORIES, Listing
from bnlint.artifacts.storage import is_url

_MAGIC = re.compile(r"[*?\[]")
_ANY = "**"


def is_pattern(path: str) -> bool:
    """Say whether ``path`` has a character that means others."""
    return _MAGIC.search(path) is not None


def expand(listing: Listing, pattern: str) -> list[str]:
    """Return what ``pattern`` matches, sorted: files, directories and prefixes of checkpoints."""
    root, parts = _split(pattern)
    heads = [root]
    for part in parts[:-1]:
        heads = [inner for head in heads for inner in _directories(listing, head, part)]
    return list(dict.fromkeys(match for head in heads for match in _matches(listing, head, parts[-1])))


def _split(pattern: str) -> tuple[str, list[str]]:
    """Split a pattern into what stands before its first special name, and the names from there."""
    magic = _MAGIC.search(pattern)
    start = naming.split_path(pattern[: magic.start() if magic else len(pattern)])[0]
    rest = pattern[len(start) :]
    parts = rest.split("/") if is_url(pattern) else rest.replace(os.sep, "/").split("/")
    return start, [part for part in parts if part] or ["*"]


def _directories(listing: Listing, head: str, part: str) -> list[str]:
    """Return the heads of the directories that ``part`` means in the directory before ``head``."""
    if part == _ANY:
        return _below(listing, head)
    if not is_pattern(part):
        return [naming.inside(head + part)]
    return _inner(listing, head, part)


def _below(listing: Listing, head: str) -> list[str]:
    """Return the heads of a directory and of all below it, each once, wherever links lead."""
    found: list[str] = []
    seen: set[str] = set()
    waiting = [head]
    while waiting and len(seen) < MAX_DIRECTORIES:
        here = waiting.pop()
        identity = listing.storage.identity(here or os.curdir)
        if identity not in seen:
            seen.add(identity)
            found.append(here)
            waiting += reversed(_inner(listing, here, "*"))
    return found


def _inner(listing: Listing, head: str, part: str) -> list[str]:
    """Return the heads of the directories in one directory whose names match."""
    paths = [head + name for name in _matching(listing.names(head), part)]
    facts = [(path, listing.facts(path)) for path in paths]
    return [naming.inside(path) for path, found in facts if found is not None and found.is_directory]


def _matches(listing: Listing, head: str, part: str) -> list[str]:
    if part == _ANY:
        return [inner[:-1] for inner in _below(listing, head)[1:]]
    prefixes = {prefix for prefix, group in listing.groups(head).items() if prefix and group.checkable}
    names = sorted(_matching({*listing.names(head), *prefixes}, part))
    return [head + _whole(name, prefixes) for name in names]


def _whole(name: str, prefixes: Collection[str]) -> str:
    """Return the prefix of the checkpoint that a file belongs to, so that all of its files become one."""
    prefix = naming.split_suffix(name)[0]
    return prefix if prefix in prefixes else name


def _matching(names: Iterable[str], part: str) -> list[str]:
    return [n for n in names if fnmatch.fnmatchcase(n, part) and (part.startswith(".") or not n.startswith("."))]
