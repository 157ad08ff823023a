"""Findings → what the page shows of each diagnosis: its parts as a person reads them, and where the repair stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bnlint.findings import Confidence, Finding
from bnlint.report.baselined import suppression
from bnlint.report.blocks import Block, blocks
from bnlint.report.diagnoses import Context, extent
from bnlint.report.evidence import evidence, things

_FEW_LAYERS, _FEW_NAMES = 8, 2
"""So many are shown at once; a list that is longer can be opened."""


class Link(NamedTuple):
    """A name, and where on the page there is more of it; None where there is not."""

    name: str
    anchor: str | None = None


class Names(NamedTuple):
    """A few names, and those that are shown when somebody asks."""

    shown: Sequence[Link]
    more: Sequence[Link] = ()

    @classmethod
    def of(cls, links: Sequence[Link], few: int) -> Names:
        """Split ``links``; one is never left out alone."""
        return cls(links) if len(links) <= few + 1 else cls(links[:few], links[few:])


class Thing(NamedTuple):
    """Things of one kind about which the same is to be said."""

    kind: str
    names: Names
    note: str


class Repair(NamedTuple):
    """Code to copy, or where it stands already."""

    rule: str
    anchor: str
    lines: Sequence[str]
    there: Link | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """One diagnosis."""

    anchor: str
    block: Block
    doubt: str
    where: str
    layers: Names
    evidence: str
    things: tuple[Thing, ...]
    repairs: tuple[Repair, ...]

    @property
    def suppression(self) -> str:
        """Who keeps it from being counted: ``suppressed`` or ``in the baseline``; empty where nobody does."""
        return suppression(self.block.lead)


class Teller:
    """Tells diagnoses one after the other, and remembers which repairs the page shows already."""

    def __init__(self) -> None:
        self._shown: dict[str, Link] = {}

    def tell(
        self, findings: Iterable[Finding], context: Context, place: Link, anchor_of: Callable[[str], str | None]
    ) -> tuple[Told, ...]:
        """Return the diagnoses of an artifact or a run: those that count first, each kind the worst first.

        Args:
            findings: of one artifact or run.
            context: what the reader knows of it.
            place: what it is called, and its anchor.
            anchor_of: where on the page there is more of a layer.
        """
        findings = tuple(findings)
        every = [
            *blocks((f for f in findings if f.suppressed is None), context.layers),
            *blocks((f for f in findings if f.suppressed is not None), context.layers),
        ]
        return tuple(self._told(block, number, context, place, anchor_of) for number, block in enumerate(every, 1))

    def _told(
        self, block: Block, number: int, context: Context, place: Link, anchor_of: Callable[[str], str | None]
    ) -> Told:
        anchor = f"{place.anchor}-{number}"
        confidence = block.lead.confidence
        causes = {cause.rule for cause in block.causes}
        pointed_at = things([f for f in block.findings if f.rule in causes])
        return Told(
            anchor,
            block,
            "" if confidence is Confidence.HIGH else f"confidence {confidence.label}",
            extent(block, context),
            Names.of([Link(name, anchor_of(name)) for name in block.layers], _FEW_LAYERS),
            evidence(block.findings, known=context.known, statistics=context.statistics),
            tuple(
                Thing(kind, Names.of([Link(name) for name in names], _FEW_NAMES), note)
                for (kind, note), names in pointed_at.items()
            ),
            tuple(self._repairs(block, anchor, place.name)),
        )

    def _repairs(self, block: Block, anchor: str, name: str) -> Iterator[Repair]:
        """Give each code once on the page; symptoms have theirs after that of the causes."""
        if block.lead.suppressed is not None:
            return
        rules: dict[str, str] = {}
        for finding in (*block.causes, *block.symptoms):
            if finding.repair:
                rules.setdefault(finding.repair, finding.rule)
        for number, (repair, rule) in enumerate(rules.items(), 1):
            there = self._shown.get(repair)
            if there is None:
                here = f"{anchor}-repair-{number}"
                self._shown[repair] = Link(name, here)
                yield Repair(rule, here, repair.split("\n"))
            else:
                yield Repair(rule, "", (), there)
