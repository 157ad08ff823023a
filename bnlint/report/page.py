"""What a report for people is made of, before it has colours: lines with a label and a style for each part.

Knows nothing of terminals and of what is reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Style = Literal["plain", "error", "warning", "info", "title", "name", "label", "faint", "good", "code"]

LABEL_WIDTH = 12
INDENT = 2
_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of text in one style."""

    text: str
    style: Style = "plain"
    link: str | None = None
    """An address that the text leads to, where there are links. Never made of what a checkpoint holds."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line; a long one wraps below its own text, unless it is ``verbatim``."""

    parts: tuple[Part, ...] = ()
    indent: int = 0
    """The column of the text."""
    label: str = ""
    """What stands left of the text, within its indent."""
    verbatim: bool = False

    @property
    def text(self) -> str:
        """What it says, without a style or a link."""
        return "".join(part.text for part in self.parts)


BLANK = Line()


def prose(*parts: Part | str, indent: int = INDENT) -> Line:
    """Return a line of running text."""
    return Line(tuple(Part(p) if isinstance(p, str) else p for p in parts), indent)


def labelled(label: str, *parts: Part | str) -> Line:
    """Return a line with ``label`` in the left column."""
    indent = INDENT + LABEL_WIDTH
    return Line(tuple(Part(p) if isinstance(p, str) else p for p in parts), indent, label)


def code(text: str) -> tuple[Line, ...]:
    """Return code to copy: from the first column, never wrapped."""
    return tuple(Line((Part(line, "code"),), verbatim=True) for line in text.rstrip("\n").split("\n"))


def paragraphs(groups: Iterable[Iterable[Line]]) -> Iterator[Line]:
    """Join groups of lines with a blank line between them; empty groups leave none."""
    is_first = True
    for group in groups:
        has_begun = False
        for line in group:
            if not has_begun and not is_first:
                yield BLANK
            has_begun, is_first = True, False
            yield line


def listed(names: Sequence[str], *, shown: int | None = _SHOWN, separator: str = ", ") -> str:
    """Return ``names`` as text: all of a few, the first of many. ``shown`` None is all, however many.

    One name is never left out alone: "and 1 more" takes the room of a name.
    """
    if shown is None or len(names) <= shown + 1:
        return separator.join(names)
    return f"{separator.join(names[:shown])} and {len(names) - shown} more"


def count(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 layer``, ``9 layers``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
