"""Types → JSON Schema (draft 2020-12). What docstrings say of types and fields becomes their descriptions.

Knows typed dictionaries and what they are made of, not what they are for. Reads their source, so it is for those who
make the schemas in the package; nobody else needs it.
"""

# ruff: noqa: ANN401 - what stands for a type at run time has no type in common

from __future__ import annotations

import ast
import inspect
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from bnlint.report.words import Known

Schema: TypeAlias = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PLAIN = {str: "string", bool: "boolean", int: "integer", float: "number", types.NoneType: "null"}


class _Anything:
    """Stands for the type ``Json``, which is defined by itself."""


def json_schema(kind: Any, *, identifier: str, title: str, description: str) -> Schema:
    """Return the schema of a document of the type ``kind``, a typed dictionary or a union of some.

    All fields are required. Others are allowed, as a later revision may add some.
    """
    found: dict[str, Schema] = {}
    about: Schema = {"$schema": DIALECT, "$id": identifier, "title": title, "description": description}
    body = _object(kind, found) if typing.is_typeddict(kind) else _of(kind, found)
    return {**about, **body, "description": description, "$defs": dict(sorted(found.items()))}


def _of(kind: Any, found: dict[str, Schema]) -> Schema:
    """Return the schema of a type; those of the typed dictionaries in it are put into ``found``."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is _Anything:
        return {}
    if kind in _PLAIN:
        return {"type": _PLAIN[kind]}
    if typing.is_typeddict(kind):
        if kind.__name__ not in found:
            found[kind.__name__] = {}  # holds the place, should the type be part of itself
            found[kind.__name__] = _object(kind, found)
        return {"$ref": f"#/$defs/{kind.__name__}"}
    if origin is typing.Annotated:
        (known,) = (hint for hint in arguments[1:] if isinstance(hint, Known))
        return _of(arguments[0], found) | {"examples": list(known.words)}
    if origin is typing.Literal:
        return _of(type(arguments[0]), found) | _one_of(arguments)
    if origin is list:
        return {"type": "array", "items": _of(arguments[0], found)}
    if origin is dict:
        keys, values = (_of(argument, found) for argument in arguments)
        names = {} if arguments[0] is str else {"propertyNames": {k: v for k, v in keys.items() if k != "type"}}
        return {"type": "object", **names, "additionalProperties": values}
    if origin in (typing.Union, types.UnionType):
        return _either([_of(argument, found) for argument in arguments])
    raise TypeError(f"{kind!r} has no JSON Schema")


def _one_of(values: Sequence[object]) -> Schema:
    return {"const": values[0]} if len(values) == 1 else {"enum": list(values)}


def _either(schemas: Sequence[Schema]) -> Schema:
    """Return the schema of what is as one of several, in the short form where that says the same."""
    names = [schema["type"] for schema in schemas if "type" in schema]
    if len(names) < len(schemas) or any(schema.keys() & {"const", "enum"} for schema in schemas):
        return {"anyOf": list(schemas)}
    merged: Schema = {}
    for schema in schemas:
        merged |= schema
    return merged | {"type": names}


def _object(kind: Any, found: dict[str, Schema]) -> Schema:
    hints = _hints(kind)
    said = _said(kind)
    return {
        "description": _prose(inspect.getdoc(kind) or ""),
        "type": "object",
        "properties": {name: _of(hint, found) | _described(said.get(name)) for name, hint in hints.items()},
        "required": list(hints),
    }


def _prose(text: str) -> str:
    """Return a docstring as a description: one line, in Markdown."""
    return " ".join(text.split()).replace("``", "`")


def _hints(kind: Any) -> Mapping[str, Any]:
    assert kind.__total__, f"a field of {kind.__name__} may be absent"
    return typing.get_type_hints(kind, localns={"Json": _Anything}, include_extras=True)


def _described(text: str | None) -> Schema:
    return {} if text is None else {"description": text}


def _said(kind: type) -> Mapping[str, str]:
    """Return the docstrings of the fields: strings that stand below them, which Python itself forgets."""
    (definition,) = ast.parse(inspect.getsource(kind)).body
    assert isinstance(definition, ast.ClassDef)
    said: dict[str, str] = {}
    for above, below in zip(definition.body, definition.body[1:], strict=False):
        match above, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str() as text)):
                said[name] = _prose(text)
            case _:
                pass
    return said
