"""Runs in the report of a check: the course, and older checkpoints that tell nothing new."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bnlint.findings import Problem, Severity, Skipped
from bnlint.packing import FEW, packed
from bnlint.report.retold import retold
from bnlint.results import ArtifactReport, Report, RunReport, Step
from tests.report.rendering import render_check
from tests.report.reports import artifact, change, finding, moved, run_of

LEVELS = {"a": (0.0, 1.0)}
WELL, STALLED = moved("moving", 1.0, 1.0), moved("stalled", "=", "=")
RUN = run_of([WELL], [WELL])
PATHS = RUN.artifacts

CHECKED = """\
run/m-300
  TensorFlow 1, tensor-bundle, 1 batch-norm layer
  trained; global_step says step 300

error BN301 unwired-updates: 1 of 1 layer
  what BN301 says
  layers      a
  repair      BN301
wire()

run m, 3 checkpoints, steps 100 to 300
  checkpoints m-100, m-200, m-300
  note        in the order of their steps

warning BN501 some-name: 1 of 1 layer
  what BN501 says
  layers      a
  repair      BN501
code()

  skipped     BN503 for b: no values
  1 layer: 1 stalled

  error       run/m-100: BN301, as in run/m-300
  error       run/m-200: BN301, as in run/m-300
  error       run/m-300: BN301
  warning     run m: BN501

3 checkpoints, 3 layers: 3 errors, 1 warning, 1 skipped rule
"""


def three(*found: tuple[object, ...]) -> tuple[ArtifactReport, ...]:
    """Return the three checkpoints of a run, each with its findings."""
    return tuple(
        replace(artifact(100 * (n + 1), LEVELS), findings=findings)  # type: ignore[arg-type]
        for n, findings in enumerate(found)
    )


WARNED = finding("BN305", severity=Severity.WARNING)
WEAKER = finding("BN301", severity=Severity.WARNING)
ERROR, INFO = finding("BN301", repair="wire()"), finding("BN301", severity=Severity.INFO)


def test_a_run() -> None:
    found = finding("BN501", severity=Severity.WARNING, repair="code()")
    run = run_of([WELL], [STALLED], findings=(found,), skipped=(Skipped("BN503", "no values", ("b",)),))
    run = replace(run, notes=("in the order of their steps",))
    given = Report(three((ERROR,), (ERROR,), (ERROR,)), (run,), ("BN301", "BN501"))
    assert render_check(given) == CHECKED
    many = packed([*given.artifacts, *(artifact(n, {}, path=f"other/{n}") for n in range(FEW))])
    assert "BN301, as in run/m-300" in render_check(replace(given, artifacts=many))


def test_verbose_leaves_nothing_out() -> None:
    given = Report(three((ERROR,), (ERROR,), (ERROR,)), (RUN,), ("BN301",))
    text = render_check(given, verbose=True)
    assert text.count("wire()") == 3
    assert "as in" not in text


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(((), (), ()), PATHS[:2], id="healthy"),
        pytest.param(((ERROR,), (ERROR,), (ERROR,)), PATHS[:2], id="all the same"),
        pytest.param(((), (ERROR,), (ERROR,)), PATHS[:2], id="less"),
        pytest.param(((ERROR,), (), ()), PATHS[1:2], id="what was wrong once"),
        pytest.param(((ERROR, WARNED), (ERROR,), (ERROR,)), PATHS[1:2], id="more"),
        pytest.param(((INFO,), (ERROR,), (WARNED,)), PATHS[:1], id="something else"),
        pytest.param(((ERROR,), (), (INFO,)), PATHS[1:2], id="worse than in the newest"),
        pytest.param(((ERROR,), (WEAKER,), (WEAKER,)), PATHS[1:2], id="an error once, now a warning"),
        pytest.param(
            ((finding("BN301", suppressed="known"),), (finding("BN301", "b"),), ()), PATHS[:1], id="another layer"
        ),
    ],
)
def test_older_checkpoints_that_tell_nothing_new(found: tuple[tuple[object, ...], ...], expected: tuple[str]) -> None:
    assert retold(Report(three(*found), (RUN,))) == dict.fromkeys(expected, PATHS[2])


def test_a_run_in_which_nothing_moved_is_not_called_healthy() -> None:
    still, kept = change("a", "same"), change("b", "same")
    for pairs, said in (
        ([[still]], "  1 layer: 1 unchanged\n"),
        ([[WELL, kept]], "  2 layers: 1 moving, 1 unchanged; nothing wrong\n"),
    ):
        assert said in render_check(Report(three((), ()), (run_of(*pairs),)))


def test_healthy_checkpoints_are_only_listed() -> None:
    text = render_check(Report(three((), (), ()), (RUN,), ("BN301",)))
    assert text.endswith(
        "  ok          run/m-100: nothing wrong\n"
        "  ok          run/m-200: nothing wrong\n"
        "  ok          run/m-300: nothing wrong\n"
        "\n3 checkpoints, 3 layers: 0 errors, 0 warnings\n"
    )
    assert "\n\nrun m, 3 checkpoints" in text


def test_damage_and_missing_parts_are_told() -> None:
    first, second, third = three((), (), ())
    damaged = replace(first, problems=(Problem("x", "offset 3"),))
    blind = tuple(Skipped(rule, "there is no x.meta", is_part_absent=True) for rule in ("BN301", "BN302", "BN301"))
    given = Report((damaged, replace(second, skipped=blind), third), (RUN,))
    assert retold(given) == {PATHS[1]: PATHS[2]}
    text = render_check(given)
    assert "  damaged     x: offset 3\n" in text
    assert "  ok          run/m-200: nothing wrong, 2 rules could not look\n" in text
    assert "  skipped     there is no x.meta: --verbose says which rules could not look\n" in text


def test_runs_that_were_not_compared_keep_all_their_pages() -> None:
    artifacts = three((ERROR,), (ERROR,), (ERROR,))
    assert retold(Report(artifacts)) == {}
    assert retold(Report(artifacts, (RunReport("m", PATHS),))) == {}
    assert retold(Report(artifacts[:2], (RUN,))) == {}  # the newest is not there


@pytest.mark.parametrize(
    ("run", "line"),
    [
        (run_of([WELL]), "  1 layer: 1 moving; nothing wrong"),
        (run_of([WELL], [STALLED]), "  1 layer: 1 stalled"),
        (run_of([moved("frozen", "=", "=")]), "  1 layer: 1 frozen"),
        (run_of([moved("unknown", None, None)]), "  1 layer: 1 not compared"),
        (run_of([WELL], findings=(finding("BN501", severity=Severity.INFO),)), "  1 layer: 1 moving; nothing wrong"),
        (run_of([WELL], findings=(finding("BN503"),)), "  1 layer: 1 moving"),
        (run_of([WELL], findings=(finding("BN503", suppressed="known"),)), "  1 layer: 1 moving; nothing else wrong"),
        (run_of([WELL], findings=(finding("BN503", None),)), "error BN503 some-name"),
    ],
)
def test_what_is_said_of_a_run(run: RunReport, line: str) -> None:
    artifacts = tuple(artifact(100 * (n + 1), LEVELS) for n in range(len(run.artifacts)))
    assert line in render_check(Report(artifacts, (run,), ("BN501",))).splitlines()


@pytest.mark.parametrize(
    ("names", "steps", "said"),
    [
        (("m-1", "m-2"), (1, 2), ["run m, 2 checkpoints, steps 1 to 2", "  checkpoints m-1, m-2"]),
        (("a", "b"), (1, 2), ["run m, 2 checkpoints, steps 1 to 2", "  checkpoints a (step 1), b (step 2)"]),
        (
            ("m-11", "m-12"),
            (1, 2),
            ["run m, 2 checkpoints, steps 1 to 2", "  checkpoints m-11 (step 1), m-12 (step 2)"],
        ),
        (("a", "b"), (7, 7), ["run m, 2 checkpoints, step 7", "  checkpoints a (step 7), b (step 7)"]),
        (("a", "b"), (None, 7), ["run m, 2 checkpoints, step 7", "  checkpoints a, b (step 7)"]),
        (("a", "b"), (None, None), ["run m, 2 checkpoints", "  checkpoints a, b"]),
        (("a", "a"), (1, 2), ["run m, 2 checkpoints, steps 1 to 2", "  checkpoints p0 (step 1), p1 (step 2)"]),
    ],
)
def test_checkpoints_of_a_run(names: tuple[str, str], steps: tuple[int | None, ...], said: list[str]) -> None:
    artifacts = tuple(
        replace(artifact(n, LEVELS, path=f"p{n}", name=name), step=None if step is None else Step(step, "clock"))
        for n, (name, step) in enumerate(zip(names, steps, strict=True))
    )
    lines = render_check(Report(artifacts, (RunReport("m", ("p0", "p1")),))).splitlines()
    start = lines.index(said[0])
    assert lines[start : start + 2] == said


@pytest.mark.parametrize(
    ("count", "listed"),
    [(7, "m-1, m-2, m-3, m-4, m-5, m-6, m-7"), (8, "m-1, m-2, m-3, m-4, m-5, 2 more, m-8")],
)
def test_of_many_checkpoints_the_first_and_the_last_are_named(count: int, listed: str) -> None:
    artifacts = tuple(artifact(n + 1, LEVELS, path=f"m-{n + 1}") for n in range(count))
    given = Report(artifacts, (RunReport("m", tuple(a.path for a in artifacts)),))
    assert f"  checkpoints {listed}\n" in render_check(given)
    assert "m-6, m-7" in render_check(given, verbose=True)
