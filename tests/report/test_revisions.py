"""The JSON report changes by addition only, and no change goes unsaid."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from bnlint.report.document import SCHEMA_VERSION
from tests.revisions import REVISIONS, digest, kept, listing, revisions, taken_back
from tests.schemas import current

TABLE = revisions()
BEFORE = {"report": "object", "report.a": "string | null", "report.b": '"x" | "y"', "report.c": "integer"}


def test_the_table_has_every_revision_in_its_order() -> None:
    numbers = [tuple(map(int, row.number.split("."))) for row in TABLE]
    assert numbers == [(SCHEMA_VERSION, minor) for minor in range(len(TABLE))]
    assert {path.stem for path in REVISIONS.glob("*.txt")} == {row.number for row in TABLE}


def test_the_last_revision_is_what_the_types_make() -> None:
    assert current() == kept(TABLE[-1].number), (
        "the report has changed: note in docs/json.md what it adds, in a new row if the last one has been released, "
        "then python -m tests.schemas"
    )


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.number)
def test_a_revision_stays_as_its_row_tells_it(row) -> None:
    assert digest(kept(row.number)) == row.digest, "the row of the revision is about something else"


@pytest.mark.parametrize(("before", "after"), [*pairwise(row.number for row in TABLE)])
def test_a_revision_takes_nothing_back(before: str, after: str) -> None:
    assert taken_back(kept(before), kept(after)) == []


@pytest.mark.parametrize(("before", "after"), [*pairwise(TABLE)], ids=lambda row: row.number)
def test_a_row_names_every_field_that_its_revision_adds(before, after) -> None:
    old = kept(before.number)
    added = [path for path in kept(after.number) if path not in old]
    tops = [path for path in added if _parent(path) in old or not _parent(path)]
    named = set(re.findall(r"`([^`]+)`", after.adds))
    assert {_name(path) for path in tops} <= named
    assert tops


def _parent(path: str) -> str:
    """Return the path of what a path is part of."""
    return re.sub(r"""(?:^|\.)\w+$|\[\]$|\{[^}]*\}$|="[^"]*"$""", "", path)


def _name(path: str) -> str:
    word = re.search(r'"([^"]*)"', path)
    return re.split(r"\W+", path)[-1] if word is None else word[1]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"report.new": "string"}, []),
        ({"report.a": "string"}, []),
        ({"report.a": '"one" | "two" | null'}, []),
        ({"report.b": '"x"'}, []),
        ({"report.c": "1"}, []),
        ({"report.a": None}, ["report.a is gone"]),
        ({"report.a": None, "report.renamed": "string | null"}, ["report.a is gone"]),
        ({"report.a": "integer"}, ["report.a was string | null and is integer"]),
        ({"report.b": '"x" | "z"'}, ['report.b was "x" | "y" and is "x" | "z"']),
        ({"report.b": "string"}, ['report.b was "x" | "y" and is string']),
        ({"report.c": "integer | null"}, ["report.c was integer and is integer | null"]),
        ({"report.c": "number"}, ["report.c was integer and is number"]),
    ],
)
def test_what_counts_as_taken_back(change: dict[str, str | None], expected: list[str]) -> None:
    after = {path: kind for path, kind in (BEFORE | change).items() if kind is not None}
    assert taken_back(BEFORE, after) == expected


def test_a_listing_has_everything_that_can_stand_in_a_document() -> None:
    inner = {
        "type": "object",
        "properties": {
            "kind": {"type": "string", "const": "inner"},
            "names": {"type": "array", "items": {"type": "string"}},
        },
    }
    other = {"type": "object", "properties": {"kind": {"type": "string", "const": "other"}}}
    schema = {
        "type": "object",
        "properties": {
            "word": {"type": "string", "enum": ["a", "b"]},
            "by_key": {"type": "object", "additionalProperties": {"$ref": "#/$defs/Inner"}},
            "maybe": {"anyOf": [{"$ref": "#/$defs/Inner"}, {"type": "null"}]},
            "either": {"anyOf": [{"$ref": "#/$defs/Inner"}, {"$ref": "#/$defs/Other"}]},
            "number": {"type": ["number", "null"]},
            "known": {"type": ["string", "null"], "examples": ["c-d"]},
            "keys": {
                "type": "object",
                "propertyNames": {"examples": ["e"]},
                "additionalProperties": {"type": "string"},
            },
            "anything": {},
        },
        "$defs": {"Inner": inner, "Other": other},
    }
    assert listing({"x": schema}) == {
        "x": "object",
        "x.word": '"a" | "b"',
        "x.by_key": "object",
        "x.by_key{}": "object",
        "x.by_key{}.kind": '"inner"',
        "x.by_key{}.names": "array",
        "x.by_key{}.names[]": "string",
        "x.maybe": "object | null",
        "x.maybe(inner).kind": '"inner"',
        "x.maybe(inner).names": "array",
        "x.maybe(inner).names[]": "string",
        "x.either": "object",
        "x.either(inner).kind": '"inner"',
        "x.either(inner).names": "array",
        "x.either(inner).names[]": "string",
        "x.either(other).kind": '"other"',
        "x.number": "number | null",
        "x.known": "string | null",
        'x.known="c-d"': "word",
        "x.keys": "object",
        'x.keys{"e"}': "key",
        "x.keys{}": "string",
        "x.anything": "anything",
    }
