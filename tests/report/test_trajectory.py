"""The course of a run's layers, drawn."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bnlint.findings import Problem
from bnlint.packing import FEW, packed
from bnlint.results import ArtifactReport, LayerChange, PairReport, Report, RunReport, TensorSummary
from tests.report.rendering import render_inventory
from tests.report.reports import artifact, change, layer_report, moved, report, run_of

COURSE = """\
run m, 4 checkpoints, steps 100 to 400
  checkpoints m-100, m-200, m-300, m-400
  note        in the order of their steps
  newest      TensorFlow 1, tensor-bundle, 2 batch-norm layers
  drawn       the mean that is farthest from 0, the median variance, and how far
              all of them moved from each checkpoint to the next: root mean
              square over the channels, in units of the standard deviation of
              the inputs; = where not one bit changed, ? where there is no
              number

a: converging
  4 channels, momentum 0.99, epsilon 0.001, mode training and inference 2x
  mean      0 ▁▆▇█ 0.7   moved   1 █▃▁ 0.05
  variance  1 █▃▂▁ 0.3   moved 0.8 █▄▁ 0.05
  weights                moved 0.5 ███ 0.5

b: stalled since step 200
  4 channels, momentum 0.99, epsilon 0.001, mode training and inference 2x
  mean      0 ▁███ 0.4   moved   1 █== =
  variance  1 █▁▁▁ 0.5   moved   ? ?== =
  weights                moved 0.5 ███ 0.5

4 checkpoints, 8 layers
"""
A = [(0.0, 1.0), (0.5, 0.5), (0.6, 0.4), (0.7, 0.3)]
B = [(0.0, 1.0), (0.4, 0.5), (0.4, 0.5), (0.4, 0.5)]
STALLED = moved("stalled", "=", "=", "b")
PAIRS = (
    [moved("moving", 1.0, 0.8), moved("moving", 1.0, None, "b")],
    [moved("moving", 0.3, 0.3), STALLED],
    [moved("moving", 0.05, 0.05), STALLED],
)
ARTIFACTS = tuple(artifact(100 * (n + 1), {"a": A[n], "b": B[n]}) for n in range(4))
RUN = run_of(*PAIRS, notes=("in the order of their steps",))


def lines(artifacts: tuple[ArtifactReport, ...], run: RunReport = RUN) -> list[str]:
    return render_inventory(Report(artifacts, (run,))).splitlines()


def rows(changes: list[LayerChange], levels: list[tuple[float, float]] | None = None) -> list[str]:
    """Return the rows of a run with a single layer, without the title and what is known of it."""
    levels = levels or [(0.0, 1.0)] * (len(changes) + 1)
    artifacts = tuple(artifact(100 * (n + 1), {"a": level}) for n, level in enumerate(levels))
    shown = lines(artifacts, run_of(*([c] for c in changes)))
    return [line.strip() for line in shown if line.startswith(("  mean ", "  variance ", "  weights "))]


def test_a_course() -> None:
    assert render_inventory(Report(ARTIFACTS, (RUN,))) == COURSE


def test_a_packed_report_reads_as_a_plain_one() -> None:
    more = packed([*ARTIFACTS, *(artifact(n, {}, path=f"other/{n}") for n in range(FEW))])
    assert COURSE.partition("\n")[0] in render_inventory(Report(more, (RUN,)))


def test_what_is_in_no_run_keeps_its_inventory() -> None:
    (other,) = report(layers=1).artifacts
    shown = render_inventory(Report((*ARTIFACTS, other), (RUN,)))
    assert shown.count("                       shape        min     median        max") == 1
    assert shown.startswith("model.ckpt\n")


def test_a_run_without_pairs_keeps_the_inventories() -> None:
    shown = render_inventory(Report(ARTIFACTS[:1], (RunReport("m", ("run/m-100",)),)))
    assert shown.startswith("run/m-100\n")
    assert "  moving_variance" in shown


def test_why_a_run_could_not_be_compared_is_said() -> None:
    shown = lines(ARTIFACTS[:1], RunReport("m", ("run/m-100",), notes=("left out: m-200: offset 3",)))
    assert "  note        left out: m-200: offset 3" in shown
    assert shown[0] == "run/m-100"


def test_a_checkpoint_that_is_damaged_is_still_said_to_be() -> None:
    damaged = replace(ARTIFACTS[1], problems=(Problem("run/m-200.index", "offset 3"),), layers=())
    shown = lines((ARTIFACTS[0], damaged, *ARTIFACTS[2:]))
    assert "  damaged     run/m-200.index: offset 3" in shown
    assert "  mean      0 ▁?▇█ 0.7   moved   1 █▃▁ 0.05" in shown


def test_the_newest_that_could_not_be_read() -> None:
    broken = ArtifactReport("run/m-400", None, "unknown", None, problems=(Problem("run/m-400", "offset 3"),))
    shown = lines((*ARTIFACTS[:3], broken))
    assert "  not read    offset 3" in shown
    assert "a: converging" in shown
    assert not [line for line in shown if line.startswith("  newest")]
    assert "  mean      0 ▁▇█? ?   moved   1 █▃▁ 0.05" in shown


@pytest.mark.parametrize(
    ("changes", "levels", "expected"),
    [
        pytest.param(
            [moved("moving", 0.25, 0.5)],
            [(0.0, 1.0), (0.5, 0.5)],
            [
                "mean      0 ▁█ 0.5   moved 0.25 █ 0.25",
                "variance  1 █▁ 0.5   moved  0.5 █ 0.5",
                "weights              moved  0.5 █ 0.5",
            ],
            id="one pair",
        ),
        pytest.param(
            [change(verdict="drifting", moving_mean=0.5, moving_variance=0.5, weights="=")] * 2,
            [(0.0, 1.0), (0.5, 2.0), (1.0, 3.0)],
            [
                "mean      0 ▁▅█ 1   moved 0.5 ██ 0.5",
                "variance  1 ▁▅█ 3   moved 0.5 ██ 0.5",
                "weights             moved   = == =",
            ],
            id="drift",
        ),
        pytest.param(
            [change(moving_mean=0.5), change(verdict="unknown")],
            None,
            ["mean      0 ▅▅▅ 0   moved 0.5 █? ?", "variance  1 ▅▅▅ 1   moved   ? ?? ?"],
            id="what could not be compared, and weights that never could",
        ),
        pytest.param(
            [change(moving_mean=0.0, moving_variance=float("nan"))],
            None,
            ["mean      0 ▅▅ 0   moved 0 ▁ 0", "variance  1 ▅▅ 1   moved ? ? ?"],
            id="bits that changed and no distance, and a distance that is no number",
        ),
    ],
)
def test_rows(changes: list[LayerChange], levels: list[tuple[float, float]] | None, expected: list[str]) -> None:
    assert rows(changes, levels) == expected


def test_many_checkpoints_are_thinned_out_and_fit() -> None:
    distances = [1 / 3 - n / 1e3 for n in range(99)]
    levels = [(1 / 3 + n, 1 / 7e4 + n / 1e9) for n in range(100)]
    given = [artifact(100 * (n + 1), {"a": level}) for n, level in enumerate(levels)]
    shown = lines(tuple(given), run_of(*([moved("moving", d, d)] for d in distances)))
    drawn = [line for line in shown if " moved " in line and "▁" in line]
    assert [len(line) <= 80 for line in shown] == [True] * len(shown)
    assert max(map(len, drawn)) > 74
    assert "of the 100 checkpoints" in " ".join(" ".join(shown).split())
    assert "  checkpoints m-100, m-200, m-300, m-400, m-500, 94 more, m-10000" in shown
    assert drawn[0].split()[1:4:2] == ["0.333", "99.3"]
    assert (drawn[0].split()[2][0], drawn[0].split()[2][-1]) == ("▁", "█")


def test_statistics_that_are_not_finite_are_a_gap() -> None:
    broken = TensorSummary(0.0, 0.5, 1.0, 1, 0)
    broken_layer = layer_report("a", statistics=dict.fromkeys(("moving_mean", "moving_variance"), broken))
    given = (ARTIFACTS[0], replace(ARTIFACTS[1], layers=(broken_layer,)))
    shown = lines(given, run_of([moved("moving", None, None)]))
    assert "  mean      0 ▅? ?   moved   ? ? ?" in shown
    assert "  variance  1 ▅? ?   moved   ? ? ?" in shown


def test_hostile_names_are_shown_and_not_obeyed() -> None:
    name = "网络/批\x1b[31m\n:smile:\udcff"
    given = tuple(artifact(n, {name: (0.0, 1.0)}, name=f"{name}-{n}") for n in (100, 200))
    shown = render_inventory(Report(given, (replace(run_of([moved("moving", 1.0, 1.0, name)]), name=name),)))
    assert "\n网络/批\\x1b[31m\\n:smile:\\xff: moving\n" in shown
    assert "\x1b" not in shown
    shown.encode()
    starts = {line.index("moved") for line in shown.splitlines() if line.startswith(("  mean", "  weights"))}
    assert len(starts) == 1


def test_runs_without_steps_name_their_checkpoints() -> None:
    given = tuple(replace(a, step=None) for a in ARTIFACTS)
    assert "b: stalled since m-200" in lines(given)
    assert "run m, 4 checkpoints" in lines(given)


def test_nothing_to_compare_is_said() -> None:
    empty = RunReport("m", ("run/m-100", "run/m-200"), pairs=(PairReport("run/m-100", "run/m-200"),))
    assert "  no batch-norm layer stands in two neighbours: nothing to compare" in lines(ARTIFACTS[:2], empty)


def test_the_same_name_in_two_places_is_told_apart_by_the_path() -> None:
    given = tuple(replace(a, name="model.ckpt") for a in ARTIFACTS[:2])
    shown = lines(given, run_of([moved("moving", 1.0, 1.0)]))
    assert "  checkpoints run/m-100, run/m-200" in shown
