"""The report as lines: what each is, that they are the JSON report in parts, and that they can follow one another."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, get_type_hints

import pytest

from bnlint.report import json as whole
from bnlint.report import jsonl, line_document
from bnlint.report.about import About
from bnlint.results import Report
from tests.report.hostile import hostile
from tests.report.six import six
from tests.running import UNWIRED, invoke

LINES = {
    "head": line_document.HeadLine,
    "artifact": line_document.ArtifactLine,
    "run": line_document.RunLine,
    "summary": line_document.SummaryLine,
}


def written(report: Report, about: About) -> list[Any]:
    return [json.loads(line) for line in "".join(jsonl.pieces(report, about)).splitlines()]


def put_together(lines: list[Any]) -> dict[str, Any]:
    """Return the JSON report that lines are parts of."""
    head, *between, summary = lines
    parts = [
        ("artifacts", [line["artifact"] for line in between if line["kind"] == "artifact"]),
        ("runs", [line["run"] for line in between if line["kind"] == "run"]),
    ]
    together: dict[str, Any] = head | dict(parts) | summary
    del together["kind"]
    return together


def test_what_lines_there_are_and_in_which_order() -> None:
    report, about = six()
    kinds = [line["kind"] for line in written(report, about)]
    assert kinds == ["head", *["artifact"] * len(report.artifacts), *["run"] * len(report.runs), "summary"]
    assert kinds.count("artifact") > 6
    assert kinds.count("run") == 1


def test_every_line_says_what_it_is_first() -> None:
    for line in written(*six()):
        assert list(line)[:2] == ["kind", "schema_version"]
        assert line["schema_version"] == 1
        assert list(line) == list(get_type_hints(LINES[line["kind"]]))


@pytest.mark.parametrize("make", [six, hostile])
def test_the_lines_are_the_json_report_in_parts(make: Callable[[], tuple[Report, About]]) -> None:
    document = json.loads(whole.render(*make()))
    assert put_together(written(*make())) == document


def test_a_report_of_nothing_has_its_first_and_its_last_line() -> None:
    head, summary = written(Report(), About(exit_code=3, failures=frozenset({"strict", "fail_on"})))
    assert (head["kind"], head["rules"]) == ("head", [])
    assert (summary["kind"], summary["exit_code"], summary["failed_by"]) == ("summary", 3, ["fail_on", "strict"])
    assert summary["summary"]["artifacts"] == 0
    assert summary["baseline"] is None


def test_a_piece_is_a_line() -> None:
    for piece in jsonl.pieces(*six()):
        assert piece.count("\n") == 1
        assert piece.endswith("}\n")


def test_no_name_breaks_a_line() -> None:
    report, about = hostile()
    text = "".join(jsonl.pieces(report, about))
    assert text.isascii()
    # What ends a line for one reader or another: a form feed, a file separator, NEL, U+2028 and more.
    assert len(text.splitlines()) == text.count("\n") == 2 + len(report.artifacts) + len(report.runs)
    assert "\x1b" not in text


def test_reports_can_follow_one_another() -> None:
    one, two = ("".join(jsonl.pieces(*make())) for make in (six, hostile))
    lines = [json.loads(line) for line in (one + two).splitlines()]
    heads = [number for number, line in enumerate(lines) if line["kind"] == "head"]
    assert [put_together(lines[: heads[1]]), put_together(lines[heads[1] :])] == [
        json.loads(whole.render(*six())),
        json.loads(whole.render(*hostile())),
    ]


def test_the_command_line_writes_them() -> None:
    result = invoke("check", UNWIRED, "--format", "jsonl")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["kind"] for line in lines] == ["head", "artifact", "summary"]
    assert (lines[-1]["exit_code"], result.exit_code, lines[-1]["failed_by"]) == (1, 1, ["fail_on"])
