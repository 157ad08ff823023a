"""Workflow commands: read back as GitHub's runner reads them, so that nothing in a name is a command of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from bnlint.findings import Problem, ProblemKind, Severity, Skipped
from bnlint.report.about import About
from bnlint.report.github import pieces
from bnlint.report.links import rule_url
from bnlint.results import Report, Resolved, RunReport, UnusedSuppression
from tests.report.hostile import NAMES, hostile
from tests.report.reports import cause_and_symptom, finding, report, unread
from tests.report.six import six

ABOUT = About(directory="/project")


class Command(NamedTuple):
    name: str
    properties: dict[str, str]
    message: str


def unescaped(text: str, *, is_property: bool) -> str:
    """As the runner does: percent signs last."""
    for character in ("\r", "\n", *((":", ",") if is_property else ()), "%"):
        text = text.replace(f"%{ord(character):02X}", character)
    return text


def read(line: str) -> Command:
    """Read a line as the runner does: what is between two colons is the head, its properties stand between commas."""
    assert line.startswith("::")
    head, separator, data = line[2:].partition("::")
    assert separator
    name, _, properties = head.partition(" ")
    pairs = [pair.split("=", 1) for pair in properties.split(",") if pair]
    return Command(name, {k: unescaped(v, is_property=True) for k, v in pairs}, unescaped(data, is_property=False))


def commands(given: Report, about: About = ABOUT) -> list[Command]:
    text = "".join(pieces(given, about))
    assert text.endswith("\n")
    return [read(line) for line in text.removesuffix("\n").split("\n")]


@pytest.mark.parametrize("make", [six, hostile])
def test_every_line_is_a_command_that_annotates(make: Any) -> None:
    text = "".join(pieces(*make()))
    assert all(line.isprintable() for line in text.removesuffix("\n").split("\n"))
    for command in commands(*make()):
        assert command.name in {"error", "warning", "notice"}
        assert set(command.properties) <= {"file", "line", "title"}
        assert command.message
        assert len(command.message) <= 4096


@pytest.mark.parametrize("name", NAMES)
def test_nothing_in_a_name_is_a_command(name: str) -> None:
    given = report(finding("BN301", name, message=f"m{name}", repair=name), path=f"dir{name}")
    found = commands(Report((*given.artifacts, unread(f"x{name}", Problem(name, name)))))
    assert [c.name for c in found] == ["error", "error"]
    assert all(line.isprintable() for c in found for line in c.message.split("\n"))
    assert [c.properties["title"] for c in found] == ["cannot be read", "BN301 unwired-updates (1 layer)"]


def test_a_diagnosis_is_one_annotation_for_all_its_layers() -> None:
    given = report(*cause_and_symptom("a"), *cause_and_symptom("b"), path="run/model.ckpt")
    (command,) = commands(given)
    assert command == Command(
        "error",
        {"file": "run/model.ckpt", "line": "1", "title": "BN301 unwired-updates (2 layers)"},
        "what BN301 says\n"
        "symptom: error BN101 frozen-statistics: what BN101 says\n"
        "layers: a, b\n"
        f"see {rule_url('BN301')}\n"
        "repair:\n"
        "run(updates)\n"
        "repair:\n"
        "# repair the cause above",
    )


def test_a_diagnosis_is_one_annotation_for_all_artifacts_that_share_it() -> None:
    artifacts = [report(finding("BN301", layer), path=path).artifacts[0] for path, layer in (("a", "x"), ("b", "y"))]
    other = report(finding("BN301", repair="another one"), path="c").artifacts[0]
    found = commands(Report((*artifacts, other)))
    assert [(c.properties["file"], "also in b" in c.message) for c in found] == [("a", True), ("c", False)]


def test_the_worst_comes_first() -> None:
    info, warning, error = (report(finding("BN108", severity=s)).artifacts[0] for s in Severity)
    damaged = unread("gone", Problem("gone", "does not exist", ProblemKind.MISSING))
    found = commands(Report((info, warning, error, damaged)))
    assert [c.name for c in found] == ["error", "error", "warning", "notice"]
    assert found[0] == Command("error", {"file": "gone", "line": "1", "title": "cannot be read"}, "does not exist")


def test_a_file_of_the_artifact_that_could_not_be_read_is_named() -> None:
    (command,) = commands(Report((unread("m", Problem("m.meta", "offset 3")),)))
    assert command.message == "m.meta: offset 3"


@pytest.mark.parametrize(("path", "said"), [("gs://bucket/m", "gs://bucket/m"), ("/data/m", "../data/m")])
def test_what_is_not_below_the_directory_is_no_file_of_the_repository(path: str, said: str) -> None:
    (command,) = commands(report(finding("BN301", message="is wrong"), path=path))
    assert "file" not in command.properties
    assert command.message.split("\n")[:2] == [said, "is wrong"]


def test_what_a_property_ends_with_ends_none() -> None:
    text = "".join(pieces(report(finding("BN301"), path="a,title=b:c::d%2C"), ABOUT))
    assert text.startswith("::error file=a%2Ctitle=b%3Ac%3A%3Ad%252C,line=1,title=BN301")
    assert read(text.rstrip()).properties["file"] == "a,title=b:c::d%2C"


def test_what_is_suppressed_is_left_out() -> None:
    run = RunReport("m", ("m",), (finding("BN501", suppressed="known"),))
    (command,) = commands(replace(report(finding("BN301", suppressed="known")), runs=(run,)))
    assert command.name == "notice"
    assert "BN301" not in command.message


@pytest.mark.parametrize(
    ("given", "title", "message"),
    [
        (report(layers=2), "bnlint: nothing wrong", "1 checkpoint, 2 layers: 0 errors, 0 warnings"),
        (Report(rules=("BN101",)), "bnlint: nothing wrong", "0 checkpoints, 0 layers: 0 errors, 0 warnings"),
        (Report(), "bnlint", "0 checkpoints, 0 layers"),
    ],
)
def test_a_report_with_nothing_to_annotate_is_a_notice(given: Report, title: str, message: str) -> None:
    assert commands(given) == [Command("notice", {"title": title}, message)]


def test_what_is_only_worth_knowing_does_not_hide_that_nothing_is_wrong() -> None:
    found = commands(report(finding("BN108", severity=Severity.INFO)))
    assert [c.properties["title"] for c in found] == ["bnlint: nothing above info", "BN108 some-name (1 layer)"]


def test_a_long_message_is_cut_where_the_runner_would() -> None:
    (command,) = commands(report(finding("BN301", message="x" * 5000)))
    assert len(command.message) == 4000
    assert command.message.endswith("x…")


def test_a_run_is_told_of_at_its_newest_checkpoint() -> None:
    run = RunReport("m", ("run/m-1", "run/m-2"), (finding("BN501"),))
    (command,) = commands(Report(runs=(run,)))
    assert (command.properties["file"], command.properties["title"]) == ("run/m-2", "BN501 some-name (1 layer)")


def test_what_fails_a_run_is_an_error_though_it_is_no_finding() -> None:
    absent = Skipped("BN301", "there is no m.meta", is_part_absent=True)
    given = report(skipped=(absent, absent._replace(rule="BN302"), Skipped("BN303", "a format without graph")))
    given = replace(given, runs=(RunReport("m", ("m",), skipped=(absent._replace(rule="BN501"),)),))
    assert [c.name for c in commands(given)] == ["notice"]
    found = commands(given, replace(ABOUT, failures=frozenset({"strict", "require_layers"})))
    assert [(c.name, c.properties["title"], c.message) for c in found] == [
        ("error", "require-layers", "no batch-norm layer was found"),
        ("error", "strict: rules could not look", "BN301, BN302: there is no m.meta"),
        ("error", "strict: rules could not look", "BN501: there is no m.meta"),
    ]


def test_what_nothing_needs_any_more_is_told() -> None:
    unused = UnusedSuppression("bnlint.toml: suppress[2]", ("BN401",), None, None, "fed later", "no finding")
    resolved = (Resolved("f", "BN305", "conv/bn", "m", 2), Resolved("g", "BN306", None, "m", 1))
    found = commands(
        replace(report(), baseline="b.json", unused=(unused, unused._replace(is_elsewhere=True)), resolved=resolved)
    )
    assert found == [
        Command(
            "warning",
            {"title": "unused suppression"},
            "bnlint.toml: suppress[2] matches nothing: no finding; its reason was: fed later",
        ),
        Command(
            "notice", {"title": "resolved"}, "3 findings of the baseline are no longer there\nBN305 conv/bn, BN306"
        ),
    ]
