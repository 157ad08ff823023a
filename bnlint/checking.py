"""The street from a path to a report: locate, open, recognise, diagnose. Rendering is somebody else's."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache, partial
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from bnlint.artifacts.artifact import Artifact
from bnlint.artifacts.damage import reason
from bnlint.artifacts.locate import Find, Located, finds
from bnlint.artifacts.opening import open_artifact
from bnlint.artifacts.storage import forget, storage_of
from bnlint.config import TRACEBACK, Settings
from bnlint.findings import ArtifactReport, Finding, Problem, ProblemKind, Report, RunReport, Severity, Skipped
from bnlint.history import ALONE, Group, Member, Part, Run, groups, left_out, ordered, report_run
from bnlint.layers.build import build_subject
from bnlint.layers.compare import Snapshot, take_snapshot
from bnlint.layers.inventory import inventory
from bnlint.layers.subject import Subject
from bnlint.packing import Shelf, packed

if TYPE_CHECKING:
    from bnlint.rules.rule import Rule

OK, FAILED, UNREADABLE, NO_CHECKPOINT = range(4)
"""Exit codes: nothing to object to; findings; a path or file that could not be read; a place without a checkpoint."""

Progress: TypeAlias = Callable[[int, int], None]
"""Is told how many artifacts are done, and of how many."""
Words: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]
"""What `Settings` select and ignore: rules in a form that any process understands."""

_YOUNG = 1
"""Generations of Python's collector that what an artifact left behind is in. The program has switched it off, and one
cycle in a graph would keep every graph of a run."""


class Task(NamedTuple):
    """One artifact to look at."""

    located: Located
    part: Part = ALONE


class Checked(NamedTuple):
    """What became of a task: the report, and what a comparison needs of the artifact."""

    report: ArtifactReport
    snapshot: Snapshot | None = None


def check_paths(paths: Sequence[str], settings: Settings | None = None, progress: Progress | None = None) -> Report:
    """Check every checkpoint that ``paths`` mean, and compare those of a run that were named one by one.

    Raises:
        bnlint.rules.registry.UnknownRuleError: ``settings`` select or ignore a rule that does not exist.
    """
    settings = settings or Settings()
    words = settings.select, settings.ignore
    codes = tuple(rule.code for rule in rules_of(words))
    reports, runs = _reports(paths, words, settings, progress)
    return Report(reports, runs, codes)


def inspect_paths(paths: Sequence[str], settings: Settings | None = None, progress: Progress | None = None) -> Report:
    """Take the inventory of every checkpoint that ``paths`` mean; no rule looks at it."""
    return Report(*_reports(paths, None, settings or Settings(), progress))


@lru_cache
def rules_of(words: Words) -> tuple[Rule, ...]:
    """Return the rules that are selected and not ignored."""
    from bnlint.rules.registry import selected  # noqa: PLC0415 - an inventory needs no rules

    return tuple(selected(*words))


def _reports(
    paths: Sequence[str], words: Words | None, settings: Settings, progress: Progress | None
) -> tuple[Sequence[ArtifactReport], tuple[RunReport, ...]]:
    """Find and report, in the order of the paths, whoever does the work. Of many, none is kept but packed."""
    forget()
    found = packed(finds(paths, every=settings.all or settings.history))
    several = groups(found, history=settings.history)
    if words is None and not settings.history:
        several = tuple(group._replace(is_compared=False) for group in several)
    parts = {number: group.part(number) for group in several for number in group.numbers}
    strange: list[bool] = []
    snapshots = Shelf[Snapshot]()

    def told() -> Iterator[ArtifactReport]:
        tasks = (Task(find.located, parts.get(number, ALONE)) for number, find in enumerate(found))
        for find, checked in zip(found, _all_checked(found, tasks, words, settings.jobs), strict=True):
            if checked.snapshot is not None:
                snapshots.put(len(strange), checked.snapshot)
            strange.append(_is_stranger(find, checked.report))
            if progress is not None:
                progress(len(strange), len(found))
            yield checked.report

    reports = packed(told())
    compared = [
        _compared(group, found, [n for n in group.numbers if not strange[n]], reports, snapshots, words)
        for group in several
        if group.is_compared
    ]
    faults = [_unread(run) for run in compared if isinstance(run, Problem)]
    kept = packed(_without_strangers(found, reports, strange)) if any(strange) else reports
    runs = tuple(run for run in compared if not isinstance(run, Problem))
    return packed(chain(kept, faults)) if faults else kept, runs


def _all_checked(found: Sequence[Find], tasks: Iterator[Task], words: Words | None, jobs: int) -> Iterator[Checked]:
    """Report on each, here or in other processes."""
    work = partial(look_at, words=words)
    jobs = min(jobs or os.cpu_count() or 1, len(found))
    is_of_this_process = any(find.located.path.startswith("memory://") for find in found)
    if jobs < 2 or not sys.executable or is_of_this_process:
        for task in tasks:
            yield work(task)
            if len(found) > 1:
                gc.collect(_YOUNG)
        return
    from bnlint.workers import WorkerDiedError, in_processes  # noqa: PLC0415 - only for many

    for find, checked in zip(found, in_processes(work, tasks, jobs), strict=True):
        if isinstance(checked, WorkerDiedError):
            yield Checked(_unread(_fault(find.located.path, f"the process that read it {checked}")))
        else:
            yield checked


def _compared(  # noqa: PLR0913, PLR0917 - what was found, what became of it, and who is to judge it
    group: Group,
    found: Sequence[Find],
    numbers: Sequence[int],
    reports: Sequence[ArtifactReport],
    snapshots: Shelf[Snapshot],
    words: Words | None,
) -> RunReport | Problem:
    """Compare the checkpoints of one run, but for those that cannot be. Never raises."""
    try:
        order = ordered([_member(n, found[n], reports[n]) for n in numbers if n in snapshots])
        notes = tuple(left_out(reports[n] for n in numbers if n not in snapshots))
        run = Run(group.title, order, snapshots.take, notes)
        return report_run(run, None if words is None else rules_of(words))
    except Exception as error:  # a fault of bnlint's own must not take the reports of the artifacts with it
        if os.environ.get(TRACEBACK):
            raise
        return _fault(group.title, f"{type(error).__name__}: {error}")


def _member(number: int, find: Find, report: ArtifactReport) -> Member:
    position = None if find.member is None else find.member.position
    return Member(number, report.path, report.name or report.path, position, report.step)


def _is_stranger(find: Find, report: ArtifactReport) -> bool:
    """Say whether it is a file that nobody named and that turned out to be something else."""
    return not find.is_named and not isinstance(find.located, Problem) and _is_foreign(report)


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
            yield _unread(Problem(find.passed, "holds no checkpoint", ProblemKind.NO_CHECKPOINT))


def _is_foreign(report: ArtifactReport) -> bool:
    return not report.layers and any(problem.kind is ProblemKind.FOREIGN for problem in report.problems)


def look_at(task: Task, words: Words | None) -> Checked:
    """Open, recognise, diagnose. Never raises for anything that is wrong with the files."""
    located = task.located
    if isinstance(located, Problem):
        return Checked(_unread(located))
    try:
        with _collector_paused():
            artifact = open_artifact(located, storage_of(located.path))
            checked = _diagnosed(artifact, None if words is None else rules_of(words), task.part)
    except OSError as error:  # a remote store that stopped answering where no reader expected it
        return Checked(_unread(Problem(located.path, f"cannot be read: {reason(error)}")))
    except Exception as error:  # a fault of bnlint's own must not take the reports of the other artifacts with it
        if os.environ.get(TRACEBACK):
            raise
        return Checked(_unread(_fault(located.path, f"{type(error).__name__}: {error}")))
    # What is something else altogether is no artifact of which nothing could be checked.
    return Checked(_unread(*checked.report.problems)) if _is_foreign(checked.report) else checked


def _fault(path: str, what: str) -> Problem:
    return Problem(path, f"internal error: {what}", ProblemKind.INTERNAL)


def _unread(*problems: Problem) -> ArtifactReport:
    """Return the report of a path that led to no artifact."""
    return ArtifactReport(problems[0].path, None, "unknown", None, problems=problems)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep Python from looking for cycles among the hundreds of thousands of objects of a graph: a third faster."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def report_artifact(artifact: Artifact, rules: Iterable[Rule] | None) -> ArtifactReport:
    """Recognise the layers of one artifact and let ``rules`` look at them; None for the inventory alone."""
    return _diagnosed(artifact, rules, ALONE).report


def _diagnosed(artifact: Artifact, rules: Iterable[Rule] | None, part: Part) -> Checked:
    built = build_subject(artifact)
    subject = replace(built.subject, newer=part.newer)
    findings, skipped = ((), ()) if rules is None else _judged(subject, rules, part)
    report = ArtifactReport(
        path=artifact.path,
        format=artifact.format,
        framework=subject.framework,
        trained=subject.trained.is_trained,
        name=artifact.name,
        tensorflow=subject.tensorflow,
        trained_by=subject.trained.evidence,
        step=subject.step,
        clocks=subject.clocks,
        layers=inventory(subject),
        findings=findings,
        skipped=skipped,
        problems=tuple(dict.fromkeys((*artifact.problems, *built.problems))),
        notes=(*artifact.notes, *built.notes, *(() if rules is not None else dict.fromkeys(subject.missing.values()))),
    )
    snapshot = take_snapshot(artifact, subject) if part.is_compared else None
    return Checked(report, snapshot if snapshot is not None and snapshot.has_values else None)


def _judged(subject: Subject, rules: Iterable[Rule], part: Part) -> tuple[tuple[Finding, ...], tuple[Skipped, ...]]:
    from bnlint.rules.diagnose import diagnose  # noqa: PLC0415 - an inventory needs no rules

    return diagnose(subject, rules, is_compared=part.is_compared)


def exit_code(report: Report, settings: Settings) -> int:
    """Return the exit code: what could not be read beats findings, and findings beat a place without a checkpoint."""
    kinds = {p.kind for a in report.artifacts for p in a.problems}
    if kinds - {ProblemKind.NO_CHECKPOINT}:
        return UNREADABLE
    failed = failures(report, settings)
    if kinds and "fail_on" not in failed:
        return NO_CHECKPOINT
    return FAILED if failed else OK


def failures(report: Report, settings: Settings) -> frozenset[str]:
    """Return the names of the settings that fail ``report``: fail_on, strict, require_layers."""
    summary = report.summary
    counts = {Severity.ERROR: summary.errors, Severity.WARNING: summary.warnings, Severity.INFO: summary.infos}
    least = settings.fail_on
    failed = {
        "fail_on": least is not None and any(number for severity, number in counts.items() if severity >= least),
        "strict": settings.strict
        and any(s.is_part_absent for told in (report.artifacts, report.runs) for one in told for s in one.skipped),
        "require_layers": settings.require_layers and not summary.layers,
    }
    return frozenset(name for name, has_failed in failed.items() if has_failed)
