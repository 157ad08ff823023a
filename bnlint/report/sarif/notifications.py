"""What happened to bnlint itself, or kept it from looking → notifications of SARIF (3.58).

Of the execution: what could not be read, rules that could not look, notes. Of the configuration: suppressions that
match nothing, as a note where the path of one was not checked, which may be meant for another check. An error says that
the run is not worth much (3.58.6): something could not be read, or is missing and the run was told to fail for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bnlint.findings import ProblemKind, Skipped
from bnlint.report.about import About
from bnlint.report.failing import NO_LAYERS, is_failing, lacks_layers
from bnlint.report.locations import newest
from bnlint.report.page import listed
from bnlint.report.sarif.document import Descriptor, Level, Notification, Reference
from bnlint.report.sarif.messages import said
from bnlint.report.sarif.places import Places, layer_name
from bnlint.results import ArtifactReport, Report, RunReport, UnusedSuppression

_KINDS = {
    "unreadable": "Something could not be read.",
    "rule-skipped": "A rule could not look.",
    "no-layers": "No batch-norm layer was found, and the run requires one.",
    "note": "What a reader should know that is no finding.",
    "unused-suppression": "A suppression of the configuration matched nothing.",
}
DESCRIPTORS: list[Descriptor] = [{"id": kind, "shortDescription": {"text": text}} for kind, text in _KINDS.items()]


class Notifications:
    """Makes the notifications of one report."""

    def __init__(self, report: Report, about: About, codes: Sequence[str], places: Places) -> None:
        self._report = report
        self._about = about
        self._numbers = {code: number for number, code in enumerate(codes)}
        self._places = places

    def of_execution(self) -> Iterator[Notification]:
        """Yield those of every artifact and of every run."""
        if lacks_layers(self._about):
            yield _notification("no-layers", "error", NO_LAYERS)
        for artifact in self._report.artifacts:
            yield from self._of(artifact, artifact.path)
        for run in self._report.runs:
            yield from self._of(run, newest(run))

    def of_configuration(self) -> Iterator[Notification]:
        """Yield those of suppressions that matched nothing."""
        return (self._unused(unused) for unused in self._report.unused)

    def _of(self, told: ArtifactReport | RunReport, path: str) -> Iterator[Notification]:
        for problem in told.problems if isinstance(told, ArtifactReport) else ():
            level: Level = "warning" if problem.kind is ProblemKind.NO_CHECKPOINT else "error"
            text = f"{problem.path}: {problem.message}"
            yield {**_notification("unreadable", level, text), "locations": [self._places.at(path)]}
        for skip in told.skipped:
            yield self._skipped(skip, path)
        for note in told.notes:
            yield {**_notification("note", "note", note), "locations": [self._places.at(path)]}

    def _skipped(self, skip: Skipped, path: str) -> Notification:
        level: Level = "error" if is_failing(skip, self._about) else "warning" if skip.is_part_absent else "note"
        where = "" if skip.layers is None else f" at {listed(skip.layers)}"
        names = [layer_name(layer) for layer in skip.layers or ()]
        return {
            **_notification("rule-skipped", level, f"{skip.rule} could not look{where}: {skip.reason}"),
            "associatedRule": self._rule(skip.rule),
            "locations": [self._places.at(path, *names)],
        }

    def _unused(self, unused: UnusedSuppression) -> Notification:
        text = f"{unused.source} matches nothing: {unused.why}. Its reason was: {unused.reason}"
        told = _notification("unused-suppression", "note" if unused.is_elsewhere else "warning", text)
        return {**told, "associatedRule": self._rule(unused.rules[0])} if len(unused.rules) == 1 else told

    def _rule(self, code: str) -> Reference:
        return {"id": code, "index": self._numbers[code]} if code in self._numbers else {"id": code}


def _notification(kind: str, level: Level, text: str) -> Notification:
    return {
        "descriptor": {"id": kind, "index": list(_KINDS).index(kind)},
        "level": level,
        "message": said(text),
    }
