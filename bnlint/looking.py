"""One artifact: open, recognise, diagnose. What is wrong with it, or with bnlint, becomes a problem in its report."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from bnlint.artifacts.artifact import Artifact
from bnlint.artifacts.damage import reason
from bnlint.artifacts.locate import Located
from bnlint.artifacts.opening import open_artifact
from bnlint.artifacts.storage import storage_of
from bnlint.findings import Problem, ProblemKind
from bnlint.history import ALONE, Part
from bnlint.layers.build import build_subject
from bnlint.layers.compare import Snapshot, take_snapshot
from bnlint.layers.inventory import inventory
from bnlint.layers.subject import Subject
from bnlint.results import ArtifactReport
from bnlint.settings import TRACEBACK, Asked

if TYPE_CHECKING:
    from bnlint.rules.diagnose import Diagnosis
    from bnlint.rules.guarded import Fault
    from bnlint.rules.rule import Rule


class Task(NamedTuple):
    """One artifact to look at."""

    located: Located
    part: Part = ALONE
    asked: Asked = Asked()


class Checked(NamedTuple):
    """What became of a task: the report, and what a comparison needs of the artifact."""

    report: ArtifactReport
    snapshot: Snapshot | None = None


@lru_cache
def rules_of(asked: Asked) -> tuple[Rule, ...]:
    """Return the rules that are to look; none for an inventory."""
    if asked.is_inventory:
        return ()
    from bnlint.rules.registry import selected  # noqa: PLC0415 - an inventory needs no rules

    return tuple(selected(asked.select, asked.ignore))


def look_at(task: Task) -> Checked:
    """Open, recognise, diagnose. Never raises for anything that is wrong with the files."""
    located = task.located
    if isinstance(located, Problem):
        return Checked(unread(located))
    try:
        with _collector_paused():
            artifact = open_artifact(located, storage_of(located.path))
            checked = _diagnosed(artifact, task.asked, task.part)
    except OSError as error:  # a remote store that stopped answering where no reader expected it
        return Checked(unread(Problem(located.path, f"cannot be read: {reason(error)}")))
    except Exception as error:  # a fault of bnlint's own must not take the reports of the other artifacts with it
        if os.environ.get(TRACEBACK):
            raise
        return Checked(unread(fault(located.path, f"{type(error).__name__}: {error}")))
    # What is something else altogether is no artifact of which nothing could be checked.
    return Checked(unread(*checked.report.problems)) if is_foreign(checked.report) else checked


def is_foreign(report: ArtifactReport) -> bool:
    """Whether it is nothing that could have layers: a file that is something else."""
    return not report.layers and any(problem.kind is ProblemKind.FOREIGN for problem in report.problems)


def fault(path: str, what: str) -> Problem:
    """Return what is said of a fault of bnlint itself."""
    return Problem(path, f"internal error: {what}", ProblemKind.INTERNAL)


def of_plugins(path: str, faults: Iterable[Fault]) -> tuple[Problem, ...]:
    """Return what is said of plugins' rules that failed on an artifact or a run."""
    return tuple(Problem(path, fault.message, ProblemKind.PLUGIN) for fault in faults)


def unread(*problems: Problem) -> ArtifactReport:
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


def report_artifact(artifact: Artifact, asked: Asked) -> ArtifactReport:
    """Recognise the layers of one artifact and let the rules look at them that are asked to."""
    return _diagnosed(artifact, asked, ALONE).report


def _diagnosed(artifact: Artifact, asked: Asked, part: Part) -> Checked:
    built = build_subject(artifact)
    subject = replace(built.subject, newer=part.newer, thresholds=dict(asked.thresholds))
    findings, skipped, faults = ((), (), ()) if asked.is_inventory else _judged(subject, rules_of(asked), part)
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
        layers=inventory(subject, distributions=asked.distributions),
        findings=findings,
        skipped=skipped,
        problems=tuple(dict.fromkeys((*artifact.problems, *built.problems, *of_plugins(artifact.path, faults)))),
        notes=(*artifact.notes, *built.notes, *(dict.fromkeys(subject.missing.values()) if asked.is_inventory else ())),
    )
    snapshot = take_snapshot(artifact, subject) if part.is_compared else None
    return Checked(report, snapshot if snapshot is not None and snapshot.has_values else None)


def _judged(subject: Subject, rules: Iterable[Rule], part: Part) -> Diagnosis:
    from bnlint.rules.diagnose import diagnose  # noqa: PLC0415 - an inventory needs no rules

    return diagnose(subject, rules, is_compared=part.is_compared)
