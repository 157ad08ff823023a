"""The street from a path to a report: locate, open, recognise, diagnose. Rendering is somebody else's."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from bnlint.artifacts.locate import Find, Located, finds
from bnlint.artifacts.storage import forget
from bnlint.findings import Problem, ProblemKind
from bnlint.history import ALONE, Group, Member, Run, groups, left_out, ordered, report_run
from bnlint.layers.compare import Snapshot
from bnlint.looking import Checked, Task, fault, is_foreign, look_at, of_plugins, rules_of, unread
from bnlint.packing import Shelf, packed
from bnlint.results import ArtifactReport, Report, RunReport
from bnlint.settings import TRACEBACK, Asked, Settings

if TYPE_CHECKING:
    from bnlint.baseline.record import Recording
    from bnlint.judging.judgement import Judgement

Progress: TypeAlias = Callable[[int, int], None]
"""Is told how many artifacts are done, and of how many."""

_YOUNG = 1
"""Generations of Python's collector that what an artifact left behind is in. The program has switched it off, and one
cycle in a graph would keep every graph of a run."""


def check_paths(
    paths: Sequence[str],
    settings: Settings | None = None,
    progress: Progress | None = None,
    recording: Recording | None = None,
) -> Report:
    """Check every checkpoint that ``paths`` mean, and compare those of a run that were named one by one.

    With a ``recording`` that takes down what is found, nothing of it is counted.

    Raises:
        bnlint.rules.registry.UnknownRuleError: ``settings`` select or ignore a rule that does not exist.
        bnlint.baseline.file.BaselineError: the baseline of the ``settings`` cannot be used.
    """
    from bnlint.judging.judgement import Judgement  # noqa: PLC0415 - an inventory needs no rules

    settings = settings or Settings()
    return _Check(settings, progress, Judgement(settings, recording)).report(paths)


def inspect_paths(paths: Sequence[str], settings: Settings | None = None, progress: Progress | None = None) -> Report:
    """Take the inventory of every checkpoint that ``paths`` mean; no rule looks at it."""
    return _Check(settings or Settings(), progress, None).report(paths)


class _Check:
    """One check, or one inventory, of all that some paths mean."""

    def __init__(self, settings: Settings, progress: Progress | None, judgement: Judgement | None) -> None:
        self._settings = settings
        self._progress = progress
        self._judgement = judgement
        """None for an inventory."""

    def report(self, paths: Sequence[str]) -> Report:
        """Find and report, in the order of the paths, whoever does the work. Of many, none is kept but packed."""
        forget()
        history = self._settings.history
        found = packed(finds(paths, every=self._settings.all or history))
        several = groups(found, history=history)
        if self._judgement is not None:
            self._judgement.expect(find.located for find in found)
            self._judgement.expect_runs(found)
        elif not history:
            several = tuple(group._replace(is_compared=False) for group in several)
        strange: list[bool] = []
        snapshots = Shelf[Snapshot]()
        reports = packed(self._told(found, several, strange, snapshots))
        compared = [
            self._compared(group, found, [n for n in group.numbers if not strange[n]], reports, snapshots)
            for group in several
            if group.is_compared
        ]
        faults = [unread(problem) for _, problems in compared for problem in problems]
        kept = packed(_without_strangers(found, reports, strange)) if any(strange) else reports
        runs = tuple(run for run, _ in compared if run is not None)
        told = packed(chain(kept, faults)) if faults else kept
        return Report(told, runs) if self._judgement is None else self._judgement.report(told, runs)

    def _told(
        self, found: Sequence[Find], several: Sequence[Group], strange: list[bool], snapshots: Shelf[Snapshot]
    ) -> Iterator[ArtifactReport]:
        """Yield the report of each find; note which is a stranger, and put on the shelf what a comparison needs."""
        parts = {number: group.part(number) for group in several for number in group.numbers}
        tasks = (
            Task(find.located, parts.get(number, ALONE), self._asked(find.located)) for number, find in enumerate(found)
        )
        for find, checked in zip(found, _all_checked(found, tasks, self._settings.jobs), strict=True):
            if checked.snapshot is not None:
                snapshots.put(len(strange), checked.snapshot)
            is_strange = _is_stranger(find, checked.report)
            strange.append(is_strange)
            if self._progress is not None:
                self._progress(len(strange), len(found))
            if self._judgement is None or is_strange:
                yield checked.report
            else:
                yield self._judgement.artifact(checked.report, "" if find.member is None else find.member.title)

    def _asked(self, located: Located) -> Asked:
        if self._judgement is None:
            return Asked(distributions=self._settings.distributions, is_inventory=True)
        return self._judgement.asked(located)

    def _compared(
        self,
        group: Group,
        found: Sequence[Find],
        numbers: Sequence[int],
        reports: Sequence[ArtifactReport],
        snapshots: Shelf[Snapshot],
    ) -> tuple[RunReport | None, tuple[Problem, ...]]:
        """Compare the checkpoints of one run, but for those that cannot be. Never raises."""
        try:
            order = ordered([_member(n, found[n], reports[n]) for n in numbers if n in snapshots])
            notes = tuple(left_out(reports[n] for n in numbers if n not in snapshots))
            run = Run(group.title, order, snapshots.take, notes)
            newest = found[order.members[-1].number if order.members else group.newest_number].located
            told = report_run(run, None if self._judgement is None else rules_of(self._judgement.asked(newest)))
            judged = told.report if self._judgement is None else self._judgement.run(told.report, newest)
            return judged, of_plugins(group.title, told.faults)
        except Exception as error:  # a fault of bnlint's own must not take the reports of the artifacts with it
            if os.environ.get(TRACEBACK):
                raise
            return None, (fault(group.title, f"{type(error).__name__}: {error}"),)


def _all_checked(found: Sequence[Find], tasks: Iterator[Task], jobs: int) -> Iterator[Checked]:
    """Report on each, here or in other processes."""
    jobs = min(jobs or os.cpu_count() or 1, len(found))
    is_of_this_process = any(find.located.path.startswith("memory://") for find in found)
    if jobs < 2 or not sys.executable or is_of_this_process:
        for task in tasks:
            yield look_at(task)
            if len(found) > 1:
                gc.collect(_YOUNG)
        return
    from bnlint.workers import WorkerDiedError, in_processes  # noqa: PLC0415 - only for many

    for find, checked in zip(found, in_processes(look_at, tasks, jobs), strict=True):
        if isinstance(checked, WorkerDiedError):
            yield Checked(unread(fault(find.located.path, f"the process that read it {checked}")))
        else:
            yield checked


def _member(number: int, find: Find, report: ArtifactReport) -> Member:
    position = None if find.member is None else find.member.position
    return Member(number, report.path, report.name or report.path, position, report.step)


def _is_stranger(find: Find, report: ArtifactReport) -> bool:
    """Say whether it is a file that nobody named and that turned out to be something else."""
    return not find.is_named and not isinstance(find.located, Problem) and is_foreign(report)


def _without_strangers(
    found: Sequence[Find], reports: Sequence[ArtifactReport], strange: Sequence[bool]
) -> Iterator[ArtifactReport]:
    """Leave out strangers, such as a data set in HDF5.

    Where that leaves nothing of a path, it is said that the path holds no checkpoint.
    """
    fruitful = {find.passed for find, is_strange in zip(found, strange, strict=True) if not is_strange}
    for find, report, is_strange in zip(found, reports, strange, strict=True):
        if not is_strange:
            yield report
        elif find.passed not in fruitful:
            fruitful.add(find.passed)
            yield unread(Problem(find.passed, "holds no checkpoint", ProblemKind.NO_CHECKPOINT))
