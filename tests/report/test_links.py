"""The addresses of the documentation."""

from __future__ import annotations

from pathlib import Path

import pytest

from bnlint.report.links import DOCUMENTATION, rule_path, rule_url
from bnlint.rules.registry import RULES

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_has_an_address(rule: object) -> None:
    code = str(getattr(rule, "code"))  # noqa: B009 - any rule
    assert rule_url(code) == f"https://bnlint.readthedocs.io/en/latest/rules/{code}.html"
    assert rule_url(code) == f"{DOCUMENTATION}/{rule_path(code)}"


@pytest.mark.parametrize(
    "code", ["", "BN", "BN3", "BN3011", "bn301", "XX301", "BN901", "BN301\n", "../BN301", "BN\u0663\u0660\u0661"]
)
def test_what_is_no_rule_of_ours_has_none(code: str) -> None:
    assert rule_url(code) is None


def test_the_address_stands_in_one_place() -> None:
    host = DOCUMENTATION.split("/")[2]
    sources = (ROOT / "bnlint").rglob("*.py")
    assert [path.name for path in sources if host in path.read_text(encoding="utf-8")] == ["links.py"]
