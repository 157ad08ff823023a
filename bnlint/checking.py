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
from bnlint.artifacts.damage import one_line
from bnlint.artifacts.locate import Find, Located, finds
from bnlint.artifacts.opening import open_artifact
from bnlint.artifacts.storage import storage_of
from bnlint.config import TRACEBACK, Settings
from bnlint.findings import ArtifactReport, Finding, Problem, ProblemKind, Report, Skipped
from bnlint.layers.build import build_subject
from bnlint.layers.inventory import inventory
from bnlint.layers.subject import Subject

if TYPE_CHECKING:
    from bnlint.rules.rule import Rule

OK, FAILED, UNREADABLE, NO_CHECKPOINT = range(4)
"""Exit codes: nothing to object to; findings; a path or file that could not be read; a place without a checkpoint."""

Progress: TypeAlias = Callable[[int, int], None]
"""Is told how many artifacts are done, and of how many."""
Words: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]
"""What `Settings` select and ignore: rules in a form that any process understands."""


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
) -> tuple[ArtifactReport, ...]:
    """Find and report, in the order of the paths, whoever does the work."""
    found = finds(paths, every=settings.all)
    reports: list[ArtifactReport] = []
    for report in _all_checked(found, words, settings.jobs):
        reports.append(report)
        if progress is not None:
            progress(len(reports), len(found))
    return _without_strangers(found, reports)


def _all_checked(found: Sequence[Find], words: Words | None, jobs: int) -> Iterator[ArtifactReport]:
    """Report on each, here or in other processes."""
    located = [find.located for find in found]
    jobs = min(jobs or os.cpu_count() or 1, len(located))
    if jobs < 2 or not sys.executable:
        yield from map(partial(_checked, words=words), located)
        return
    from bnlint.workers import WorkerDiedError, in_processes  # noqa: PLC0415 - only for many

    for one, report in zip(located, in_processes(partial(_checked, words=words), located, jobs), strict=True):
        if isinstance(report, WorkerDiedError):
            yield _fault(one, f"the process that read it {report}")
        else:
            yield report


def _without_strangers(found: Sequence[Find], reports: Sequence[ArtifactReport]) -> tuple[ArtifactReport, ...]:
    """Leave out files that nobody named and that turned out to be something else, such as a data set in HDF5.

    Where that leaves nothing of a path, it is said that the path holds no checkpoint.
    """
    strange = [
        not find.is_named and not isinstance(find.located, Problem) and _is_foreign(report)
        for find, report in zip(found, reports, strict=True)
    ]
    if not any(strange):
        return tuple(reports)
    fruitful = {find.passed for find, is_strange in zip(found, strange, strict=True) if not is_strange}
    kept: list[ArtifactReport] = []
    for find, report, is_strange in zip(found, reports, strange, strict=True):
        if not is_strange:
            kept.append(report)
        elif find.passed not in fruitful:
            fruitful.add(find.passed)
            kept.append(_unread(Problem(find.passed, "holds no checkpoint", ProblemKind.NO_CHECKPOINT)))
    return tuple(kept)


def _is_foreign(report: ArtifactReport) -> bool:
    return not report.layers and any(problem.kind is ProblemKind.FOREIGN for problem in report.problems)


def _checked(located: Located, words: Words | None) -> ArtifactReport:
    if isinstance(located, Problem):
        return _unread(located)
    try:
        with _collector_paused():
            artifact = open_artifact(located, storage_of(located.path))
            return report_artifact(artifact, None if words is None else _rules(words))
    except OSError as error:  # a remote store that stopped answering where no reader expected it
        return _unread(Problem(located.path, f"cannot be read: {one_line(str(error.strerror or error))}"))
    except Exception as error:  # a fault of bnlint's own must not take the reports of the other artifacts with it
        if os.environ.get(TRACEBACK):
            raise
        return _fault(located, f"{type(error).__name__}: {error}")


def _fault(located: Located, what: str) -> ArtifactReport:
    return _unread(Problem(located.path, f"internal error: {what}", ProblemKind.INTERNAL))


def _unread(problem: Problem) -> ArtifactReport:
    """Return the report of a path that led to no artifact."""
    return ArtifactReport(problem.path, None, "unknown", None, problems=(problem,))


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
    """Return the exit code: what could not be read beats findings, findings beat nothing.

    A place that exists and holds no checkpoint is 3, unless something else could not be read.
    """
    problems = [p for a in report.artifacts for p in a.problems]
    if any(p.kind is not ProblemKind.NO_CHECKPOINT for p in problems):
        return UNREADABLE
    if problems:
        return NO_CHECKPOINT
    return FAILED if failures(report, settings) else OK


def failures(report: Report, settings: Settings) -> frozenset[str]:
    """Return the names of the settings that fail ``report``: fail_on, strict, require_layers."""
    counted = [f.severity for f in report.findings if f.suppressed is None]
    failed = {
        "fail_on": settings.fail_on is not None and any(severity >= settings.fail_on for severity in counted),
        "strict": settings.strict and any(s.is_part_absent for a in report.artifacts for s in a.skipped),
        "require_layers": settings.require_layers and not any(a.layers for a in report.artifacts),
    }
    return frozenset(name for name, has_failed in failed.items() if has_failed)
