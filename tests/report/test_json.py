"""The JSON document: its fields and their order, numbers, names, determinism."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any, get_type_hints

import pytest

from bnlint import __version__
from bnlint.findings import JsonValue, Problem, ProblemKind, Related, Severity, Skipped, Suppression, SuppressionKind
from bnlint.report import document as v1
from bnlint.report.about import About
from bnlint.report.escape import decodable
from bnlint.report.json import render
from bnlint.results import (
    ArtifactReport,
    PairReport,
    Report,
    Resolved,
    RunReport,
    Step,
    TensorSummary,
    UnusedSuppression,
)
from tests.report.hostile import NAMES, hostile
from tests.report.reports import change, finding, layer_report, report, run_of

EVERYTHING = Report(
    artifacts=(
        ArtifactReport(
            "m.ckpt",
            "tensor-bundle",
            "tf1",
            trained=True,
            trained_by="step 40",
            name="m.ckpt",
            step=Step(40, "global_step"),
            clocks=(Step(40, "global_step"), Step(87000, "beta2_power", is_least=True)),
            layers=(layer_report(),),
            findings=(finding("BN301", related=(Related("op", "o", "n"),), suppressed="known"),),
            skipped=(Skipped("BN101", "why", is_part_absent=True), Skipped("BN102", "why", ("a",))),
            problems=(Problem("m.ckpt.index", "offset 3"),),
            notes=("a note",),
            ignored=("BN305",),
        ),
    ),
    runs=(
        RunReport(
            "m.ckpt",
            ("m.ckpt-1", "m.ckpt-2"),
            (finding("BN501", None),),
            pairs=(
                PairReport(
                    "m.ckpt-1",
                    "m.ckpt-2",
                    (change("a", "stalled", moving_mean="=", moving_variance=None, weights=1 / 3),),
                    only_before=("b",),
                    only_after=("c", "d"),
                ),
            ),
            skipped=(Skipped("BN502", "why", ("b",)),),
            notes=("a note",),
            ignored=("BN503",),
        ),
    ),
    rules=("BN101", "BN301", "BN305", "BN501", "BN502", "BN503"),
    baseline="baseline.json",
    resolved=(Resolved("0123", "BN101", None, "m.ckpt", 2),),
    unused=(UnusedSuppression("bnlint.toml: suppress[2]", ("BN1",), "a/*", None, "why not", "no layer"),),
)


def loaded(given: Report) -> Any:
    return json.loads(render(given), parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))


def fields(kind: type) -> list[str]:
    return list(get_type_hints(kind))


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ((), v1.Document),
        (("tool",), v1.Tool),
        (("artifacts", 0), v1.Artifact),
        (("artifacts", 0, "step"), v1.Step),
        (("artifacts", 0, "clocks", 1), v1.Step),
        (("artifacts", 0, "layers", 0), v1.Layer),
        (("artifacts", 0, "layers", 0, "statistics", "gamma"), v1.Tensor),
        (("artifacts", 0, "findings", 0), v1.Finding),
        (("artifacts", 0, "findings", 0, "related", 0), v1.Related),
        (("artifacts", 0, "findings", 0, "suppressed"), v1.Suppressed),
        (("artifacts", 0, "skipped", 0), v1.Skipped),
        (("artifacts", 0, "problems", 0), v1.Problem),
        (("runs", 0), v1.Run),
        (("runs", 0, "findings", 0), v1.Finding),
        (("runs", 0, "pairs", 0), v1.Pair),
        (("runs", 0, "pairs", 0, "layers", 0), v1.LayerChange),
        (("runs", 0, "pairs", 0, "layers", 0, "shifts", "weights"), v1.Shift),
        (("runs", 0, "skipped", 0), v1.Skipped),
        (("baseline",), v1.Baseline),
        (("baseline", "resolved", 0), v1.Resolved),
        (("unused_suppressions", 0), v1.UnusedSuppression),
        (("summary",), v1.Summary),
    ],
)
def test_fields_stand_in_the_documented_order(path: tuple[str | int, ...], kind: type) -> None:
    part = loaded(EVERYTHING)
    for step in path:
        part = part[step]
    assert list(part) == fields(kind)


def test_the_frame() -> None:
    document = loaded(EVERYTHING)
    assert document["schema_version"] == 1
    assert document["tool"] == {"name": "bnlint", "version": __version__}
    assert document["rules"] == ["BN101", "BN301", "BN305", "BN501", "BN502", "BN503"]
    assert document["summary"] == {
        "artifacts": 1,
        "layers": 1,
        "errors": 1,
        "warnings": 0,
        "infos": 0,
        "skipped": 3,
        "problems": 1,
        "suppressed": 1,
    }


def test_every_clock_says_what_it_says() -> None:
    assert loaded(EVERYTHING)["artifacts"][0]["clocks"] == [
        {"value": 40, "source": "global_step", "is_least": False},
        {"value": 87000, "source": "beta2_power", "is_least": True},
    ]


def test_a_finding() -> None:
    (found,) = loaded(EVERYTHING)["artifacts"][0]["findings"]
    assert (found["severity"], found["confidence"], found["layer"]) == ("error", "high", "a")
    assert loaded(EVERYTHING)["runs"][0]["findings"][0]["suppressed"] is None


def test_a_suppressed_finding_says_why_and_by_whom() -> None:
    (found,) = loaded(EVERYTHING)["artifacts"][0]["findings"]
    assert found["suppressed"] == {"reason": "known", "kind": "config"}
    known = replace(finding("BN101"), suppressed=Suppression("it was there", SuppressionKind.BASELINE))
    (found,) = loaded(report(known))["artifacts"][0]["findings"]
    assert found["suppressed"] == {"reason": "it was there", "kind": "baseline"}


def test_findings_are_counted_by_severity_or_as_suppressed() -> None:
    many = [finding("BN101", severity=Severity.WARNING, suppressed="why") for _ in range(3)]
    given = replace(report(finding("BN101"), *many), runs=(run_of(findings=(finding("BN501", suppressed="why"),)),))
    counts = loaded(given)["summary"]
    assert [counts[key] for key in ("errors", "warnings", "infos", "suppressed")] == [1, 0, 0, 4]


def test_skips_say_layers_or_null_and_whether_a_part_is_absent() -> None:
    assert loaded(EVERYTHING)["artifacts"][0]["skipped"] == [
        {"rule": "BN101", "layers": None, "reason": "why", "is_part_absent": True},
        {"rule": "BN102", "layers": ["a"], "reason": "why", "is_part_absent": False},
    ]


def test_a_step_that_is_a_least_one() -> None:
    given = ArtifactReport("p", "f", "tf1", trained=True, step=Step(87000, "beta2_power", is_least=True))
    step = loaded(Report((given,)))["artifacts"][0]["step"]
    assert step == {"value": 87000, "source": "beta2_power", "is_least": True}


def test_what_settings_kept_from_looking() -> None:
    document = loaded(EVERYTHING)
    assert (document["artifacts"][0]["ignored"], document["runs"][0]["ignored"]) == (["BN305"], ["BN503"])


def test_the_baseline_and_what_is_no_longer_found() -> None:
    resolved = {"fingerprint": "0123", "rule": "BN101", "layer": None, "run": "m.ckpt", "times": 2}
    assert loaded(EVERYTHING)["baseline"] == {"path": "baseline.json", "resolved": [resolved]}
    assert loaded(Report(baseline="b"))["baseline"] == {"path": "b", "resolved": []}
    assert loaded(Report())["baseline"] is None


def test_suppressions_that_matched_nothing() -> None:
    assert loaded(Report())["unused_suppressions"] == []
    assert loaded(EVERYTHING)["unused_suppressions"] == [
        {
            "source": "bnlint.toml: suppress[2]",
            "rules": ["BN1"],
            "layer": "a/*",
            "path": None,
            "reason": "why not",
            "why": "no layer",
            "is_elsewhere": False,
        }
    ]


def test_a_suppression_that_is_meant_for_another_check_says_so() -> None:
    (one,) = EVERYTHING.unused
    elsewhere = replace(EVERYTHING, unused=(one, one._replace(is_elsewhere=True)))
    assert [told["is_elsewhere"] for told in loaded(elsewhere)["unused_suppressions"]] == [False, True]


def test_how_the_command_ended() -> None:
    about = About(exit_code=2, failures=frozenset({"strict", "fail_on"}))
    document = json.loads(render(EVERYTHING, about))
    assert (document["exit_code"], document["failed_by"]) == (2, ["fail_on", "strict"])
    without = loaded(EVERYTHING)
    assert (without["exit_code"], without["failed_by"]) == (None, [])
    assert list(without) == list(document)


def test_a_run() -> None:
    (run,) = loaded(EVERYTHING)["runs"]
    assert (run["name"], run["artifacts"], run["notes"]) == ("m.ckpt", ["m.ckpt-1", "m.ckpt-2"], ["a note"])
    assert run["skipped"] == [{"rule": "BN502", "layers": ["b"], "reason": "why", "is_part_absent": False}]
    assert run["pairs"] == [
        {
            "before": "m.ckpt-1",
            "after": "m.ckpt-2",
            "layers": [
                {
                    "layer": "a",
                    "verdict": "stalled",
                    "shifts": {
                        "moving_mean": {"has_moved": False, "distance": 0.0},
                        "moving_variance": {"has_moved": True, "distance": None},
                        "weights": {"has_moved": True, "distance": 0.333333},
                    },
                }
            ],
            "only_before": ["b"],
            "only_after": ["c", "d"],
        }
    ]


@pytest.mark.parametrize("distance", [math.nan, math.inf, None])
def test_a_distance_that_is_no_number(distance: float | None) -> None:
    run = run_of([change(moving_mean=distance)])
    shift = loaded(Report(runs=(run,)))["runs"][0]["pairs"][0]["layers"][0]["shifts"]["moving_mean"]
    assert shift == {"has_moved": True, "distance": None}


def test_several_runs() -> None:
    runs = (run_of([change()]), run_of())
    assert [len(run["pairs"]) for run in loaded(Report(runs=runs))["runs"]] == [1, 0]


def test_a_path_that_led_nowhere_is_an_artifact_with_its_problem() -> None:
    problem = Problem("x", "does not exist", ProblemKind.MISSING)
    document = loaded(Report((ArtifactReport("x", None, "unknown", None, problems=(problem,)),)))
    artifact = document["artifacts"][0]
    assert (artifact["format"], artifact["trained"], artifact["step"], artifact["layers"]) == (None, None, None, [])
    assert artifact["problems"] == [{"path": "x", "message": "does not exist", "kind": "missing"}]
    assert (document["summary"]["artifacts"], document["summary"]["problems"]) == (0, 1)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.1234567, "0.123457"),
        (1 / 3, "0.333333"),
        (1234567.0, "1234570.0"),
        (1e-30, "1e-30"),
        (-0.0, "0.0"),
        (math.nan, "null"),
        (math.inf, "null"),
        (-math.inf, "null"),
        (1234567, "1234567"),
        (True, "true"),
        (None, "null"),
        ("0.1234567", '"0.1234567"'),
        ((1.0, math.nan, ("x",)), '[1.0, null, ["x"]]'),
        ({"k": 1.23456789}, '{"k": 1.23457}'),
    ],
)
def test_values(value: JsonValue, written: str) -> None:
    given = report(finding("BN301", evidence={"v": value}))
    assert json.dumps(loaded(given)["artifacts"][0]["findings"][0]["evidence"]["v"]) == written


def test_a_tensor_without_a_finite_value() -> None:
    tensor = TensorSummary(None, math.nan, math.inf, 4, None)
    layer = layer_report(statistics={"gamma": tensor})
    written = loaded(Report((ArtifactReport("p", "f", "tf1", trained=True, layers=(layer,)),)))
    assert written["artifacts"][0]["layers"][0]["statistics"]["gamma"] == {
        "min": None,
        "median": None,
        "max": None,
        "nonfinite": 4,
        "at_init": None,
    }


def test_a_hostile_report_is_one_line_of_ascii() -> None:
    text = render(*hostile())
    assert text.isascii()
    assert len(text.splitlines()) == text.count("\n") == 1
    assert "\x1b" not in text
    named = [artifact["layers"][0]["name"] for artifact in json.loads(text)["artifacts"] if artifact["layers"]]
    assert named == [decodable(name) for name in NAMES]


def test_hostile_names_are_ascii_and_come_back() -> None:
    name = 'a"\x1b[31m\n[bold]批\udcff'
    text = render(report(finding("BN301", name, evidence={name: name})))
    assert text.isascii()
    assert "\x1b" not in text
    found = json.loads(text)["artifacts"][0]["findings"][0]
    shown = 'a"\x1b[31m\n[bold]批\\xff'
    assert (found["layer"], found["evidence"]) == (shown, {shown: shown})


def test_the_same_report_gives_the_same_bytes() -> None:
    assert render(EVERYTHING) == render(EVERYTHING)
    assert render(EVERYTHING).endswith("}\n")
