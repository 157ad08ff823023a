"""Markdown: what a page shows of it, rendered as CommonMark with tables and HTML, and what a forge would add."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bnlint.findings import Problem, Related, Severity, Skipped
from bnlint.report.about import About
from bnlint.report.escape import visible
from bnlint.report.links import rule_url
from bnlint.report.markdown import pieces
from bnlint.results import ArtifactReport, Report, Resolved
from bnlint.rules.registry import RULES
from tests.report.forge import LIVELY, OF_MARKDOWN, OURS, Page, squeezed
from tests.report.hostile import NAMES, hostile
from tests.report.reports import artifact, change, finding, report, run_of
from tests.report.six import six

ABOUT = About(directory="/project")


def text(of: Report, about: About = ABOUT) -> str:
    return "".join(pieces(of, about))


def page(of: Report, about: About = ABOUT) -> Page:
    return Page(text(of, about))


def rows(markdown: str) -> list[list[str]]:
    """Return the cells of the table of artifacts, its head left out."""
    lines = [line for line in markdown.partition("<details>")[0].splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


def test_no_markup_comes_from_a_name() -> None:
    shown = page(*hostile())
    assert shown.tags <= OF_MARKDOWN | OURS
    assert {name for name, _ in shown.attributes} <= {"style", "class", "href"}
    links = {value for name, value in shown.attributes if name == "href"}
    assert links <= {rule_url(rule.code) for rule in RULES}
    assert len(links) > 2
    assert {value for name, value in shown.attributes if name == "class"} == {"language-python"}


def test_nothing_lively_comes_from_a_name() -> None:
    found = LIVELY.findall("".join(page(*hostile()).outside_code))
    assert not found


@pytest.mark.parametrize("number", range(len(NAMES)))
def test_every_name_can_be_read(number: int) -> None:
    of, about = hostile()
    one = replace(of, artifacts=(of.artifacts[number],), runs=(of.runs[number],))
    shown = page(one, about).text
    name = NAMES[number]
    for said in (f"dir{name}/model.ckpt-{number}", f"message of {name}", f"note {name}", f"expected {name}"):
        assert squeezed(visible(said)) in shown


@pytest.mark.parametrize("number", range(len(NAMES)))
def test_a_repair_is_kept_line_by_line(number: int) -> None:
    of, about = hostile()
    lines = f"{NAMES[number]}2".split("\n")
    shown = page(replace(of, artifacts=(of.artifacts[number],), runs=()), about).whole
    # That of the second finding: the first one is suppressed in some of them, and then nobody needs its repair.
    assert "\n".join(("# repair of", *map(visible, lines), "")) in shown


def test_every_row_has_every_cell() -> None:
    of, about = hostile()
    found = rows(text(of, about))
    assert len(found) == len(of.artifacts) + sum(any(f.suppressed is None for f in run.findings) for run in of.runs)
    assert {len(cells) for cells in found} == {10}


def test_words_of_plugins_are_no_markup() -> None:
    found = replace(finding("BN301", "a", related=(Related("<i>*k*", "n", "o"),)), rule="X</b>", name="<script>")
    shown = page(report(found))
    assert shown.tags <= OF_MARKDOWN | OURS
    assert "error X</b> <script>: 1 of 1 layer" in shown.text
    assert "<i>*k* n: o" in shown.text


def test_the_code_of_a_diagnosis_leads_to_its_page() -> None:
    markdown = text(report(finding("BN301", "a", suppressed="known"), finding("BN302", "b")))
    assert (
        f'<summary>error <a href="{rule_url("BN302")}">BN302</a> unregistered-updates: 1 of 2 layers</summary>'
        in markdown
    )
    assert f"- suppressed [`BN301`]({rule_url('BN301')}) unwired-updates, 1 layer: known\n" in markdown


def test_the_verdict_comes_first() -> None:
    of, about = six()
    lines = text(of, about).splitlines()
    assert lines[0] == "## bnlint: not everything could be read"
    assert lines[2].startswith("❌ 9 checkpoints, 16 layers: 4 errors, 6 warnings")
    assert lines[2].endswith(" (findings at or above `--fail-on` error)")


STRICT = "with `--strict`: a rule could not look because a part is missing"


@pytest.mark.parametrize(
    ("about", "title", "why"),
    [
        (About(), "✅ passed", "nothing at or above `--fail-on` error"),
        (About(fail_on=None), "✅ passed", "`--fail-on` never"),
        (About(exit_code=1, failures=frozenset({"fail_on"})), "❌ failed", "findings at or above `--fail-on` error"),
        (
            About(exit_code=1, failures=frozenset({"fail_on", "strict"}), fail_on=Severity.WARNING),
            "❌ failed",
            f"findings at or above `--fail-on` warning; {STRICT}",
        ),
        (
            About(exit_code=1, failures=frozenset({"require_layers"})),
            "❌ failed",
            "with `--require-layers`: no batch-norm layer was found",
        ),
        (About(exit_code=2), "❌ not everything could be read", ""),
        (About(exit_code=3), "❌ no checkpoint found", ""),
    ],
)
def test_what_the_verdict_says(about: About, title: str, why: str) -> None:
    sign, _, word = title.partition(" ")
    lines = text(report(layers=1), about).splitlines()
    assert lines[0] == f"## bnlint: {word}"
    assert lines[2].startswith(f"{sign} 1 checkpoint")
    assert lines[2].endswith(f" ({why})" if why else "0 warnings")


def test_what_is_damaged_and_has_a_warning_is_no_mere_warning() -> None:
    of, about = six()
    (damaged,) = [cells for cells in rows(text(of, about)) if cells[1] == "`damaged`"]
    assert damaged[0] == "❌"
    assert damaged[2].startswith("**warning**")


def test_silence_is_not_taken_for_health() -> None:
    assert "- 2 layers, 11 rules: nothing wrong\n" in text(report(layers=2))


def test_the_table_counts() -> None:
    of = report(
        finding("BN301", "a"),
        finding("BN305", "a", severity=Severity.WARNING),
        finding("BN108", "a", severity=Severity.INFO),
        finding("BN302", "a", suppressed="known"),
        skipped=(Skipped("BN401", "no graph"), Skipped("BN201", "so", ("a",)), Skipped("BN201", "else", ("b",))),
    )
    assert rows(text(of)) == [
        ["❌", "`model.ckpt`", "**error**: `BN301`, `BN305`", "1", "1", "1", "1", "1", "2", "0"],
    ]


def test_a_run_that_is_broken_stands_in_the_table_though_each_of_its_checkpoints_is_well() -> None:
    both = [artifact(step, {"a": (1.0, 2.0)}) for step in (100, 200)]
    found = (finding("BN501", "a"), finding("BN502", "a", severity=Severity.WARNING))
    broken = run_of([change("a", "stalled")], findings=found, skipped=(Skipped("BN503", "so"),))
    hidden = run_of([change("a", "stalled")], findings=(finding("BN501", "a", suppressed="known"),))
    *_, last = rows(text(Report((*both,), (hidden, broken), ("BN501",))))
    assert last == ["❌", "run `m`", "**error**: `BN501`, `BN502`", "1", "1", "1", "0", "0", "1", "0"]
    assert len(rows(text(Report((*both,), (hidden,), ("BN501",))))) == 2


def test_suppressions_show_their_reason() -> None:
    shown = page(report(finding("BN301", "a", suppressed="the exporter feeds it"))).text
    assert "suppressed BN301 unwired-updates, 1 layer: the exporter feeds it" in shown


def test_what_the_baseline_and_the_configuration_have_too_much() -> None:
    shown = page(*six()).text
    assert "in the baseline and no longer there resolved BN101 in clean/model.ckpt: conv/bn, dense/bn" in shown
    assert 'suppressions that hid nothing unused bnlint.toml: suppress[2], "fed by the exporter": no layer' in shown


def test_of_many_the_healthy_ones_are_told_in_the_table_only() -> None:
    calm = [artifact(step, {"a": (1.0, 2.0)}) for step in range(5)]
    of = Report((*calm, artifact(9, {"a": (0.0, 1.0)}, findings=(finding("BN301", "a"),))), rules=("BN301",))
    markdown = text(of)
    assert len(rows(markdown)) == 6
    assert re.findall("^### (.*)$", markdown, re.MULTILINE) == ["`run/m-9`"]


def test_an_inventory_lists_the_layers() -> None:
    markdown = text(replace(report(layers=2), rules=()))
    assert "| `layer_1` | 4 channels, momentum 0.99, epsilon 0.001, mode training and inference `2x` |" in markdown


def test_a_run_says_where_its_layers_are_heading() -> None:
    run = run_of([change("a", "stalled")], findings=(finding("BN501", "a"),))
    of = Report(tuple(artifact(step, {"a": (1.0, 2.0)}) for step in (100, 200)), (run,), ("BN501",))
    markdown = text(of)
    assert "### run `m`" in markdown
    assert "| `a` | stalled |" in markdown
    assert ">BN501</a> some-name: 1 of 1 layer</summary>" in markdown


def broken(number: int, said: str) -> ArtifactReport:
    return artifact(number, {"a": (0.0, 1.0)}, findings=(finding("BN301", "a", message=said),))


def test_a_summary_stays_below_what_github_takes() -> None:
    long = "ü" * 20_000
    artifacts = (*(broken(number, long) for number in range(60)), broken(60, "short"))
    markdown = text(Report(artifacts, rules=("BN301",)))
    assert 800 * 1024 < len(markdown.encode()) < 1000 * 1024
    assert markdown.count("### ") == 22 + 1
    assert "### `run/m-60`" in markdown
    assert "what there is to tell of 38 more checkpoints and runs" in markdown
    assert len(rows(markdown)) == 61


def test_a_table_of_very_many_keeps_those_that_are_not_in_order() -> None:
    name = "x" * 200
    artifacts = [artifact(n, {}, path=f"{name}{n}", layers=()) for n in range(2000)]
    artifacts[1999] = replace(artifacts[1999], problems=(Problem("m", "is damaged"),))
    markdown = text(Report(tuple(artifacts), rules=("BN301",)))
    listed = rows(markdown)
    assert listed[-1][2].startswith("**damaged**")
    assert (
        f"**Left out** of the table: {2000 - len(listed)} checkpoints, {2000 - len(listed)} of them in order."
        in markdown
    )
    assert len(markdown.encode()) < 400 * 1024


def test_one_artifact_with_too_much_to_tell_is_told_in_short() -> None:
    names = [f"layer_{number}/{'x' * 50}" for number in range(5000)]
    markdown = text(report(*(finding("BN301", name) for name in names)))
    assert len(markdown) < 20_000
    assert f"`{names[0]}`" in markdown
    assert "and 4994 more" in markdown


def replace_run(resolved: Resolved, run: str) -> Resolved:
    return resolved._replace(run=run)


def test_many_leftovers_of_the_baseline_are_counted() -> None:
    of, about = six()
    many = replace(of, resolved=tuple(replace_run(of.resolved[0], f"run_{number}") for number in range(10_000)))
    markdown = text(many, about)
    assert re.search(r"^- and \d{4} more$", markdown, re.MULTILINE)
    assert len(markdown.encode()) < 200 * 1024
