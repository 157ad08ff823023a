"""Two artifacts side by side."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bnlint.findings import Problem, Severity, Skipped
from bnlint.report.compared import diff_lines
from bnlint.report.text import render
from bnlint.results import ArtifactReport, LayerChange, Report, RunReport, Step
from tests.report.reports import artifact, change, finding, moved, run_of

DIFF = """\
  before      run/m-100: TensorFlow 1, tensor-bundle, 2 batch-norm layers, step
              100
  after       run/m-200: TensorFlow 1, tensor-bundle, 2 batch-norm layers, step
              200

  verdict     weights     gamma      beta      mean  variance  layer
  stalled         0.5     0.012     0.001         =         =  a
  moving          0.5         -         -      1.25     moved  conv/b
  distance    root mean square; of mean and variance in units of the standard
              deviation of the layer's inputs, of gamma and beta of its outputs,
              of weights of themselves; = where not one bit changed, moved where
              the distance is no number, - where one of the two has no values
  only before head/bn

warning BN501 some-name: 1 of 2 layers
  what BN501 says
  layers      a
  repair      BN501
code()

  skipped     BN503 for x: no values
  2 layers: 1 stalled, 1 moving

2 checkpoints, 4 layers: 0 errors, 1 warning, 1 skipped rule
"""
STALLED = change("a", "stalled", gamma=0.012, beta=0.001, moving_mean="=", moving_variance="=", weights=0.5)
LEVELS = {"a": (0.0, 1.0), "conv/b": (0.0, 1.0)}
ARTIFACTS = (artifact(100, LEVELS), artifact(200, LEVELS))
WELL = moved("moving", 1.25, None, "conv/b")


def shown(*changes: LayerChange, artifacts: tuple[ArtifactReport, ...] = ARTIFACTS, **more: object) -> str:
    given = Report(artifacts, (run_of(changes, **more),), rules=("BN501",))
    return render(diff_lines(given), width=80, color=False)


def test_a_diff() -> None:
    found = finding("BN501", "a", severity=Severity.WARNING, repair="code()")
    run = run_of([STALLED, WELL], findings=(found,), skipped=(Skipped("BN503", "no values", ("x",)),))
    run = replace(run, pairs=(replace(run.pairs[0], only_before=("head/bn",)),))
    assert render(diff_lines(Report(ARTIFACTS, (run,), rules=("BN501",))), width=80, color=False) == DIFF


@pytest.mark.parametrize(
    ("given", "row"),
    [
        (
            change("a", "same", moving_mean="=", gamma="="),
            "same              -         =         -         =         -",
        ),
        (change("a", "moving", moving_mean=0.0), "moving            -         -         -         0         -"),
        (change("a", "reset", moving_mean=1e-9), "reset             -         -         -     1e-09         -"),
        (change("a", "drifting", beta=-0.0), "drifting          -         -         0         -         -"),
        (change("a", "frozen", weights=123456789.0), "frozen     1.23e+08         -         -         -         -"),
        (change("a", "fixed", weights=float("inf")), "fixed         moved         -         -         -         -"),
        (change("a", "unknown"), "unknown           -         -         -         -         -"),
    ],
)
def test_a_row(given: LayerChange, row: str) -> None:
    assert f"  {row}  a\n" in shown(given)


@pytest.mark.parametrize("name", ["scope/" * 30 + "bn", "网络/批归一化", "a\x1b[31m\n:smile:[bold]\udcff"])
def test_whatever_a_layer_is_called_the_numbers_stay_in_columns(name: str) -> None:
    text = shown(change(name, "moving", moving_mean=1.0), change("a", "moving", moving_mean=1.0))
    table = text.split("\n\n")[1].splitlines()[:3]
    assert {line[:61].rstrip()[-1] for line in table} == {"e", "-"}
    assert [line[61:63] for line in table] == ["  ", "  ", "  "]
    assert "\x1b" not in text


def test_a_healthy_pair_says_so() -> None:
    assert "  1 layer: 1 moving; nothing wrong\n" in shown(WELL)


def test_layers_of_one_side_only() -> None:
    run = run_of([])
    run = replace(run, pairs=(replace(run.pairs[0], only_before=("a",), only_after=("b", "c")),))
    text = render(diff_lines(Report(ARTIFACTS, (run,))), width=80, color=False)
    assert "  only before a\n  only after  b, c\n  no batch-norm layer in both: nothing to compare\n" in text
    assert "verdict" not in text


def test_nothing_to_compare() -> None:
    assert "\n  no batch-norm layer in either: nothing to compare\n" in shown()


def test_one_that_could_not_be_read() -> None:
    broken = ArtifactReport("b", None, "unknown", None, problems=(Problem("b", "does not exist"),))
    text = render(diff_lines(Report((ARTIFACTS[0], broken))), width=80, color=False)
    assert "  not read    does not exist\n" in text
    assert text.startswith("run/m-100\n")


def test_damage_stands_with_its_artifact_and_notes_do_if_verbose() -> None:
    damaged = replace(ARTIFACTS[0], name="odd", notes=("a note",), problems=(Problem("run/m-100.meta", "offset 3"),))
    text = shown(WELL, artifacts=(damaged, ARTIFACTS[1]))
    assert "  before      run/m-100 (odd): TensorFlow 1" in text
    assert "  damaged     run/m-100.meta: offset 3\n  after " in text
    full = Report((damaged, ARTIFACTS[1]), (run_of([WELL]),))
    text = render(diff_lines(full, verbose=True), width=80, color=False)
    assert "  damaged     run/m-100.meta: offset 3\n  note        a note\n  after " in text


def test_a_clock_that_counts_no_further() -> None:
    step = Step(87000, "beta2_power", is_least=True)
    text = shown(WELL, artifacts=(replace(ARTIFACTS[0], step=step), replace(ARTIFACTS[1], step=None)))
    assert "2 batch-norm layers, beta2_power says more than 87,000\n" in text.replace("\n              ", " ")
    assert "  after       run/m-200: TensorFlow 1, tensor-bundle, 2 batch-norm layers\n" in text


def test_what_is_wrong_with_each_alone_is_named_in_a_line() -> None:
    broken = replace(ARTIFACTS[1], findings=(finding("BN101"),))
    text = shown(WELL, artifacts=(ARTIFACTS[0], broken))
    assert "\n  ok          run/m-100: nothing wrong\n  error       run/m-200: BN101\n" in text


def test_an_artifact_compared_with_itself() -> None:
    run = RunReport("m", ("run/m-100",) * 2, pairs=(replace(run_of([WELL]).pairs[0], after="run/m-100"),))
    text = render(diff_lines(Report((ARTIFACTS[0],), (run,))), width=80, color=False)
    assert text.startswith("  before      run/m-100: ")
    twice = render(diff_lines(Report(ARTIFACTS[:1] * 2, (run,))), width=80, color=False)
    assert "  after       run/m-100: " in twice
