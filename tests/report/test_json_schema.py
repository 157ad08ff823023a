"""JSON Schema from types, and that the schemas in the package are up to date."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, TypedDict

import pytest
from jsonschema import Draft202012Validator

from bnlint.report.document import Json
from bnlint.report.json_schema import DIALECT, Schema, json_schema
from bnlint.report.words import Known
from bnlint.schemas import SCHEMAS
from bnlint.schemas import text as packaged
from tests.revisions import DOCUMENTED
from tests.schemas import MADE, page, text


class Inner(TypedDict):
    """An inner type,
    told on two lines.
    """

    name: str
    """What ``name`` is,
    on two lines."""
    again: list[Inner]


class Outer(TypedDict):
    """What is outside."""

    word: Literal["a", "b"]
    word_or_none: Literal["a"] | None
    known: Annotated[str, Known(("x", "y"))] | None
    inner: Inner | None
    by_role: dict[Annotated[str, Known(("gamma",))], float | None]
    anything: dict[str, Json]
    """Whatever there is."""
    yes: bool


class Other(TypedDict):
    """Another kind."""

    kind: Literal["other"]


class Unknown(TypedDict):
    """A type that JSON does not have."""

    field: bytes


class Partial(TypedDict, total=False):
    """A field that may be absent."""

    field: str


def made(kind: Any) -> Schema:
    return json_schema(kind, identifier="https://example.com/x.json", title="X", description="What it is.")


def test_a_schema_says_what_it_is() -> None:
    schema = made(Other)
    assert list(schema)[:4] == ["$schema", "$id", "title", "description"]
    assert [schema[key] for key in list(schema)[:4]] == [DIALECT, "https://example.com/x.json", "X", "What it is."]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("word", {"type": "string", "enum": ["a", "b"]}),
        ("word_or_none", {"anyOf": [{"type": "string", "const": "a"}, {"type": "null"}]}),
        ("known", {"type": ["string", "null"], "examples": ["x", "y"]}),
        ("inner", {"anyOf": [{"$ref": "#/$defs/Inner"}, {"type": "null"}]}),
        (
            "by_role",
            {
                "type": "object",
                "propertyNames": {"examples": ["gamma"]},
                "additionalProperties": {"type": ["number", "null"]},
            },
        ),
        ("anything", {"type": "object", "additionalProperties": {}, "description": "Whatever there is."}),
        ("yes", {"type": "boolean"}),
    ],
)
def test_a_field(field: str, expected: Schema) -> None:
    assert made(Outer)["properties"][field] == expected


def test_all_fields_are_required_in_their_order_and_others_are_allowed() -> None:
    schema = made(Outer)
    assert schema["required"] == list(schema["properties"]) == list(Outer.__annotations__)
    assert "additionalProperties" not in schema


def test_a_type_that_is_part_of_itself_and_its_docstrings() -> None:
    assert made(Outer)["$defs"] == {
        "Inner": {
            "description": "An inner type, told on two lines.",
            "type": "object",
            "properties": {
                "name": {"type": "string", "description": "What `name` is, on two lines."},
                "again": {"type": "array", "items": {"$ref": "#/$defs/Inner"}},
            },
            "required": ["name", "again"],
        }
    }


def test_one_of_several_objects() -> None:
    schema = made(Outer | Other)
    assert schema["anyOf"] == [{"$ref": "#/$defs/Outer"}, {"$ref": "#/$defs/Other"}]
    assert list(schema["$defs"]) == ["Inner", "Other", "Outer"]


def test_a_type_that_json_does_not_have() -> None:
    with pytest.raises(TypeError, match=r"<class 'bytes'> has no JSON Schema"):
        made(Unknown)


def test_a_field_that_may_be_absent() -> None:
    with pytest.raises(AssertionError, match="may be absent"):
        made(Partial)


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_package_has_what_the_types_make(name: str) -> None:
    assert packaged(name) == text(MADE[name]()), "python -m tests.schemas rewrites it"


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schemas_are_schemas(name: str) -> None:
    Draft202012Validator.check_schema(json.loads(packaged(name)))


def test_the_documentation_shows_the_fields() -> None:
    assert page() == DOCUMENTED.read_text("utf-8"), "python -m tests.schemas"
