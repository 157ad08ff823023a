"""Settings applied to what was found: which rules look where, how bad a finding is, and which are not to be counted.

Rules know nothing of it: they say what they see, and the policy of a team is laid over it afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from bnlint.findings import Finding, Severity
from bnlint.judging.choosing import Choice, choice_of
from bnlint.judging.path_globs import PathGlob
from bnlint.results import ArtifactReport, RunReport, UnusedSuppression
from bnlint.rules.registry import all_rules, most_specific
from bnlint.settings import Asked, Settings

if TYPE_CHECKING:
    from bnlint.judging.suppressing import Suppressions


class PathPolicy(NamedTuple):
    """What holds for one path."""

    asked: Asked
    codes: tuple[str, ...]
    """Of the rules that look."""
    severity: Mapping[str, Severity]
    """By code, where it is another than the rule's own."""
    thresholds: Mapping[str, float]


class Policy:
    """The policy of one check, which also remembers which suppressions were of use.

    Raises:
        ValueError: the settings name a rule or a threshold that does not exist.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._globs = tuple(PathGlob(entry.path, settings.root) for entry in settings.per_path)
        self._suppressions = _suppressions(settings)
        self._known: dict[tuple[int, ...], PathPolicy] = {}
        self._defaults = {rule.code: rule.severity for rule in all_rules()}
        self.rules = self.everywhere.codes
        """Codes of the rules that look somewhere."""
        for number in range(len(self._globs)):
            self._of_entries((number,))  # whatever is wrong with them is known before anything is read

    @property
    def everywhere(self) -> PathPolicy:
        """What holds where no path is named."""
        return self._of_entries(())

    def expect(self, places: Iterable[tuple[str, str | None]]) -> None:
        """Make `rules` those that look at one at least of the artifacts with these paths and names."""
        if any(choice_of(entry) != Choice() for entry in self._settings.per_path):
            wanted = {code for place in places for code in self.at(*place).codes}
            self.rules = tuple(code for code in self._defaults if code in wanted) or self.rules

    def at(self, path: str, name: str | None = None) -> PathPolicy:
        """Return what holds for the artifact at ``path``, whose own name is ``name``."""
        return self._of_entries(tuple(n for n, glob in enumerate(self._globs) if glob.matches(path, name)))

    def artifact(self, report: ArtifactReport) -> ArtifactReport:
        """Return ``report`` with the severities and suppressions of the settings."""
        here = self.at(report.path, report.name)
        weighed = replace(report, findings=self._weighed(report.findings, here)) if here.severity else report
        found = weighed.findings
        if self._suppressions is not None:
            found = self._suppressions.artifact(weighed, here.codes)
        ignored = () if report.format is None else self._ignored(here)
        if ignored or found is not report.findings:
            return replace(report, findings=found, ignored=ignored)
        return report

    def run(self, run: RunReport, path: str, name: str | None = None) -> RunReport:
        """Return ``run`` with what holds for its newest artifact, at ``path``, whose own name is ``name``."""
        here = self.at(path, name)
        weighed = replace(run, findings=self._weighed(run.findings, here)) if here.severity else run
        found = weighed.findings
        if self._suppressions is not None:
            found = self._suppressions.run(weighed, here.codes, path, name)
        ignored = self._ignored(here)
        return replace(run, findings=found, ignored=ignored) if ignored or found is not run.findings else run

    def unused(self) -> tuple[UnusedSuppression, ...]:
        """Return the suppressions that matched nothing in all that was passed, though they could have."""
        return () if self._suppressions is None else self._suppressions.unused()

    def _ignored(self, here: PathPolicy) -> tuple[str, ...]:
        return tuple(code for code in self.rules if code not in here.codes)

    def _of_entries(self, numbers: tuple[int, ...]) -> PathPolicy:
        """Return what holds where the entries of these numbers match."""
        if numbers not in self._known:
            self._known[numbers] = self._laid(numbers)
        return self._known[numbers]

    def _laid(self, numbers: tuple[int, ...]) -> PathPolicy:
        settings = self._settings
        choice = Choice(settings.select, settings.ignore)
        severity, thresholds = dict(_by_code(settings.severity)), dict(settings.thresholds)
        for entry in (settings.per_path[number] for number in numbers):
            choice = choice.then(choice_of(entry))
            severity |= _by_code(entry.severity)
            thresholds |= entry.thresholds
        _check(thresholds)
        codes = choice.codes()
        asked = Asked(codes, (), tuple(sorted(thresholds.items())), settings.distributions)
        if not codes:  # no word at all would mean every rule
            asked = asked._replace(ignore=tuple(self._defaults))
        return PathPolicy(asked, codes, severity, thresholds)

    def _weighed(self, findings: Iterable[Finding], here: PathPolicy) -> tuple[Finding, ...]:
        return tuple(_weighed(finding, here.severity, self._defaults) for finding in findings)


def _suppressions(settings: Settings) -> Suppressions | None:
    if not settings.suppress:
        return None
    from bnlint.judging.suppressing import Suppressions  # noqa: PLC0415 - few settings suppress

    return Suppressions(settings.suppress, settings.root)


def _by_code(severity: Mapping[str, Severity]) -> Mapping[str, Severity]:
    return {code: severity[word] for code, word in most_specific(severity).items()}


def _check(thresholds: Mapping[str, float]) -> None:
    if not thresholds:
        return
    known = {threshold.key: threshold for rule in all_rules() for threshold in rule.thresholds}
    for key, value in thresholds.items():
        if key not in known:
            raise ValueError(f"there is no threshold {key!r}; there is {', '.join(known)}")
        if not known[key].allows(value):
            raise ValueError(f"the threshold {key} must be {known[key].bounds}")


def _weighed(finding: Finding, severity: Mapping[str, Severity], defaults: Mapping[str, Severity]) -> Finding:
    """Put a severity in the place of the rule's default; what is milder by the rule's own word becomes no worse."""
    wanted = severity.get(finding.rule)
    if wanted is None:
        return finding
    found = wanted if finding.severity >= defaults[finding.rule] else min(finding.severity, wanted)
    return finding if found is finding.severity else replace(finding, severity=found)
