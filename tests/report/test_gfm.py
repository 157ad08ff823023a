"""Any text in Markdown: a page shows it as it is, and a forge makes nothing of it."""

from __future__ import annotations

import pytest

from bnlint.report import gfm
from bnlint.report.escape import visible
from bnlint.report.page import Part, labelled, prose
from tests.report.forge import LIVELY, Page, squeezed


@pytest.mark.parametrize(
    "said",
    [
        "see www.example.com, https://example.com or mailto:a@b.example",
        "ping @everyone and @org/team: fixes #123, org/repo#1, GH-12 and !5",
        ":smile: :+1: (:x:) ::",
        "x_y_z *bold* __b__ ~~s~~ $a$ ![i](j) [l](m) <b>h</b> &amp; \\* `t` ``",
        "- not a list",
        "1. not a list",
        "12) not a list",
        "# not a heading",
        "> not a quote",
        "    not code",
        "--- === *** ___",
        "ends with a backslash\\",
        "| a | b |",
        "\u202eleft\u200b and nul \x00",
        "commit 0123456789abcdef deadbeef",
    ],
)
def test_prose_is_shown_as_it_is(said: str) -> None:
    for markdown in (
        gfm.prose(said),
        gfm.item(labelled("note", said)),
        f"| a |\n| - |\n| {gfm.cell(gfm.prose(said))} |",
    ):
        shown = Page(markdown)
        assert squeezed(visible(said)) in shown.text
        assert shown.tags <= {"p", "code", "ul", "li", "strong", "table", "thead", "tbody", "tr", "th", "td"}
        assert not LIVELY.search("".join(shown.outside_code))
    assert Page(gfm.prose(said)).tags <= {"p", "code"}


def test_what_looks_like_a_commit_is_code() -> None:
    assert gfm.prose("see deadbeef and 12345678, 123456") == "see `deadbeef` and `12345678`, 123456"


@pytest.mark.parametrize(
    "plain", ['moving mean, and (variance) are 0.25 to 1e-06: 3 of 9 layers, 12% "so".', "batch-norm isn't there; why?"]
)
def test_words_and_numbers_are_no_code(plain: str) -> None:
    assert gfm.prose(plain) == plain


@pytest.mark.parametrize("name", ["a", "`", "a`b", "``", " a", "a ", " a ", "`a ``b```", "a|b", "a\\|b", "\\"])
def test_a_name_is_code_as_it_is(name: str) -> None:
    table = Page(f"| a |\n| - |\n| {gfm.cell(gfm.code(name))} |")
    assert name in Page(gfm.code(name)).whole
    assert name in table.whole
    assert "code" in table.tags


def test_a_link_stands_among_words_as_they_are() -> None:
    line = prose("  see `x`", Part("BN301", link="https://a.example"), Part("`y` and @z "), "(1)")
    shown = Page(gfm.item(line))
    assert ("href", "https://a.example") in shown.attributes
    assert shown.text == "see `x`BN301`y` and @z (1)"
    assert not LIVELY.search("".join(shown.outside_code))
