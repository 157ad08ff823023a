"""The report of a check, for people: per artifact one block for each diagnosis, with evidence and repair."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from bnlint.findings import ArtifactReport, Confidence, Finding, Report, RunReport, Severity
from bnlint.report.artifacts import header, skips, totals
from bnlint.report.blocks import Block, blocks
from bnlint.report.evidence import evidence, related
from bnlint.report.overview import MANY, is_eventful, overview, tell
from bnlint.report.page import BLANK, Line, Part, Style, code, count, labelled, listed, paragraphs, prose

_STYLE: dict[Severity, Style] = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "info"}


def check_lines(report: Report, *, verbose: bool = False) -> Iterator[Line]:
    """Return the whole report, line by line; ``verbose`` leaves nothing out."""
    return paragraphs(_groups(report, verbose=verbose))


def _groups(report: Report, *, verbose: bool) -> Iterator[Iterable[Line]]:
    brief = len(report.artifacts) >= MANY and not verbose
    told: dict[str, str] = {}
    for artifact in report.artifacts:
        if brief:
            tell(artifact, told)
        if not brief or is_eventful(artifact):
            yield from _artifact(artifact, len(report.rules), told, verbose=verbose)
    for run in report.runs:
        yield from _run(run, verbose=verbose)
    if brief:
        yield overview(report.artifacts)
    yield [totals(report.summary, checked=True)]


def _artifact(artifact: ArtifactReport, rules: int, told: Mapping[str, str], *, verbose: bool) -> list[Sequence[Line]]:
    shown = _found(artifact.findings, _Context.of(artifact, told), verbose=verbose)
    return [header(artifact), *shown, [*skips(artifact.skipped), *_verdict(artifact, rules)]]


def _run(run: RunReport, *, verbose: bool) -> list[Sequence[Line]]:
    title = prose(Part(f"run {run.name}", "title"), f", {count(len(run.artifacts), 'checkpoint')}", indent=0)
    return [[title], *_found(run.findings, _Context(), verbose=verbose)]


@dataclass(frozen=True, slots=True)
class _Context:
    """What a block need not say, because it stands in the header or goes without saying."""

    layers: tuple[str, ...] = ()
    known: frozenset[str] = frozenset()
    statistics: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    told: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """The path of another artifact by the repair that was shown there."""

    @classmethod
    def of(cls, artifact: ArtifactReport, told: Mapping[str, str]) -> _Context:
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
            {repair: path for repair, path in told.items() if path != artifact.path},
        )


def _found(findings: Iterable[Finding], context: _Context, *, verbose: bool) -> list[Sequence[Line]]:
    """Return the blocks, then what is only worth knowing and what was suppressed, a line for each."""
    findings = tuple(findings)
    every = blocks((f for f in findings if f.suppressed is None), context.layers)
    full = [b for b in every if verbose or b.severity > Severity.INFO]
    briefly = [_brief(b) for b in every if b not in full]
    briefly += [_suppressed(b) for b in blocks((f for f in findings if f.suppressed is not None), context.layers)]
    return [*(_block(b, context, verbose=verbose) for b in full), briefly]


def _block(block: Block, context: _Context, *, verbose: bool) -> list[Line]:
    lead = block.lead
    doubt = "" if lead.confidence is Confidence.HIGH else f", confidence {lead.confidence.label}"
    lines = [prose(*_heading(lead), f"{_where(block, context)}{doubt}", indent=0), prose(lead.message)]
    lines += [labelled("also", *_heading(cause), f": {cause.message}") for cause in block.causes[1:]]
    lines += [labelled("symptom", *_heading(symptom), f": {symptom.message}") for symptom in block.symptoms]
    if block.layers:
        lines.append(labelled("layers", Part(listed(block.layers, shown=None if verbose else 6), "name")))
    proof = evidence(block.findings, known=context.known, statistics=context.statistics)
    if proof:
        lines.append(labelled("evidence", proof))
    causes = {cause.rule for cause in block.causes}
    named = related([f for f in block.findings if f.rule in causes], verbose=verbose)
    return [*lines, *(labelled(thing.kind, thing.text) for thing in named), *_repairs(block, context.told)]


def _where(block: Block, context: _Context) -> str:
    """Say how many layers it is, of how many where that is known."""
    if not block.layers:
        return ""
    if not context.layers:
        return f": {count(len(block.layers), 'layer')}"
    return f": {len(block.layers)} of {count(len(context.layers), 'layer')}"


def _heading(finding: Finding) -> tuple[Part, Part, Part]:
    style = _STYLE[finding.severity]
    return Part(finding.severity.label, style), Part(f" {finding.rule} ", "title"), Part(finding.name, "title")


def _repairs(block: Block, told: Mapping[str, str]) -> list[Line]:
    """Return the code, each text once; symptoms have theirs after that of the causes."""
    repairs = {f.repair: f.rule for f in reversed((*block.causes, *block.symptoms)) if f.repair}
    lines: list[Line] = []
    for repair, rule in reversed(repairs.items()):
        if repair in told:
            lines.append(labelled("repair", f"{rule}: as for {told[repair]}"))
            continue
        lines += [*([BLANK] if lines else []), labelled("repair", rule), *code(repair)]
    return lines


def _brief(block: Block) -> Line:
    """Say a diagnosis that is only worth knowing in one line; its symptoms are in the causes."""
    lead = block.lead
    where = f", {count(len(block.layers), 'layer')}" if block.layers else ""
    return prose(*_heading(lead), f"{where}: {lead.message}")


def _suppressed(block: Block) -> Line:
    lead = block.lead
    reason = lead.suppressed.reason if lead.suppressed is not None else ""
    where = f", {count(len(block.layers), 'layer')}" if block.layers else ""
    return prose(Part("suppressed", "faint"), f" {lead.rule} {lead.name}{where}: {reason}")


def _verdict(artifact: ArtifactReport, rules: int) -> list[Line]:
    """Say what was looked at where nothing was found, so that silence is never taken for health."""
    blind = {s.rule for s in artifact.skipped if s.layers is None}
    counted = [f.severity for f in artifact.findings if f.suppressed is None]
    if artifact.format is not None and not artifact.layers:
        return [prose("no batch-norm layers found: nothing to check")]
    if artifact.format is None or any(s > Severity.INFO for s in counted):
        return []
    if len(blind) == rules:
        return [prose(f"{count(len(artifact.layers), 'layer')}: nothing could be checked")]
    looked = count(rules, "rule") if not blind else f"{rules - len(blind)} of {count(rules, 'rule')}"
    verdict = "nothing above info" if counted else "nothing wrong"
    seen = f"{count(len(artifact.layers), 'layer')}, {looked}: "
    return [prose(seen, Part(verdict, "plain" if blind or artifact.problems else "good"))]
