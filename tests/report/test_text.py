"""The report for people."""

from __future__ import annotations

import re

import pytest

from bnlint.findings import Confidence, Problem, ProblemKind, Related, Severity, Skipped
from bnlint.results import ArtifactReport, Report, RunReport, Step, TensorSummary
from tests.report.rendering import render_check, render_inventory
from tests.report.reports import cause_and_symptom, finding, layer_report, report

BLOCK = """\
model.ckpt
  TensorFlow 1, tensor-bundle, 3 batch-norm layers
  trained: step 40; Variable says step 40

error BN301 unwired-updates: 2 of 3 layers
  what BN301 says
  symptom     error BN101 frozen-statistics: what BN101 says
  layers      layer_0, layer_2
  evidence    channels 4 to 8
  repair      BN301
run(updates)

  repair      BN101
# repair the cause above

1 checkpoint, 3 layers: 4 errors, 0 warnings
"""


def lines(given: Report, **options: object) -> list[str]:
    return render_check(given, **options).splitlines()  # type: ignore[arg-type]


def test_one_block_for_cause_and_symptom_of_several_layers() -> None:
    found = (
        *cause_and_symptom("layer_0", evidence={"channels": 4, "trained": "step 40"}),
        *cause_and_symptom("layer_2", evidence={"channels": 8, "trained": "step 40"}),
    )
    given = report(*found, layers=3, trained_by="step 40", step=Step(40, "Variable"))
    assert render_check(given) == BLOCK


@pytest.mark.parametrize(
    ("count", "verbose", "line"),
    [
        (2, False, "layers      layer_0, layer_1"),
        (7, False, "layers      layer_0, layer_1, layer_2, layer_3, layer_4, layer_5, layer_6"),
        (8, False, "layers      layer_0, layer_1, layer_2, layer_3, layer_4, layer_5 and 2 more"),
        (36, False, "layers      layer_0, layer_1, layer_2, layer_3, layer_4, layer_5 and 30 more"),
        (8, True, "layers      layer_0, layer_1, layer_2, layer_3, layer_4, layer_5, layer_6, layer_7"),
    ],
)
def test_many_layers_are_elided(count: int, verbose: bool, line: str) -> None:  # noqa: FBT001 - a table
    given = report(*(finding("BN301", f"layer_{n}") for n in range(count)), layers=count)
    assert f"  {line}" in lines(given, width=100, verbose=verbose)
    assert f"error BN301 unwired-updates: {count} of {count} layers" in lines(given)


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (report(layers=9), "  9 layers, 11 rules: nothing wrong"),
        (report(layers=1, rules=1), "  1 layer, 1 rule: nothing wrong"),
        (report(layers=0), "  no batch-norm layers found: nothing to check"),
        (report(layers=0, problems=(Problem("x", "offset 3"),)), "  no batch-norm layers found in what could be read"),
        (
            report(layers=0, skipped=(Skipped("BN1", "there is no x.meta", is_part_absent=True),)),
            "  no batch-norm layers found in what could be read",
        ),
        (report(layers=2, skipped=(Skipped("BN1", "why"),)), "  2 layers, 10 of 11 rules: nothing wrong"),
        (report(layers=2, skipped=(Skipped("BN1", "why", ("layer_0",)),)), "  2 layers, 11 rules: nothing wrong"),
        (
            report(layers=2, skipped=(Skipped("BN1", "why", ("layer_0",)), Skipped("BN1", "so", ("layer_1",)))),
            "  2 layers, 10 of 11 rules: nothing wrong",
        ),
        (report(layers=2, skipped=(Skipped("BN1", "why", ("a",)),)), "  2 layers, 11 rules: nothing wrong"),
        (report(finding("BN1", severity=Severity.INFO)), "  1 layer, 11 rules: nothing above info"),
        (report(finding("BN1", suppressed="known")), "  1 layer, 11 rules: nothing else wrong"),
        (report(finding("BN1", suppressed="known")), "  suppressed BN1 some-name, 1 layer: known"),
        (
            report(layers=1, trained_by="global_step says step 4", step=Step(4, "global_step")),
            "  trained: global_step says step 4",
        ),
        (
            report(
                layers=1,
                trained_by="global_step says step 200",
                step=Step(200, "global_step"),
                clocks=(Step(200, "global_step"), Step(201, "beta2_power"), Step(5200, "beta2_power_1")),
            ),
            "  trained: global_step says step 200; beta2_power_1 says 5200",
        ),
        (
            report(
                layers=1,
                trained_by="gamma",
                step=Step(200, "iterations"),
                clocks=(Step(200, "iterations"), Step(87000, "beta2_power", is_least=True)),
            ),
            "  trained: gamma; iterations says step 200; beta2_power says more than 87,000",
        ),
        (report(trained=None, layers=1), "  trained or not: nothing says"),
        (report(trained=False, layers=1), "  not trained"),
        (report(layers=1, name="m-4"), "model.ckpt (m-4)"),
        (report(layers=1, name="model.ckpt"), "model.ckpt"),
        (report(layers=1, notes=("the newest of 3",)), "  note        the newest of 3"),
        (report(finding("BN301", None), layers=1), "error BN301 unwired-updates"),
        (
            report(finding("BN301", severity=Severity.WARNING, confidence=Confidence.LOW)),
            "warning BN301 unwired-updates: 1 of 1 layer, confidence low",
        ),
        (
            report(problems=(Problem("m.index", "offset 3"),), layers=1),
            "  damaged     m.index: offset 3",
        ),
        (
            report(format=None, problems=(Problem("model.ckpt", "does not exist", ProblemKind.MISSING),)),
            "  not read    does not exist",
        ),
        (
            report(
                layers=1, skipped=(Skipped("BN1", "no graph"), Skipped("BN2", "no graph"), Skipped("BN3", "x", ("b",)))
            ),
            "  skipped     BN1, BN2: no graph",
        ),
        (report(layers=1, skipped=(Skipped("BN3", "x", ("b",)),)), "  skipped     BN3 for b: x"),
    ],
)
def test_a_line(given: Report, line: str) -> None:
    assert line in lines(given)


def test_nothing_is_called_healthy_that_is_not() -> None:
    wrong = report(finding("BN301"))
    unread = report(format=None)
    assert not [line for given in (wrong, unread) for line in lines(given) if "nothing" in line]


def test_infos_are_one_line_each_unless_verbose() -> None:
    infos = [finding("BN302", f"l{n}", severity=Severity.INFO, repair="code()") for n in range(2)]
    brief, full = (lines(report(*infos), verbose=verbose) for verbose in (False, True))
    assert "  info BN302 unregistered-updates, 2 layers: what BN302 says" in brief
    assert "info BN302 unregistered-updates: 2 of 2 layers" in full
    assert ("code()" in brief, "code()" in full) == (False, True)


def test_several_causes_share_a_block_and_each_has_its_repair() -> None:
    found = (
        finding("BN101", causes=("BN302/a", "BN401/a")),
        finding("BN302", repair="one()"),
        finding("BN401", repair="two()\n    three()"),
    )
    text = render_check(report(*found))
    assert "error BN302 unregistered-updates: 1 of 1 layer\n  what BN302 says\n  also        error BN401" in text
    assert "  repair      BN302\none()\n\n  repair      BN401\ntwo()\n    three()\n" in text


def test_a_repair_that_two_findings_share_is_shown_once() -> None:
    found = (finding("BN101", causes=("BN301/a",), repair="same()"), finding("BN301", repair="same()"))
    text = render_check(report(*found))
    assert text.count("same()") == 1
    assert "  repair      BN301\nsame()" in text


def test_prose_wraps_and_code_and_names_do_not() -> None:
    code, name = "x" * 150 + " # comment", "scope/" * 20
    given = report(finding("BN301", name, repair=code, message="word " * 40, related=(Related("op", name, "note"),)))
    found = lines(given, width=60)
    assert code in found
    assert f"  layers      {name}" in found
    assert [line for line in found if len(line) > 60 and "xxx" not in line and "scope/scope" not in line] == []
    assert not [line for line in found if line != line.rstrip()]


def test_without_color_there_are_no_escapes_and_with_it_only_the_terminals_own_colors() -> None:
    given = report(*cause_and_symptom("a"), finding("BN102", "b", severity=Severity.WARNING), finding("BN1", "c"))
    plain, colored = render_check(given), render_check(given, color=True)
    assert "\x1b" not in plain
    codes = {code for found in re.findall(r"\x1b\[([\d;]*)m", colored) for code in found.split(";")}
    assert codes <= {"0", "1", "2", "31", "32", "35", "36"}
    assert {"1", "31", "35"} <= codes
    assert re.sub(r"\x1b\[[\d;]*m", "", colored) == plain


@pytest.mark.parametrize("variable", ["NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM"])
def test_the_environment_decides_nothing_here(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    given = report(finding("BN301", message="word " * 40))
    expected = [render_check(given, color=color) for color in (False, True)]
    monkeypatch.setenv(variable, "30")
    assert [render_check(given, color=color) for color in (False, True)] == expected


def test_hostile_names_are_shown_and_not_obeyed() -> None:
    name = "a[bold]\x1b[31m\n:smile:\udcff"
    shown = "a[bold]\\x1b[31m\\n:smile:\\xff"
    given = report(finding("BN301", name, evidence={"trained": name + "!"}), path=name)
    text = render_check(given)
    assert text.startswith(f"{shown}\n")
    assert f"  layers      {shown}\n" in text
    assert f"trained: {shown}!\n" in text
    text.encode()


def test_a_run() -> None:
    given = Report(runs=(RunReport("m.ckpt", ("m.ckpt-1", "m.ckpt-2"), (finding("BN501"),)),))
    start = "run m.ckpt, 2 checkpoints\n  checkpoints m.ckpt-1, m.ckpt-2\n\nerror BN501 some-name: 1 layer\n"
    assert render_check(given).startswith(start)


def test_an_empty_report_still_says_so() -> None:
    assert render_check(Report()) == "0 checkpoints, 0 layers: 0 errors, 0 warnings\n"


INVENTORY = """\
model.ckpt
  TensorFlow 1, tensor-bundle, 1 batch-norm layer
  trained: step 40

bn
  4 channels, momentum 0.99, epsilon not known, mode training and inference 2x
                       shape        min     median        max
  gamma                 none
  beta                     -   not read
  moving_mean         [1, 4]          0          0          0   1 not finite, 3 at init, wired
              is bn/Squeeze/ExponentialMovingAverage
  moving_variance     [1, 4]          1          1          1   at init, not wired

1 checkpoint, 1 layer
"""


def test_inventory() -> None:
    layer = layer_report(
        "bn",
        epsilon=None,
        variables={
            "gamma": None,
            "beta": "bn/beta",
            "moving_mean": "bn/Squeeze/ExponentialMovingAverage",
            "moving_variance": "bn/moving_variance",
        },
        statistics={
            "moving_mean": TensorSummary(0.0, 0.0, 0.0, 1, 3),
            "moving_variance": TensorSummary(1.0, 1.0, 1.0, 0, 4),
        },
        shapes={"gamma": None, "beta": None, "moving_mean": (1, 4), "moving_variance": (1, 4)},
    )
    artifact = ArtifactReport("model.ckpt", "tensor-bundle", "tf1", trained=True, trained_by="step 40", layers=(layer,))
    assert render_inventory(Report((artifact,))) == INVENTORY


def test_long_names_of_ops_show_their_last_parts_unless_verbose() -> None:
    name = (
        "StatefulPartitionedCall/__inference_signature_wrapper_23906/StatefulPartitionedCall/model/bn/FusedBatchNormV3"
    )
    given = report(finding("BN303", related=(Related("op", name, "note"),)))
    assert "…/StatefulPartitionedCall/model/bn/FusedBatchNormV3: note" in " ".join(render_check(given).split())
    assert name in render_check(given, verbose=True)


def test_a_repair_that_ends_with_a_newline_leaves_one_blank_line_below() -> None:
    text = render_check(report(finding("BN301", repair="run(updates)\n")))
    assert text.endswith("\nrun(updates)\n\n1 checkpoint, 1 layer: 1 error, 0 warnings\n")
