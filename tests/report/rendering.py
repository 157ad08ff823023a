"""A whole report as the text that a command prints."""

from __future__ import annotations

from bnlint.report.checked import check_lines
from bnlint.report.inspected import inspect_lines
from bnlint.report.text import render
from bnlint.results import Report


def render_check(report: Report, *, width: int = 80, color: bool = False, verbose: bool = False) -> str:
    return render(check_lines(report, verbose=verbose), width=width, color=color)


def render_inventory(report: Report, *, width: int = 80, color: bool = False) -> str:
    return render(inspect_lines(report), width=width, color=color)
