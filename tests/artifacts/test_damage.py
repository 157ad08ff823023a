from __future__ import annotations

from bnlint.artifacts.damage import problem
from bnlint.artifacts.storage import LocalStorage
from bnlint.findings import Problem
from bnlint.formats.errors import FormatError


def test_a_problem_is_one_line():
    found = problem(LocalStorage(), "m.meta", "a graph", FormatError("offset 0", "1:5 : 'graph\n  def'"))
    assert found == Problem("m.meta", "offset 0: 1:5 : 'graph def'")


def test_an_error_of_the_system_is_told_in_its_words():
    found = problem(LocalStorage(), "m.meta", "a graph", PermissionError(13, "Permission denied"))
    assert found == Problem("m.meta", "cannot be read: Permission denied")
