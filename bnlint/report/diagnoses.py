"""Findings → paragraphs for people: one block for each diagnosis, with what proves it and how to repair it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from bnlint.findings import Confidence, Finding, Severity
from bnlint.report.baselined import SUPPRESSED, baselined, is_baselined
from bnlint.report.blocks import Block, blocks
from bnlint.report.evidence import evidence, related
from bnlint.report.links import rule_url
from bnlint.report.page import BLANK, Line, Part, Style, code, count, labelled, listed, prose
from bnlint.results import ArtifactReport

STYLES: Mapping[Severity, Style] = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "info"}
"""How the word for a severity looks."""


class Told(NamedTuple):
    """Where a repair was shown: of which rule, and of which artifact."""

    rule: str
    path: str


@dataclass(frozen=True, slots=True)
class Context:
    """What a block need not say, because it stands in the header or goes without saying."""

    layers: tuple[str, ...] = ()
    known: frozenset[str] = frozenset()
    statistics: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    told: Mapping[str, Told] = field(default_factory=lambda: MappingProxyType({}))
    """Where in another artifact a repair was shown, by its text."""

    @classmethod
    def of(cls, artifact: ArtifactReport, told: Mapping[str, Told]) -> Context:
        """Return that of an artifact whose header was shown."""
        return cls(
            tuple(layer.name for layer in artifact.layers),
            frozenset([] if artifact.trained_by is None else [artifact.trained_by]),
            {
                layer.name: frozenset(
                    name for role, name in layer.variables.items() if role in layer.wired and name is not None
                )
                for layer in artifact.layers
            },
            {repair: there for repair, there in told.items() if there.path != artifact.path},
        )


def diagnoses(findings: Iterable[Finding], context: Context, *, verbose: bool) -> list[Sequence[Line]]:
    """Return the blocks, then what is only worth knowing and what was suppressed, a line for each."""
    findings = tuple(findings)
    every = blocks((f for f in findings if f.suppressed is None), context.layers)
    full = [b for b in every if verbose or b.severity > Severity.INFO]
    briefly = [_brief(b) for b in every if b not in full]
    hidden = blocks((f for f in findings if f.suppressed is not None and not is_baselined(f)), context.layers)
    briefly += [line for block in hidden for line in _suppressed(block)]
    briefly += baselined(findings, verbose=verbose)
    return [*_blocks(full, context, verbose=verbose), briefly]


def _blocks(shown: Iterable[Block], context: Context, *, verbose: bool) -> Iterator[Sequence[Line]]:
    above: dict[str, str] = {}
    for block in shown:
        yield [*_block(block, context, verbose=verbose), *_repairs(block, context.told, above)]
        for finding in (*block.causes, *block.symptoms):
            above.setdefault(finding.repair, finding.rule)


def _block(block: Block, context: Context, *, verbose: bool) -> list[Line]:
    """Return everything but the repairs."""
    lead, where = block.lead, extent(block, context)
    doubt = "" if lead.confidence is Confidence.HIGH else f", confidence {lead.confidence.label}"
    lines = [prose(*heading(lead), f"{where and f': {where}'}{doubt}", indent=0), prose(lead.message)]
    lines += [labelled("also", *heading(cause), f": {cause.message}") for cause in block.causes[1:]]
    lines += [labelled("symptom", *heading(symptom), f": {symptom.message}") for symptom in block.symptoms]
    if block.layers:
        lines.append(labelled("layers", Part(listed(block.layers, shown=None if verbose else 6), "name")))
    proof = evidence(block.findings, known=context.known, statistics=context.statistics)
    if proof:
        lines.append(labelled("evidence", proof))
    causes = {cause.rule for cause in block.causes}
    named = related([f for f in block.findings if f.rule in causes], verbose=verbose)
    return [*lines, *(labelled(thing.kind, thing.text) for thing in named)]


def extent(block: Block, context: Context) -> str:
    """Say how many layers it is, of how many where that is known; nothing where it is about none."""
    if not block.layers:
        return ""
    if not context.layers:
        return count(len(block.layers), "layer")
    return f"{len(block.layers)} of {count(len(context.layers), 'layer')}"


def heading(finding: Finding) -> tuple[Part, ...]:
    """Return severity, code and name of a finding; the code leads to the rule's page."""
    style = STYLES[finding.severity]
    return (
        Part(finding.severity.label, style),
        Part(" "),
        Part(finding.rule, "title", rule_url(finding.rule)),
        Part(f" {finding.name}", "title"),
    )


def _repairs(block: Block, told: Mapping[str, Told], above: Mapping[str, str]) -> list[Line]:
    """Return the code, each text once; symptoms have theirs after that of the causes.

    ``above`` has the rule by the repair that was shown for it in the same artifact.
    """
    repairs = {f.repair: f.rule for f in reversed((*block.causes, *block.symptoms)) if f.repair}
    lines: list[Line] = []
    for repair, rule in reversed(repairs.items()):
        if repair in above:
            lines.append(labelled("repair", f"{rule}: as{_whose(above[repair], rule)} above"))
            continue
        if repair in told:
            lines.append(labelled("repair", f"{rule}: as{_whose(told[repair].rule, rule)} for {told[repair].path}"))
            continue
        lines += [*([BLANK] if lines else []), labelled("repair", rule), *code(repair)]
    return lines


def _whose(other: str, rule: str) -> str:
    """Name the rule for which a repair was shown, where that is another one."""
    return "" if other == rule else f" {other}'s"


def _brief(block: Block) -> Line:
    """Say a diagnosis that is only worth knowing in one line; its symptoms are in the causes."""
    lead = block.lead
    where = f", {count(len(block.layers), 'layer')}" if block.layers else ""
    return prose(*heading(lead), f"{where}: {lead.message}")


def _suppressed(block: Block) -> Iterator[Line]:
    """Say for each reason what it keeps from being counted."""
    where = f", {count(len(block.layers), 'layer')}" if block.layers else ""
    reasons: dict[str, list[Finding]] = {}
    for finding in block.diagnoses[0]:
        if finding.suppressed is not None:
            reasons.setdefault(finding.suppressed.reason, []).append(finding)
    for reason, (lead, *others) in reasons.items():
        along = f" with {', '.join(dict.fromkeys(f.rule for f in others))}" if others else ""
        code = Part(lead.rule, link=rule_url(lead.rule))
        yield prose(Part(SUPPRESSED, "faint"), " ", code, f" {lead.name}{along}{where}: {reason}")
