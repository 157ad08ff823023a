"""``bnlint schema``, and the table of schemas it prints from."""

from __future__ import annotations

import json

import pytest

from bnlint.schemas import SCHEMAS, text
from tests.running import invoke
from tests.schemas import MADE, place
from tests.test_cli import modules_after


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_printed_as_it_is_in_the_package(name: str) -> None:
    result = invoke("schema", name)
    assert (result.exit_code, result.stdout) == (0, place(name).read_text("utf-8"))
    assert result.stdout == text(name)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_knows_where_it_is_published(name: str) -> None:
    identifier = json.loads(text(name))["$id"]
    assert identifier.startswith("https://")
    assert identifier.endswith(f"/{SCHEMAS[name].file}")


def test_without_a_name_it_is_that_of_the_report() -> None:
    assert json.loads(invoke("schema").stdout) == MADE["report"]()


def test_every_schema_is_made_by_something() -> None:
    assert set(MADE) == set(SCHEMAS)


def test_a_schema_that_does_not_exist() -> None:
    result = invoke("schema", "reprot")
    assert result.exit_code == 2
    assert all(name in result.stderr for name in SCHEMAS)


def test_the_help_names_every_schema() -> None:
    page = invoke("schema", "--help").stdout
    for name, schema in SCHEMAS.items():
        assert f"bnlint schema {name}" in page
        assert schema.describes in page


def test_a_schema_is_printed_without_what_a_check_needs() -> None:
    loaded = modules_after("schema")
    assert "bnlint.schemas" in loaded
    assert not loaded & {"numpy", "rich", "google", "tensorflow", "bnlint.checking", "bnlint.report.json_schema"}
