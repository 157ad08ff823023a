"""JUnit XML: read back by the standard library and by a package, and of the form that Jenkins' schema asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import junitparser
import pytest

from bnlint.findings import Problem, ProblemKind, Related, Severity, Skipped
from bnlint.report.about import About
from bnlint.report.junit import pieces
from bnlint.report.links import rule_url
from bnlint.results import Report
from bnlint.rules.registry import RULES
from tests.report.hostile import NAMES, hostile
from tests.report.reports import change, finding, report, run_of, unread
from tests.report.six import six

SOME = tuple(rule for rule in RULES if rule.code in {"BN101", "BN301", "BN501"})
ABOUT = About(SOME, directory="/project")
SEE_BN101, SEE_BN301 = (f"see {rule_url(code)}" for code in ("BN101", "BN301"))
ALLOWED = {
    "testsuites": ({"name"}, {"testsuite"}),
    "testsuite": ({"name", "tests", "failures", "errors", "skipped"}, {"testcase"}),
    "testcase": ({"name", "classname"}, {"skipped", "error", "failure", "system-out"}),
    "failure": ({"type", "message"}, set()),
    "error": ({"type", "message"}, set()),
    "skipped": ({"message"}, set()),
    "system-out": (set(), set()),
}
"""The attributes and children that are used, all of them in ``junit-10.xsd``, by element."""


def written(given: Report, about: About = ABOUT) -> str:
    text = "".join(pieces(given, about))
    assert text.isascii()
    return text


def parsed(given: Report, about: About = ABOUT) -> ElementTree.Element:
    return ElementTree.fromstring(written(given, about))


def told(given: Report, about: About = ABOUT) -> dict[str, tuple[str, str]]:
    """Return of every case what became of it and what is said, by the suite's and its own first word."""
    return {
        f"{suite.get('name')}: {case.get('name', '').split()[0]}": _outcome(case)
        for suite, case in _cases(given, about)
    }


def _cases(given: Report, about: About) -> Iterator[tuple[ElementTree.Element, ElementTree.Element]]:
    for suite in parsed(given, about):
        yield from ((suite, case) for case in suite)


def _outcome(case: ElementTree.Element) -> tuple[str, str]:
    outcomes = [child for child in case if child.tag != "system-out"]
    assert len(outcomes) < 2
    return (
        (outcomes[0].tag, outcomes[0].get("message", "")) if outcomes else ("passed", case.findtext("system-out", ""))
    )


@pytest.mark.parametrize("make", [six, hostile])
def test_elements_are_those_of_the_schema(make: Any) -> None:
    for element in parsed(*make()).iter():
        attributes, children = ALLOWED[element.tag]
        assert set(element.attrib) == attributes
        assert {child.tag for child in element} <= children
        assert len([child for child in element if child.tag in {"failure", "error", "skipped"}]) < 2 or children == {
            "testcase"
        }


@pytest.mark.parametrize("make", [six, hostile])
def test_the_counts_are_right(make: Any) -> None:
    for suite in parsed(*make()):
        assert len(suite)
        assert suite.get("tests") == str(len(suite))
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert suite.get(attribute) == str(len(suite.findall(f"testcase/{tag}")))


@pytest.mark.parametrize("make", [six, hostile])
def test_a_case_is_not_called_as_another(make: Any) -> None:
    cases = [(case.get("classname"), case.get("name")) for case in parsed(*make()).iter("testcase")]
    assert len(set(cases)) == len(cases)
    assert all(suite.get("name") == case.get("classname") for suite in parsed(*make()) for case in suite)


def test_another_reader_counts_the_same() -> None:
    given, about = six()
    read = junitparser.JUnitXml.fromstring(written(given, about).encode())
    read.update_statistics()
    failed = [case for suite in read for case in suite if any(isinstance(r, junitparser.Failure) for r in case.result)]
    assert read.failures == len(failed) == 2
    assert (read.tests, read.errors) == (len(list(parsed(given, about).iter("testcase"))), 1)


def test_a_rule_that_found_nothing_passes() -> None:
    assert told(report(layers=1)) == {
        "model.ckpt: readable": ("passed", ""),
        "model.ckpt: BN101": ("passed", ""),
        "model.ckpt: BN301": ("passed", ""),
    }


def test_what_the_run_fails_for_is_a_failure() -> None:
    given = report(
        finding(
            "BN301", "a", repair="run(x)", evidence={"channels": 4}, related=(Related("op", "a/op", "never runs"),)
        ),
        finding("BN301", "b", repair="run(x)"),
        finding("BN101", "a", causes=("BN301/a",), severity=Severity.WARNING),
    )
    assert told(given)["model.ckpt: BN301"] == ("failure", "what BN301 says")
    (failure,) = parsed(given).iter("failure")
    assert failure.get("type") == "error"
    assert failure.text == (
        "error, confidence high\nwhat BN301 says\nlayers: a, b\nevidence: channels 4\n"
        f"{SEE_BN301}\nrepair:\nrun(x)\n"
        "op a/op: never runs"
    )
    assert told(given)["model.ckpt: BN101"] == (
        "passed",
        f"warning, confidence high\nwhat BN101 says\nlayers: a\n{SEE_BN101}\ncaused by BN301 unwired-updates",
    )


@pytest.mark.parametrize("least", [*Severity, None])
@pytest.mark.parametrize("severity", Severity)
def test_fail_on_decides(severity: Severity, least: Severity | None) -> None:
    given = report(finding("BN301", severity=severity))
    outcome, _ = told(given, replace(ABOUT, fail_on=least))["model.ckpt: BN301"]
    assert (outcome == "failure") is (least is not None and severity >= least)


def test_what_is_milder_stands_beside_what_fails() -> None:
    given = report(finding("BN301", "a"), finding("BN301", "b", severity=Severity.INFO, message="is worth knowing"))
    (case,) = [case for case in parsed(given).iter("testcase") if case.get("name", "").startswith("BN301")]
    assert case.findtext("system-out") == f"info, confidence high\nis worth knowing\nlayers: b\n{SEE_BN301}"
    assert "worth knowing" not in (case.findtext("failure") or "")


def test_what_is_suppressed_passes_with_its_reason() -> None:
    given = report(finding("BN301", suppressed="meant so"))
    assert told(given)["model.ckpt: BN301"] == (
        "passed",
        f"error, confidence high\nsuppressed: meant so\nwhat BN301 says\nlayers: a\n{SEE_BN301}",
    )


@pytest.mark.parametrize(
    ("skip", "outcome"),
    [
        (Skipped("BN301", "no graph"), ("skipped", "no graph")),
        (Skipped("BN301", "no values", ("layer_0",)), ("passed", "could not look at layer_0: no values")),
        (Skipped("BN301", "no values", ("layer_1", "layer_0")), ("skipped", "no values")),
        (Skipped("BN501", "alone"), ("passed", "")),
    ],
)
def test_a_rule_that_could_not_look_is_skipped(skip: Skipped, outcome: tuple[str, str]) -> None:
    assert told(report(layers=2, skipped=(skip,)))["model.ckpt: BN301"] == outcome


def test_a_skipped_case_says_why_to_readers_of_attributes_and_of_text() -> None:
    (skipped,) = parsed(report(layers=1, skipped=(Skipped("BN301", "no graph"),))).iter("skipped")
    assert (skipped.get("message"), skipped.text) == ("no graph", "no graph")


def test_a_rule_that_found_something_is_not_skipped_for_the_rest() -> None:
    given = report(finding("BN301", "a"), skipped=(Skipped("BN301", "no values", ("b",)),))
    assert told(given)["model.ckpt: BN301"] == ("failure", "what BN301 says")


def test_without_layers_nothing_was_checked() -> None:
    given = report(finding("BN101", None, severity=Severity.WARNING), layers=0)
    assert told(given) == {
        "model.ckpt: readable": ("passed", ""),
        "model.ckpt: BN101": ("passed", f"warning, confidence high\nwhat BN101 says\n{SEE_BN101}"),
        "model.ckpt: BN301": ("skipped", "no batch-norm layers found: nothing to check"),
    }


def test_what_could_not_be_read_is_an_error_and_nothing_else() -> None:
    problems = (Problem("gone", "does not exist", ProblemKind.MISSING), Problem("gone.meta", "offset 3"))
    given = Report((unread("gone", *problems),))
    assert told(given) == {"gone: readable": ("error", "gone: does not exist, gone.meta: offset 3")}
    (error,) = parsed(given).iter("error")
    assert (error.get("type"), error.text) == ("missing, damaged", "gone: does not exist\ngone.meta: offset 3")


def test_of_a_damaged_artifact_the_rest_is_told() -> None:
    given = report(finding("BN301"), problems=(Problem("m.index", "offset 3"),))
    assert [outcome for outcome, _ in told(given).values()] == ["error", "passed", "failure"]


def test_rules_that_settings_keep_away_have_no_case() -> None:
    assert list(told(report(layers=1, ignored=("BN301",)))) == ["model.ckpt: readable", "model.ckpt: BN101"]


def test_a_finding_of_an_unknown_rule_has_a_case() -> None:
    assert told(report(finding("BN999")))["model.ckpt: BN999"] == ("failure", "what BN999 says")


def test_a_run_is_a_suite_of_the_rules_about_runs() -> None:
    run = run_of([change("a"), change("b")], findings=(finding("BN301", severity=Severity.WARNING),))
    assert told(Report(runs=(run,))) == {
        "run m: BN301": ("passed", f"warning, confidence high\nwhat BN301 says\nlayers: a\n{SEE_BN301}"),
        "run m: BN501": ("passed", ""),
    }
    blind = replace(run, findings=(), skipped=(Skipped("BN501", "not compared", ("a", "b")),))
    assert told(Report(runs=(blind,))) == {"run m: BN501": ("skipped", "not compared")}
    assert told(Report(runs=(replace(run, findings=(), ignored=("BN501",)),))) == {}


def test_rules_about_runs_are_skipped_at_an_artifact_that_was_not_compared() -> None:
    assert told(report(layers=1, skipped=(Skipped("BN501", "alone"),)))["model.ckpt: BN501"] == ("skipped", "alone")


def test_what_fails_a_run_is_a_failure_though_it_is_no_finding() -> None:
    absent = Skipped("BN301", "there is no m.meta", is_part_absent=True)
    given = report(layers=0, skipped=(absent, Skipped("BN101", "a format without values")))
    about = replace(ABOUT, failures=frozenset({"strict", "require_layers"}))
    assert told(given)["model.ckpt: BN301"] == ("skipped", "there is no m.meta")
    assert told(given, about) == {
        "model.ckpt: readable": ("passed", ""),
        "model.ckpt: BN101": ("skipped", "a format without values"),
        "model.ckpt: BN301": ("failure", "could not look: there is no m.meta"),
        "bnlint: require-layers": ("failure", "no batch-norm layer was found"),
    }


@pytest.mark.parametrize("given", [Report(), report(), Report((unread("x", Problem("x", "is gone")),))])
def test_a_report_is_whole_even_when_there_is_nothing_to_tell(given: Report) -> None:
    assert parsed(given, About()).get("name") == "bnlint"


def test_equal_paths_are_numbered() -> None:
    (first,) = report(layers=1).artifacts
    suites = [suite.get("name") for suite in parsed(Report((first, first, replace(first, path="model.ckpt (2)"))))]
    assert suites == ["model.ckpt", "model.ckpt (2)", "model.ckpt (2) (2)"]


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_is_shown_as_it_is_or_written_out(name: str) -> None:
    given = report(finding("BN301", name, message=f"m{name}", repair=name), path=f"p{name}")
    root = parsed(given)
    (failure,) = root.iter("failure")
    shown = {root[0].get("name"), failure.get("message"), *(failure.text or "").split("\n")}
    assert all(text is not None and text.isprintable() for text in shown)
    if name.isprintable():
        assert {f"p{name}", f"m{name}"} <= shown


@pytest.mark.parametrize("number", [0x0, 0x8, 0xB, 0x1F, 0xFFFE, 0xFFFF, 0xD800, 0xDCFF, 0x1FFFE])
def test_characters_that_xml_has_no_way_to_write_are_written_out(number: int) -> None:
    character = chr(number)
    (failure,) = parsed(report(finding("BN301", message=f"a{character}b"))).iter("failure")
    message = failure.get("message") or ""
    assert character not in message
    assert message.startswith("a\\")


def test_no_text_attaches_a_file() -> None:
    given = report(finding("BN301", message="[[ATTACHMENT|/etc/passwd]]", severity=Severity.INFO))
    assert "[[ATTACHMENT" not in "".join(parsed(given).itertext())
