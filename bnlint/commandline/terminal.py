"""Where words go: stdout, stderr or a file, with or without colours. Knows nothing of reports."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal, TextIO

from bnlint.commandline import hyperlinks
from bnlint.report.escape import inert
from bnlint.report.sparkline import without_blocks

ColorChoice = Literal["auto", "always", "never"]

_READABLE_WIDTH = 100
"""Wider lines of prose are hard to read, however wide the terminal."""
_PROGRESS_SECONDS, _PROGRESS_WIDTH = 0.1, 30


def use_color(choice: ColorChoice, stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether to write colours to ``stream``. A choice beats NO_COLOR, that beats FORCE_COLOR, that beats a guess."""
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return environ.get("TERM") != "dumb" and stream.isatty()


def use_links(stream: TextIO | None, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether to write links to ``stream``, which takes colours; None is a file."""
    return hyperlinks.are_shown(environ, is_terminal=stream is not None and stream.isatty())


def width() -> int:
    """Return how wide text may be: COLUMNS, the terminal, or 80; never so wide that prose is hard to read."""
    return min(shutil.get_terminal_size((80, 24)).columns, _READABLE_WIDTH)


@contextlib.contextmanager
def progress(
    stream: TextIO | None = None, environ: Mapping[str, str] = os.environ, *, is_quiet: bool = False
) -> Iterator[Callable[[int, int], None] | None]:
    """Show on stderr how much is done, while it is a terminal that can take a line back; else give None."""
    stream = stream or sys.stderr
    if is_quiet or not stream.isatty() or environ.get("TERM") == "dumb":
        yield None
        return
    line = _ProgressLine(stream)
    try:
        yield line.show
    finally:
        line.clear()


class _ProgressLine:
    """One line that is written over and over."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown_at = time.monotonic()

    def show(self, done: int, total: int) -> None:
        """Say that ``done`` of ``total`` are done; nothing for one, and seldom enough not to cost anything."""
        now = time.monotonic()
        if total < 2 or now - self._shown_at < _PROGRESS_SECONDS:
            return
        self._shown_at = now
        filled = _PROGRESS_WIDTH * done // total
        bar = "#" * filled + "-" * (_PROGRESS_WIDTH - filled)
        self._write(f"\r[{bar}] {done} of {total}")

    def clear(self) -> None:
        """Leave an empty line."""
        self._write("\r\x1b[K")

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self._stream.write(text)
            self._stream.flush()


def complain(message: str) -> None:
    """Say what is wrong, in one line on stderr. Where that takes nothing, the exit code has to do."""
    try:
        line = f"bnlint: {_encodable(inert(message), sys.stderr)}"
        print(line, file=sys.stderr, flush=True)  # noqa: T201 - the one place
    except OSError:
        _abandon(sys.stderr)


def complain_unwritten(where: str, error: OSError) -> None:
    """Say that nothing can be written to ``where``, and why."""
    complain(f"error: {where}: cannot be written: {error.strerror or error}")


def write(pieces: Iterable[str], stream: TextIO) -> None:
    """Write a report, which comes in pieces, to ``stream``: stdout or stderr.

    Raises:
        OSError: it cannot be written. A reader that has gone away is no error.
    """
    try:
        stream.writelines(_encodable(piece, stream) for piece in pieces)
        stream.flush()
    except BrokenPipeError:  # `bnlint … | head` has seen enough
        _abandon(stream)
    except OSError:
        _abandon(stream)
        raise


def place(path: str) -> str:
    """Return the file that is written to at ``path``: the same however it is spelled, and whatever links lead there."""
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):  # the working directory is gone; a NUL
        return path


def write_file(pieces: Iterable[str], path: str) -> None:
    """Write a report, which comes in pieces, to a file.

    Raises:
        OSError: it cannot be written.
    """
    _replace(Path(path), pieces)


def _abandon(stream: TextIO) -> None:
    """Send what is still in the buffer nowhere, or Python complains of it at exit."""
    with contextlib.suppress(OSError, ValueError):  # a stream without a file, as in tests
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _encodable(text: str, stream: TextIO) -> str:
    """Return ``text`` with what the encoding of ``stream`` lacks written out, sparklines in characters that it has."""
    encoding = stream.encoding or "ascii"
    return without_blocks(text, encoding).encode(encoding, "backslashreplace").decode(encoding)


def _replace(path: Path, pieces: Iterable[str]) -> None:
    """Write ``path`` in one step: who reads it sees the old report or the new one, never half of one."""
    if _is_no_file(path):  # /dev/stdout, a named pipe
        with path.open("w", encoding="utf-8", errors="backslashreplace") as file:
            file.writelines(pieces)
        return
    target = Path(os.path.realpath(path))  # a symbolic link stays one; Path.resolve would raise for a loop of them
    unfinished = target.with_name(f".{target.name}.{os.urandom(4).hex()}.tmp")
    try:
        with unfinished.open("x", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.writelines(pieces)
        unfinished.replace(target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def _is_no_file(path: Path) -> bool:
    """Say whether there is something that is no regular file; raises OSError where nobody can know, as in a loop."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        return False
