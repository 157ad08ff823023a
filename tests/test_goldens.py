"""The report of every fixture, to the letter. ``python -m tests.goldens`` rewrites what is expected."""

from __future__ import annotations

import pytest

from tests.goldens import FORMATS, GOLDENS, TEXTS, machine, text
from tests.situations import fixtures


@pytest.mark.parametrize("fixture", fixtures())
def test_json(fixture: str) -> None:
    assert machine(fixture) == (GOLDENS / f"{fixture}.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("fixture", TEXTS)
def test_text(fixture: str) -> None:
    assert text(fixture) == (GOLDENS / f"{fixture}.txt").read_text(encoding="utf-8")


def test_no_golden_is_left_over() -> None:
    expected = {f"{fixture}.json" for fixture in fixtures()} | {f"{fixture}.txt" for fixture in TEXTS}
    assert {str(path.relative_to(GOLDENS)) for path in GOLDENS.glob("*/*")} == expected | {
        str(path.relative_to(GOLDENS)) for path in FORMATS.values()
    }
