"""A baseline in the making: what a check finds, run by run, and what of an older baseline the check can say nothing of.

An entry leaves a baseline when rules looked for it and it was not there, and for no other reason: a check that passes a
run by, cannot read it, or does not ask a rule, must not make a team hear of old findings once more.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from bnlint.artifacts.locate import Find
from bnlint.baseline.file import Baseline, Entry, absolute, read_baseline
from bnlint.baseline.matching import Looked, Matching, Whereabouts, in_baseline, whereabouts
from bnlint.findings import Finding, SuppressionKind
from bnlint.fingerprints import fingerprint_of
from bnlint.results import ArtifactReport, Resolved, RunReport


class Tally(NamedTuple):
    """How a new baseline differs from the one before."""

    listed: int
    """Findings in it, each as often as it says."""
    new: int
    """Of those, how many the one before did not have."""
    gone: int
    """How many of the one before were not found any more."""
    kept: int
    """How many the check can say nothing of, so that they were kept."""


class Recording:
    """Takes down what is found. All of it is in the baseline from then on, so that nothing is counted."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._titles: Mapping[str, Whereabouts] = {}
        self._entries: dict[tuple[str, str], Entry] = {}
        """By where the run is and the fingerprint."""
        self._runs: set[str] = set()
        """Where those are of which anything could be read."""
        self.baseline = Baseline()
        """What is to be written, once the check is finished."""
        self.tally = Tally(0, 0, 0, 0)
        """How it differs from the one before, once the check is finished."""

    def expect(self, titles: Mapping[str, Whereabouts]) -> None:
        """Take note of all runs that will be checked, as `bnlint.baseline.matching.Matching.expect` does."""
        self._titles = titles

    def taken(self, unit: Looked, title: str) -> Looked:
        """Take down what was found in one artifact, or by comparing those of a run; return it as in the baseline."""
        if title not in self._titles:
            return unit
        if _is_read(unit):
            self._runs.add(self._titles[title][0])
        counted = [finding for finding in unit.findings if _is_to_be_listed(finding)]
        times = Counter(finding.fingerprint for finding in counted)
        for finding in counted:
            self._add(finding, title, times[finding.fingerprint], is_compared=isinstance(unit, RunReport))
        why = in_baseline(self.file)
        return replace(
            unit, findings=tuple(replace(f, suppressed=why) if _is_to_be_listed(f) else f for f in unit.findings)
        )

    def _add(self, finding: Finding, title: str, times: int, *, is_compared: bool) -> None:
        rule, layer, fingerprint = finding.rule, finding.layer, finding.fingerprint
        place, names = self._titles[title]
        name = next(name for name in names if fingerprint_of(rule, layer, name) == fingerprint)
        entry = Entry(place, name, rule, layer, times, fingerprint, is_compared)
        known = self._entries.get((place, fingerprint), entry)
        self._entries[place, fingerprint] = entry._replace(
            times=max(times, known.times), is_compared=is_compared and known.is_compared
        )

    def finish(self, before: Matching | None, rules: Collection[str]) -> None:
        """Compare with the baseline ``before``, and keep of it what nobody can say anything of."""
        listed = dict(self._entries)
        had = 0 if before is None else sum(min(entry.times, before.has(*key)) for key, entry in listed.items())
        new = sum(entry.times for entry in listed.values()) - had
        gone = 0 if before is None else sum(one.times for one in before.resolved(rules))
        kept = 0
        for entry in () if before is None else before.unsettled(rules):
            known = listed.get((entry.path, entry.fingerprint), entry._replace(times=0))
            listed[entry.path, entry.fingerprint] = known._replace(times=max(known.times, entry.times))
            kept += max(entry.times - known.times, 0)
        self.tally = Tally(sum(entry.times for entry in listed.values()), new, gone, kept)
        elsewhere = frozenset() if before is None else before.elsewhere()
        runs = {*self._runs, *elsewhere, *(entry.path for entry in listed.values())}
        self.baseline = Baseline(tuple(runs), tuple(listed.values()))

    @property
    def has_read(self) -> bool:
        """Whether anything could be read at all."""
        return bool(self._runs)


class Baselines(NamedTuple):
    """The baseline that a check is compared with, and the one that it writes; either, both or none."""

    before: Matching | None
    recording: Recording | None
    file: str | None
    """The one that the report is judged by."""

    @classmethod
    def of(cls, file: str | None, recording: Recording | None) -> Baselines:
        """Read the one in ``file``, which need not exist yet where the ``recording`` is to be written there.

        Raises:
            BaselineError: it cannot be used.
        """
        if file is None:
            return cls(None, recording, None if recording is None else recording.file)
        is_first = recording is not None and absolute(file) == absolute(recording.file) and not os.path.lexists(file)
        matching = Matching(file, Baseline() if is_first else read_baseline(file))
        return cls(matching, recording, file if recording is None else recording.file)

    def expect(self, found: Iterable[Find]) -> None:
        """Take note of all runs that will be checked."""
        titles = whereabouts(found)
        for one in (self.before, self.recording):
            if one is not None:
                one.expect(titles)

    def judged(self, unit: Looked, title: str) -> Looked:
        """Return what was found in one artifact, or by comparing those of a run, with what is not counted marked."""
        unit = unit if self.before is None else self.before.matched(unit, title)
        return unit if self.recording is None else self.recording.taken(unit, title)

    def finished(self, rules: Collection[str]) -> tuple[Resolved, ...]:
        """Return what the baseline has and ``rules`` did not find any more; none where it is written anew."""
        if self.recording is not None:
            self.recording.finish(self.before, rules)
            return ()
        return () if self.before is None else self.before.resolved(rules)


def _is_read(unit: ArtifactReport | RunReport) -> bool:
    return isinstance(unit, RunReport) or unit.format is not None


def _is_to_be_listed(finding: Finding) -> bool:
    """Say whether the configuration does not speak for it already."""
    return finding.suppressed is None or finding.suppressed.kind is SuppressionKind.BASELINE
