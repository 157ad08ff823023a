"""The fields of the JSON report as tables for ``docs/json.md``, made from the schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from bnlint.report.json_schema import Schema

BEGIN, END = "<!-- fields: python -m tests.schemas -->", "<!-- end of fields -->"
_NO_TYPE = "anything"


def with_fields(page: str, report: Schema, line: Schema) -> str:
    """Return the page with the tables put between its marks."""
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    assert after, f"the page has no {BEGIN} with {END} after it"
    return f"{before}{BEGIN}\n\n{''.join(_tables(report, line))}{END}{after}"


def _tables(report: Schema, line: Schema) -> Iterator[str]:
    yield _table("Document", report)
    for name in dict.fromkeys(_names(report["properties"], report["$defs"])):
        yield _table(name, report["$defs"][name])
    for name in (_name(part) for part in line["anyOf"]):
        yield _table(name, line["$defs"][name])


def _names(fields: Mapping[str, Schema], known: Mapping[str, Schema]) -> Iterator[str]:
    """Yield the names of the types of fields, each before those of its own fields."""
    for field in fields.values():
        name = _inner(field)
        if name is not None:
            yield name
            yield from _names(known[name]["properties"], known)


def _inner(schema: Schema) -> str | None:
    """Return the name of the one type of our own in a type, such as that of the items of a list."""
    if "$ref" in schema:
        return _name(schema)
    parts: Sequence[object] = (*schema.get("anyOf", ()), schema.get("items"), schema.get("additionalProperties"))
    return next((name for part in parts if isinstance(part, dict) and (name := _inner(part)) is not None), None)


def _table(name: str, schema: Schema) -> str:
    rows = "".join(
        f"| `{field}` | {_type(kind)} | {_meaning(kind)} |\n" for field, kind in schema["properties"].items()
    )
    return f"### {name}\n\n{schema['description']}\n\n| field | type | meaning |\n|---|---|---|\n{rows}\n"


def _meaning(schema: Schema) -> str:
    words = _words(schema)
    known = [f"Known: {', '.join(f'`{word}`' for word in words)}."] if words else []
    return " ".join([*([schema["description"]] if "description" in schema else []), *known])


def _words(schema: Schema) -> Sequence[str]:
    """Return the words that are known today of a field, of its items, or of its keys."""
    parts = (schema, schema.get("items", {}), schema.get("propertyNames", {}))
    return next((part["examples"] for part in parts if "examples" in part), ())


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        return f"[{_name(schema)}](#{_name(schema).lower()})"
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "enum" in schema:
        return ", ".join(f"`{json.dumps(value)}`" for value in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(_type(part) for part in schema["anyOf"])
    kind = schema.get("type", _NO_TYPE)
    if isinstance(kind, list):
        return " or ".join(_type(schema | {"type": one}) for one in kind)
    if kind == "array":
        return f"list of {_type(schema['items'])}"
    if kind == "object":
        return f"object of {_type(schema['additionalProperties'])}"
    return str(kind)


def _name(schema: Schema) -> str:
    return str(schema["$ref"]).rpartition("/")[2]
