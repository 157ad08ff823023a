"""Every rule's page shows what bnlint prints today. ``python -m tests.rule_examples`` rewrites the examples."""

from __future__ import annotations

import ast

import pytest

from bnlint.report import rule_text
from bnlint.report.rule_page import rule_page
from bnlint.rules.registry import RULES
from bnlint.rules.rule import Rule
from tests.rule_examples import EXAMPLES, NoExampleError, printed, shown, source_of, with_example

CODES = [rule.code for rule in RULES]
PAGE = "What.\n\n## Example\n    code()\n\n## How to repair\nSo.\n"


@pytest.mark.parametrize("about", RULES, ids=CODES)
def test_the_page_shows_what_is_printed(about: Rule) -> None:
    assert shown(about.page) == printed(about.code)


def test_the_table_is_in_the_order_of_the_rules() -> None:
    assert list(EXAMPLES) == CODES


@pytest.mark.parametrize("about", RULES, ids=CODES)
def test_above_the_output_stands_the_code_that_makes_the_mistake(about: Rule) -> None:
    example = about.page.partition("## Example\n")[2].partition("\n## ")[0]
    assert example.partition("    $ bnlint")[0].strip()


@pytest.mark.parametrize("about", RULES, ids=CODES)
def test_a_terminal_shows_the_output_to_the_letter(about: Rule) -> None:
    assert shown(about.page) in rule_text.render(rule_page(about), width=80, color=False)


@pytest.mark.parametrize("about", RULES, ids=CODES)
def test_the_page_is_the_docstring_of_its_file(about: Rule) -> None:
    assert ast.get_docstring(ast.parse(source_of(about.code).read_text(encoding="utf-8")), clean=False) == about.page


def test_an_example_is_put_below_the_code_and_replaces_an_older_one() -> None:
    output = "    $ bnlint check a\n    error\n      x"
    once = with_example(PAGE, output)
    assert once == f"What.\n\n## Example\n    code()\n\n{output}\n\n## How to repair\nSo.\n"
    assert shown(once) == output
    assert with_example(once, "    $ bnlint check b") == PAGE.replace("code()", "code()\n\n    $ bnlint check b")
    assert with_example(once, shown(once)) == once


def test_a_page_without_an_example_shows_none() -> None:
    assert not shown(PAGE)
    assert not shown("What.\n\n## Known limits\nNone.\n")


def test_a_rule_that_no_fixture_shows_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.rule_examples.EXAMPLES", {"BN101": "tf1.15/layers_wired"})
    with pytest.raises(NoExampleError, match=r"BN101: bnlint check tf1\.15/layers_wired prints no block"):
        printed("BN101")
    with pytest.raises(NoExampleError, match="BN305: no fixture is named"):
        printed("BN305")
