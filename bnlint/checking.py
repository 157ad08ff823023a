"""The street from a path to a report: locate, open, recognise, diagnose. Rendering is somebody else's."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import TYPE_CHECKING, TypeAlias

from bnlint.artifacts.artifact import Artifact
from bnlint.artifacts.damage import reason
from bnlint.artifacts.locate import Find, Located, finds
from bnlint.artifacts.opening import open_artifact
from bnlint.artifacts.storage import forget, storage_of
from bnlint.config import TRACEBACK, Settings
from bnlint.findings import ArtifactReport, Finding, Problem, ProblemKind, Report, Severity, Skipped
from bnlint.layers.build import build_subject
from bnlint.layers.inventory import inventory
from bnlint.layers.subject import Subject
from bnlint.packing import packed

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


def check_paths(paths: Sequence[str], settings: Settings | None = None, progress: Progress | None = None) -> Report:
    """Check every checkpoint that ``paths`` mean.

    Raises:
        bnlint.rules.registry.UnknownRuleError: ``settings`` select or ignore a rule that does not exist.
    """
    settings = settings or Settings()
    words = settings.select, settings.ignore
    codes = tuple(rule.code for rule in _rules(words))
    return Report(_reports(paths, words, settings, progress), rules=codes)


def inspect_paths(paths: Sequence[str], settings: Settings | None = None, progress: Progress | None = None) -> Report:
    """Take the inventory of every checkpoint that ``paths`` mean; no rule looks at it."""
    return Report(_reports(paths, None, settings or Settings(), progress))


@lru_cache
def _rules(words: Words) -> tuple[Rule, ...]:
    from bnlint.rules.registry import selected  # noqa: PLC0415 - an inventory needs no rules

    return tuple(selected(*words))


def _reports(
    paths: Sequence[str], words: Words | None, settings: Settings, progress: Progress | None
) -> Sequence[ArtifactReport]:
    """Find and report, in the order of the paths, whoever does the work. Of many, none is kept but packed."""
    forget()
    found = packed(finds(paths, every=settings.all))
    strange: list[bool] = []

    def told() -> Iterator[ArtifactReport]:
        for find, report in zip(found, _all_checked(found, words, settings.jobs), strict=True):
            strange.append(_is_stranger(find, report))
            if progress is not None:
                progress(len(strange), len(found))
            yield report

    reports = packed(told())
    return packed(_without_strangers(found, reports, strange)) if any(strange) else reports


def _all_checked(found: Sequence[Find], words: Words | None, jobs: int) -> Iterator[ArtifactReport]:
    """Report on each, here or in other processes."""
    work = partial(_checked, words=words)
    jobs = min(jobs or os.cpu_count() or 1, len(found))
    is_of_this_process = any(find.located.path.startswith("memory://") for find in found)
    if jobs < 2 or not sys.executable or is_of_this_process:
        for find in found:
            yield work(find.located)
            if len(found) > 1:
                gc.collect(_YOUNG)
        return
    from bnlint.workers import WorkerDiedError, in_processes  # noqa: PLC0415 - only for many

    for find, report in zip(found, in_processes(work, (f.located for f in found), jobs), strict=True):
        if isinstance(report, WorkerDiedError):
            yield _fault(find.located, f"the process that read it {report}")
        else:
            yield report


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


def _checked(located: Located, words: Words | None) -> ArtifactReport:
    if isinstance(located, Problem):
        return _unread(located)
    try:
        with _collector_paused():
            artifact = open_artifact(located, storage_of(located.path))
            report = report_artifact(artifact, None if words is None else _rules(words))
    except OSError as error:  # a remote store that stopped answering where no reader expected it
        return _unread(Problem(located.path, f"cannot be read: {reason(error)}"))
    except Exception as error:  # a fault of bnlint's own must not take the reports of the other artifacts with it
        if os.environ.get(TRACEBACK):
            raise
        return _fault(located, f"{type(error).__name__}: {error}")
    # What is something else altogether is no artifact of which nothing could be checked.
    return _unread(*report.problems) if _is_foreign(report) else report


def _fault(located: Located, what: str) -> ArtifactReport:
    return _unread(Problem(located.path, f"internal error: {what}", ProblemKind.INTERNAL))


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
    built = build_subject(artifact)
    subject = built.subject
    findings, skipped = ((), ()) if rules is None else _diagnosed(subject, rules)
    return ArtifactReport(
        path=artifact.path,
        format=artifact.format,
        framework=subject.framework,
        trained=subject.trained.is_trained,
        name=artifact.name,
        tensorflow=subject.tensorflow,
        trained_by=subject.trained.evidence,
        step=subject.step,
        layers=inventory(subject),
        findings=findings,
        skipped=skipped,
        problems=tuple(dict.fromkeys((*artifact.problems, *built.problems))),
        notes=(*artifact.notes, *built.notes, *(() if rules is not None else dict.fromkeys(subject.missing.values()))),
    )


def _diagnosed(subject: Subject, rules: Iterable[Rule]) -> tuple[tuple[Finding, ...], tuple[Skipped, ...]]:
    from bnlint.rules.diagnose import diagnose  # noqa: PLC0415 - an inventory needs no rules

    return diagnose(subject, rules)


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
        "strict": settings.strict and any(s.is_part_absent for a in report.artifacts for s in a.skipped),
        "require_layers": settings.require_layers and not summary.layers,
    }
    return frozenset(name for name, has_failed in failed.items() if has_failed)
