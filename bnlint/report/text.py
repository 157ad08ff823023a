"""Lines → text for a terminal or a pipe. Only this module and `bnlint.report.rule_text` know rich.

Colours are the terminal's own, so that they read on dark and on light; nothing is said by colour alone.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator

from rich.cells import cell_len
from rich.console import Console
from rich.style import Style as RichStyle
from rich.text import Text
from rich.theme import Theme

from bnlint.report.escape import inert
from bnlint.report.page import Line, Part, Style

_STYLES: dict[Style, str] = {
    "plain": "",
    "error": "bold red",
    "warning": "bold magenta",
    "info": "bold cyan",
    "good": "bold green",
    "title": "bold",
    "name": "",
    "label": "dim",
    "faint": "dim",
    "code": "",
}
_NARROWEST = 40
_WORD = re.compile(r"(\S+)\s*")
_LINK_ID = re.compile(r"(?<=\x1b\]8;)id=[^;]*(?=;)")
"""Rich draws lots for the name of each link, which is for links that break over lines. None of ours do."""


def render(lines: Iterable[Line], *, width: int, color: bool, links: bool = False) -> str:
    """Return ``lines`` wrapped to ``width``, with escape sequences if ``color``, among them links if ``links``."""
    return "".join(pieces(lines, width=width, color=color, links=links))


def pieces(lines: Iterable[Line], *, width: int, color: bool, links: bool = False) -> Iterator[str]:
    """Return what `render` does line by line."""
    console = console_of(width, color=color)
    for line in lines:
        for text in _wrapped(line, console, links=links):
            console.print(text, soft_wrap=True)
        yield written(console)


def console_of(width: int, *, color: bool, theme: Theme | None = None) -> Console:
    """Return a console that decides nothing by itself, whatever the environment says."""
    return Console(
        file=io.StringIO(),
        width=max(width, _NARROWEST),
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        legacy_windows=False,
        markup=False,
        highlight=False,
        emoji=False,
        theme=theme,
    )


def written(console: Console) -> str:
    """Return what was printed on ``console`` since it was last asked."""
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    console.file.seek(0)
    console.file.truncate()
    return _LINK_ID.sub("", text)


def _wrapped(line: Line, console: Console, *, links: bool) -> list[Text]:
    text = Text()
    for part in line.parts:
        text.append(inert(part.text), _style(part, links=links))
    if line.verbatim or not line.parts:
        return [text]
    rows = _rows(text, console.width - line.indent)
    return [_margin(line, first=number == 0) + row for number, row in enumerate(rows)]


def _style(part: Part, *, links: bool) -> str | RichStyle:
    style = _STYLES[part.style]
    return RichStyle.parse(style) + RichStyle(link=part.link) if links and part.link else style


def _rows(text: Text, width: int) -> list[Text]:
    """Break ``text`` between words. Rich would cut a name that is too long, and then nobody can copy it."""
    breaks: list[int] = []
    column = 0
    for word in _WORD.finditer(text.plain):
        if column and column + cell_len(word[1]) > width:
            breaks.append(word.start())
            column = 0
        column += cell_len(word[0])
    rows = list(text.divide(breaks))
    for row in rows:
        row.rstrip()
    return rows


def _margin(line: Line, *, first: bool) -> Text:
    """Return what stands left of one row: the label beside the first, then nothing."""
    if not first or not line.label:
        return Text(" " * line.indent)
    label = inert(line.label)
    room = line.indent - 2 - cell_len(label)
    return Text("  ").append(label, _STYLES["label"]).append(" " * max(room, 1))
