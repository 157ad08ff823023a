"""Findings of many layers → one block per diagnosis.

A symptom belongs to the causes that explain it, so a layer's findings first come together as diagnoses; layers with
the same diagnosis then share a block. Only the findings of one artifact or run are looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bnlint.findings import Confidence, Finding, Severity

Diagnosis: TypeAlias = "tuple[Finding, ...]"
"""Findings of one layer that belong together: causes first, then the symptoms they explain."""


@dataclass(frozen=True, slots=True)
class Block:
    """Layers with the same diagnosis."""

    diagnoses: tuple[Diagnosis, ...]
    """One per layer, alike in everything but evidence and names."""

    @property
    def lead(self) -> Finding:
        """The finding that the block is headed by."""
        return self.diagnoses[0][0]

    @property
    def causes(self) -> tuple[Finding, ...]:
        """What the first layer's diagnosis starts from; the lead is the first."""
        return tuple(f for f in self.diagnoses[0] if not f.causes)

    @property
    def symptoms(self) -> tuple[Finding, ...]:
        """What the causes explain."""
        return tuple(f for f in self.diagnoses[0] if f.causes)

    @property
    def severity(self) -> Severity:
        """The worst of the diagnosis."""
        return max(f.severity for f in self.diagnoses[0])

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers, in the order of the artifact; empty for a finding about the artifact."""
        return tuple(d[0].layer for d in self.diagnoses if d[0].layer is not None)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every finding of every layer: all leads, then what comes second, and so on."""
        return tuple(f for place in zip(*self.diagnoses, strict=True) for f in place)


def blocks(findings: Iterable[Finding], layers: Sequence[str] = ()) -> tuple[Block, ...]:
    """Group ``findings``, the worst first; ``layers`` gives the order of the layers within a block."""
    order = {name: place for place, name in enumerate(layers)}
    by_layer: dict[str | None, list[Finding]] = {}
    for finding in findings:
        by_layer.setdefault(finding.layer, []).append(finding)
    alike: dict[tuple[object, ...], list[Diagnosis]] = {}
    for layer in sorted(by_layer, key=lambda name: (name is not None, order.get(name or "", len(order)))):
        for diagnosis in _diagnoses(by_layer[layer]):
            alike.setdefault(tuple(_kind(f) for f in diagnosis), []).append(diagnosis)
    grouped = [Block(tuple(diagnoses)) for diagnoses in alike.values()]
    return tuple(sorted(grouped, key=lambda block: (-block.severity, block.lead.rule)))


def _kind(finding: Finding) -> tuple[str, Severity, Confidence, str, str, bool, str | None]:
    reason = None if finding.suppressed is None else finding.suppressed.reason
    repair, is_symptom = finding.repair, bool(finding.causes)
    return finding.rule, finding.severity, finding.confidence, finding.message, repair, is_symptom, reason


def _diagnoses(findings: Sequence[Finding]) -> list[Diagnosis]:
    """Bring the findings of one layer together: a symptom with its causes, everything else alone."""
    by_print = {f.fingerprint: f for f in findings}
    groups: list[set[str]] = []
    for finding in findings:
        group = {finding.fingerprint, *(cause for cause in finding.causes if cause in by_print)}
        for other in [g for g in groups if g & group]:
            groups.remove(other)
            group |= other
        groups.append(group)
    return [tuple(sorted((by_print[name] for name in group), key=_rank)) for group in groups]


def _rank(finding: Finding) -> tuple[bool, int, str]:
    """A suppressed cause is still a cause; the worst leads."""
    return bool(finding.causes), -finding.severity, finding.rule
