"""A baseline on its way through a check: the findings that were there when a team began to look are not counted.

A finding is known by its fingerprint and by the run that it is in: what the baseline has of one run speaks for no
other (`bnlint.baseline.moves`). All saves of a run share what it has of that run, so that the next one changes nothing;
in one artifact each entry hides as many findings as it says, no more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeVar

from bnlint.artifacts import runs
from bnlint.artifacts.locate import Find
from bnlint.baseline.file import Baseline, Entry, absolute
from bnlint.baseline.moves import found_again
from bnlint.findings import Finding, Problem, Suppression, SuppressionKind
from bnlint.results import ArtifactReport, Resolved, RunReport

Looked = TypeVar("Looked", bound=ArtifactReport | RunReport)


class Whereabouts(NamedTuple):
    """Where a run is, and what it is called."""

    place: str
    """As a baseline has it."""
    names: tuple[str, ...]
    """Those of its artifacts, without steps: one, but for an export beside a checkpoint that is called like it."""


def whereabouts(found: Iterable[Find]) -> dict[str, Whereabouts]:
    """Return where the runs are that were found, by their titles."""
    names: dict[str, dict[str, None]] = {}
    for find in found:
        if find.member is not None and not isinstance(find.located, Problem):
            names.setdefault(find.member.title, {})[runs.without_progress(find.located.name)] = None
    return {title: Whereabouts(absolute(title), tuple(known)) for title, known in names.items()}


def in_baseline(file: str) -> Suppression:
    """Return why a finding that the baseline has is not counted."""
    return Suppression(f"in the baseline {file}", SuppressionKind.BASELINE)


@dataclass(slots=True)
class _Record:
    """What the baseline has of one run, and what became of it."""

    entries: tuple[Entry, ...]
    title: str
    """What the check calls the run."""
    place: str
    """Where the check found it."""
    allowed: Mapping[str, int]
    """By fingerprint."""
    seen: Counter[str] = field(default_factory=Counter)
    """The most that one artifact had of each fingerprint."""
    looked: set[str] = field(default_factory=set)
    """Fingerprints of entries that a rule looked for, in one artifact at least."""
    is_unread: bool = False
    """Whether something of the run could not be read, so that nobody knows what it would have shown."""

    def met(self, unit: ArtifactReport | RunReport) -> None:
        """Note what one artifact, or the comparison of several, shows of the entries."""
        is_compared = isinstance(unit, RunReport)
        self.looked.update(e.fingerprint for e in self.entries if e.is_compared == is_compared and _can_see(unit, e))
        if isinstance(unit, ArtifactReport) and unit.problems:
            self.is_unread = True
        for fingerprint, times in Counter(finding.fingerprint for finding in unit.findings).items():
            self.seen[fingerprint] = max(self.seen[fingerprint], times)

    def missed(self, entry: Entry, rules: Collection[str]) -> int | None:
        """Return how many times less often than the entry says it was found; None where nobody can say."""
        if self.is_unread or entry.rule not in rules or entry.fingerprint not in self.looked:
            return None
        return max(entry.times - self.seen[entry.fingerprint], 0)


def _can_see(unit: ArtifactReport | RunReport, entry: Entry) -> bool:
    """Say whether the rule of an entry looked at its layer there, if it was asked at all."""
    blind = (skip.layers for skip in unit.skipped if skip.rule == entry.rule)
    return entry.rule not in unit.ignored and not any(layers is None or entry.layer in layers for layers in blind)


class Matching:
    """The findings of a check, compared with a baseline one artifact after the other."""

    def __init__(self, file: str, baseline: Baseline) -> None:
        self._why = in_baseline(file)
        self._runs = frozenset(baseline.runs)
        self._known: dict[str, list[Entry]] = {}
        for entry in baseline.entries:
            self._known.setdefault(entry.path, []).append(entry)
        self._records: dict[str, _Record] = {}
        """By the place of a run of the check."""
        self._places: dict[str, str] = {}
        """By title: a run that is passed in two spellings has two."""

    def expect(self, titles: Mapping[str, Whereabouts]) -> None:
        """Take note of all runs that will be checked: only then can a run be known that was moved."""
        names = {place: entries[0].run for place, entries in self._known.items()}
        well = self._runs - names.keys()
        again = found_again(names, {place: known[0] for place, known in titles.values() if place not in well})
        for title, (place, _) in titles.items():
            entries = tuple(self._known.get(again.get(place, ""), ()))
            self._places[title] = place
            if entries and place not in self._records:
                allowed = {entry.fingerprint: entry.times for entry in entries}
                self._records[place] = _Record(entries, title, place, allowed)

    def matched(self, unit: Looked, title: str) -> Looked:
        """Return what was found in one artifact, or by comparing those of a run, with what the baseline has marked."""
        record = self._records.get(self._places.get(title, ""))
        if record is None:
            return unit
        record.met(unit)
        findings = tuple(self._marked(unit.findings, record.allowed))
        return replace(unit, findings=findings)

    def _marked(self, findings: Iterable[Finding], allowed: Mapping[str, int]) -> Iterator[Finding]:
        left = Counter(allowed)
        for finding in findings:
            if finding.suppressed is None and left[finding.fingerprint] > 0:
                left[finding.fingerprint] -= 1
                yield replace(finding, suppressed=self._why)
            else:
                yield finding

    def resolved(self, rules: Collection[str]) -> tuple[Resolved, ...]:
        """Return what the baseline has and the check did not find any more, although ``rules`` looked for it."""
        gone = (
            Resolved(entry.fingerprint, entry.rule, entry.layer, record.title, missed)
            for record in self._records.values()
            for entry in record.entries
            if (missed := record.missed(entry, rules))
        )
        return tuple(sorted(gone, key=lambda one: (one.run, one.rule, one.layer or "", one.fingerprint)))

    def unsettled(self, rules: Collection[str]) -> Iterator[Entry]:
        """Yield the entries that the check can say nothing of, each where its run is now."""
        for record in self._records.values():
            for entry in record.entries:
                if record.missed(entry, rules) is None:
                    yield entry._replace(path=record.place)
        for path in self.elsewhere() & self._known.keys():
            yield from self._known[path]

    def elsewhere(self) -> frozenset[str]:
        """Return the runs of the baseline that the check did not come across, neither where they were nor moved."""
        found = {record.entries[0].path for record in self._records.values()}
        return self._runs - found

    def has(self, place: str, fingerprint: str) -> int:
        """Return how many times the baseline has a finding of the run that the check found there."""
        record = self._records.get(place)
        return 0 if record is None else record.allowed.get(fingerprint, 0)
