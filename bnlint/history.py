"""The street of a run: which artifacts belong together, in what order they were saved, and what moved between them.

Knows neither how artifacts are found nor how they are read: it is given what became of each. Of a run, the values of
two checkpoints at a time are in memory.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from bnlint.artifacts.locate import Find
from bnlint.artifacts.membership import Age
from bnlint.findings import Problem
from bnlint.layers.compare import Comparison, CourseBuilder, Snapshot, compare
from bnlint.layers.course import Checkpoint, Course
from bnlint.layers.subject import Subject
from bnlint.results import ArtifactReport, LayerChange, PairReport, RunReport, Shift, Step

if TYPE_CHECKING:
    from bnlint.rules.diagnose import Diagnosis
    from bnlint.rules.guarded import Fault
    from bnlint.rules.rule import Rule

_NAMED = 3
"""How many checkpoints that were left out are named."""


class Part(NamedTuple):
    """What an artifact is to the others of its run."""

    newer: str | None = None
    """The name of the newest, unless it is that one itself."""
    is_compared: bool = False


ALONE = Part()


class Group(NamedTuple):
    """Artifacts of one run, by number."""

    title: str
    numbers: tuple[int, ...]
    newest: str
    """The name of the newest."""
    newest_number: int
    is_compared: bool

    def part(self, number: int) -> Part:
        """Return the part of one of them."""
        return Part(None if number == self.newest_number else self.newest, self.is_compared)


class Member(NamedTuple):
    """One checkpoint of a run as far as it matters for the order."""

    number: int
    path: str
    name: str
    position: tuple[int, int] | None
    """Where the names of the file and its directory put it."""
    step: Step | None


def groups(found: Sequence[Find], *, history: bool) -> tuple[Group, ...]:
    """Return the runs of which several artifacts were found, in the order of their first.

    They are compared where ``history`` says so, or where each of them was named, or matched by a glob, by itself.
    """
    met: dict[tuple[str, ...], list[tuple[Age, int]]] = {}
    words: dict[tuple[str, ...], set[str]] = {}
    for number, find in enumerate(found):
        if find.member is not None:
            met.setdefault(find.member.run, []).append((find.member.age, number))
            words.setdefault(find.member.run, set()).add(find.word)
    return tuple(
        _group(found, ages, is_compared=history or len(words[run]) == len(ages))
        for run, ages in met.items()
        if len(ages) > 1
    )


def _group(found: Sequence[Find], ages: Sequence[tuple[Age, int]], *, is_compared: bool) -> Group:
    newest_number = max(ages)[1]
    newest = found[newest_number]
    assert newest.member is not None
    name = "" if isinstance(newest.located, Problem) else newest.located.name
    return Group(newest.member.title, tuple(number for _, number in ages), name, newest_number, is_compared)


class Ordered(NamedTuple):
    """The checkpoints of a run, oldest first, and by what they were put in this order where that is not plain."""

    members: tuple[Member, ...]
    notes: tuple[str, ...] = ()


def ordered(members: Sequence[Member]) -> Ordered:
    """Put checkpoints in the order of their names; where not all say it, of their steps; else leave them.

    Names and clocks agree, but for one case: a Keras model that is compiled anew, to train other layers, counts its
    iterations from 0 again (measured with Keras 2.15 and 3), while the epochs in the names go on.
    """
    steps = [math.inf if member.step is None else member.step.value for member in members]
    if any(member.position is None for member in members):
        if math.inf in steps:
            return Ordered(tuple(members), ("nothing says in what order the checkpoints were saved: taken as found",))
        return Ordered(tuple(sorted(members, key=_step)))
    by_name = sorted(members, key=lambda m: (m.position or (0, 0), _step(m)))
    backwards = next((two for two in pairwise(by_name) if _runs_backwards(*two)), None)
    if backwards is None:
        return Ordered(tuple(by_name))
    told = f"put in the order of their names: the step runs backwards from {backwards[0].name} to {backwards[1].name}"
    return Ordered(tuple(by_name), (told,))


def _step(member: Member) -> int:
    return 0 if member.step is None else member.step.value


def _runs_backwards(before: Member, after: Member) -> bool:
    return before.step is not None and after.step is not None and before.step.value > after.step.value


def as_given(members: Sequence[Member]) -> Ordered:
    """Leave two checkpoints in the order in which they were given; say so where their steps run backwards."""
    backwards = any(_runs_backwards(before, after) for before, after in pairwise(members))
    return Ordered(tuple(members), ("compared in the order given: the step runs backwards",) if backwards else ())


def left_out(reports: Iterable[ArtifactReport]) -> Iterator[str]:
    """Yield a sentence for each reason for which checkpoints of a run cannot be compared."""
    reasons: dict[str, list[str]] = {}
    for report in reports:
        if report.problems:
            reason = report.problems[0].message
        elif report.layers:
            reason = "none of its layers' values could be read"
        else:
            reason = "it has no batch-norm layers"
        reasons.setdefault(reason, []).append(report.name or report.path)
    for reason, names in reasons.items():
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        yield f"left out: {', '.join(names[:_NAMED])}{more}: {reason}"


@dataclass(frozen=True, slots=True)
class Run:
    """The checkpoints of a run that can be compared, and how to get at each."""

    title: str
    order: Ordered
    snapshot: Callable[[int], Snapshot]
    """Returns that of a checkpoint by its number; asked for each once, in order."""
    notes: tuple[str, ...] = ()
    is_checked: bool = True
    """Whether each was checked by itself as well."""


class Compared(NamedTuple):
    """What comparing the checkpoints of a run gave."""

    report: RunReport
    faults: tuple[Fault, ...] = ()
    """Plugins' rules that failed."""


def report_run(run: Run, rules: Iterable[Rule] | None) -> Compared:
    """Compare each checkpoint with the next, and let ``rules`` look at the course; None for the pairs alone."""
    members = run.order.members
    builder = CourseBuilder(run.title)
    pairs: list[PairReport] = []
    last: Snapshot | None = None
    for place, member in enumerate(members):
        snapshot, checkpoint = run.snapshot(member.number), Checkpoint(member.path, member.name, member.step)
        if last is None:
            builder.start(checkpoint, snapshot)
        else:
            comparison = compare(last, snapshot)
            builder.add(checkpoint, snapshot, comparison)
            pairs.append(_pair(members[place - 1].path, member.path, comparison))
        last = snapshot
    newest = Subject("") if last is None else last.subject
    findings, skipped, faults = ((), (), ()) if rules is None else _judged(run, _course(builder, newest), rules, newest)
    report = RunReport(
        name=run.title,
        artifacts=tuple(member.path for member in members),
        findings=findings,
        pairs=tuple(pairs),
        skipped=skipped,
        notes=(*(run.order.notes if pairs else ()), *run.notes),
    )
    return Compared(report, faults)


def _course(builder: CourseBuilder, newest: Subject) -> Course:
    return replace(builder.course(), thresholds=newest.thresholds)


def _judged(run: Run, course: Course, rules: Iterable[Rule], newest: Subject) -> Diagnosis:
    from bnlint.rules.diagnose import diagnose_run  # noqa: PLC0415 - an inventory needs no rules

    return diagnose_run(course, rules, newest, is_checked=run.is_checked)


def _pair(before: str, after: str, comparison: Comparison) -> PairReport:
    changes = (
        LayerChange(name, shift.verdict.value, _with_weights(shift.shifts, shift.weights))
        for name, shift in comparison.shifts.items()
    )
    return PairReport(before, after, tuple(changes), comparison.only_before, comparison.only_after)


def _with_weights(shifts: Mapping[str, Shift], weights: Shift | None) -> Mapping[str, Shift]:
    return shifts if weights is None else {**shifts, "weights": weights}
