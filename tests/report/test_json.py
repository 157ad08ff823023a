"""The JSON document: its fields and their order, numbers, names, determinism."""

from __future__ import annotations

import json
import math
from typing import Any, get_type_hints

import pytest

from bnlint import __version__
from bnlint.findings import (
    ArtifactReport,
    JsonValue,
    PairReport,
    Problem,
    ProblemKind,
    Related,
    Report,
    RunReport,
    Skipped,
    Step,
    TensorSummary,
)
from bnlint.report import document as v1
from bnlint.report.json import render
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
            skipped=(Skipped("BN101", "why"), Skipped("BN102", "why", ("a",))),
            problems=(Problem("m.ckpt.index", "offset 3"),),
            notes=("a note",),
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
        ),
    ),
    rules=("BN101", "BN301"),
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
        (("artifacts", 0, "clocks", 1), v1.Clock),
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
    assert document["rules"] == ["BN101", "BN301"]
    assert document["summary"] == {
        "artifacts": 1,
        "layers": 1,
        "errors": 1,
        "warnings": 0,
        "infos": 0,
        "skipped": 3,
        "problems": 1,
    }


def test_every_clock_says_what_it_says() -> None:
    assert loaded(EVERYTHING)["artifacts"][0]["clocks"] == [
        {"value": 40, "source": "global_step", "is_least": False},
        {"value": 87000, "source": "beta2_power", "is_least": True},
    ]


def test_a_finding() -> None:
    (found,) = loaded(EVERYTHING)["artifacts"][0]["findings"]
    assert (found["severity"], found["confidence"], found["suppressed"]) == ("error", "high", {"reason": "known"})
    assert loaded(EVERYTHING)["runs"][0]["findings"][0]["suppressed"] is None


def test_skips_say_layers_or_null() -> None:
    assert [s["layers"] for s in loaded(EVERYTHING)["artifacts"][0]["skipped"]] == [None, ["a"]]


def test_a_run() -> None:
    (run,) = loaded(EVERYTHING)["runs"]
    assert (run["name"], run["artifacts"], run["notes"]) == ("m.ckpt", ["m.ckpt-1", "m.ckpt-2"], ["a note"])
    assert run["skipped"] == [{"rule": "BN502", "layers": ["b"], "reason": "why"}]
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
