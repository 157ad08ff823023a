"""The street from a path to a report: locate, open, recognise, diagnose. Rendering is somebody else's."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bnlint.artifacts.artifact import Artifact
from bnlint.artifacts.locate import Located, locate
from bnlint.artifacts.tensor_bundle import open_bundle
from bnlint.config import TRACEBACK, Settings
from bnlint.findings import ArtifactReport, Finding, Problem, ProblemKind, Report, Skipped
from bnlint.layers.build import build_subject
from bnlint.layers.inventory import inventory
from bnlint.layers.subject import Subject

if TYPE_CHECKING:
    from bnlint.rules.rule import Rule

OK, FAILED, UNREADABLE, NO_CHECKPOINT = range(4)
"""Exit codes: nothing to object to; findings; a path or file that could not be read; a place without a checkpoint."""


def check_paths(paths: Sequence[str], settings: Settings | None = None) -> Report:
    """Check every checkpoint that ``paths`` mean.

    Raises:
        bnlint.rules.registry.UnknownRuleError: ``settings`` select or ignore a rule that does not exist.
    """
    from bnlint.rules.registry import selected  # noqa: PLC0415 - an inventory needs no rules

    settings = settings or Settings()
    rules = selected(settings.select, settings.ignore)
    artifacts = tuple(_checked(found, rules) for found in locate(paths))
    return Report(artifacts, rules=tuple(rule.code for rule in rules))


def inspect_paths(paths: Sequence[str]) -> Report:
    """Take the inventory of every checkpoint that ``paths`` mean; no rule looks at it."""
    return Report(tuple(_checked(found, None) for found in locate(paths)))


def _checked(found: Located, rules: Iterable[Rule] | None) -> ArtifactReport:
    if isinstance(found, Problem):
        return ArtifactReport(found.path, None, "unknown", None, problems=(found,))
    try:
        with _collector_paused():
            return report_artifact(open_bundle(found), rules)
    except Exception as error:  # a fault of bnlint's own must not take the reports of the other artifacts with it
        if os.environ.get(TRACEBACK):
            raise
        fault = f"internal error: {type(error).__name__}: {error}"
        return ArtifactReport(
            found.path, None, "unknown", None, problems=(Problem(found.path, fault, ProblemKind.INTERNAL),)
        )


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
        notes=artifact.notes if rules is not None else (*artifact.notes, *dict.fromkeys(subject.missing.values())),
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
