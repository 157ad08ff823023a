"""How damage is told: as what the file really is where that can be seen, else by place and expectation."""

from __future__ import annotations

from bnlint.artifacts.storage import Storage
from bnlint.findings import Problem
from bnlint.formats.errors import FormatError
from bnlint.formats.identify import HEAD_SIZE, identify


def problem(storage: Storage, path: str, expected: str, error: Exception) -> Problem:
    """Return the one-line `Problem` for an ``error`` met in ``path``, which should have been ``expected``."""
    if isinstance(error, OSError):
        return Problem(path, f"cannot be read: {error.strerror or error}")
    return Problem(path, impostor(storage, path, expected) or one_line(str(error)))


def impostor(storage: Storage, path: str, expected: str) -> str | None:
    """Say what a file is that is not ``expected``; None where its beginning does not tell."""
    try:
        source = storage.open(path)
        try:
            identity = identify(source.read(0, min(source.size, HEAD_SIZE)))
        finally:
            source.close()
    except (FormatError, OSError):
        return None
    if identity is None:
        return None
    return f"is {identity.noun}, not {expected}" + (f"; {identity.advice}" if identity.advice else "")


def one_line(text: str) -> str:
    """Fold a message into one line without control characters."""
    return " ".join(text.split())
