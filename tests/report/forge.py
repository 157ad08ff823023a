"""Markdown as a forge shows it: rendered as CommonMark with tables and HTML; and what it would make of the text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from markdown_it import MarkdownIt

OURS = {"details", "summary", "a"}
"""The elements of HTML that are ours."""
OF_MARKDOWN = {
    *("h2", "h3", "p", "ul", "li", "strong", "code", "pre"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
LIVELY = re.compile(r"@\w|#\d|!\d|:\w+:|https?:|www\.|\w@\w|GH-\d|\$\w|\]\(|~\w", re.IGNORECASE)
"""What GitHub, GitLab or Gitea would make something of in a text that is not code."""


class Page(HTMLParser):
    """What stands on a page."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str | None]] = set()
        self.whole: list[str] = []
        self.outside_code: list[str] = []
        self._open = 0
        self.feed(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(attrs)
        self._open += tag == "code"

    def handle_endtag(self, tag: str) -> None:
        self._open -= tag == "code"

    def handle_data(self, data: str) -> None:
        self.whole.append(data)
        self.outside_code.append(" " if self._open else data)

    @property
    def text(self) -> str:
        return squeezed("".join(self.whole))


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
