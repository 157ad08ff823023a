"""What makes the JSON Schemas of the package. ``python -m tests.schemas`` makes them anew, and lists the last revision.

After a change of a type that the report is written with: add a row to the table of revisions in ``docs/json.md``, or
change the last one if it has not been released; run the command; put the digest that it prints into the row.
"""

from __future__ import annotations

import json
import pathlib
from collections.abc import Callable, Mapping
from typing import Any

from bnlint.report.document import Document
from bnlint.report.json_schema import Schema, json_schema
from bnlint.report.line_document import Line
from bnlint.report.links import DOCUMENTATION
from bnlint.schemas import SCHEMAS
from tests.revisions import DOCUMENTED, LISTED, digest, keep, listing, revisions
from tests.schema_page import with_fields

ROOT = pathlib.Path(__file__).parent.parent


def _report() -> Schema:
    return json_schema(
        Document,
        identifier=f"{DOCUMENTATION}/schema/report-1.json",
        title="bnlint report, version 1",
        description="What bnlint says of some checkpoints: its findings, with the inventory of every batch-norm layer. "
        "Later revisions of version 1 may add fields, and words where examples are given.",
    )


def _line() -> Schema:
    return json_schema(
        Line,
        identifier=f"{DOCUMENTATION}/schema/line-1.json",
        title="One line of a bnlint report, version 1",
        description="A report as lines is a head, a line for each artifact, one for each run, and a summary. "
        "Later revisions of version 1 may add fields, and words where examples are given.",
    )


MADE: Mapping[str, Callable[[], Schema]] = {"report": _report, "line": _line}
"""What makes each schema of `bnlint.schemas.SCHEMAS`."""


def text(schema: Schema) -> str:
    """Return a schema as it stands in the package."""
    return json.dumps(schema, indent=2) + "\n"


def place(name: str) -> pathlib.Path:
    """Return where a schema stands in the repository."""
    published = SCHEMAS[name]
    return ROOT.joinpath(*published.package.split("."), published.file)


def strict(schema: Any) -> Any:
    """Return ``schema`` as we hold ourselves to it: with no field and no word that it does not name."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    held = {key: strict(part) for key, part in schema.items()}
    if isinstance(schema.get("properties"), dict):
        held["additionalProperties"] = False
    if isinstance(schema.get("examples"), list):
        is_optional = isinstance(schema.get("type"), list)
        held["enum"] = [*schema["examples"], None] if is_optional else schema["examples"]
    return held


def current() -> dict[str, str]:
    """Return the listing of what the types make now."""
    return listing({name: MADE[name]() for name in LISTED})


def page() -> str:
    """Return the documentation of the report, with its fields as they are now."""
    return with_fields(DOCUMENTED.read_text(encoding="utf-8"), MADE["report"](), MADE["line"]())


def main() -> None:
    """Write the schemas into the package, their fields into the documentation, and the listing of the last revision."""
    for name, make in MADE.items():
        place(name).parent.mkdir(exist_ok=True)
        place(name).write_text(text(make()), encoding="utf-8")
    DOCUMENTED.write_text(page(), encoding="utf-8")
    last, paths = revisions()[-1].number, current()
    keep(last, paths)
    print(f"revision {last} has the digest {digest(paths)}")  # noqa: T201 - for who ran it


if __name__ == "__main__":
    main()
