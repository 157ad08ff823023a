"""How damage is told: as what the file really is where that can be seen, else by place and expectation."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing

from bnlint.artifacts.storage import Storage
from bnlint.findings import Problem
from bnlint.formats.errors import FormatError
from bnlint.formats.identify import HEAD_SIZE, identify


def problem(storage: Storage, path: str, expected: str, error: Exception) -> Problem:
    """Return the one-line `Problem` for an ``error`` met in ``path``, which should have been ``expected``."""
    if isinstance(error, OSError):
        return Problem(path, f"cannot be read: {reason(error)}")
    return Problem(path, impostor(storage, path, expected) or one_line(str(error)))


def reason(error: OSError) -> str:
    """Return why the system or a remote store refused, without the path and the number that Python puts around it."""
    return str(error.strerror or error)


def impostor(storage: Storage, path: str, expected: str) -> str | None:
    """Say what a file is that is not ``expected``; None where its beginning does not tell."""
    try:
        with closing(storage.open(path)) as source:
            identity = identify(source.read(0, min(source.size, HEAD_SIZE)))
    except (FormatError, OSError):
        return None
    return None if identity is None else identity.instead_of(expected)


def grouped(damage: Iterable[tuple[str, str]]) -> tuple[Problem, ...]:
    """Say what is wrong with several tensors of one file, each with its path and message, in one line per file."""
    messages: dict[str, list[str]] = {}
    for path, message in damage:
        messages.setdefault(path, []).append(message)
    return tuple([Problem(path, first + _and_more(len(more))) for path, (first, *more) in messages.items()])


def _and_more(count: int) -> str:
    return f" (and {count} more like it)" if count else ""


def not_there(first: str, count: int) -> str:
    """Say that ``count`` files are missing, of which ``first`` is one."""
    if count == 1:
        return f"{first} is not there"
    return (
        f"{first} is not there, nor is the other"
        if count == 2
        else f"{first} is not there, nor are the {count - 1} others"
    )


def one_line(text: str) -> str:
    """Fold a message into one line without control characters."""
    return " ".join(text.split())
