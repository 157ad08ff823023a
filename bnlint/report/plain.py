"""A diagnosis as plain text, for reports that have neither colours nor columns: annotations, test cases."""

from __future__ import annotations

from collections.abc import Iterator

from bnlint.findings import Finding
from bnlint.report.blocks import Block
from bnlint.report.escape import visible
from bnlint.report.evidence import evidence, related
from bnlint.report.links import rule_url
from bnlint.report.page import listed


def title(finding: Finding) -> str:
    """Return the rule of a finding by code and name."""
    return f"{finding.rule} {finding.name}"


def told(block: Block, *, verbose: bool) -> Iterator[str]:
    """Return the lines of a diagnosis, the most important first; ``verbose`` leaves nothing out."""
    lead = block.lead
    yield visible(lead.message)
    yield from (f"also {_headed(cause)}" for cause in block.causes[1:])
    yield from (f"symptom: {_headed(symptom)}" for symptom in block.symptoms)
    if block.layers:
        yield visible(f"layers: {listed(block.layers, shown=None if verbose else 6)}")
    proof = evidence(block.findings)
    if proof:
        yield visible(f"evidence: {proof}")
    url = rule_url(block.lead.rule)
    if url is not None:
        yield f"see {url}"
    yield from _repairs(block)
    causes = {cause.rule for cause in block.causes}
    for thing in related([f for f in block.findings if f.rule in causes], verbose=verbose):
        yield visible(f"{thing.kind} {thing.text}".strip())


def _headed(finding: Finding) -> str:
    return visible(f"{finding.severity.label} {title(finding)}: {finding.message}")


def _repairs(block: Block) -> Iterator[str]:
    """Return the code, each text once; that of the causes first."""
    for repair in dict.fromkeys(f.repair for f in (*block.causes, *block.symptoms) if f.repair):
        yield "repair:"
        yield from (visible(line) for line in repair.split("\n"))
