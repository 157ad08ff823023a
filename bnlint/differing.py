"""The street of a comparison: two paths, one artifact each → their inventories, and what moved in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bnlint.artifacts.locate import Located, finds
from bnlint.artifacts.storage import forget
from bnlint.checking import Checked, Task, look_at, rules_of
from bnlint.config import Settings
from bnlint.findings import Problem, ProblemKind, Report, RunReport
from bnlint.history import ALONE, Member, Run, as_given, left_out, report_run

if TYPE_CHECKING:
    from bnlint.rules.rule import Rule

_NAMED = 3


def diff_paths(before: str, after: str, settings: Settings | None = None) -> Report:
    """Compare the artifact that ``before`` means with the one that ``after`` means.

    Of the ``settings``, ``select`` and ``ignore`` count.

    Raises:
        bnlint.rules.registry.UnknownRuleError: ``settings`` select or ignore a rule that does not exist.
    """
    settings = settings or Settings()
    words = settings.select, settings.ignore
    rules = rules_of(words)
    forget()
    checked = [look_at(Task(_only(path), ALONE._replace(is_compared=True)), None) for path in (before, after)]
    reports = tuple(one.report for one in checked)
    runs = () if any(report.format is None for report in reports) else (_compared(checked, rules),)
    return Report(reports, runs, tuple(rule.code for rule in rules))


def _compared(checked: list[Checked], rules: tuple[Rule, ...]) -> RunReport:
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
