"""Every trap by its name: nothing above info where nothing is wrong, and something where its twin is broken."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Mapping
from functools import cache

import pytest

from bnlint.checking import check_paths
from bnlint.findings import Severity
from bnlint.rules.registry import selected
from bnlint.settings import Settings
from tests import traps_of_programs, traps_of_rules
from tests.situations import FIXTURES, VERDICTS, fixtures
from tests.trap import Trap

TRAPS = traps_of_rules.TRAPS | traps_of_programs.TRAPS

IN_ONE_TABLE = {"BN302": "BN301"}
"""Rules whose table stands in the tests of another."""


@cache
def worst(name: str) -> Severity:
    """Return the worst that is found in any flavour of a fixture, in the newest of a run and in the run itself."""
    paths = [str(FIXTURES / fixture) for fixture in fixtures() if fixture.partition("/")[2] == name]
    assert paths, f"no fixture is called {name}"
    newest = check_paths(paths)
    runs = check_paths(paths, Settings(history=True)).runs if name.startswith("run_") else ()
    assert newest.summary.problems == 0
    found = [*newest.findings, *(finding for run in runs for finding in run.findings)]
    return max((finding.severity for finding in found), default=Severity.INFO)


def expected(model: str) -> str:
    """Return what a case of a rule's own tables expects."""
    code, _, case = model.partition(": ")
    module = importlib.import_module(f"tests.rules.test_{IN_ONE_TABLE.get(code, code).lower()}")
    tables = (table for table in vars(module).values() if isinstance(table, Mapping))
    (found,) = (table[case] for table in tables if case in table)
    return str(found[-1])


def each(kind: str) -> list[tuple[str, str]]:
    return [(name, of_kind) for name, trap in TRAPS.items() for of_kind in getattr(trap, kind)]


def test_every_rule_says_what_it_must_not_fire_on() -> None:
    assert set(traps_of_rules.ROWS) == {rule.code for rule in selected((), ())}


def test_every_row_has_a_trap_and_every_trap_a_row() -> None:
    assert {*itertools.chain(*traps_of_rules.ROWS.values()), *traps_of_programs.ROWS} == set(TRAPS)


@pytest.mark.parametrize("trap", TRAPS.values(), ids=TRAPS)
def test_a_trap_is_explained_and_shown(trap: Trap) -> None:
    assert trap.why
    assert trap.fixtures or trap.models


@pytest.mark.parametrize(("name", "fixture"), each("fixtures"))
def test_nothing_above_info_is_found(name: str, fixture: str) -> None:
    assert worst(fixture) is Severity.INFO, f"{name}: {TRAPS[name].why}"


@pytest.mark.parametrize(("name", "model"), each("models"))
def test_nothing_above_info_is_expected_of_a_model(name: str, model: str) -> None:
    severity = expected(model).partition(" ")[0]
    assert severity in ("", "info"), f"{name}: {TRAPS[name].why}"


@pytest.mark.parametrize(("name", "twin"), each("twins"))
def test_its_broken_twin_is_found(name: str, twin: str) -> None:
    assert worst(twin) > Severity.INFO, name


def test_every_fixture_that_is_called_a_trap_is_one() -> None:
    shown = {fixture for trap in TRAPS.values() for fixture in (*trap.fixtures, *trap.twins)}
    assert {name for name in VERDICTS if name.startswith("trap_")} <= shown
