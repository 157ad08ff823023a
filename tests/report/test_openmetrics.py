"""OpenMetrics: what a dashboard reads, as Prometheus's own parsers understand it."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace

import pytest
from prometheus_client import parser as older
from prometheus_client.openmetrics import parser

from bnlint.findings import Problem, Severity, Skipped, Suppression, SuppressionKind
from bnlint.report.about import About
from bnlint.report.escape import visible
from bnlint.report.openmetrics import pieces
from bnlint.results import ArtifactReport, Report, Resolved, RunReport, Step, UnusedSuppression
from tests.report.hostile import hostile
from tests.report.reports import finding, report
from tests.report.six import six

ABOUT = About(directory="/project")


def text(of: Report, about: About = ABOUT) -> str:
    return "".join(pieces(of, about))


def series(of: Report, about: About = ABOUT) -> dict[str, dict[tuple[str, ...], float]]:
    """Return the values by family, without its prefix, and by the values of their labels."""
    found: defaultdict[str, dict[tuple[str, ...], float]] = defaultdict(dict)
    for family in parser.text_string_to_metric_families(text(of, about)):
        found[family.name.removeprefix("bnlint_")] = {tuple(s.labels.values()): s.value for s in family.samples}
    return found


def suppressed(kind: SuppressionKind) -> Suppression:
    return Suppression("because", kind)


@pytest.mark.parametrize("make", [six, hostile])
def test_both_parsers_read_the_same(make: object) -> None:
    assert callable(make)
    written = text(*make())
    new = [s for family in parser.text_string_to_metric_families(written) for s in family.samples]
    old = [s for family in older.text_string_to_metric_families(written) for s in family.samples]
    assert [(s.name, s.labels, s.value) for s in new] == [(s.name, s.labels, s.value) for s in old]
    assert len(new) > 100


@pytest.mark.parametrize("make", [six, hostile])
def test_the_types_are_those_that_node_exporter_knows_and_families_are_whole(make: object) -> None:
    assert callable(make)
    lines = text(*make()).splitlines()
    assert {line.rpartition(" ")[2] for line in lines if line.startswith("# TYPE")} == {"gauge"}
    names = [match[0] for line in lines if (match := re.match(r"bnlint_\w+", line))]
    runs = [name for place, name in enumerate(names) if place == 0 or names[place - 1] != name]
    assert len(runs) == len(set(runs))
    assert lines[-1] == "# EOF"
    assert not any("  " in line and line.startswith("#") for line in lines)


def test_every_hostile_name_is_one_series() -> None:
    of, about = hostile()
    expected = [visible(artifact.path) for artifact in of.artifacts]
    assert [label for (label,) in series(of, about)["readable"]] == expected
    assert [label for label, _ in series(of, about)["run_skipped_rules"]][::2] == [visible(r.name) for r in of.runs]


def test_the_numbers_of_an_artifact() -> None:
    found = series(
        report(
            finding("BN301", "a"),
            finding("BN301", "b"),
            finding("BN305", "b", severity=Severity.WARNING),
            replace(finding("BN301", "c"), suppressed=suppressed(SuppressionKind.BASELINE)),
            replace(finding("BN301", "d"), suppressed=suppressed(SuppressionKind.CONFIG)),
            skipped=(
                Skipped("BN401", "no graph", is_part_absent=True),
                Skipped("BN201", "no object graph", ("a",)),
                Skipped("BN201", "no names", ("b",)),
            ),
            problems=(Problem("model.ckpt.meta", "is damaged"),),
        )
    )
    assert found["layers"] == {("model.ckpt",): 4}
    assert found["problems"] == {("model.ckpt",): 1}
    assert found["findings"] == {("model.ckpt", "error"): 2, ("model.ckpt", "warning"): 1, ("model.ckpt", "info"): 0}
    assert found["suppressed_findings"] == {("model.ckpt", "config"): 1, ("model.ckpt", "baseline"): 1}
    assert found["rule_findings"] == {
        ("model.ckpt", "BN301", "error", "baseline"): 1,
        ("model.ckpt", "BN301", "error", "config"): 1,
        ("model.ckpt", "BN301", "error", "no"): 2,
        ("model.ckpt", "BN305", "warning", "no"): 1,
    }
    assert found["skipped_rules"] == {("model.ckpt", "false"): 1, ("model.ckpt", "true"): 1}
    assert found["step"] == {}
    assert found["report_findings"] == {("error",): 2, ("warning",): 1, ("info",): 0}


def test_what_was_looked_at_and_is_clean_has_zeros() -> None:
    found = series(report(layers=2))
    assert found["findings"] == {("model.ckpt", s): 0 for s in ("error", "warning", "info")}
    assert found["suppressed_findings"] == {("model.ckpt", "config"): 0, ("model.ckpt", "baseline"): 0}
    assert found["rule_findings"] == {}
    assert found["readable"] == {("model.ckpt",): 1}


def test_what_could_not_be_read_has_no_zeros() -> None:
    gone = ArtifactReport("gone", None, "unknown", None, problems=(Problem("gone", "does not exist"),))
    found = series(Report((gone,), rules=("BN101",)), About(exit_code=2, directory="/project"))
    assert found["readable"] == {("gone",): 0}
    assert found["problems"] == {("gone",): 1}
    assert found["findings"] == found["layers"] == found["artifact_info"] == {}
    assert found["exit_code"] == {(): 2}


def test_an_inventory_has_no_findings() -> None:
    found = series(replace(report(layers=2), rules=()))
    assert found["layers"] == {("model.ckpt",): 2}
    assert not [name for name in found if "findings" in name or "rules" in name]


def test_a_run_has_its_own_families() -> None:
    run = RunReport("m", (), findings=(finding("BN501", "a", severity=Severity.WARNING),))
    found = series(replace(report(), runs=(run,)))
    assert found["runs"] == {(): 1}
    assert found["run_findings"] == {("m", "error"): 0, ("m", "warning"): 1, ("m", "info"): 0}
    assert found["run_rule_findings"] == {("m", "BN501", "warning", "no"): 1}


def test_no_two_series_are_the_same() -> None:
    paths = ("a", "a", "a (2)", "b\n", "b\\n")
    of = Report(tuple(ArtifactReport(path, None, "unknown", None) for path in paths))
    labels = [label for (label,) in series(of)["readable"]]
    assert labels == ["a", "a (2)", "a (2) (2)", "b\\n", "b\\n (2)"]


def test_a_metric_without_a_series_is_not_told_of() -> None:
    assert "bnlint_step" in text(
        replace(report(), artifacts=(ArtifactReport("a", "f", "tf1", None, step=Step(1, "s")),))
    )
    assert "bnlint_step" not in text(report())
    assert "bnlint_run_" not in text(report())


def test_a_suppression_that_is_meant_for_another_check_is_not_counted() -> None:
    here = UnusedSuppression("bnlint.toml: suppress[0]", ("BN1",), None, None, "so", "nothing")
    unused = (here, here, here._replace(is_elsewhere=True))
    assert series(replace(report(), unused=unused))["unused_suppressions"] == {(): 2}


def test_the_baseline_is_told_of_where_there_is_one() -> None:
    resolved = (Resolved("0", "BN101", "a", "m", 2), Resolved("1", "BN301", "a", "m", 1))
    assert series(Report(baseline="b.json", resolved=resolved))["baseline_resolved"] == {(): 3}
    assert "baseline_resolved" not in series(Report())
