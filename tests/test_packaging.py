"""What a package index shows of bnlint: where it lives, and what it runs on."""

from __future__ import annotations

import re
import sys
from typing import Any

from bnlint.report.links import DOCUMENTATION
from tests.situations import FIXTURES

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = FIXTURES.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
URLS: dict[str, str] = PROJECT["urls"]
CODE = URLS["Repository"]


def test_the_documentation_is_where_reports_link_to() -> None:
    assert URLS["Documentation"] == DOCUMENTATION
    assert URLS["Changelog"] == f"{DOCUMENTATION}/changelog.html"
    assert (ROOT / "docs" / "changelog.md").is_file()
    assert f"<{DOCUMENTATION}>" in (ROOT / "README.md").read_text("utf-8")


def test_the_code_is_where_recipes_take_it_from() -> None:
    assert URLS["Issues"] == f"{CODE}/issues"
    pages = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "docs" / "recipes").glob("*.md")))
    assert set(re.findall(r"repo: (https://\S*/bnlint)\b", pages)) == {CODE}
    assert {f"https://github.com/{place}" for place in re.findall(r"uses: (\S+/bnlint)@", pages)} == {CODE}


def test_no_other_address_of_either_is_written_anywhere() -> None:
    """A second host or owner would be a place that nobody looks after."""
    address = re.compile(
        r"https://[\w.-]*(?:readthedocs\.io|github\.com)[\w./-]*\bbnlint\b[\w./-]*|https://bnlint\.[\w./-]*"
    )
    for path in [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "action.yml", *(ROOT / "docs").rglob("*.md")]:
        for found in address.findall(path.read_text("utf-8")):
            assert found.startswith((DOCUMENTATION, CODE)), f"{path.name}: {found}"


def test_the_classifiers_name_every_python_from_the_first_one_on() -> None:
    named = [int(name) for name in re.findall(r"Python :: 3\.(\d+)", "\n".join(PROJECT["classifiers"]))]
    assert PROJECT["requires-python"] == f">=3.{named[0]}"
    assert named == list(range(named[0], named[-1] + 1))
