"""Suppressions: what they hide and with which reason, and when it is said that one is of no use."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import h5py
import pytest

import bnlint
from bnlint.findings import Finding, Problem, ProblemKind, Skipped, Suppression
from bnlint.judging.suppressing import Suppressions
from bnlint.results import ArtifactReport, PairReport, RunReport
from bnlint.rules.registry import RULES
from bnlint.settings import Suppress
from tests.report.reports import change, finding, layer_report
from tests.running import NO_BATCH_NORM, UNWIRED
from tests.situations import FIXTURES

CODES = tuple(rule.code for rule in RULES)
STALLED = FIXTURES / "tf1.15" / "run_stalled"


def artifact(*findings: Finding, path: str = "runs/1", layers: tuple[str, ...] = ("a",), **more: object):
    fields = {
        "format": "tensor-bundle",
        "framework": "tf1",
        "trained": True,
        "layers": [layer_report(n) for n in layers],
    }
    return ArtifactReport(path, findings=findings, **{**fields, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("suppress", "hidden"),
    [
        (Suppress(("BN101",), "r"), "backbone/1/bn head/bn"),
        (Suppress(("frozen-statistics",), "r"), "backbone/1/bn head/bn"),
        (Suppress(("bn1",), "r"), "backbone/1/bn head/bn artifact"),
        (Suppress(("BN1", "BN301"), "r"), "backbone/1/bn head/bn artifact unwired"),
        (Suppress(("BN1",), "r", layer="head/bn"), "head/bn"),
        (Suppress(("BN1",), "r", layer="back*"), "backbone/1/bn"),
        (Suppress(("BN1",), "r", layer="*/bn"), "backbone/1/bn head/bn"),
        (Suppress(("BN1",), "r", layer="backbone/[!2]/bn"), "backbone/1/bn"),
        (Suppress(("BN1",), "r", layer="HEAD/*"), ""),
        (Suppress(("BN1",), "r", layer="bn"), ""),
        # What is found of the artifact has no layer: no glob of layers matches it.
        (Suppress(("BN1",), "r", layer="*"), "backbone/1/bn head/bn"),
        (Suppress(("BN1",), "r", path="runs/**"), "backbone/1/bn head/bn artifact"),
        (Suppress(("BN1",), "r", path="other"), ""),
    ],
)
def test_what_is_hidden(suppress: Suppress, hidden: str) -> None:
    findings = {
        "backbone/1/bn": finding("BN101", "backbone/1/bn"),
        "head/bn": finding("BN101", "head/bn"),
        "artifact": finding("BN103", None),
        "unwired": finding("BN301", None),
    }
    given = artifact(*findings.values(), layers=("backbone/1/bn", "head/bn"))
    found = Suppressions([suppress], None).artifact(given, CODES)
    assert found == tuple(
        replace(f, suppressed=Suppression("r") if name in hidden.split() else None) for name, f in findings.items()
    )


def test_the_first_that_matches_gives_the_reason_and_all_are_of_use() -> None:
    several = Suppressions([Suppress(("BN101",), "one"), Suppress(("BN1",), "two"), Suppress(("BN3",), "three")], None)
    assert several.artifact(artifact(finding("BN101")), CODES)[0].suppressed == Suppression("one")
    assert [unused.reason for unused in several.unused()] == ["three"]


def why(suppress: Suppress, *given: ArtifactReport | RunReport, codes: tuple[str, ...] = CODES) -> str | None:
    """Return why a suppression is said to be of no use, after these were seen."""
    suppressions = Suppressions([suppress._replace(source="bnlint.toml: suppress[1]")], None)
    for one in given:
        if isinstance(one, RunReport):
            suppressions.run(one, codes, one.artifacts[-1], None)
        else:
            suppressions.artifact(one, codes)
    found = suppressions.unused()
    assert [one[:5] for one in found] == [("bnlint.toml: suppress[1]", *suppress[:1], *suppress[2:4], "r")] * len(found)
    assert [one.is_elsewhere for one in found] == [one.why.startswith("nothing that was checked") for one in found]
    return found[0].why if found else None


def run(*findings: Finding, **more: object) -> RunReport:
    pair = PairReport("runs/1", "runs/2", (change("a"),))
    return RunReport("run", ("runs/1", "runs/2"), findings, **{"pairs": (pair,), **more})  # type: ignore[arg-type]


R1, R5, LAYER, PATH = Suppress(("BN101",), "r"), Suppress(("BN501",), "r"), "a", "runs/**"
ABSENT = Skipped("BN101", "there is no .index", is_part_absent=True)


@pytest.mark.parametrize(
    ("suppress", "given", "expected"),
    [
        (R1, [], None),
        (R1, [artifact(finding("BN101"))], None),
        (R1, [artifact(finding("BN103"))], "no finding of BN101"),
        (R1, [artifact(layers=())], "no finding of BN101"),
        (Suppress(("BN101", "BN3"), "r"), [artifact()], "no finding of BN101, BN3"),
        (R1._replace(layer="a"), [artifact(finding("BN101"))], None),
        (
            R1._replace(layer="a"),
            [artifact(finding("BN101", "b"), layers=("a", "b"))],
            "no finding of BN101 in such a layer",
        ),
        (R1._replace(layer="c*"), [artifact(finding("BN101"))], "no layer there matches c*"),
        (R1._replace(path="other"), [artifact(finding("BN101"))], "nothing that was checked is in other"),
        (R1._replace(path="other"), [artifact(), artifact(path="other/1")], "no finding of BN101"),
        (R1._replace(path="runs/1"), [artifact(finding("BN101"), path="runs/2"), artifact()], "no finding of BN101"),
        # Of one of several it was of use.
        (R1, [artifact(), artifact(finding("BN101"), path="runs/2"), artifact()], None),
        # Nobody knows: it could not be read, or the rule could not look.
        (R1, [artifact(format=None, problems=(Problem("runs/1", "x"),))], None),
        (R1, [artifact(problems=(Problem("runs/1", "x"),))], None),
        (R1, [artifact(), artifact(format=None, problems=(Problem("runs/1", "x"),))], None),
        (R1._replace(path="runs/2"), [artifact(format=None), artifact(path="runs/2")], "no finding of BN101"),
        (R1, [artifact(problems=(Problem("runs/1", "a plugin", ProblemKind.PLUGIN),))], "no finding of BN101"),
        (R1, [artifact(skipped=(ABSENT,))], None),
        (R1, [artifact(skipped=(ABSENT._replace(rule="BN103"),))], "no finding of BN101"),
        (R1._replace(layer="b"), [artifact(skipped=(ABSENT,))], "no layer there matches b"),
        (R1._replace(layer="b"), [artifact(skipped=(ABSENT,), layers=())], None),
        (
            R1._replace(layer="a"),
            [artifact(skipped=(Skipped("BN101", "x", ("b",)),), layers=("a", "b"))],
            "no finding of BN101 in such a layer",
        ),
        (R1._replace(layer="b"), [artifact(skipped=(Skipped("BN101", "x", ("b",)),), layers=("a", "b"))], None),
        (R1, [artifact(skipped=(Skipped("BN101", "x", ("b",)),), layers=("a", "b"))], None),
        # Rules about runs look at runs.
        (R5, [artifact()], None),
        (R5, [artifact(skipped=(Skipped("BN501", "alone"),))], None),
        (R5, [artifact(), run()], "no finding of BN501"),
        (R5, [artifact(), run(finding("BN501"))], None),
        (R5, [run(pairs=(), skipped=(Skipped("BN501", "nothing to compare"),))], None),
        (R5._replace(layer="b"), [run(pairs=(), skipped=(Skipped("BN501", "nothing to compare"),))], None),
        (R5._replace(layer="b"), [run()], "no layer there matches b"),
        (R5._replace(path="runs/1"), [run()], "nothing that was checked is in runs/1"),
        (R5._replace(path="runs/2"), [run()], "no finding of BN501"),
        # A run may know more of a layer than its checkpoints do.
        (R1, [artifact(), run(finding("BN101"))], None),
        (R1, [run()], None),
    ],
)
def test_what_is_said_to_be_of_no_use(
    suppress: Suppress, given: list[ArtifactReport | RunReport], expected: str | None
) -> None:
    assert why(suppress, *given) == expected


def test_nothing_is_said_where_its_rules_do_not_run() -> None:
    others = tuple(code for code in CODES if code != "BN101")
    assert why(R1, artifact(), codes=others) is None
    assert why(R1._replace(path="other"), artifact(), codes=others) is None


def test_the_reports_have_it() -> None:
    known, useless = Suppress(("BN101",), "known", layer="conv/*"), Suppress(("BN109",), "r", source="x: suppress[2]")
    settings = bnlint.Settings(suppress=(known, useless))
    report = bnlint.check([UNWIRED, NO_BATCH_NORM], settings)
    hidden = [(f.rule, f.layer) for f in report.findings if f.suppressed == Suppression("known")]
    assert hidden == [("BN101", "conv/bn")]
    assert report.summary.errors == 3
    assert [(one.source, one.why) for one in report.unused] == [("x: suppress[2]", "no finding of BN109")]


def test_a_run_is_suppressed_too() -> None:
    settings = bnlint.Settings(history=True, suppress=(Suppress(("BN501",), "known"), Suppress(("BN502",), "unknown")))
    report = bnlint.check(STALLED, settings)
    found = [f for f in report.runs[0].findings if f.rule == "BN501"]
    assert found
    assert {f.suppressed for f in found} == {Suppression("known")}
    assert [one.reason for one in report.unused] == ["unknown"]
    paths = [artifact.path for artifact in report.artifacts]
    diffed = bnlint.diff(
        paths[-2], paths[-1], replace(settings, suppress=(*settings.suppress, Suppress(("BN1",), "r")))
    )
    assert {f.suppressed for f in diffed.findings if f.rule == "BN501"} == {Suppression("known")}
    assert [one.reason for one in diffed.unused] == ["unknown"]


def test_nothing_is_said_after_a_diff_of_what_is_not_there() -> None:
    settings = bnlint.Settings(suppress=(R5, R5._replace(path="other")))
    assert bnlint.diff(UNWIRED, "missing", settings).unused == ()


def test_strangers_leave_no_doubt(tmp_path: Path) -> None:
    shutil.copytree(UNWIRED, tmp_path / "run")
    with h5py.File(tmp_path / "run" / "data.h5", "w") as file:
        file["images"] = [1.0, 2.0]
    report = bnlint.check(tmp_path, bnlint.Settings(suppress=(Suppress(("BN109",), "r"),)))
    assert [one.why for one in report.unused] == ["no finding of BN109"]
