"""A page of Markdown → text for a terminal, by rich, which takes a moment to import and is wanted for nothing else."""

from __future__ import annotations

from typing import ClassVar

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Heading, Markdown, MarkdownElement
from rich.text import Text
from rich.theme import Theme

from bnlint.report.text import console_of, written

_THEME = Theme(
    {
        "markdown.h1": "bold",
        "markdown.h2": "bold underline",
        "markdown.code": "cyan",
        "markdown.code_block": "none",
    }
)


def render(page: str, *, width: int, color: bool) -> str:
    """Return a page of documentation laid out for a terminal."""
    console = console_of(width, color=color, theme=_THEME)
    console.print(_Source(page), crop=False)
    return "".join(f"{line.rstrip()}\n" for line in written(console).splitlines())


class _Heading(Heading):
    """Rich would set it in the middle, or in a box."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Begin at the margin."""
        self.text.justify = "left"
        yield self.text


class _Code(CodeBlock):
    """Rich would wrap it, and then nobody can copy it."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Leave the lines as they are."""
        code = "\n".join(f"    {line}" for line in str(self.text).rstrip().split("\n"))
        yield Text(code, "markdown.code_block", no_wrap=True, overflow="ignore")


class _Source(Markdown):
    """Markdown that reads like the page's source."""

    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "heading_open": _Heading,
        "code_block": _Code,
    }
