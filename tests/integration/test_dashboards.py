"""The page about dashboards: metrics, alerts, and what jq and SQL say of a report."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sqlite3
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from prometheus_client.openmetrics import parser

from bnlint.report.formats import renderer
from tests.integration import recipes
from tests.integration.recipes import load, run
from tests.report.six import lay_out, six
from tests.running import WIRED


def families() -> dict[str, set[str]]:
    """Return the labels of each metric that is written of a report of everything."""
    written = "".join(renderer("openmetrics")(*six()))
    return {
        family.name: {label for sample in family.samples for label in sample.labels}
        for family in parser.text_string_to_metric_families(written)
    }


def test_the_expressions_ask_for_what_is_written() -> None:
    known = families()
    rules = load("dashboards", "alerts")["groups"][0]["rules"]
    expressions = [rule["expr"] for rule in rules] + [recipes.example("dashboards", "panel")]
    for name, labels in re.findall(r"(bnlint_\w+)(?:\{(\w+)=)?", "\n".join(expressions)):
        assert name in known
        assert not labels or labels in known[name]
    for rule in rules:
        if "$labels.artifact" in rule["annotations"]["summary"]:
            assert all("artifact" in known[name] for name in re.findall(r"bnlint_\w+", rule["expr"]))


def test_the_panel_takes_the_step_away() -> None:
    (pattern,) = re.findall(r'"artifact", "(.*)"\)\)', recipes.example("dashboards", "panel"))
    paths = ("run/model.ckpt-18000", "run/model.ckpt", "exports/1600000000")
    assert [re.fullmatch(pattern, path)[1] for path in paths] == [  # type: ignore[index]
        "run/model.ckpt",
        "run/model.ckpt",
        "exports/",
    ]


def test_the_page_tells_of_every_metric() -> None:
    page = (recipes.RECIPES / "dashboards.md").read_text("utf-8")
    rows = re.findall(r"^\| (`bnlint_.*?) \| (.*?) \|", page, re.MULTILINE)
    told = {
        name: set(re.findall(r"`(.*?)`", labels)) for names, labels in rows for name in re.findall(r"`(.*?)`", names)
    }
    known = families()
    of_runs = told.pop("bnlint_run_…")
    assert told == {name: labels for name, labels in known.items() if not name.startswith("bnlint_run_")}
    runs = {name: labels for name, labels in known.items() if name.startswith("bnlint_run_")}
    assert len(runs) == 4
    for name, labels in runs.items():
        assert labels - {"run"} == known[name.replace("run_", "", 1)] - {"artifact"}
    assert of_runs == {"run"}


def test_the_file_for_node_exporter(tmp_path: Path) -> None:
    shutil.copytree(WIRED, tmp_path / "runs")
    command = recipes.example("dashboards", "textfile").replace("/srv/runs", "runs")
    folder = "/var/lib/node_exporter/textfile/"
    assert folder in command
    assert run(shlex.split(command.replace(folder, ""))[1:], tmp_path).returncode == 0
    assert (tmp_path / "bnlint.prom").read_text().endswith("# EOF\n")


def test_what_prometheus_is_told_of_the_server() -> None:
    (job,) = load("dashboards", "scrape")["scrape_configs"]
    assert job["fallback_scrape_protocol"] == "OpenMetricsText1.0.0"
    assert job["metrics_path"] == "/bnlint.prom"


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with a report as the page has it."""
    directory = tmp_path_factory.mktemp("reports")
    lay_out(directory)
    run(["check", "clean", "broken", "damaged", "none", "--format", "json", "-o", "report.json"], directory)
    return directory


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("jq per artifact", ["clean\t0\t", "broken\t4\tBN101 BN301", "damaged\t0\t", "none\t0\t"]),
        ("jq layers", ["broken: conv/bn", "broken: dense/bn"]),
    ],
)
def test_what_jq_says(name: str, said: list[str], reports: Path) -> None:
    if shutil.which("jq") is None:
        pytest.skip("jq is not installed")
    script = recipes.example("dashboards", name)
    ran = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True, cwd=reports)
    assert ran.stdout.splitlines() == said


def test_what_jq_says_of_reasons(reports: Path) -> None:
    if shutil.which("jq") is None:
        pytest.skip("jq is not installed")
    document = json.loads((reports / "report.json").read_text())
    counts = Counter(s["reason"] for a in document["artifacts"] for s in a["skipped"])
    script = recipes.example("dashboards", "jq gone blind")
    ran = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True, cwd=reports)
    assert ran.stdout.splitlines() == [f"{times}\t{reason}" for reason, times in sorted(counts.items())]
    assert len(counts) > 2


def test_what_sql_says(reports: Path) -> None:
    database = sqlite3.connect(":memory:")
    database.executescript(recipes.example("dashboards", "sql views"))
    broken = (reports / "report.json").read_text()
    better = json.loads(broken)
    for artifact in better["artifacts"]:
        artifact["findings"] = artifact["findings"][:1]
    for day, document in (("2023-12-31", broken), ("2024-01-01", json.dumps(better)), ("2024-01-02", broken)):
        database.execute("INSERT INTO report VALUES (?, ?)", (day, document))
    new = database.execute(recipes.example("dashboards", "sql new")).fetchall()
    # Of two models with the same names: BN301 stands in both, and was left in one.
    assert new == [("BN101", "dense/bn", 1), ("BN301", "conv/bn", 1), ("BN301", "dense/bn", 2)]
    assert database.execute(recipes.example("dashboards", "sql trend")).fetchall() == [
        ("2023-12-31", 4),
        ("2024-01-01", 1),
        ("2024-01-02", 4),
    ]
    rows = database.execute("SELECT artifact, step, layer, momentum, variance FROM layer WHERE taken = '2024-01-02'")
    assert ("broken", 40, "conv/bn", 0.9, 1.0) in rows.fetchall()
    database.close()
