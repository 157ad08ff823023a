"""Every format: a golden over one report of all kinds of artifacts, and what holds for each of them."""

from __future__ import annotations

import dataclasses

import pytest

from bnlint.findings import Problem, ProblemKind
from bnlint.report.about import About
from bnlint.report.formats import MACHINES, renderer
from bnlint.results import ArtifactReport, Report
from tests.goldens import FORMATS, formatted
from tests.report.hostile import hostile
from tests.report.six import six

NOTHING = Report()
CLEAN = Report((ArtifactReport("model.ckpt", "tensor-bundle", "tf1", trained=True),), rules=("BN101",))
UNREAD = Report(
    (ArtifactReport("gone", None, "unknown", None, problems=(Problem("gone", "does not exist", ProblemKind.MISSING),)),)
)


@pytest.mark.parametrize("name", FORMATS)
def test_the_report_of_all_kinds_is_as_its_golden(name: str) -> None:
    golden = FORMATS[name]
    assert formatted(name) == golden.read_text("utf-8"), "python -m tests.goldens rewrites it"


@pytest.mark.parametrize("name", MACHINES)
@pytest.mark.parametrize("make", [six, hostile])
def test_the_same_report_is_written_the_same_way(name: str, make: object) -> None:
    assert callable(make)
    report, about = make()
    assert "".join(renderer(name)(report, about)) == "".join(renderer(name)(report, about))


@pytest.mark.parametrize("name", MACHINES)
@pytest.mark.parametrize("report", [NOTHING, CLEAN, UNREAD], ids=["nothing", "clean", "unread"])
def test_a_report_is_written_even_where_there_is_nothing_to_tell(name: str, report: Report) -> None:
    text = "".join(renderer(name)(report, About(directory="/project")))
    assert text.endswith("\n")


@pytest.mark.parametrize("name", MACHINES)
def test_what_is_in_no_way_text_can_still_be_written_to_a_file(name: str) -> None:
    "".join(renderer(name)(*hostile())).encode("utf-8")


@pytest.mark.parametrize("name", MACHINES)
def test_no_format_depends_on_where_it_is_written(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    report, about = six()
    before = "".join(renderer(name)(report, about))
    monkeypatch.chdir(str(tmp_path))
    monkeypatch.setenv("TERM", "dumb")
    assert "".join(renderer(name)(dataclasses.replace(report), about)) == before
