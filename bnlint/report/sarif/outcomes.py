"""Findings → results of SARIF.

A result is identified by ``bnlint/v1``, the fingerprint of its finding: rule, layer and run, never the step. Results of
two artifacts may have the same one; what keeps them apart is their location. GitHub takes ``primaryLocationLineHash``
alone, together with rule and path ("SARIF support for code scanning"), and where there is none its upload action makes
one from the bytes of the file, anew for every save; it has the form that GitHub gives it, a hash and the number of its
occurrence.

What is suppressed stays in the report, with the reason (3.27.23). With a baseline, each result says whether it was
there before (3.27.24), and what is gone is there as ``absent``, at the file of the baseline. GitHub's code scanning
knows neither property and shows an alert for each: filter the report before it is uploaded there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from bnlint.findings import Confidence, Finding, Severity
from bnlint.report import gfm
from bnlint.report.baselined import is_baselined
from bnlint.report.blocks import blocks
from bnlint.report.evidence import evidence
from bnlint.report.locations import newest
from bnlint.report.plain import title
from bnlint.report.sarif.document import Location, LogicalLocation, Message, Result, Suppression
from bnlint.report.sarif.messages import doubled, said
from bnlint.report.sarif.places import Places, layer_name, related_name, variable_names
from bnlint.report.sarif.rules import LEVELS
from bnlint.results import ArtifactReport, Report, Resolved, RunReport

_STEP = 100.0 / (len(Severity) * len(Confidence) - 1)
"""From a rank (3.27.25) to the next; the severity counts first, then the confidence."""
_MOST_RELATED = 100
"""Locations of one result that GitHub shows. A report with a result of more than 1,000 it refuses."""


class _Told(NamedTuple):
    """What the results of one artifact, or of one run, have in common."""

    path: str
    mark: str
    """Keeps what a run says of its newest checkpoint apart from what that checkpoint says of itself."""
    variables: Mapping[str, Sequence[LogicalLocation]]
    """By layer."""
    properties: Mapping[str, object]


class Results:
    """Makes the results of one report."""

    def __init__(self, report: Report, codes: Sequence[str], places: Places) -> None:
        self._report = report
        self._numbers = {code: number for number, code in enumerate(codes)}
        self._places = places

    def all(self) -> Iterator[Result]:
        """Yield the results of every artifact, of every run, and what was resolved."""
        for artifact in self._report.artifacts:
            yield from self._of_artifact(artifact)
        for run in self._report.runs:
            yield from self._of_run(run)
        if self._report.baseline is not None:
            yield from (self._absent(entry, self._report.baseline) for entry in self._report.resolved)

    def _of_artifact(self, artifact: ArtifactReport) -> Iterator[Result]:
        if artifact.findings:
            variables = {layer.name: variable_names(layer) for layer in artifact.layers}
            yield from self._results(artifact.findings, _Told(artifact.path, "", variables, {}))

    def _of_run(self, run: RunReport) -> Iterator[Result]:
        shared = {"run": run.name, "artifacts": run.artifacts}
        yield from self._results(run.findings, _Told(newest(run), ":run", {}, shared))

    def _results(self, findings: Sequence[Finding], told: _Told) -> Iterator[Result]:
        known = {finding.fingerprint: finding for finding in findings}
        times = Counter[str]()
        for finding in findings:
            layer, fingerprint = finding.layer, finding.fingerprint
            times[fingerprint] += 1
            names = () if layer is None else (layer_name(layer), *told.variables.get(layer, ()))
            causes = [known[cause] for cause in finding.causes if cause in known]
            result: Result = {
                "ruleId": finding.rule,
                "level": LEVELS[finding.severity],
                "message": _message(finding, causes),
                "locations": [self._places.at(told.path, *names)],
                "partialFingerprints": _fingerprints(fingerprint, f"{told.mark}:{times[fingerprint]}"),
                "suppressions": _suppressions(finding),
                "rank": (finding.severity * len(Confidence) + finding.confidence) * _STEP,
                "properties": {**_properties(finding, told.path), **told.properties},
            }
            related = self._related(finding, causes, told.path)
            if related:
                result["relatedLocations"] = related
            if self._report.baseline is not None:
                result["baselineState"] = "unchanged" if is_baselined(finding) else "new"
            yield self._numbered(result)

    def _absent(self, entry: Resolved, baseline: str) -> Result:
        """Return the result that the baseline lists and nothing shows any more; it is where it can be deleted."""
        names = () if entry.layer is None else (layer_name(entry.layer),)
        times = f" ({entry.times} times)" if entry.times > 1 else ""
        what = entry.rule if entry.layer is None else f"{entry.rule} at {entry.layer}"
        return self._numbered(
            {
                "ruleId": entry.rule,
                "level": "note",
                "message": {"text": said(f"No longer found: {what} of the run {entry.run}{times}.")["text"]},
                "locations": [self._places.at(baseline, *names)],
                "partialFingerprints": _fingerprints(entry.fingerprint, ":1"),
                "suppressions": [],
                "baselineState": "absent",
                "properties": {"layer": entry.layer, "run": entry.run, "times": entry.times},
            }
        )

    def _numbered(self, result: Result) -> Result:
        """Add the number of the rule, where its documentation is in the report."""
        if result["ruleId"] in self._numbers:
            result["ruleIndex"] = self._numbers[result["ruleId"]]
        return result

    def _related(self, finding: Finding, causes: Iterable[Finding], path: str) -> list[Location]:
        """Return what a finding points at, and what it follows from."""
        names = () if finding.layer is None else (layer_name(finding.layer),)
        told = [(f"caused by {title(cause)}: {cause.message}", names) for cause in causes]
        told += [(thing.note, (related_name(thing),)) for thing in finding.related]
        left_out = len(told) - _MOST_RELATED
        if left_out > 0:
            told[_MOST_RELATED - 1 :] = [(f"and {left_out + 1} more like the one before", names)]
        return [
            {"id": number, **self._places.at(path, *named), "message": said(text)}
            for number, (text, named) in enumerate(told, 1)
        ]


def _message(finding: Finding, causes: Sequence[Finding]) -> Message:
    """Return what is the matter, in a sentence, and in Markdown with what proves it and how to repair it."""
    layer = "" if finding.layer is None else f"{finding.layer}: "
    (block,) = blocks([replace(finding, causes=())])
    because = [f"Caused by {gfm.prose(title(cause))}: {gfm.prose(cause.message)}" for cause in causes]
    proof = evidence(block.findings)
    parts = [
        gfm.prose(f"{layer}{finding.message}"),
        *because,
        *([f"**Evidence:** {gfm.prose(proof)}"] if proof else []),
        *([f"**Repair**\n\n{gfm.fenced(finding.repair.splitlines(), 'python')}"] if finding.repair else []),
    ]
    return {"text": said(f"{layer}{finding.message}")["text"], "markdown": doubled("\n\n".join(parts))}


def _fingerprints(fingerprint: str, mark: str) -> dict[str, str]:
    return {"bnlint/v1": fingerprint, "primaryLocationLineHash": f"{fingerprint}{mark}"}


def _suppressions(finding: Finding) -> list[Suppression]:
    why = finding.suppressed
    return [] if why is None else [{"kind": "external", "status": "accepted", "justification": why.reason}]


def _properties(finding: Finding, path: str) -> dict[str, object]:
    return {
        "artifact": path,
        "layer": finding.layer,
        "confidence": finding.confidence.label,
        "evidence": finding.evidence,
        "causes": finding.causes,
        "repair": finding.repair,
    }
