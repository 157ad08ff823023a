"""The HTML report as a document: well formed, whole, and with nothing in it that acts."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from typing import TypeVar, overload

import pytest

from bnlint.findings import (
    Confidence,
    Finding,
    Problem,
    ProblemKind,
    Related,
    Severity,
    Skipped,
    Suppression,
    SuppressionKind,
)
from bnlint.report.about import About
from bnlint.report.escape import visible
from bnlint.report.html import courses, layer_rows, pieces
from bnlint.report.html.templates import asset
from bnlint.report.links import rule_url
from bnlint.results import (
    ArtifactReport,
    Distribution,
    LayerReport,
    Report,
    Resolved,
    RunReport,
    TensorSummary,
    UnusedSuppression,
)
from bnlint.rules.registry import RULES
from tests.report.hostile import NAMES, hostile
from tests.report.reports import artifact, cause_and_symptom, finding, layer_report, moved, report, run_of
from tests.report.six import six

_T = TypeVar("_T")
VOID = frozenset({"meta", "link", "input", "br", "path"})
"""Elements without an end: those of HTML that the page uses, and the ones that it closes in their own tag."""
ABOUT = About(directory="/project")


class Document(HTMLParser):
    """A page, taken apart: its tags in order, the text of each part, and what is wrong with it."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str | None]] = []
        self.raw: dict[str, str] = {"style": "", "script": ""}
        self.errors: list[str] = []
        self._open: list[str] = []
        self._words: list[str] = []
        self.feed(html)
        self.close()
        self.errors += [f"<{tag}> is never closed" for tag in self._open]

    @property
    def text(self) -> str:
        """All that is read, with a space for every break."""
        return re.sub(r"\s+", " ", " ".join(self._words))

    def values(self, name: str) -> list[str]:
        """Return every value of an attribute."""
        return [value or "" for _, key, value in self.attributes if key == name]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, key, value) for key, value in attrs]
        if len({key for key, _ in attrs}) < len(attrs):
            self.errors.append(f"<{tag}> has an attribute twice")
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self._open or self._open.pop() != tag:
            self.errors.append(f"</{tag}> closes something else")

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in self.raw:
            self.raw[self._open[-1]] += data
        else:
            self._words.append(data)


def page(told: Report, about: About = ABOUT) -> str:
    return "".join(pieces(told, about))


def document(told: Report, about: About = ABOUT) -> Document:
    return Document(page(told, about))


def a_run(layers: Sequence[str] = ("a", "b"), checkpoints: int = 3) -> Report:
    artifacts = tuple(artifact(100 * (number + 1), dict.fromkeys(layers, (0.5, 1.0))) for number in range(checkpoints))
    stalled = [moved("stalled", "=", "=", layer) for layer in layers]
    return Report(artifacts, (run_of(*[stalled] * (checkpoints - 1)),), ("BN501",))


REPORTS = {
    "six": six(),
    "hostile": hostile(),
    "nothing": (Report(), ABOUT),
    "clean": (report(layers=2), ABOUT),
    "without layers": (report(layers=0), ABOUT),
    "unread": (Report((ArtifactReport("gone", None, "unknown", None, problems=(Problem("gone", "is not"),)),)), ABOUT),
    "inventory": (replace(report(layers=1), rules=()), ABOUT),
    "run": (a_run(), ABOUT),
}


@pytest.fixture(params=REPORTS)
def told(request: pytest.FixtureRequest) -> Document:
    return document(*REPORTS[request.param])


def test_everything_is_closed_where_it_was_opened(told: Document) -> None:
    assert told.errors == []


def test_every_id_is_there_once_and_every_reference_leads_somewhere(told: Document) -> None:
    ids = told.values("id")
    assert [one for one, times in Counter(ids).items() if times > 1] == []
    inner = [href[1:] for href in told.values("href") if href.startswith("#")]
    labels = " ".join((*told.values("aria-labelledby"), *told.values("for"))).split()
    assert sorted({*inner, *labels} - set(ids)) == []


def test_nothing_is_loaded_and_nothing_leads_away_but_to_the_pages_of_rules(told: Document) -> None:
    assert told.values("src") == []
    away = [
        value for tag, key, value in told.attributes if key in ("href", "action") and not str(value).startswith("#")
    ]
    pages = {rule_url(rule.code) for rule in RULES}
    assert [value[:19] for value in away if value and value not in pages] == ["data:image/svg+xml,"]  # the icon
    assert {tag for tag, key, _ in told.attributes if key.startswith("on") or key == "style"} == set()


def test_codes_of_rules_lead_to_their_pages_and_do_not_say_from_where() -> None:
    told = replace(report(*cause_and_symptom("a"), finding("ACME1", "a")), rules=("BN301", "BN101", "ACME1"))
    html = page(replace(told, baseline="b", resolved=(Resolved("0", "BN302", None, "run", 1),)))
    for code, times in (("BN301", 2), ("BN101", 2), ("BN302", 1)):
        link = f'<a class="rule" href="{rule_url(code)}" rel="noopener noreferrer">{code}</a>'
        assert html.count(link) == times, code
    assert html.count('<span class="rule">ACME1</span>') == 2


def test_the_policy_allows_this_style_and_this_script_and_nothing_else(told: Document) -> None:
    (policy,) = [value for value in told.values("content") if "default-src" in value]
    assert policy.split("; ") == [
        "default-src 'none'",
        f"style-src '{_source(told.raw['style'])}'",
        f"script-src '{_source(told.raw['script'])}'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]


def _source(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@pytest.mark.parametrize("name", ["style.css", "script.js"])
def test_style_and_script_stand_in_the_page_as_they_are(name: str) -> None:
    text = asset(name)
    assert text.isascii()
    assert "</" not in text
    assert "\r" not in text
    assert "http" not in text


@pytest.mark.parametrize("which", REPORTS)
def test_the_page_is_the_same_in_every_encoding(which: str) -> None:
    html = page(*REPORTS[which])
    assert html.isascii()
    assert [c for c in html if c < " " and c != "\n"] == []


class TestHostileNames:
    def test_they_make_no_element_that_others_do_not(self) -> None:
        assert set(document(*hostile()).tags) <= set(document(*six()).tags)

    def test_they_make_no_attribute_that_others_do_not(self) -> None:
        made, usual = ({(tag, key) for tag, key, _ in document(*each()).attributes} for each in (hostile, six))
        assert made - usual <= {("li", "id")}  # the anchor of a path that could not be read

    @pytest.mark.parametrize("name", [name for name in NAMES if name.strip()])
    def test_they_are_read_as_they_are_told_elsewhere(self, name: str) -> None:
        assert re.sub(r"\s+", " ", visible(name)).strip() in document(*hostile()).text

    def test_one_that_cannot_be_seen_can_be_clicked(self) -> None:
        nameless = report(finding("BN101", ""), layers=None)
        assert '<a href="#layer-1-1">(no name)</a>' in page(nameless)

    def test_a_repair_keeps_its_lines_and_nothing_else(self) -> None:
        html = page(report(finding("BN101", repair="if a < b:\n    run('\x1b[0m')")))
        assert "<code>if a &lt; b:\n    run(&#39;\\x1b[0m&#39;)</code>" in html


class TestTheWhole:
    """Of the report of all kinds, nothing is left out."""

    told = document(*six())
    report, _ = six()

    def says(self, words: Iterable[str]) -> None:
        missing = [word for word in words if re.sub(r"\s+", " ", visible(word)).strip() not in self.told.text]
        assert missing == []

    def findings(self) -> Iterator[Finding]:
        assert self.report.findings
        yield from self.report.findings

    def test_findings(self) -> None:
        self.says(f"{f.severity.label} {f.rule} {f.name}" for f in self.findings())
        self.says(f.message for f in self.findings())

    def test_what_causes_point_at(self) -> None:
        things = [thing for f in self.findings() if not f.causes for thing in f.related]
        assert things
        self.says(word for thing in things for word in thing)

    def test_repairs(self) -> None:
        self.says(line for f in self.findings() if f.suppressed is None for line in f.repair.split("\n"))

    def test_reasons_of_what_is_not_counted(self) -> None:
        reasons = [f.suppressed.reason for f in self.findings() if f.suppressed is not None]
        assert len(set(reasons)) == 2
        self.says(reasons)

    def test_skipped_rules(self) -> None:
        skipped = [skip for one in self.report.artifacts for skip in one.skipped]
        skipped += [skip for one in self.report.runs for skip in one.skipped]
        assert skipped
        self.says(word for skip in skipped for word in (skip.rule, skip.reason))

    def test_problems_and_notes(self) -> None:
        problems = [problem for one in self.report.artifacts for problem in one.problems]
        assert problems
        self.says(f"{problem.path}: {problem.message}" for problem in problems)
        self.says(note for one in self.report.artifacts for note in one.notes)
        self.says(note for one in self.report.runs for note in one.notes)

    def test_layers(self) -> None:
        rows = [value for value in self.told.values("id") if value.startswith("layer-") and value != "layer-table"]
        assert len(rows) == self.report.summary.layers
        self.says(layer.name for one in self.report.artifacts for layer in one.layers)

    def test_what_became_of_suppressions_and_of_the_baseline(self) -> None:
        (unused,) = self.report.unused
        self.says([f"bnlint.toml: suppress[2] : BN401, layer generator/* , path clean : {unused.why}"])
        self.says(["reason fed by the exporter"])
        self.says([f"Compared with bnlint-baseline.json : 4 found as before, {len(self.report.resolved)} resolved."])
        self.says(f"{resolved.rule} in {resolved.layer} of" for resolved in self.report.resolved)

    def test_every_rule_and_what_it_came_to(self) -> None:
        self.says(f"{rule.code} {rule.name}" for rule in six()[1].rules)
        self.says(["BN101 frozen-statistics 2 errors , 2 suppressed , 2 in the baseline , skipped 1 time The moving"])

    def test_the_course_of_a_run(self) -> None:
        self.says(["Course over 3 checkpoints From step 40 to step 80.", "conv/bn stalled", "moved ="])


@pytest.mark.parametrize(
    ("about", "words"),
    [
        (About(exit_code=0), "bnlint: passed nothing at or above --fail-on error"),
        (About(exit_code=0, fail_on=None), "bnlint: passed --fail-on never"),
        (
            About(exit_code=1, fail_on=Severity.WARNING, failures=frozenset({"fail_on"})),
            "bnlint: failed findings at or above --fail-on warning",
        ),
        (
            About(exit_code=1, failures=frozenset({"strict", "require_layers"})),
            (
                "bnlint: failed with --strict: a rule could not look because a part is missing "
                "with --require-layers: no batch-norm layer was found"
            ),
        ),
        (About(exit_code=9), "bnlint: exit code 9"),
        (About(exit_code=2), "bnlint: not everything could be read"),
        (About(exit_code=3), "bnlint: no checkpoint found"),
    ],
)
def test_how_it_stands(about: About, words: str) -> None:
    assert words in document(report(layers=1), about).text


def test_an_inventory_neither_passes_nor_fails() -> None:
    told, _ = REPORTS["inventory"]
    assert "bnlint: inventory no rule was asked to look" in document(told).text
    assert "bnlint: not everything could be read" in document(told, About(exit_code=2)).text
    text = document(told).text
    assert "Inventory model.ckpt TensorFlow 1, tensor-bundle, 1 batch-norm layer trained Layers" in text
    assert not re.search("errors|Findings|suppressed|checked", text)


def test_a_report_of_nothing_but_an_unreadable_path_tells_of_it_once() -> None:
    told = document(*REPORTS["unread"])
    assert "Problems gone not read is not Layers No batch-norm layer was found." in told.text
    assert "Diagnoses" not in told.text


def test_a_suppression_that_may_be_meant_for_another_check_is_left_out() -> None:
    here = UnusedSuppression("bnlint.toml: suppress[1]", ("BN1",), None, None, "because", "no finding")
    there = here._replace(source="bnlint.toml: suppress[2]", is_elsewhere=True)
    both = document(replace(report(), unused=(here, there))).text
    assert "suppress[1]" in both
    assert "suppress[2]" not in both
    assert "Suppressions that matched nothing" not in document(replace(report(), unused=(there,))).text


@pytest.mark.parametrize(("layers", "body"), [(999, "<body>"), (1000, '<body class="long">')])
def test_of_a_page_with_very_many_rows_a_browser_need_not_draw_all(layers: int, body: str) -> None:
    assert body in page(report(layers=layers))


def test_one_artifact_needs_no_table_of_artifacts() -> None:
    assert "checkpoints" not in document(report(layers=1)).values("id")
    assert "checkpoints" in document(a_run()).values("id")


def test_a_run_that_is_broken_stands_in_the_table_of_checkpoints() -> None:
    both = tuple(artifact(step, {"a": (1.0, 2.0)}) for step in (100, 200))
    well = run_of([moved("moving", 1.0, 1.0)])
    broken = run_of([moved("stalled", "=", "=")], findings=(finding("BN501"),))
    told = document(Report(both, (well, broken), rules=("BN501",)))
    assert "ok run/m-200 200 1 nothing wrong error run m BN501 Diagnoses" in told.text
    assert "#run-2" in told.values("href")
    assert "#run-1" not in told.values("href")


class TestDiagnosis:
    def test_layers_with_the_same_diagnosis_are_told_once_and_linked(self) -> None:
        found = report(*(f for layer in ("a", "b") for f in cause_and_symptom(layer)))
        told = document(found)
        assert told.text.count("what BN301 says") == 1
        assert "error BN301 unwired-updates 2 of 2 layers what BN301 says symptom error BN101" in told.text
        assert {"#layer-1-1", "#layer-1-2"} <= set(told.values("href"))

    def test_a_repair_stands_on_the_page_once(self) -> None:
        twice = report(finding("BN301", repair="run(updates)"))
        other = replace(twice.artifacts[0], path="other.ckpt")
        told = document(replace(twice, artifacts=(*twice.artifacts, other)))
        assert told.text.count("run(updates)") == 1
        assert "repair BN301: as for model.ckpt" in told.text
        assert "#artifact-1-1-repair-1" in told.values("href")

    def test_what_is_suppressed_comes_after_what_counts_and_needs_no_repair(self) -> None:
        told = document(report(finding("BN101", suppressed="on purpose", repair="r()"), finding("BN108", "b")))
        assert told.text.index("BN108") < told.text.index("suppressed error BN101")
        assert "reason on purpose what BN101 says" in told.text
        assert "r()" not in told.text

    def test_the_baseline_is_told_apart_from_the_configuration(self) -> None:
        old = replace(finding("BN101"), suppressed=Suppression("was there", SuppressionKind.BASELINE))
        assert "in the baseline error BN101 frozen-statistics" in document(report(old)).text

    def test_long_lists_of_names_can_be_opened(self) -> None:
        named = tuple(Related("op", f"op_{number}", "is lost") for number in range(9))
        told = document(report(finding("BN301", related=named)))
        assert "op op_0 op_1 7 more op_2" in told.text
        assert "op_8 is lost" in told.text
        assert ("details", "open", None) in told.attributes  # all is there without a script

    def test_one_more_name_takes_no_more_room_than_saying_so(self) -> None:
        named = tuple(Related("op", f"op_{number}", "is lost") for number in range(3))
        told = document(report(finding("BN301", related=named)))
        assert "op op_0 op_1 op_2 is lost" in told.text
        assert told.tags["details"] == 0

    def test_doubt_is_told(self) -> None:
        told = document(report(finding("BN101", confidence=Confidence.LOW), finding("BN103", "b")))
        assert "frozen-statistics 1 of 2 layers confidence low" in told.text
        assert told.text.count("confidence") == 1

    def test_rules_that_settings_turned_off_are_named(self) -> None:
        assert "ignored BN305: by the settings for this path" in document(report(layers=1, ignored=("BN305",))).text
        run = replace(a_run(), runs=(run_of([moved("moving", 0.5, 0.5)], ignored=("BN502",)),))
        assert "ignored BN502: by the settings for its path" in document(run).text


class TestLayers:
    def test_each_variable_is_drawn(self) -> None:
        spread = {role: Distribution(0.25, 4.0, (0, 3, 1)) for role in ("gamma", "beta")}
        layer = layer_report("a", statistics=dict.fromkeys(spread, TensorSummary(0.25, 0.5, 4.0, 0, 2)))
        html = page(_with(replace(layer, distributions=spread)))
        assert html.count('<path class="bars" d="M12 99V0M20 99V66"/>') == 2
        assert html.count("0.25 to 4, median 0.5; channels in 3 equal bins: 0, 3, 1") == 2
        assert "median 0.5, 2 at init" in html

    def test_a_variable_that_is_not_there_or_not_read_says_so(self) -> None:
        layer = layer_report("a", variables={"gamma": None, "beta": "a/beta"}, statistics={})
        assert "not read not read none not read" not in document(_with(layer)).text
        assert document(_with(layer)).text.count("none") == 3

    @pytest.mark.parametrize(
        ("wired", "word"),
        [
            ({"moving_mean": True, "moving_variance": True}, "wired"),
            ({"moving_mean": False, "moving_variance": False}, "not wired"),
            ({"moving_mean": True, "moving_variance": False}, "mean wired, variance not wired"),
            ({"moving_mean": None, "moving_variance": None}, ""),
        ],
    )
    def test_whether_updates_run(self, wired: dict[str, bool | None], word: str) -> None:
        assert f'<td data-label="Updates">{word}</td>' in page(_with(layer_report("a", wired=wired)))

    def test_modes_are_counted(self) -> None:
        assert '<td data-label="Mode">training, inference 2x</td>' in page(_with(layer_report("a")))

    def test_what_is_no_number_stands_out(self) -> None:
        held = {"gamma": TensorSummary(0.0, 0.5, 1.0, 2, 0), "beta": TensorSummary(None, None, None, 4, None)}
        html = page(_with(layer_report("a", statistics=held)))
        assert '<span class="error">median 0.5, 2 not finite</span>' in html
        assert '<span class="range">no number</span> <span class="error">4 not finite</span>' in html

    def test_those_with_findings_say_so_and_how_bad_it_is(self) -> None:
        html = page(
            report(finding("BN108", severity=Severity.INFO), finding("BN101"), finding("BN301", suppressed="x"))
        )
        marks = re.findall(r'data-rule="(\w+)" data-severity="(\w+)"', html)
        assert marks == [("BN101", "error"), ("BN108", "info"), ("BN301", "suppressed")]
        assert "a error BN101 BN108 BN301 4" in Document(html).text  # said in words, not by colour alone
        assert 'id="layer-1-1" data-worst="error"' in html

    def test_what_a_run_shows_is_told_of_the_newest_checkpoint(self) -> None:
        told = a_run()
        stalled = replace(told.runs[0], findings=(finding("BN501", "b", severity=Severity.WARNING),))
        html = page(replace(told, runs=(stalled,)))
        assert re.findall(r'id="(layer-\S+)" data-worst="(\w+)"', html) == [("layer-3-2", "warning")]

    def test_of_very_many_those_with_findings_are_listed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(layer_rows, "MOST_ROWS", 3)
        many = report(finding("BN101", "layer_6"), layers=8)
        told = document(many)
        rows = [value for value in told.values("id") if re.fullmatch(r"layer-\d+-\d+", value)]
        assert rows == ["layer-1-1", "layer-1-2", "layer-1-7"]
        assert "3 of the 8 layers are listed" in told.text

    def test_of_many_some_are_drawn_and_the_page_says_so(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(layer_rows, "MOST_PICTURED", 1)
        told = document(report(layers=3))
        assert told.tags["svg"] == 4
        assert "Pictures are drawn of 1 of the 3 layers" in told.text

    def test_no_link_leads_to_a_row_for_which_there_is_no_room(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(layer_rows, "MOST_ROWS", 1)
        told = document(report(finding("BN101", "a"), finding("BN101", "b")))
        assert [href for href in told.values("href") if href.startswith("#layer-")] == []


class TestCourse:
    def test_statistics_are_drawn_over_the_steps_with_how_far_they_moved(self) -> None:
        told = a_run(["a"])
        levels = tuple(artifact(step, {"a": (mean, 1.0)}) for step, mean in ((100, 1.0), (200, 2.0), (400, 4.0)))
        pair = [moved("moving", 0.5, 0.25)], [moved("moving", 0.125, None)]
        run = run_of(*pair, artifacts=tuple(one.path for one in levels))
        html = page(replace(told, artifacts=levels, runs=(run,)))
        text = Document(html).text
        assert "mean 0.5 → 2 mean of a at each checkpoint median 0.5, 1, 2" in text
        assert "-4 to 4" in text
        assert "0.5, 0.125 moved 0.5 → 0.125" in text
        assert "0.25, ? moved 0.25 → ?" in text
        assert "L66.67 " in html  # step 200 of 100 to 400

    def test_a_checkpoint_that_is_no_number_leaves_a_gap(self) -> None:
        told = a_run(["a"])
        held = {"moving_mean": TensorSummary(0.0, 0.5, 1.0, 1, 0)}
        broken = replace(told.artifacts[1], layers=(layer_report("a", statistics=held),))
        text = document(replace(told, artifacts=(told.artifacts[0], broken, told.artifacts[2]))).text
        assert "mean of a at each checkpoint median 0.25, ?, 0.25" in text

    @pytest.mark.parametrize(
        ("verdict", "word"), [("reset", "reset at step 300"), ("stalled", "stalled since step 200")]
    )
    def test_since_when_it_is_so(self, verdict: str, word: str) -> None:
        run = run_of([moved("moving", 0.5, 0.5)], [moved(verdict, 0.5, 0.5)])
        assert f"a {word}" in document(replace(a_run(["a"]), runs=(run,))).text

    def test_every_checkpoint_is_named(self) -> None:
        assert ", ".join(f"m-{100 * number}" for number in range(1, 13)) in document(a_run(checkpoints=12)).text

    def test_those_that_ask_for_attention_come_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(courses, "MOST_STRIPS", 2)
        told = a_run(["a", "b", "c"])
        pair = [moved("moving", 0.5, 0.5, "a"), moved("moving", 0.5, 0.5, "b"), moved("stalled", "=", "=", "c")]
        text = document(replace(told, runs=(run_of(pair, pair),))).text
        assert "Not drawn: 1 layer;" in text
        drawn = re.findall(r"\b([abc]) (stalled|steady|moving|converging)", text)
        assert [layer for layer, _ in drawn][:2] == ["c", "a"]

    def test_of_many_checkpoints_some_are_drawn_and_the_page_says_so(self) -> None:
        text = document(a_run(["a"], checkpoints=60)).text
        assert f"{courses.MOST_DRAWN} of the 60 checkpoints are drawn" in text
        median = re.search(r"mean of a at each checkpoint median ([\d., ]+)", text)
        assert median is not None
        assert len(median[1].split(", ")) == courses.MOST_DRAWN

    def test_steps_that_do_not_grow_are_in_even_distances(self) -> None:
        told = a_run(["a"])
        same = tuple(replace(one, step=told.artifacts[0].step) for one in told.artifacts)
        assert "in even distances" in document(replace(told, artifacts=same)).text
        assert "in even distances" not in document(told).text

    def test_a_run_that_was_not_compared_says_why(self) -> None:
        alone = RunReport("m", ("run/m-100",), skipped=(Skipped("BN501", "only one could be read"),), notes=("a note",))
        told = document(replace(a_run(), runs=(alone,)))
        assert "note a note skipped BN501: only one could be read" in told.text
        assert "Course over" not in told.text


class _Counted(Sequence[_T]):
    """Items that are made anew for everyone who asks, as packed ones are."""

    def __init__(self, items: Sequence[_T]) -> None:
        self._items = items
        self.passes = 0

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, index: int) -> _T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[_T]: ...
    def __getitem__(self, index: int | slice) -> _T | Sequence[_T]:
        return self._items[index]

    def __iter__(self) -> Iterator[_T]:
        self.passes += 1
        return iter(self._items)


def test_many_artifacts_come_in_pieces_and_are_passed_a_few_times() -> None:
    one = report(finding("BN101", repair="r()"), layers=3).artifacts[0]
    artifacts = _Counted([replace(one, path=f"m-{number}") for number in range(300)])
    made = pieces(Report(artifacts, rules=("BN101",)), ABOUT)
    sizes = [len(piece) for piece in made]
    assert max(sizes) < sum(sizes) / 20
    assert artifacts.passes <= 4


def _with(*layers: LayerReport) -> Report:
    told = report(layers=0)
    return replace(told, artifacts=(replace(told.artifacts[0], layers=layers),))


def test_a_place_without_a_checkpoint_is_told() -> None:
    nothing = Problem("runs", "holds no checkpoint", ProblemKind.NO_CHECKPOINT)
    told = Report((ArtifactReport("runs", None, "unknown", None, problems=(nothing,)),))
    assert "runs not read holds no checkpoint" in document(told, About(exit_code=3)).text
