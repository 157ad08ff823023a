"""What the READMEs say is what there is: rules, exit codes, fixtures and their verdicts."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from bnlint.rules.registry import RULES
from tests import test_history
from tests.situations import FIXTURES, SKIPPED, VERDICTS, fixtures

ROOT = FIXTURES.parent


def table() -> dict[str, tuple[str, str, str]]:
    """Return the rows of the fixtures' table: flavours, what it shows, verdict."""
    text = (FIXTURES / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*) \| (.*?) \|$", text, re.MULTILINE)
    return {name: (flavours, shows, verdict) for name, flavours, shows, verdict in rows}


def test_every_fixture_stands_in_the_table_with_its_flavours() -> None:
    there: dict[str, set[str]] = {}
    for fixture in fixtures():
        flavour, _, name = fixture.partition("/")
        there.setdefault(name, set()).add(flavour.removeprefix("tf"))
    assert {name: set(row[0].split(", ")) for name, row in table().items()} == there


def test_every_flavour_is_explained() -> None:
    text = (FIXTURES / "README.md").read_text(encoding="utf-8")
    explained = re.findall(r"^\| (\d\S*) \| .* \|$", text, re.MULTILINE)
    assert sorted(explained) == sorted({fixture.partition("/")[0].removeprefix("tf") for fixture in fixtures()})


def test_the_table_says_what_the_scripts_say() -> None:
    said = {
        " ".join(docstring.split("\n\n")[0].split())
        for path in (FIXTURES / "scripts" / "situations").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and (docstring := ast.get_docstring(node))
    }
    assert {shows for _, shows, _ in table().values()} <= said


def test_the_table_promises_the_verdicts_that_are_tested() -> None:
    for name, (_, _, verdict) in table().items():
        alone, _, compared = verdict.partition(";")
        assert loud(alone) == loud(VERDICTS[name]), name
        assert loud(compared) == loud(test_history.VERDICTS.get(name, "")), name


def test_the_table_promises_what_is_skipped() -> None:
    assert {name for name, (_, _, verdict) in table().items() if "BN105 skipped" in verdict} == set(SKIPPED)


def loud(verdict: str) -> set[tuple[str, str]]:
    """Return the rules of a verdict that are more than info, with their severities."""
    return set(re.findall(r"(BN\d+) (error|warning)", verdict))


def test_the_readme_names_every_rule() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"BN\d{3}", text)) == {rule.code for rule in RULES}


def test_the_changelog_names_every_rule() -> None:
    text = " ".join((ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split())
    assert {f"{rule.code} {rule.name}" for rule in RULES} <= set(re.findall(r"BN\d{3} [a-z-]+", text))


def test_no_path_of_a_developers_machine_is_left() -> None:
    forbidden = re.compile(r"/(?:home|root|Users)/\w+/")
    for folder in ("bnlint", "benchmarks", "fixtures/scripts"):
        for path in (ROOT / folder).rglob("*.py"):
            assert not forbidden.search(Path(path).read_text(encoding="utf-8")), path
