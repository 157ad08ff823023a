"""Many checkpoints at once: which of them have something to tell, and all of them in a line each at the end.

A person who checks a directory of thirty runs wants to know which are broken; the healthy ones need no page of their
own, and the same repair not thirty times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from bnlint.findings import Finding, ProblemKind, Severity
from bnlint.report.diagnoses import STYLES, Told
from bnlint.report.page import Line, Part, Style, count, labelled, listed
from bnlint.results import ArtifactReport, RunReport

MANY = 4
"""So many artifacts get an overview; fewer fit on a page as they are."""
_LABELS: Mapping[ProblemKind, str] = {ProblemKind.NO_CHECKPOINT: "nothing", ProblemKind.PLUGIN: "failed"}
"""What is said of a path where all problems are of that kind."""
_WORSE = frozenset({Severity.ERROR.label, Severity.WARNING.label})


def is_eventful(artifact: ArtifactReport) -> bool:
    """Say whether there is more to tell of an artifact than fits in the overview."""
    return (
        any(f.severity > Severity.INFO and f.suppressed is None for f in artifact.findings)
        or (artifact.format is not None and bool(artifact.problems))
        or bool(artifact.notes)
        or any(skip.is_part_absent for skip in artifact.skipped)
    )


def tell(artifact: ArtifactReport, told: dict[str, Told]) -> None:
    """Add to ``told`` where each repair is shown first, by its text."""
    for finding in artifact.findings:
        told.setdefault(finding.repair, Told(finding.rule, artifact.path))


def overview(
    artifacts: Iterable[ArtifactReport],
    again: Mapping[str, str] = MappingProxyType({}),
    runs: Iterable[RunReport] = (),
) -> Iterator[Line]:
    """Return a line for each artifact: the worst that was found, or why nothing was. Then the runs that have more.

    ``again`` has the path of another by the path of an artifact that was passed over because that one tells the same.
    """
    for artifact in artifacts:
        yield _line(artifact, again.get(artifact.path))
    for run in runs:
        found = run_verdict(run)
        if found is not None:
            label, style, what = found
            yield labelled(label, "run ", Part(run.name, "name"), ": ", Part(what, style))


def blind_spots(artifacts: Iterable[ArtifactReport], again: Mapping[str, str]) -> Iterator[Line]:
    """Say why rules could not look at artifacts that were passed over: the first reason, and how to see the rest."""
    reasons = tuple(
        dict.fromkeys(s.reason for a in artifacts if a.path in again for s in a.skipped if s.is_part_absent)
    )
    if reasons:
        yield labelled("skipped", f"{listed(reasons, shown=1)}: --verbose says which rules could not look")


def _line(artifact: ArtifactReport, like: str | None) -> Line:
    label, style, what = verdict(artifact)
    as_there = f", as in {like}" if like is not None and label in _WORSE else ""
    blind = len({skip.rule for skip in artifact.skipped if skip.is_part_absent})
    without = f", {count(blind, 'rule')} could not look" if like is not None and blind else ""
    return labelled(label, Part(artifact.path, "name"), ": ", Part(what, style), f"{as_there}{without}")


def verdict(artifact: ArtifactReport) -> tuple[str, Style, str]:
    """Return an artifact in a word, how that looks, and the worst that was found or why nothing was."""
    if artifact.format is None:
        labels = {_LABELS.get(problem.kind, "not read") for problem in artifact.problems}
        label = labels.pop() if len(labels) == 1 else "not read"
        return label, "error", "; ".join(problem.message for problem in artifact.problems)
    found = _found(artifact.findings)
    damage = _damage(artifact)
    if found is not None:
        label, style, rules = found
        return label, style, f"{rules}, {damage}" if damage else rules
    if damage:
        return damage, "error", artifact.problems[0].message
    if not artifact.layers:
        return "nothing", "plain", "no batch-norm layers"
    if any(f.suppressed is None for f in artifact.findings):
        return "ok", "good", f"nothing above info{_reasons(artifact)}"
    return "ok", "good", f"nothing else wrong{_reasons(artifact)}" if artifact.findings else "nothing wrong"


def run_verdict(run: RunReport) -> tuple[str, Style, str] | None:
    """Return the same of what the comparison of a run's checkpoints shows; None where that is nothing wrong.

    Each of its checkpoints may be in order by itself, and then nothing else says why a report fails.
    """
    return _found(run.findings)


def _found(findings: Iterable[Finding]) -> tuple[str, Style, str] | None:
    """Return the worst of what counts and is more than worth knowing, how that looks, and the rules."""
    counted = [f for f in findings if f.suppressed is None and f.severity > Severity.INFO]
    if not counted:
        return None
    worst = max(f.severity for f in counted)
    return worst.label, STYLES[worst], ", ".join(sorted({f.rule for f in counted}))


def _reasons(artifact: ArtifactReport) -> str:
    """Say which findings are not counted, and why; those that count are told elsewhere."""
    rules: dict[str, dict[str, None]] = {}
    for finding in artifact.findings:
        if finding.suppressed is not None:
            rules.setdefault(finding.suppressed.reason, {})[finding.rule] = None
    told = [f"{', '.join(sorted(codes))} ({reason})" for reason, codes in rules.items()]
    return "; suppressed " + listed(told, shown=2, separator="; ") if told else ""


def _damage(artifact: ArtifactReport) -> str:
    """Return what is wrong with an artifact that was read, in a word; nothing where nothing is."""
    if not artifact.problems:
        return ""
    return "failed" if all(problem.kind is ProblemKind.PLUGIN for problem in artifact.problems) else "damaged"
