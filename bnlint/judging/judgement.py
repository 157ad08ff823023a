"""What a team's settings make of what was found, in the order in which it was: its policy, then its baseline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from bnlint.artifacts.locate import Find, Located
from bnlint.findings import Problem
from bnlint.judging.policy import Policy
from bnlint.results import ArtifactReport, Report, RunReport
from bnlint.settings import Asked, Settings

if TYPE_CHECKING:
    from bnlint.baseline.record import Baselines, Recording


class Judgement:
    """That of one check.

    Raises:
        ValueError: the settings name a rule or a threshold that does not exist, or a baseline that cannot be read.
    """

    def __init__(self, settings: Settings, recording: Recording | None = None) -> None:
        self._policy = Policy(settings)
        self._baselines = _baselines(settings.baseline, recording)

    def expect(self, located: Iterable[Located]) -> None:
        """Learn what is to be looked at: the rules of the report are those that look at one of them."""
        self._policy.expect((one.path, _name(one)) for one in located)

    def expect_runs(self, found: Iterable[Find]) -> None:
        """Learn which runs that belongs to."""
        if self._baselines is not None:
            self._baselines.expect(found)

    def asked(self, located: Located) -> Asked:
        """Return what to ask of an artifact."""
        return self._policy.at(located.path, _name(located)).asked

    def artifact(self, report: ArtifactReport, title: str) -> ArtifactReport:
        """Return ``report`` as the settings have it; ``title`` is that of its run."""
        report = self._policy.artifact(report)
        return report if self._baselines is None else self._baselines.judged(report, title)

    def run(self, run: RunReport, newest: Located) -> RunReport:
        """Return ``run`` as the settings have it for its newest artifact."""
        run = self._policy.run(run, newest.path, _name(newest))
        return run if self._baselines is None else self._baselines.judged(run, run.name)

    def report(self, artifacts: Sequence[ArtifactReport], runs: tuple[RunReport, ...]) -> Report:
        """Return the whole, with what of the settings and of the baseline matched nothing."""
        rules, unused = self._policy.rules, self._policy.unused()
        if self._baselines is None:
            return Report(artifacts, runs, rules, unused=unused)
        return Report(artifacts, runs, rules, self._baselines.file, self._baselines.finished(rules), unused)


def _baselines(file: str | None, recording: Recording | None) -> Baselines | None:
    if file is None and recording is None:
        return None
    from bnlint.baseline.record import Baselines  # noqa: PLC0415 - most checks have none

    return Baselines.of(file, recording)


def _name(located: Located) -> str | None:
    return None if isinstance(located, Problem) else located.name
