"""What the rules about runs say of a course."""

from __future__ import annotations

from bnlint.layers.course import Course, LayerCourse
from bnlint.layers.layer import Layer
from bnlint.rules.diagnose import Diagnosis, diagnose_run
from bnlint.rules.registry import find_rules
from tests.rules.build import subject


def look(code: str, about: Course, *layers: Layer) -> Diagnosis:
    """Let the rule ``code`` alone look at ``about``; the newest checkpoint has ``layers``, or those of the course."""
    newest = layers or tuple(course.layer for course in about.layers)
    return diagnose_run(about, find_rules(code), subject(*newest, name="model.ckpt-30"))


def check(code: str, about: Course, expected: str) -> None:
    """Assert what the rule says: ``severity confidence: part of the message``, nothing, or ``skipped: the reason``."""
    diagnosis = look(code, about)
    head, _, part = expected.partition(": ")
    said = [(f"{f.severity.label} {f.confidence.label}", f.message) for f in diagnosis.findings]
    said += [("skipped", skip.reason) for skip in diagnosis.skipped]
    assert [one for one, _ in said] == ([head] if expected else []), said
    assert all(part in message for _, message in said), said


def beside(about: Course, *others: LayerCourse) -> Course:
    """Return the course with more layers."""
    return Course(about.name, about.checkpoints, (*about.layers, *others), about.weights)
