"""The revisions of the JSON report: what each brought, so that no later one takes it back.

A listing is a schema as a reader of the report meets it: a line for each path, with its type, and for each word that is
known of a field or of its keys. That of every revision is kept in ``tests/report/revisions``, and the table in
``docs/json.md`` tells of each and has the digest of its listing.
"""

from __future__ import annotations

import hashlib
import json
import pathlib
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from bnlint.report.json_schema import Schema

TESTS = pathlib.Path(__file__).parent
DOCUMENTED = TESTS.parent / "docs" / "json.md"
REVISIONS = TESTS / "report" / "revisions"
LISTED = ("report", "line")
"""The schemas whose changes are revisions of the report."""


def listing(schemas: Mapping[str, Schema]) -> dict[str, str]:
    """Return the type of everything that can stand in a report, by its path."""
    return {path: kind for name, schema in schemas.items() for path, kind in _paths(name, schema, schema["$defs"])}


def _paths(path: str, schema: Schema, known: Mapping[str, Schema]) -> Iterator[tuple[str, str]]:
    parts = [known[part["$ref"].rpartition("/")[2]] if "$ref" in part else part for part in _alternatives(schema)]
    yield path, " | ".join(dict.fromkeys(_kind(part) for part in parts))
    yield from ((f'{path}="{word}"', "word") for word in schema.get("examples", ()))
    for part in parts:
        fields = part.get("properties", {})
        # One of several kinds of objects is called by its kind.
        here = f"{path}({fields['kind']['const']})" if len(parts) > 1 and "const" in fields.get("kind", {}) else path
        for name, field in fields.items():
            yield from _paths(f"{here}.{name}", field, known)
        if "items" in part:
            yield from _paths(f"{here}[]", part["items"], known)
        yield from ((f'{here}{{"{word}"}}', "key") for word in part.get("propertyNames", {}).get("examples", ()))
        if "additionalProperties" in part:
            yield from _paths(f"{here}{{}}", part["additionalProperties"], known)


def _alternatives(schema: Schema) -> list[Schema]:
    if "anyOf" in schema:
        return list(schema["anyOf"])
    if isinstance(schema.get("type"), list):
        return [schema | {"type": name} for name in schema["type"]]
    return [schema]


def _kind(schema: Schema) -> str:
    values = schema.get("enum", [schema["const"]] if "const" in schema else None)
    return schema.get("type", "anything") if values is None else " | ".join(json.dumps(value) for value in values)


def written(paths: Mapping[str, str]) -> str:
    """Return a listing as it is kept."""
    return "".join(f"{path}: {kind}\n" for path, kind in sorted(paths.items()))


def kept(revision: str) -> dict[str, str]:
    """Return the listing of a revision."""
    lines = (REVISIONS / f"{revision}.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split(": ", 1) for line in lines)


def keep(revision: str, paths: Mapping[str, str]) -> None:
    """Write the listing of a revision."""
    (REVISIONS / f"{revision}.txt").write_text(written(paths), encoding="utf-8")


def digest(paths: Mapping[str, str]) -> str:
    """Return what stands for a listing in the table of revisions."""
    return hashlib.sha256(written(paths).encode()).hexdigest()[:12]


def taken_back(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Return what a reader of ``before`` could trip over in ``after``."""
    gone = [f"{path} is gone" for path in before if path not in after]
    return gone + [
        f"{path} was {kind} and is {after[path]}"
        for path, kind in before.items()
        if path in after and not _is_within(after[path], kind)
    ]


def _is_within(after: str, before: str) -> bool:
    """Say whether all that ``after`` allows is something that ``before`` did."""
    allowed = before.split(" | ")
    return all(kind in allowed or _plain(kind) in allowed for kind in after.split(" | "))


def _plain(kind: str) -> str:
    """Return the type of a value."""
    return "string" if kind.startswith('"') else "integer" if kind.isdecimal() else kind


class Revision(NamedTuple):
    """A row of the table of revisions."""

    number: str
    digest: str
    adds: str


def revisions() -> list[Revision]:
    """Return the table of revisions, the oldest first."""
    rows = re.findall(r"^\| (\d+\.\d+) \| (.*) \| `([0-9a-f]*)` \|$", DOCUMENTED.read_text("utf-8"), re.MULTILINE)
    return [Revision(number, made, adds) for number, adds, made in rows]
