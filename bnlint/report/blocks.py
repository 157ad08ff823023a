"""Findings of many layers → one block per diagnosis.

A symptom belongs to the causes that explain it, so a layer's findings first come together as diagnoses; layers with
the same diagnosis then share a block. Only the findings of one artifact or run are looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bnlint.findings import Confidence, Finding, Severity, Suppression

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
        """What the diagnosis starts from; a symptom whose causes are not here stands for itself."""
        return tuple(f for f in self.diagnoses[0] if not f.causes) or (self.lead,)

    @property
    def symptoms(self) -> tuple[Finding, ...]:
        """What the causes explain."""
        return self.diagnoses[0][len(self.causes) :]

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


def _kind(finding: Finding) -> tuple[bool, str, Severity, Confidence, str, str, Suppression | None]:
    return (
        finding.layer is None,
        finding.rule,
        finding.severity,
        finding.confidence,
        finding.message,
        finding.repair,
        finding.suppressed,
    )


def _diagnoses(findings: Sequence[Finding]) -> list[Diagnosis]:
    """Bring the findings of one layer together: a symptom with its causes, everything else alone."""
    groups: list[list[Finding]] = []
    for finding in findings:
        related = [g for g in groups if any(_explains(finding, other) or _explains(other, finding) for other in g)]
        groups = [g for g in groups if g not in related]
        groups.append([finding, *(other for group in related for other in group)])
    return [tuple(sorted(group, key=_rank)) for group in groups]


def _explains(cause: Finding, symptom: Finding) -> bool:
    return cause.fingerprint in symptom.causes


def _rank(finding: Finding) -> tuple[bool, int, str]:
    """Causes before symptoms, the worst first."""
    return bool(finding.causes), -finding.severity, finding.rule
