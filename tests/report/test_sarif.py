"""SARIF: valid against the schema of the standard, and what the standard and GitHub ask for beyond the schema."""

from __future__ import annotations

import functools
import json
import pathlib
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import jsonschema
import pytest

from bnlint import __version__
from bnlint.findings import Confidence, Problem, ProblemKind, Related, Severity, Skipped, Suppression, SuppressionKind
from bnlint.report.about import About
from bnlint.report.rule_page import rule_page
from bnlint.report.sarif import pieces
from bnlint.report.sarif.messages import said
from bnlint.results import ArtifactReport, Report, Resolved, RunReport, UnusedSuppression
from bnlint.rules.registry import RULES
from tests.report.hostile import NAMES, hostile
from tests.report.reports import cause_and_symptom, finding, layer_report, report
from tests.report.six import six
from tests.report.test_locations import RELATIVE

ABOUT = About(tuple(RULES), directory="/project")
SCHEMA = pathlib.Path(__file__).parent / "schemas" / "sarif-schema-2.1.0.json"
UNREAD = ArtifactReport(
    "gone", None, "unknown", None, problems=(Problem("gone", "does not exist", ProblemKind.MISSING),)
)
CASES: dict[str, Callable[[], tuple[Report, About]]] = {
    "six": six,
    "hostile": hostile,
    "nothing": lambda: (Report(), About(directory="/project")),
    "clean": lambda: (report(), ABOUT),
    "unread": lambda: (Report((UNREAD,)), replace(ABOUT, exit_code=2)),
    "twice": lambda: (Report((UNREAD, UNREAD)), replace(ABOUT, exit_code=2)),
}


@functools.cache
def validator() -> Any:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    kind = jsonschema.validators.validator_for(schema)
    assert kind is jsonschema.Draft4Validator
    return kind(schema)


def run_of(given: Report, about: About = ABOUT) -> dict[str, Any]:
    text = "".join(pieces(given, about))
    assert text.isascii()
    log = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


def results(given: Report, about: About = ABOUT) -> list[dict[str, Any]]:
    found = run_of(given, about)["results"]
    assert isinstance(found, list)
    return found


def result(given: Report, about: About = ABOUT) -> dict[str, Any]:
    (found,) = results(given, about)
    return found


def every(name: str, within: Any) -> Iterator[Any]:
    """Yield every value that stands under ``name``, however deep, but for what a checkpoint brought."""
    if isinstance(within, dict):
        for key, value in within.items():
            if key == name:
                yield value
            if key != "evidence":
                yield from every(name, value)
    elif isinstance(within, list):
        for item in within:
            yield from every(name, item)


@pytest.mark.parametrize("case", CASES)
def test_every_report_is_valid(case: str) -> None:
    log = json.loads("".join(pieces(*CASES[case]())))
    assert [f"{list(error.absolute_path)}: {error.message}" for error in validator().iter_errors(log)] == []
    assert log["version"] == "2.1.0"
    assert log["$schema"] == json.loads(SCHEMA.read_text("utf-8"))["id"]


def test_the_validator_would_notice() -> None:
    log = json.loads("".join(pieces(*six())))
    del log["runs"][0]["results"][0]["message"]
    log["runs"][0]["invocations"][0]["exitCode"] = "1"
    assert len(list(validator().iter_errors(log))) == 2


@pytest.mark.parametrize("case", CASES)
def test_every_uri_is_a_relative_reference(case: str) -> None:
    run = run_of(*CASES[case]())
    uris = list(every("uri", run))
    assert bool(uris) is (case != "nothing")
    assert [uri for uri in uris if not RELATIVE.fullmatch(uri)] == []


@pytest.mark.parametrize("case", CASES)
def test_what_refers_to_something_finds_it(case: str) -> None:
    run = run_of(*CASES[case]())
    driver = run["tool"]["driver"]
    for location in every("artifactLocation", run):
        if "index" in location:
            assert run["artifacts"][location["index"]]["location"] == location
        assert location.get("uriBaseId", "%SRCROOT%") in run["originalUriBaseIds"]
    for found in run["results"]:
        assert driver["rules"][found["ruleIndex"]]["id"] == found["ruleId"]
    (invocation,) = run["invocations"]
    for told in (*invocation["toolExecutionNotifications"], *invocation["toolConfigurationNotifications"]):
        assert driver["notifications"][told["descriptor"]["index"]]["id"] == told["descriptor"]["id"]
        rule = told.get("associatedRule")
        assert rule is None or driver["rules"][rule["index"]]["id"] == rule["id"]


@pytest.mark.parametrize("case", ["six", "hostile"])
def test_github_can_show_every_result(case: str) -> None:
    found = results(*CASES[case]())
    assert found
    for one in found:
        (location,) = one["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"]
        assert location["physicalLocation"]["region"] == {
            "startLine": 1,
            "startColumn": 1,
            "endLine": 1,
            "endColumn": 1,
        }
        assert one["message"]["text"]
        assert re.fullmatch(r"[0-9a-f]{16}(:run)?:[1-9]\d*", one["partialFingerprints"]["primaryLocationLineHash"])


@pytest.mark.parametrize("case", ["six", "hostile"])
def test_what_a_run_says_of_one_result_it_says_of_all(case: str) -> None:
    found = results(*CASES[case]())
    assert all(isinstance(one["suppressions"], list) for one in found)
    assert {one["baselineState"] for one in found} == {"new", "unchanged", "absent"}


def test_github_takes_no_two_results_for_one() -> None:
    alerts = [
        (
            one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            one["partialFingerprints"]["primaryLocationLineHash"],
        )
        for one in results(*six())
    ]
    assert len(set(alerts)) == len(alerts)


def test_a_result() -> None:
    given = report(finding("BN301", "conv/bn", message="is wrong", repair="run(x)", evidence={"channels": 4}))
    assert result(given) == {
        "ruleId": "BN301",
        "ruleIndex": [rule.code for rule in RULES].index("BN301"),
        "level": "error",
        "message": {
            "text": "conv/bn: is wrong",
            "markdown": "`conv/bn`: is wrong\n\n**Evidence:** channels 4\n\n**Repair**\n\n```python\nrun(x)\n```\n",
        },
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "model.ckpt", "uriBaseId": "%SRCROOT%", "index": 0},
                    "region": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1},
                },
                "logicalLocations": [
                    {"name": name, "fullyQualifiedName": name, "kind": kind}
                    for name, kind in [
                        ("conv/bn", "layer"),
                        ("conv/bn/gamma", "variable"),
                        ("conv/bn/beta", "variable"),
                        ("conv/bn/moving_mean", "variable"),
                        ("conv/bn/moving_variance", "variable"),
                    ]
                ],
            }
        ],
        "partialFingerprints": {"bnlint/v1": "BN301/conv/bn", "primaryLocationLineHash": "BN301/conv/bn:1"},
        "suppressions": [],
        "rank": 100.0,
        "properties": {
            "artifact": "model.ckpt",
            "layer": "conv/bn",
            "confidence": "high",
            "evidence": {"channels": 4},
            "causes": [],
            "repair": "run(x)",
        },
    }


def test_a_finding_about_the_artifact_has_no_logical_location() -> None:
    found = result(report(finding("BN301", None, message="is wrong")))
    assert found["message"]["text"] == "is wrong"
    assert "logicalLocations" not in found["locations"][0]


def test_a_variable_that_has_two_roles_is_named_once() -> None:
    layer = layer_report("a", variables={"gamma": "scale", "beta": "scale", "moving_mean": None})
    given = replace(report(), artifacts=(replace(report(finding("BN301")).artifacts[0], layers=(layer,)),))
    assert [name["name"] for name in result(given)["locations"][0]["logicalLocations"]] == ["a", "scale"]


def test_a_message_in_markdown_has_no_placeholder_either() -> None:
    message = result(report(finding("BN301", None, message="feeds {0}", repair="run({x: 1})")))["message"]
    assert message["text"] == "feeds {{0}}"
    assert message["markdown"] == "feeds `{{0}}`\n\n**Repair**\n\n```python\nrun({{x: 1}})\n```\n"


def test_levels_and_ranks_follow_severity_first() -> None:
    findings = [finding("BN301", f"{s}{c}", severity=s, confidence=c) for s in Severity for c in Confidence]
    found = results(report(*findings))
    assert [one["level"] for one in found] == ["note"] * 3 + ["warning"] * 3 + ["error"] * 3
    assert [one["rank"] for one in found] == [0.0, 12.5, 25.0, 37.5, 50.0, 62.5, 75.0, 87.5, 100.0]


def test_what_a_finding_points_at_and_follows_from_is_related() -> None:
    symptom, cause = cause_and_symptom("a", related=(Related("op", "a/Assign", "never runs"),))
    found, other = results(report(symptom, replace(cause, related=())))
    assert [(one["id"], one["message"]["text"], one["logicalLocations"]) for one in found["relatedLocations"]] == [
        (
            1,
            "caused by BN301 unwired-updates: what BN301 says",
            [{"name": "a", "fullyQualifiedName": "a", "kind": "layer"}],
        ),
        (2, "never runs", [{"name": "a/Assign", "fullyQualifiedName": "a/Assign", "kind": "op"}]),
    ]
    assert found["properties"]["causes"] == ["BN301/a"]
    assert "Caused by `BN301` unwired-updates: what `BN301` says" in found["message"]["markdown"]
    assert "relatedLocations" not in other


def test_no_more_is_related_than_github_shows() -> None:
    ops = tuple(Related("op", f"a/Assign_{number}", "never runs") for number in range(150))
    hundred, many = (result(report(finding("BN301", related=ops[:n])))["relatedLocations"] for n in (100, 150))
    assert len(hundred) == len(many) == 100
    assert hundred[-1]["message"]["text"] == "never runs"
    assert many[98]["logicalLocations"][0]["name"] == "a/Assign_98"
    assert many[99]["message"]["text"] == "and 51 more like the one before"


def test_a_remote_artifact_keeps_its_address() -> None:
    location = result(report(finding("BN301"), path="gs://bucket/m"))["locations"][0]["physicalLocation"]
    assert location["artifactLocation"] == {
        "uri": "bucket/m",
        "index": 0,
        "description": {"text": "gs://bucket/m"},
    }


def test_no_absolute_path_is_written() -> None:
    given = report(finding("BN301", "a"), path="run/m")
    assert "/project" not in "".join(pieces(given, ABOUT))


def test_fingerprints_outlive_a_save() -> None:
    before = report(finding("BN301"), path="run/m-40")
    after = report(finding("BN301", message="other words", severity=Severity.INFO), path="run/m-60")
    assert result(before)["partialFingerprints"] == result(after)["partialFingerprints"]


def test_fingerprints_of_two_artifacts_are_alike_and_their_locations_are_not() -> None:
    artifacts = [report(finding("BN301"), path=path).artifacts[0] for path in ("a/m", "b/m")]
    first, second = results(Report(tuple(artifacts)))
    assert first["partialFingerprints"] == second["partialFingerprints"]
    uris = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in (first, second)]
    assert uris == ["a/m", "b/m"]


def test_the_same_finding_twice_in_one_artifact_is_numbered() -> None:
    found = results(report(finding("BN301"), finding("BN301")))
    assert [one["partialFingerprints"]["primaryLocationLineHash"] for one in found] == ["BN301/a:1", "BN301/a:2"]


def test_what_is_suppressed_says_why() -> None:
    found = results(report(finding("BN301", suppressed="meant so"), finding("BN302")))
    assert [one["suppressions"] for one in found] == [
        [{"kind": "external", "status": "accepted", "justification": "meant so"}],
        [],
    ]
    assert all("baselineState" not in one for one in found)


def test_a_baseline_tells_new_from_old_and_from_gone() -> None:
    old = replace(finding("BN302"), suppressed=Suppression("in the baseline", SuppressionKind.BASELINE))
    given = replace(
        report(finding("BN301"), old, finding("BN303", suppressed="meant so")),
        baseline="ci/base line.json",
        resolved=(Resolved("0f", "BN305", "conv/bn", "m", 2), Resolved("1f", "BN999", None, "m", 1)),
    )
    found = results(given)
    assert [(one["ruleId"], one["baselineState"]) for one in found] == [
        ("BN301", "new"),
        ("BN302", "unchanged"),
        ("BN303", "new"),
        ("BN305", "absent"),
        ("BN999", "absent"),
    ]
    gone, unknown = found[3:]
    assert (gone["level"], gone["message"]["text"]) == (
        "note",
        "No longer found: BN305 at conv/bn of the run m (2 times).",
    )
    assert gone["partialFingerprints"]["bnlint/v1"] == "0f"
    (location,) = gone["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "ci/base%20line.json"
    assert location["logicalLocations"][0]["name"] == "conv/bn"
    assert "ruleIndex" not in unknown
    assert "logicalLocations" not in unknown["locations"][0]


def test_without_a_baseline_nothing_is_gone() -> None:
    assert results(replace(report(), resolved=(Resolved("0f", "BN305", None, "m", 1),))) == []


def test_a_run_is_told_of_at_its_newest_checkpoint() -> None:
    run = RunReport("m", ("run/m-1", "run/m-2"), (finding("BN501", "a"),))
    found = result(Report(runs=(run,)))
    (location,) = found["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "run/m-2"
    assert location["logicalLocations"] == [{"name": "a", "fullyQualifiedName": "a", "kind": "layer"}]
    assert found["partialFingerprints"] == {"bnlint/v1": "BN501/a", "primaryLocationLineHash": "BN501/a:run:1"}
    assert (found["properties"]["run"], found["properties"]["artifacts"]) == ("m", ["run/m-1", "run/m-2"])


def test_a_clean_report_says_what_was_looked_at() -> None:
    run = run_of(report(path="run/m"))
    assert run["results"] == []
    assert run["artifacts"] == [
        {"location": {"uri": "run/m", "uriBaseId": "%SRCROOT%", "index": 0}, "roles": ["analysisTarget"]}
    ]
    assert run["invocations"] == [
        {
            "executionSuccessful": True,
            "exitCode": 0,
            "toolExecutionNotifications": [],
            "toolConfigurationNotifications": [],
        }
    ]


@pytest.mark.parametrize(("code", "is_successful"), [(0, True), (1, True), (2, False), (3, True)])
def test_only_what_could_not_be_read_makes_a_run_unsuccessful(*, code: int, is_successful: bool) -> None:
    (invocation,) = run_of(Report(), replace(ABOUT, exit_code=code))["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (is_successful, code)


def notifications(given: Report, about: About = ABOUT) -> list[tuple[str, str, str]]:
    (invocation,) = run_of(given, about)["invocations"]
    told = invocation["toolExecutionNotifications"]
    return [(one["descriptor"]["id"], one["level"], one["message"]["text"]) for one in told]


def test_what_could_not_be_read_or_looked_at_is_a_notification() -> None:
    given = report(
        problems=(Problem("m.meta", "offset 3"), Problem("runs", "holds nothing", ProblemKind.NO_CHECKPOINT)),
        skipped=(
            Skipped("BN301", "no graph", is_part_absent=True),
            Skipped("BN302", "no values", ("a", "b")),
        ),
        notes=("a note",),
    )
    given = replace(given, runs=(RunReport("m", ("m",), skipped=(Skipped("BN501", "why"),), notes=("another",)),))
    assert notifications(given) == [
        ("unreadable", "error", "m.meta: offset 3"),
        ("unreadable", "warning", "runs: holds nothing"),
        ("rule-skipped", "warning", "BN301 could not look: no graph"),
        ("rule-skipped", "note", "BN302 could not look at a, b: no values"),
        ("note", "note", "a note"),
        ("rule-skipped", "note", "BN501 could not look: why"),
        ("note", "note", "another"),
    ]
    told = run_of(given)["invocations"][0]["toolExecutionNotifications"]
    assert [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in told] == [
        *["model.ckpt"] * 5,
        *["m"] * 2,
    ]
    assert [name["name"] for name in told[3]["locations"][0]["logicalLocations"]] == ["a", "b"]
    assert told[2]["associatedRule"]["id"] == "BN301"


def test_what_fails_a_run_is_an_error() -> None:
    given = report(skipped=(Skipped("BN301", "no graph", is_part_absent=True), Skipped("BN302", "no graph")))
    about = replace(ABOUT, failures=frozenset({"strict", "require_layers"}))
    assert [(kind, level) for kind, level, _ in notifications(given, about)] == [
        ("no-layers", "error"),
        ("rule-skipped", "error"),
        ("rule-skipped", "note"),
    ]


def test_an_unused_suppression_is_a_notification_of_the_configuration() -> None:
    one = UnusedSuppression("bnlint.toml: suppress[2]", ("BN401",), None, None, "fed later", "no finding")
    run = run_of(replace(report(), unused=(one, one._replace(rules=("BN401", "BN402")), one._replace(rules=("BN4",)))))
    told = run["invocations"][0]["toolConfigurationNotifications"]
    assert [(t["level"], t.get("associatedRule", {}).get("id")) for t in told] == [
        ("warning", "BN401"),
        ("warning", None),
        ("warning", "BN4"),
    ]
    assert told[0]["message"]["text"] == (
        "bnlint.toml: suppress[2] matches nothing: no finding. Its reason was: fed later"
    )


def test_one_that_may_be_meant_for_another_check_is_no_warning() -> None:
    one = UnusedSuppression("bnlint.toml: suppress[2]", ("BN401",), None, "b", "so", "nothing that was checked")
    run = run_of(replace(report(), unused=(one._replace(is_elsewhere=True), one)))
    told = run["invocations"][0]["toolConfigurationNotifications"]
    assert [notification["level"] for notification in told] == ["note", "warning"]


def test_the_tool_brings_the_documentation_of_its_rules() -> None:
    driver = run_of(Report())["tool"]["driver"]
    assert (driver["name"], driver["version"], driver["semanticVersion"]) == ("bnlint", __version__, __version__)
    assert [rule["id"] for rule in driver["rules"]] == [rule.code for rule in RULES]
    for told, rule in zip(driver["rules"], RULES, strict=True):
        assert told["name"] == rule.name
        assert told["shortDescription"]["text"] == rule.summary
        assert told["help"] == {"text": rule_page(rule), "markdown": rule_page(rule)}
        assert told["helpUri"].endswith(f"/{rule.code}.html")
        assert told["defaultConfiguration"]["level"] in {"error", "warning", "note"}
        assert told["properties"]["tags"][0] == "batch-normalization"
        meaning = told["fullDescription"]["text"]
        assert meaning != rule.summary
        assert 40 < len(meaning) <= 1024
        assert "`" not in meaning
        assert "##" not in meaning


def test_a_rule_of_a_plugin_needs_no_sections_and_has_no_page_on_the_site() -> None:
    plugin = replace(RULES[0], code="ACME1", page="One line.\n")
    (told,) = run_of(Report(), About((plugin,)))["tool"]["driver"]["rules"]
    assert told["fullDescription"] == {"text": "One line."}
    assert "helpUri" not in told


def test_a_long_description_is_cut_where_github_would() -> None:
    plugin = replace(RULES[0], page=f"One line.\n\n## What it means\n{'word ' * 400}\n## Example\nno")
    (told,) = run_of(Report(), About((plugin,)))["tool"]["driver"]["rules"]
    assert len(told["fullDescription"]["text"]) == 1024
    assert told["fullDescription"]["text"].endswith("…")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a[0] is \\ plain", "a[0] is \\ plain"),
        ("{0} and {x}", "{{0}} and {{x}}"),
        ("see [here](1)", "see \\[here\\](1)"),
        ("a\\[b](c)", "a\\\\\\[b\\](c)"),
        ("two\nlines \x1b", "two\\nlines \\x1b"),
    ],
)
def test_no_text_is_taken_for_a_placeholder_or_a_link(text: str, message: str) -> None:
    assert said(text) == {"text": message}


_CODE = re.compile(r"(?P<ticks>`+).*?(?<!`)(?P=ticks)(?!`)", re.DOTALL)


@pytest.mark.parametrize("name", NAMES)
def test_markdown_of_a_hostile_name_holds_no_markup_outside_code(name: str) -> None:
    given = report(finding("BN301", name, message=f"m {name}", repair=f"r\n{name}", evidence={name: name}))
    markdown = result(given)["message"]["markdown"]
    rest = _CODE.sub("", markdown)
    assert not set(rest) & set("<>[]{}|\x1b@#")
    assert "```python\nr\n" in markdown


def test_evidence_is_as_in_the_json_report() -> None:
    given = report(finding("BN301", evidence=MappingProxyType({"v": (1 / 3, float("nan"), "b\udcff")})))
    assert result(given)["properties"]["evidence"] == {"v": [0.333333, None, "b\\xff"]}
