"""Report → Code Quality report of GitLab, for merge requests.

The format is the subset of Code Climate's issues that https://docs.gitlab.com/ci/testing/code_quality/ names: an array
without a byte order mark. GitLab keeps one entry of each fingerprint, and compares the fingerprints of two branches to
tell what a merge request brings. Therefore one is made here from that of the finding, which outlives a save, and from
the directory of the artifact, not from its name, which holds the step; equal ones are numbered.

What is suppressed is left out, as GitLab knows no such thing; so is where a rule is explained, as a description is a
line that leads nowhere.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias, TypedDict

from bnlint.findings import Finding, Severity, Skipped
from bnlint.report.about import About
from bnlint.report.artifacts import problem_text
from bnlint.report.escape import visible
from bnlint.report.failing import NO_LAYERS, is_failing, lacks_layers
from bnlint.report.json import dumped
from bnlint.report.locations import Place, newest, place_of
from bnlint.report.plain import title
from bnlint.results import ArtifactReport, Report, RunReport

Level: TypeAlias = Literal["info", "minor", "major", "critical", "blocker"]
_LEVELS: dict[Severity, Level] = {
    Severity.ERROR: "critical",
    Severity.WARNING: "minor",
    Severity.INFO: "info",
}


class Lines(TypedDict):
    """A checkpoint has no lines, and GitLab wants one."""

    begin: int


class Location(TypedDict):
    """A path below the root of the project, not beginning with ``./``."""

    path: str
    lines: Lines


class Entry(TypedDict):
    """One thing to look at."""

    description: str
    check_name: str
    fingerprint: str
    severity: Level
    location: Location


def pieces(report: Report, about: About) -> Iterator[str]:
    """Return the report piece by piece, one entry for each."""
    yield "["
    for number, entry in enumerate(_entries(report, about)):
        yield f"{',' if number else ''}\n{dumped(entry)}"
    yield "\n]\n"


def _entries(report: Report, about: About) -> Iterator[Entry]:
    writer = _Writer()
    for artifact in report.artifacts:
        yield from _artifact(artifact, about, writer)
    for run in report.runs:
        yield from _run(run, about, writer)
    if lacks_layers(about):
        yield writer.entry(Place("."), "require-layers", "blocker", NO_LAYERS, ())


class _Writer:
    """Makes entries, and keeps their fingerprints apart."""

    def __init__(self) -> None:
        self._times = Counter[str]()

    def entry(self, place: Place, check: str, level: Level, description: str, identity: tuple[str, ...]) -> Entry:
        """Return an entry; ``identity`` is what makes it the same one in the next report."""
        known = "\0".join((check, *identity))
        number = self._times[known]
        self._times[known] += 1
        digest = hashlib.sha256(f"{known}\0{number}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return {
            "description": visible(description if place.address is None else f"{place.address}: {description}"),
            "check_name": check,
            "fingerprint": digest,
            "severity": level,
            "location": {"path": place.path, "lines": {"begin": 1}},
        }

    def findings(self, findings: Iterable[Finding], place: Place, home: str) -> Iterator[Entry]:
        """Return the entries of findings in what lies in the directory ``home``."""
        for finding in findings:
            if finding.suppressed is None:
                layer = "" if finding.layer is None else f"{finding.layer}: "
                description = f"{title(finding)}: {layer}{finding.message}"
                level = _LEVELS[finding.severity]
                yield self.entry(place, finding.rule, level, description, (home, finding.fingerprint))

    def skips(self, skipped: Iterable[Skipped], place: Place, home: str, about: About) -> Iterator[Entry]:
        """Return the entries of rules that could not look, where the run fails for that."""
        for skip in skipped:
            if is_failing(skip, about):
                description = f"{skip.rule} could not look: {skip.reason}"
                yield self.entry(place, "strict", "blocker", description, (home, skip.rule))


def _artifact(artifact: ArtifactReport, about: About, writer: _Writer) -> Iterator[Entry]:
    place = place_of(artifact.path, about.directory)
    home = _home(place, artifact.name)
    for problem in artifact.problems:
        yield writer.entry(place, "unreadable", "blocker", problem_text(artifact, problem), (place.path,))
    yield from writer.findings(artifact.findings, place, home)
    yield from writer.skips(artifact.skipped, place, home, about)


def _run(run: RunReport, about: About, writer: _Writer) -> Iterator[Entry]:
    """Yield what several checkpoints say together, at the newest of them."""
    place = place_of(newest(run), about.directory)
    home = posixpath.dirname(place.path)
    yield from writer.findings(run.findings, place, home)
    yield from writer.skips(run.skipped, place, home, about)


def _home(place: Place, name: str | None) -> str:
    """Return the directory of an artifact, which may be what was passed for it."""
    directory, last = posixpath.split(place.path)
    return directory if last == name else place.path
