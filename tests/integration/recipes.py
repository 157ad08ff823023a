"""The examples of the recipes: every fence that has a comment ``<!-- example: name -->`` above it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.running import ENVIRONMENT
from tests.situations import FIXTURES

RECIPES = FIXTURES.parent / "docs" / "recipes"
_EXAMPLE = re.compile(
    r"<!-- example: (?P<name>.*?) -->\n\n```(?P<language>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)


def example(page: str, name: str) -> str:
    """Return one example of a page."""
    text = (RECIPES / f"{page}.md").read_text(encoding="utf-8")
    (found,) = [match["text"] for match in _EXAMPLE.finditer(text) if match["name"] == name]
    return str(found)


def examples() -> list[tuple[str, str, str]]:
    """Return the page, the name and the language of every example."""
    return [
        (path.stem, match["name"], match["language"])
        for path in sorted(RECIPES.glob("*.md"))
        for match in _EXAMPLE.finditer(path.read_text(encoding="utf-8"))
    ]


def load(page: str, name: str) -> Any:
    return YAML(typ="safe").load(example(page, name))


def run(words: list[str], directory: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bnlint", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=directory, env=ENVIRONMENT)
