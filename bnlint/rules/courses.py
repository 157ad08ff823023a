"""What the rules about runs share: which pairs of checkpoints a claim is about, and why a layer tells nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bnlint.findings import JsonValue
from bnlint.layers.course import Checkpoint, Course, LayerCourse, LayerShift, Verdict
from bnlint.results import Shift
from bnlint.rules.rule import Blind

_UNREAD = "the values of its statistics could not be compared"
UNTOLD = "it has neither gamma nor beta, and no weights that tell whether it was trained could be compared"


def pairs(layer: LayerCourse, verdict: Verdict) -> tuple[int, ...]:
    """Return the numbers of the pairs of checkpoints in which ``layer`` looks like ``verdict``."""
    return tuple(number for number, found in enumerate(layer.verdicts) if found is verdict)


def blind(layer: LayerCourse, course: Course, counts: Callable[[LayerShift], bool], untold: str) -> Iterator[Blind]:
    """Yield that nothing can be said of a layer where no pair ``counts``, and why: ``untold``, or it was not read."""
    if any(shift is not None and counts(shift) for shift in layer.shifts):
        return
    has_statistics = any(shift is not None and len(statistics(shift)) == 2 for shift in layer.shifts)
    yield Blind(layer.layer, course.missing.get(layer.layer.name) or (untold if has_statistics else _UNREAD))


def moved_far(layer: LayerCourse, number: int, roles: Sequence[str], least: float) -> bool:
    """Say whether one of ``roles`` moved as far as ``least`` in a pair; a distance that is no number is far enough."""
    shift = layer.shifts[number]
    found = [] if shift is None else [shift.weights if role == "weights" else shift.shifts.get(role) for role in roles]
    return any(one.distance is None or one.distance >= least for one in found if one is not None and one.has_moved)


def is_told(shift: LayerShift) -> bool:
    """Say whether a pair tells what became of the layer."""
    return shift.verdict is not Verdict.UNKNOWN


def statistics(shift: LayerShift) -> tuple[Shift, ...]:
    """Return the shifts of the moving mean and variance, as far as they could be compared."""
    return tuple(shift.shifts[role] for role in ("moving_mean", "moving_variance") if role in shift.shifts)


def course_evidence(
    layer: LayerCourse, course: Course, numbers: Sequence[int], roles: Sequence[str]
) -> dict[str, JsonValue]:
    """Return between which checkpoints it was, in how many pairs of how many, and how far ``roles`` moved there."""
    compared = sum(shift is not None for shift in layer.shifts)
    evidence: dict[str, JsonValue] = {
        "between": " and ".join(_name(c, course) for c in (course.pair(numbers[0])[0], course.pair(numbers[-1])[1])),
        "pairs": len(numbers),
        "compared": compared,
    }
    for role in roles:
        distances = [distance for number in numbers if (distance := _distance(layer.shifts[number], role)) is not None]
        if distances:
            evidence[f"{role}_shift"] = max(distances)
    return evidence


def _name(checkpoint: Checkpoint, course: Course) -> str:
    """Return the name of a checkpoint; its path where names do not tell the checkpoints apart."""
    is_unique = sum(other.name == checkpoint.name for other in course.checkpoints) == 1
    return checkpoint.name if is_unique else checkpoint.path


def _distance(shift: LayerShift | None, role: str) -> float | None:
    if shift is None:
        return None
    moved = shift.weights if role == "weights" else shift.shifts.get(role)
    return None if moved is None else moved.distance
