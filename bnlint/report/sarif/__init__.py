"""Report → SARIF 2.1.0, the OASIS standard for what analysers found: one run, with everything that was said.

ASCII only, as `bnlint.report.json`, and without clocks, names of machines or absolute paths: the same report gives the
same bytes wherever it is made. Repairs are code for the program that wrote a checkpoint, not edits to a file that was
looked at; so they are in the messages and properties of results, and no result has a ``fixes`` (3.27.30).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bnlint import __version__
from bnlint.exit_codes import UNREADABLE
from bnlint.report.about import About
from bnlint.report.json import dumped
from bnlint.report.links import DOCUMENTATION
from bnlint.report.sarif.document import SCHEMA, VERSION, Artifact, Tool
from bnlint.report.sarif.notifications import DESCRIPTORS, Notifications
from bnlint.report.sarif.outcomes import Results
from bnlint.report.sarif.places import BASES, Places
from bnlint.report.sarif.rules import descriptor
from bnlint.results import Report


def pieces(report: Report, about: About) -> Iterator[str]:
    """Return the report piece by piece, as its artifacts may be very many; each part goes through them anew."""
    codes = [rule.code for rule in about.rules]
    paths = tuple(dict.fromkeys(artifact.path for artifact in report.artifacts))
    places = Places(paths, about.directory)
    told = Notifications(report, about, codes, places)
    yield f'{{"$schema": {dumped(SCHEMA)}, "version": {dumped(VERSION)}, "runs": [{{"tool": {dumped(_tool(about))}'
    yield f', "originalUriBaseIds": {dumped(BASES)}, "columnKind": "unicodeCodePoints"'
    yield from _array("artifacts", (_artifact(path, places) for path in paths))
    yield from _array("results", Results(report, codes, places).all())
    is_successful = about.exit_code != UNREADABLE
    yield f', "invocations": [{{"executionSuccessful": {dumped(is_successful)}, "exitCode": {dumped(about.exit_code)}'
    yield from _array("toolExecutionNotifications", told.of_execution())
    yield from _array("toolConfigurationNotifications", told.of_configuration())
    yield "}]}]}\n"


def _tool(about: About) -> Tool:
    return {
        "driver": {
            "name": "bnlint",
            "version": __version__,
            "semanticVersion": __version__,
            "informationUri": DOCUMENTATION,
            "rules": [descriptor(rule) for rule in about.rules],
            "notifications": DESCRIPTORS,
        }
    }


def _artifact(path: str, places: Places) -> Artifact:
    return {"location": places.artifact(path), "roles": ["analysisTarget"]}


def _array(name: str, items: Iterable[object]) -> Iterator[str]:
    yield f', "{name}": ['
    for number, item in enumerate(items):
        yield f"{',' if number else ''}\n{dumped(item)}"
    yield "]"
