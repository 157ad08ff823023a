"""The street of a comparison: two paths, one artifact each → their inventories, and what moved in between."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bnlint.artifacts.locate import Located, finds
from bnlint.artifacts.storage import forget
from bnlint.findings import Problem, ProblemKind
from bnlint.history import ALONE, Compared, Member, Run, as_given, left_out, report_run
from bnlint.judging.judgement import Judgement
from bnlint.looking import Checked, Task, look_at, of_plugins, rules_of, unread
from bnlint.results import Report
from bnlint.settings import Settings

if TYPE_CHECKING:
    from bnlint.rules.rule import Rule

_NAMED = 3


def diff_paths(before: str, after: str, settings: Settings | None = None) -> Report:
    """Compare the artifact that ``before`` means with the one that ``after`` means.

    Of the ``settings``, those about rules and findings count; what holds for a path is what holds for ``after``. A
    baseline knows runs, and no pairs out of them: it does not count here.

    Raises:
        bnlint.rules.registry.UnknownRuleError: ``settings`` select or ignore a rule that does not exist.
    """
    judgement = Judgement(replace(settings or Settings(), baseline=None))
    forget()
    found = [_only(path) for path in (before, after)]
    judgement.expect(found[1:])
    part = ALONE._replace(is_compared=True)
    checked = [look_at(Task(one, part, judgement.asked(one)._replace(is_inventory=True))) for one in found]
    reports = tuple(one.report for one in checked)
    if any(report.format is None for report in reports):
        return judgement.report(reports, ())
    told = _compared(checked, rules_of(judgement.asked(found[1])))
    faults = (unread(problem) for problem in of_plugins(told.report.name, told.faults))
    return judgement.report((*reports, *faults), (judgement.run(told.report, found[1]),))


def _compared(checked: list[Checked], rules: tuple[Rule, ...]) -> Compared:
    reports = [one.report for one in checked]
    snapshots = {number: one.snapshot for number, one in enumerate(checked) if one.snapshot is not None}
    members = [Member(n, reports[n].path, reports[n].name or reports[n].path, None, reports[n].step) for n in snapshots]
    notes = tuple(left_out(report for number, report in enumerate(reports) if number not in snapshots))
    names = [report.name or report.path for report in reports]
    title = " and ".join(names if names[0] != names[1] else [report.path for report in reports])
    return report_run(Run(title, as_given(members), snapshots.__getitem__, notes, is_checked=False), rules)


def _only(path: str) -> Located:
    """Return the one artifact that ``path`` means: the newest, of a directory that holds one run."""
    found = [find.located for find in finds([path])]
    if len(found) == 1:
        return found[0]
    names = [one.path for one in found if not isinstance(one, Problem)]
    listed = f"{', '.join(names[:_NAMED])}{', …' if len(names) > _NAMED else ''}"
    return Problem(path, f"means {len(found)} artifacts, and one is compared with one: {listed}", ProblemKind.FOREIGN)
