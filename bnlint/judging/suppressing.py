"""Suppressions at work: which findings they keep from being counted, and which of them did nothing.

Of a suppression that hid nothing it is said only where something could have been hidden: where its rules looked, at
something that could be read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import translate

from bnlint.findings import Finding, ProblemKind, Skipped, Suppression
from bnlint.judging.path_globs import PathGlob
from bnlint.results import ArtifactReport, RunReport, UnusedSuppression
from bnlint.rules.registry import all_rules, find_rules
from bnlint.rules.rule import RunRule
from bnlint.settings import Suppress


class Suppressions:
    """Those of one check."""

    def __init__(self, suppress: Iterable[Suppress], root: str | None) -> None:
        self._entries = tuple(_Entry.of(one, root) for one in suppress)
        self._asked: set[str] = set()

    def artifact(self, report: ArtifactReport, codes: Collection[str]) -> tuple[Finding, ...]:
        """Return the findings of ``report``, of which rules with ``codes`` looked at it."""
        self._asked.update(codes)
        entries = self._matching(report.path, report.name)
        is_whole = report.format is not None and all(p.kind is ProblemKind.PLUGIN for p in report.problems)
        layers = [layer.name for layer in report.layers] if is_whole else None
        alone, _ = _split(codes) if entries else ((), ())
        for entry in entries:
            entry.note(alone, layers, report.skipped)
        return _suppressed(report.findings, entries)

    def run(self, run: RunReport, codes: Collection[str], path: str, name: str | None) -> tuple[Finding, ...]:
        """Return the findings of ``run``, which is where its newest artifact is: at ``path``, and called ``name``."""
        self._asked.update(codes)
        entries = self._matching(path, name)
        layers = list(dict.fromkeys(change.layer for pair in run.pairs for change in pair.layers))
        _, compared = _split(codes) if entries else ((), ())
        for entry in entries:
            entry.note(compared, layers if run.pairs else None, run.skipped)
        return _suppressed(run.findings, entries)

    def unused(self) -> tuple[UnusedSuppression, ...]:
        """Return those that did nothing, in the order of the settings, each with why."""
        could = (entry for entry in self._entries if not entry.rules.isdisjoint(self._asked))
        return tuple(unused for entry in could if (unused := entry.unused()) is not None)

    def _matching(self, path: str, name: str | None) -> list[_Entry]:
        return [entry for entry in self._entries if entry.glob is None or entry.glob.matches(path, name)]


@dataclass(slots=True)
class _Entry:
    """One suppression, and what became of it."""

    said: Suppress
    rules: frozenset[str]
    """Codes."""
    layer: re.Pattern[str] | None
    glob: PathGlob | None
    is_used: bool = False
    has_place: bool = False
    """Whether something was passed that its path matches."""
    has_layer: bool = False
    """Whether a layer was seen there that it may be about."""
    has_looked: bool = False
    """Whether one of its rules looked there."""
    is_unknown: bool = False
    """Whether something there could not be looked at."""

    @classmethod
    def of(cls, said: Suppress, root: str | None) -> _Entry:
        """Return one that has not met anything yet."""
        rules = frozenset(rule.code for word in said.rules for rule in find_rules(word))
        layer = None if said.layer is None else re.compile(translate(said.layer))
        return cls(said, rules, layer, None if said.path is None else PathGlob(said.path, root))

    def is_about(self, finding: Finding) -> bool:
        """Whether it is to be suppressed, if it is in the right place."""
        return finding.rule in self.rules and (
            self.layer is None or (finding.layer is not None and self.layer.match(finding.layer) is not None)
        )

    def note(self, codes: Collection[str], layers: Sequence[str] | None, skipped: Iterable[Skipped]) -> None:
        """Note what there was where its path matches: rules that were to look, and layers; None where nobody knows."""
        self.has_place = True
        if not self.rules & set(codes):
            return
        skips = [skip for skip in skipped if skip.rule in self.rules and skip.rule in codes]
        mine = self._mine(layers or ())
        if layers is None or (not layers and any(skip.is_part_absent for skip in skips)):
            self.is_unknown = True
            return
        self.has_looked = True
        self.has_layer = self.has_layer or bool(mine)
        if mine or self.layer is None:
            self.is_unknown = self.is_unknown or any(
                skip.layers is None or not set(mine).isdisjoint(skip.layers) for skip in skips
            )

    def _mine(self, layers: Sequence[str]) -> Sequence[str]:
        return layers if self.layer is None else [name for name in layers if self.layer.match(name)]

    def unused(self) -> UnusedSuppression | None:
        """Return why it was of no use; None where it was, or nobody knows."""
        rules, reason, layer, path, source = self.said
        if self.is_used or self.is_unknown or (self.has_place and not self.has_looked):
            return None
        if not self.has_place:
            why = f"nothing that was checked is in {path}"
        elif layer is not None and not self.has_layer:
            why = f"no layer there matches {layer}"
        else:
            why = f"no finding of {', '.join(rules)}{'' if layer is None else ' in such a layer'}"
        return UnusedSuppression(source, rules, layer, path, reason, why, is_elsewhere=not self.has_place)


def _suppressed(findings: tuple[Finding, ...], entries: Sequence[_Entry]) -> tuple[Finding, ...]:
    """Return ``findings``, themselves where no entry is about any of them."""
    if not any(entry.is_about(finding) for finding in findings for entry in entries):
        return findings
    return tuple(_judged(finding, entries) for finding in findings)


def _judged(finding: Finding, entries: Sequence[_Entry]) -> Finding:
    """Give a finding the reason of the first entry that is about it; others that are were of use as well."""
    about = [entry for entry in entries if entry.is_about(finding)]
    for entry in about:
        entry.is_used = True
    return replace(finding, suppressed=Suppression(about[0].said.reason)) if about else finding


def _split(codes: Collection[str]) -> tuple[Collection[str], Collection[str]]:
    """Part the rules that look at an artifact from those that look at a run."""
    of_runs = {rule.code for rule in all_rules() if isinstance(rule, RunRule)}
    return [code for code in codes if code not in of_runs], [code for code in codes if code in of_runs]
