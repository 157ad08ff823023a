"""What the baseline knows already, and what it lists in vain, for people: a line for each rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bnlint.findings import Finding, SuppressionKind
from bnlint.report.links import rule_url
from bnlint.report.page import Line, Part, count, labelled, listed, prose
from bnlint.results import Report, Resolved

SUPPRESSED, IN_BASELINE = "suppressed", "in the baseline"
"""What is said of findings that are not counted."""


def is_baselined(finding: Finding) -> bool:
    """Say whether a finding is not counted because it was there before."""
    return finding.suppressed is not None and finding.suppressed.kind is SuppressionKind.BASELINE


def suppression(finding: Finding) -> str:
    """Say who keeps a finding from being counted: ``suppressed`` or ``in the baseline``; nothing where nobody does."""
    if finding.suppressed is None:
        return ""
    return IN_BASELINE if is_baselined(finding) else SUPPRESSED


def baselined(findings: Iterable[Finding], *, verbose: bool) -> Iterator[Line]:
    """Yield a line for each rule whose findings the baseline has: how bad they are by now, and of how many layers."""
    rules: dict[str, list[Finding]] = {}
    for finding in findings:
        if is_baselined(finding):
            rules.setdefault(finding.rule, []).append(finding)
    for rule, found in rules.items():
        worst = max(found, key=lambda finding: finding.severity)
        yield prose(
            Part(IN_BASELINE, "faint"),
            f": {worst.severity.label} ",
            Part(rule, link=rule_url(rule)),
            f" {worst.name}{_where([f.layer for f in found], verbose=verbose)}",
        )


def _where(layers: Iterable[str | None], *, verbose: bool) -> str:
    names = tuple(dict.fromkeys(name for name in layers if name is not None))
    if not names:
        return ""
    return f", {count(len(names), 'layer')}{': ' + ', '.join(names) if verbose else ''}"


def resolved(report: Report, *, verbose: bool) -> Iterator[Line]:
    """Yield a line for each rule and run of which the baseline lists what is gone, and how to take it out."""
    gone: dict[tuple[str, str], list[Resolved]] = {}
    for one in report.resolved:
        gone.setdefault((one.run, one.rule), []).append(one)
    for (run, rule), found in gone.items():
        layers = tuple(dict.fromkeys(one.layer for one in found if one.layer is not None))
        of_layers = f": {listed(layers, shown=None if verbose else 6)}" if layers else ""
        yield labelled("resolved", Part(rule, link=rule_url(rule)), " in ", Part(run, "name"), of_layers)
    if gone:
        number = sum(one.times for one in report.resolved)
        are = "is" if number == 1 else "are"
        out = f"--write-baseline {report.baseline} takes {'it' if number == 1 else 'them'} out"
        yield labelled("", f"{count(number, 'finding')} of {report.baseline} {are} no longer there; {out}")
