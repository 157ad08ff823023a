"""Text → GitHub-flavoured Markdown that shows it as it is, in GitHub, GitLab and Gitea alike.

Those look for mentions, issue numbers, emoji and addresses in the text of a page after its Markdown was read, so that
a backslash stops none of them; only code does. Therefore whatever is more than a plain word or number is shown as code.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from itertools import groupby

from bnlint.report.escape import visible
from bnlint.report.page import Line, Part

_WORD = re.compile(r"[^ ]+")
_EDGES = re.compile(r"(?P<before>[(\"']*)(?P<core>.*?)(?P<after>[)\"'.,;:?]*)\Z")
_PLAIN = re.compile(r"[+-]?\d+(?:[.,]\d+)*(?:e[+-]?\d+)?%?|[^\W\d_]+(?:['-][^\W\d_]+)*|[^\W\d_]+\d{1,2}")
"""A number, a word, or one with a digit or two behind it."""
_COMMIT = re.compile(r"[0-9a-f]{7,40}")
_NUMBERED = re.compile(r"\d+[.)]")
_RUN = re.compile("`+")


def code(text: str) -> str:
    """Return ``text`` as code within a line."""
    shown = visible(text)
    if not shown.strip(" "):
        return f'"{shown}"'  # code of nothing is no code
    ticks = "`" * (_longest_run(shown) + 1) if "`" in shown else "`"
    # One space at either end belongs to the ticks.
    space = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{ticks}{space}{shown}{space}{ticks}"


def prose(text: str) -> str:
    """Return ``text`` with everything in it that could be taken for more than words as code."""
    return _not_a_list(_words(text))


def cell(markdown: str) -> str:
    """Return Markdown of one line as it stands in a table, where a bar ends a cell even in code."""
    return markdown.replace("|", "\\|")


def in_html(parts: Iterable[Part]) -> str:
    """Return ``parts`` for the inside of an element of HTML, where Markdown is not looked at."""
    return "".join(_element(html.escape(visible(part.text)), part.link) for part in parts)


def _element(escaped: str, link: str | None) -> str:
    return escaped if link is None else f'<a href="{html.escape(link)}">{escaped}</a>'


def fenced(lines: Iterable[str], language: str = "") -> str:
    """Return ``lines`` as a block of code."""
    shown = [visible(line) for line in lines]
    fence = "`" * max(3, 1 + max(map(_longest_run, shown), default=0))
    return "\n".join((f"{fence}{language}", *shown, f"{fence}\n"))


def item(line: Line) -> str:
    """Return one line of a report for people as an item of a list, with its links."""
    stretches = groupby(line.parts, lambda part: part.link)
    said = _not_a_list("".join(_stretch("".join(part.text for part in parts), link) for link, parts in stretches))
    return f"- **{prose(line.label)}** {said}\n" if line.label else f"- {said}\n"


def _stretch(text: str, link: str | None) -> str:
    """Return what leads to one place, or to none. Code is never put beside code, which would be one."""
    return _words(text) if link is None else f"[{code(text)}]({link})"


def _not_a_list(markdown: str) -> str:
    """Return the words of a paragraph so that it is one: four spaces would begin code, and a number a list."""
    shown = markdown.strip(" ")
    number = _NUMBERED.match(shown)
    if number and (number.end() == len(shown) or shown[number.end()] == " "):
        return f"{code(number[0])}{shown[number.end() :]}"
    return shown


def _words(text: str) -> str:
    return _WORD.sub(_word, visible(text))


def _word(match: re.Match[str]) -> str:
    word = match[0]
    edges = _EDGES.match(word)
    assert edges is not None  # a word holds no line break
    before, core, after = edges["before"], edges["core"], edges["after"]
    return word if not core or _is_plain(core) else f"{before}{code(core)}{after}"


def _is_plain(word: str) -> bool:
    return bool(_PLAIN.fullmatch(word)) and not _COMMIT.fullmatch(word)


def _longest_run(text: str) -> int:
    return max((len(run) for run in _RUN.findall(text)), default=0)
