"""The JSON Schemas in the package, by name. Reads them; those who change a type make them anew."""

from __future__ import annotations

import importlib.resources
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Published(NamedTuple):
    """A schema, and where it lies."""

    package: str
    file: str
    describes: str
    """What a file that follows it is, for people."""


SCHEMAS: Mapping[str, Published] = MappingProxyType(
    {
        "report": Published("bnlint.report", "schema/report-1.json", "the report of --format json"),
        "line": Published("bnlint.report", "schema/line-1.json", "one line of that of --format jsonl"),
    }
)


def text(name: str) -> str:
    """Return the text of a schema, one of `SCHEMAS`."""
    published = SCHEMAS[name]
    return importlib.resources.files(published.package).joinpath(published.file).read_text(encoding="utf-8")
