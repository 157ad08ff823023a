"""The Code Quality report of GitLab: its fields, and fingerprints that are unique and outlive a save."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bnlint.findings import Problem, ProblemKind, Severity, Skipped
from bnlint.report.about import About
from bnlint.report.gitlab import pieces
from bnlint.results import Report, RunReport
from tests.report.hostile import NAMES, hostile
from tests.report.reports import finding, report, unread
from tests.report.six import six

ABOUT = About(directory="/project")


def entries(given: Report, about: About = ABOUT) -> list[dict[str, Any]]:
    text = "".join(pieces(given, about))
    assert text.isascii()
    found = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert isinstance(found, list)
    return found


def fingerprints(given: Report) -> list[str]:
    return [entry["fingerprint"] for entry in entries(given)]


@pytest.mark.parametrize("make", [six, hostile])
def test_every_entry_is_as_gitlab_wants_it(make: Any) -> None:
    found = entries(*make())
    assert found
    for entry in found:
        assert list(entry) == ["description", "check_name", "fingerprint", "severity", "location"]
        assert entry["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert entry["location"]["lines"] == {"begin": 1}
        assert entry["description"].isprintable()
        path = entry["location"]["path"]
        assert path
        assert not path.startswith(("/", "./"))
    assert len({entry["fingerprint"] for entry in found}) == len(found)


def test_a_finding() -> None:
    (entry,) = entries(report(finding("BN301", "conv/bn", message="is wrong"), path="/project/run/model.ckpt-40"))
    assert entry == {
        "description": "BN301 unwired-updates: conv/bn: is wrong",
        "check_name": "BN301",
        "fingerprint": entry["fingerprint"],
        "severity": "critical",
        "location": {"path": "run/model.ckpt-40", "lines": {"begin": 1}},
    }


def test_a_finding_about_the_artifact_names_no_layer() -> None:
    (entry,) = entries(report(finding("BN301", None, message="is wrong")))
    assert entry["description"] == "BN301 unwired-updates: is wrong"


def test_a_remote_artifact_has_its_address_in_the_description() -> None:
    (entry,) = entries(report(finding("BN301", None, message="is wrong"), path="gs://bucket/m"))
    assert entry["location"]["path"] == "bucket/m"
    assert entry["description"] == "gs://bucket/m: BN301 unwired-updates: is wrong"


@pytest.mark.parametrize(
    ("severity", "level"), [(Severity.ERROR, "critical"), (Severity.WARNING, "minor"), (Severity.INFO, "info")]
)
def test_severities(severity: Severity, level: str) -> None:
    assert [e["severity"] for e in entries(report(finding("BN301", severity=severity)))] == [level]


def test_what_is_suppressed_is_left_out() -> None:
    assert entries(report(finding("BN301", suppressed="known"))) == []


@pytest.mark.parametrize("given", [Report(), report(), Report((unread("x"),))])
def test_nothing_to_tell_is_an_empty_array(given: Report) -> None:
    assert entries(given) == []


def test_what_could_not_be_read_blocks() -> None:
    problems = (Problem("gone", "does not exist", ProblemKind.MISSING), Problem("gone.meta", "offset 3"))
    found = entries(Report((unread("gone", *problems),)))
    assert [(e["check_name"], e["severity"], e["description"], e["location"]["path"]) for e in found] == [
        ("unreadable", "blocker", "does not exist", "gone"),
        ("unreadable", "blocker", "gone.meta: offset 3", "gone"),
    ]


def test_a_run_is_told_of_at_its_newest_checkpoint() -> None:
    run = RunReport("m", ("run/m-1", "run/m-2"), (finding("BN501"), finding("BN502", suppressed="known")))
    (entry,) = entries(Report(runs=(run,)))
    assert (entry["check_name"], entry["location"]["path"]) == ("BN501", "run/m-2")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"path": "run/m-40", "name": "m-40"}, {"path": "run/m-60", "name": "m-60"}),
        ({"path": "run/latest", "name": "m-40"}, {"path": "run/latest", "name": "m-60"}),
        ({"path": "gs://b/run/m-40", "name": "m-40"}, {"path": "gs://b/run/m-60", "name": "m-60"}),
        ({"path": "run/m-40", "name": "m-40"}, {"path": "/project/run/m-40", "name": "m-40"}),
    ],
)
def test_a_fingerprint_outlives_a_save(before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    changed = finding("BN301", message="other words", severity=Severity.WARNING)
    assert fingerprints(report(finding("BN301"), **before)) == fingerprints(report(changed, **after))


@pytest.mark.parametrize("paths", [("a/m", "b/m"), ("runs/a", "runs/b")])
def test_a_fingerprint_tells_apart_what_lies_in_different_directories(paths: tuple[str, str]) -> None:
    first, second = (report(finding("BN301"), path=path, name="m").artifacts[0] for path in paths)
    both = fingerprints(Report((first, second)))
    assert len(set(both)) == 2
    assert fingerprints(Report((second,))) == both[1:]


def test_a_fingerprint_tells_apart_runs_in_different_directories() -> None:
    first, second = (RunReport("m", (f"{directory}/m-1",), (finding("BN501"),)) for directory in "ab")
    assert fingerprints(Report(runs=(second,))) == fingerprints(Report(runs=(first, second)))[1:]


def test_the_same_finding_twice_is_two_entries() -> None:
    once, twice = (fingerprints(report(*[finding("BN301")] * times)) for times in (1, 2))
    assert once == twice[:1]
    assert len(set(twice)) == 2


def test_what_fails_a_run_is_there_though_it_is_no_finding() -> None:
    absent = Skipped("BN301", "there is no m.meta", is_part_absent=True)
    given = report(skipped=(absent, Skipped("BN302", "a format without graph")))
    given = replace(given, runs=(RunReport("m", ("m",), skipped=(absent._replace(rule="BN501"),)),))
    assert entries(given) == []
    found = entries(given, replace(ABOUT, failures=frozenset({"strict", "require_layers"})))
    assert [(e["check_name"], e["description"], e["location"]["path"]) for e in found] == [
        ("strict", "BN301 could not look: there is no m.meta", "model.ckpt"),
        ("strict", "BN501 could not look: there is no m.meta", "m"),
        ("require-layers", "no batch-norm layer was found", "."),
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_is_shown_on_one_line(name: str) -> None:
    (entry,) = entries(report(finding("BN301", name, message=name)))
    assert entry["description"].isprintable()
    if name.isprintable():
        assert entry["description"] == f"BN301 unwired-updates: {name}: {name or 'what BN301 says'}"
