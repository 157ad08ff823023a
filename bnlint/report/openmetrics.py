"""Report → OpenMetrics 1.0, as text: numbers for a dashboard, one series for each artifact, rule and severity.

It holds no timestamps, names no layers, and says nothing in a comment. What it holds is valid in the older text format
of Prometheus too, which node_exporter reads files in: that one has no ``info`` type, so the facts are gauges of 1.
An artifact that could not be read has no findings, not even 0 of them: nothing looked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import NamedTuple, TypeAlias

from bnlint import __version__
from bnlint.findings import Finding, Severity, Skipped, Suppression, SuppressionKind
from bnlint.report.about import About
from bnlint.report.escape import visible
from bnlint.results import ArtifactReport, Report, RunReport

_COUNTED = "no"
_SUPPRESSED: dict[SuppressionKind, str] = {kind: kind.value for kind in SuppressionKind}
_WORST_FIRST = tuple(sorted(Severity, reverse=True))

_Labels: TypeAlias = "tuple[tuple[str, str], ...]"
_Sample: TypeAlias = "tuple[_Labels, int]"


class _Tally(NamedTuple):
    """What the dashboard is told of one artifact or run. Small: there may be thousands, and each family asks all."""

    label: str
    """Its path or name; no two have the same, or a scrape would be refused."""
    layers: int = 0
    problems: int = 0
    step: int | None = None
    origin: tuple[str, str] | None = None
    """Format and framework; None where nothing could be read."""
    was_checked: bool = True
    found: tuple[tuple[tuple[str, Severity, str], int], ...] = ()
    """How many findings, by rule, severity and why they are not counted."""
    skipped: tuple[int, int] = (0, 0)
    """Rules that could not look, without those for which a part of the artifact is missing, and those."""


def pieces(report: Report, about: About) -> Iterator[str]:
    """Return the exposition family by family."""
    unique = _Unique()
    artifacts = [_artifact(artifact, unique(artifact.path)) for artifact in report.artifacts]
    unique = _Unique()
    runs = [_run(run, unique(run.name)) for run in report.runs]
    yield from _whole(report, about)
    yield from _inventory(artifacts)
    if report.rules:
        yield from _findings("artifact", "", artifacts)
        yield from _findings("run", "run_", runs)
    yield "# EOF\n"


def _whole(report: Report, about: About) -> Iterator[str]:
    summary = report.summary
    yield from _family("build_info", "Which bnlint wrote this.", [((("version", __version__),), 1)])
    yield from _family("exit_code", "The exit code of the run of bnlint.", [((), about.exit_code)])
    yield from _family("artifacts", "Checkpoints that could be read.", [((), summary.artifacts)])
    yield from _family("runs", "Runs whose checkpoints were compared.", [((), len(report.runs))])
    if report.rules:
        yield from _family(
            "report_findings",
            "Findings of all artifacts and runs that are not suppressed.",
            [
                ((("severity", severity.label),), number)
                for severity, number in zip(
                    _WORST_FIRST, (summary.errors, summary.warnings, summary.infos), strict=True
                )
            ],
        )
        yield from _family(
            "unused_suppressions",
            "Suppressions of the configuration that hid nothing, although what they are for was checked.",
            [((), sum(not one.is_elsewhere for one in report.unused))],
        )
    if report.baseline is not None:
        yield from _family(
            "baseline_resolved",
            "Findings of the baseline that are no longer found.",
            [((), sum(resolved.times for resolved in report.resolved))],
        )


def _inventory(artifacts: Sequence[_Tally]) -> Iterator[str]:
    yield from _family(
        "readable",
        "Whether the artifact could be opened: 1, or 0.",
        [(_of("artifact", one), int(one.origin is not None)) for one in artifacts],
    )
    yield from _family(
        "problems",
        "What could not be read of the artifact.",
        [(_of("artifact", one), one.problems) for one in artifacts],
    )
    read = [one for one in artifacts if one.origin is not None]
    yield from _family(
        "artifact_info",
        "What the artifact is.",
        [
            ((*_of("artifact", one), ("format", one.origin[0]), ("framework", one.origin[1])), 1)
            for one in read
            if one.origin is not None
        ],
    )
    yield from _family(
        "layers", "Batch-norm layers of the artifact.", [(_of("artifact", one), one.layers) for one in read]
    )
    yield from _family(
        "step",
        "How far the artifact was trained, where a clock says so.",
        [(_of("artifact", one), one.step) for one in read if one.step is not None],
    )


def _findings(what: str, prefix: str, tallies: Sequence[_Tally]) -> Iterator[str]:
    checked = [one for one in tallies if one.was_checked]
    yield from _family(
        f"{prefix}findings",
        f"Findings of the {what} that are not suppressed, all rules together.",
        [
            ((*_of(what, one), ("severity", severity.label)), _total(one, _COUNTED, severity))
            for one in checked
            for severity in _WORST_FIRST
        ],
    )
    yield from _family(
        f"{prefix}suppressed_findings",
        f"Findings of the {what} that are not counted, by who says so.",
        [((*_of(what, one), ("by", by)), _total(one, by)) for one in checked for by in _SUPPRESSED.values()],
    )
    yield from _family(
        f"{prefix}rule_findings",
        f"Findings of the {what}, by rule; a rule that found nothing has no series.",
        [
            ((*_of(what, one), ("rule", rule), ("severity", severity.label), ("suppressed", by)), number)
            for one in checked
            for (rule, severity, by), number in one.found
        ],
    )
    yield from _family(
        f"{prefix}skipped_rules",
        f"Rules that could not look at the {what} or at some layer of it.",
        [
            ((*_of(what, one), ("part_absent", is_absent)), number)
            for one in checked
            for is_absent, number in zip(("false", "true"), one.skipped, strict=True)
        ],
    )


def _artifact(artifact: ArtifactReport, label: str) -> _Tally:
    is_read = artifact.format is not None
    return _Tally(
        label,
        len(artifact.layers),
        len(artifact.problems),
        None if artifact.step is None else artifact.step.value,
        (artifact.format, artifact.framework) if artifact.format is not None else None,
        is_read,
        _counted(artifact.findings),
        _blind(artifact.skipped),
    )


def _run(run: RunReport, label: str) -> _Tally:
    return _Tally(label, found=_counted(run.findings), skipped=_blind(run.skipped))


def _counted(findings: Iterable[Finding]) -> tuple[tuple[tuple[str, Severity, str], int], ...]:
    counts = Counter((f.rule, f.severity, _by(f.suppressed)) for f in findings)
    return tuple(sorted(counts.items(), key=lambda item: (item[0][0], -item[0][1], item[0][2])))


def _by(suppressed: Suppression | None) -> str:
    return _COUNTED if suppressed is None else _SUPPRESSED[suppressed.kind]


def _blind(skipped: Sequence[Skipped]) -> tuple[int, int]:
    """Count rules, not reasons: one may have a reason for each of several layers."""
    absent = {skip.rule for skip in skipped if skip.is_part_absent}
    return len({skip.rule for skip in skipped} - absent), len(absent)


def _total(tally: _Tally, by: str, severity: Severity | None = None) -> int:
    return sum(
        number
        for (_, found, suppressed), number in tally.found
        if suppressed == by and (severity is None or found is severity)
    )


class _Unique:
    """Makes labels of names: as they can be shown, and a second one that looks the same is numbered.

    A path may be passed twice, and a name may look like another one once it is written out.
    """

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def __call__(self, name: str) -> str:
        """Return the label for the next one."""
        shown = visible(name)
        label = next(text for text in self._numbered(shown) if text not in self._taken)
        self._taken.add(label)
        return label

    def _numbered(self, shown: str) -> Iterator[str]:
        yield shown
        yield from (f"{shown} ({number})" for number in count(2))


def _of(what: str, tally: _Tally) -> _Labels:
    return ((what, tally.label),)


def _family(name: str, meaning: str, samples: Iterable[_Sample]) -> Iterator[str]:
    """Return one metric with all that is measured of it; nothing where that is nothing."""
    for number, (labels, value) in enumerate(samples):
        if number == 0:
            yield f"# TYPE bnlint_{name} gauge\n# HELP bnlint_{name} {meaning}\n"
        inside = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels)
        yield f"bnlint_{name}{{{inside}}} {value}\n" if inside else f"bnlint_{name} {value}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
