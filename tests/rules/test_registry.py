from __future__ import annotations

import importlib
import math
import pkgutil
import re
from dataclasses import replace

import pytest

import bnlint.rules
from bnlint.findings import Severity
from bnlint.layers.subject import Need
from bnlint.layers.why import Cause
from bnlint.report.rule_page import rule_page
from bnlint.rules.registry import RULES, UnknownRuleError, find_rules, most_specific, selected
from bnlint.rules.rule import Rule, rule

CODES = [r.code for r in RULES]
SECTIONS = ["What it means", "Why it is bad", "How it is recognised", "Example", "How to repair", "Known limits"]


def test_every_module_of_a_rule_is_registered_once() -> None:
    names = [info.name for info in pkgutil.iter_modules(bnlint.rules.__path__) if re.match(r"bn\d", info.name)]
    assert [name.partition("_")[0].upper() for name in sorted(names)] == CODES


def test_codes_and_names_are_unique_and_in_order() -> None:
    assert sorted(set(CODES)) == CODES
    assert len({r.name for r in RULES}) == len(RULES)


@pytest.mark.parametrize("about", RULES, ids=CODES)
def test_module_code_and_name_agree(about: Rule) -> None:
    module = importlib.import_module(f"bnlint.rules.{about.code.lower()}_{about.name.replace('-', '_')}")
    assert getattr(module, about.name.replace("-", "_")) is about
    assert about.page == module.__doc__


@pytest.mark.parametrize("about", RULES, ids=CODES)
def test_every_page_has_its_sections_in_order_and_none_is_empty(about: Rule) -> None:
    _, *parts = re.split(r"^## (.+)$", about.page, flags=re.MULTILINE)
    assert parts[::2] == SECTIONS
    assert all(part.strip() for part in parts[1::2])


@pytest.mark.parametrize("about", RULES, ids=CODES)
def test_every_page_opens_with_one_sentence_and_shows_code(about: Rule) -> None:
    assert re.fullmatch(r"[A-Z].+\.", about.summary)
    assert about.page.splitlines()[1] == ""
    example = about.page.partition("## Example\n")[2].partition("##")[0]
    assert all(line.startswith("    ") for line in example.strip("\n").splitlines() if line)


@pytest.mark.parametrize("about", RULES, ids=CODES)
def test_the_codes_that_a_page_mentions_exist(about: Rule) -> None:
    assert set(re.findall(r"BN\d{3}", about.page)) <= set(CODES)


@pytest.mark.parametrize("need", Need)
def test_what_a_rule_needs_is_said_in_words(need: Need) -> None:
    page = rule_page(replace(RULES[0], needs=frozenset({need})))
    assert re.search(r"^Default severity: error\. Needs: (a|the) [\w ,:'-]+\.$", page, re.MULTILINE)


def test_every_answer_of_the_decision_tree_is_a_rule_that_is_a_cause() -> None:
    causes = {r.code for r in RULES if "BN101" in r.explains}
    assert {cause.value for cause in Cause} | {"BN305"} == causes


def test_a_rule_explains_symptoms_that_exist_and_explain_nothing_themselves() -> None:
    explained = {code for r in RULES for code in r.explains}
    assert explained == {r.code for r in RULES if r.code in explained and not r.explains}


def test_a_rule_without_a_page_is_refused() -> None:
    with pytest.raises(ValueError, match="BN999 has no documentation page"):
        rule("BN999", "none", RULES[0].severity, set(), None)


THRESHOLDS = {
    "BN105.warning": (0.05, 0.0, 1.0),
    "BN105.error": (0.3, 0.0, 1.0),
    "BN106.near": (1e-3, 0.0, math.inf),
    "BN108.small": (1e-6, 0.0, math.inf),
    "BN108.large": (1e4, 0.0, math.inf),
    "BN305.low": (0.2, 0.0, 1.0),
    "BN306.per-step": (1.0, 0.01, 2.0),
    "BN306.immense": (1e12, 1e3, math.inf),
    "BN501.trained": (0.0, 0.0, math.inf),
    "BN502.moved": (0.0, 0.0, math.inf),
}
"""What a configuration may set, with the default and the bounds: a team's file depends on it."""


def test_the_thresholds() -> None:
    assert {t.key: (t.default, t.least, t.most) for r in RULES for t in r.thresholds} == THRESHOLDS
    assert all(t.key.startswith(f"{r.code}.") for r in RULES for t in r.thresholds)


@pytest.mark.parametrize("about", RULES, ids=CODES)
def test_a_page_says_what_can_be_set(about: Rule) -> None:
    page = rule_page(about)
    place = SECTIONS.index("How it is recognised") + 1
    sections = [*SECTIONS[:place], *(["Thresholds"] if about.thresholds else []), *SECTIONS[place:]]
    assert re.findall("^## (.*)$", page, re.MULTILINE) == sections
    for number in about.thresholds:
        assert f"\n- `{number.key}` ({number.default:g}): {number.meaning}\n" in page
        assert re.fullmatch(r"[^\n]+[^.\n]", number.meaning)


def test_a_page_without_the_usual_sections_ends_with_what_can_be_set() -> None:
    about = next(rule for rule in RULES if rule.thresholds)
    page = rule_page(replace(about, page="What it is.\n\n## More\nOf it.\n", thresholds=about.thresholds[:1]))
    begin, end = page.split("Of it.\n\n## Thresholds\nThe configuration may set:\n\n")
    assert begin.endswith("\n\nWhat it is.\n\n## More\n")
    assert re.fullmatch(rf"- `{about.thresholds[0].key}` .*\n", end)


def test_the_severity_of_the_plain_case() -> None:
    warnings = {"BN102", "BN105", "BN202", "BN203", "BN305", "BN501", "BN502"}
    assert {r.code for r in RULES if r.severity is Severity.WARNING} == warnings
    assert {r.code for r in RULES if r.severity is Severity.INFO} == {"BN108", "BN204"}


@pytest.mark.parametrize(
    ("word", "codes"),
    [
        ("BN301", ["BN301"]),
        ("bn301", ["BN301"]),
        ("unwired-updates", ["BN301"]),
        ("Unwired-Updates", ["BN301"]),
        ("BN30", ["BN301", "BN302", "BN303", "BN304", "BN305", "BN306"]),
        ("BN4", ["BN401", "BN402", "BN403"]),
        ("BN", CODES),
    ],
)
def test_a_word_finds_its_rules(word: str, codes: list[str]) -> None:
    assert [r.code for r in find_rules(word)] == codes


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("BN310", "did you mean BN30"),
        ("BN9", "did you mean BN109?"),
        ("unwired-update", "did you mean unwired-updates?"),
        ("frozen-statistic", "did you mean frozen-statistics?"),
        ("B", "'bnlint rule' lists them"),
        ("", "'bnlint rule' lists them"),
        ("301", "did you mean BN301?"),
        ("unwired", ""),
        ("BN3011", "did you mean BN301?"),
        ("BN301 ", "did you mean BN301?"),
    ],
)
def test_an_unknown_word_is_an_error_with_a_near_miss(word: str, hint: str) -> None:
    with pytest.raises(UnknownRuleError, match=re.escape(f"there is no rule {word!r}")) as raised:
        find_rules(word)
    assert hint in str(raised.value)


@pytest.mark.parametrize(
    ("select", "ignore", "codes"),
    [
        ([], [], CODES),
        (["BN301"], [], ["BN301"]),
        (["BN4", "BN101"], [], ["BN101", "BN401", "BN402", "BN403"]),
        (["BN101", "frozen-statistics"], [], ["BN101"]),
        ([], ["BN"], []),
        ([], ["BN1", "BN2", "BN3", "BN5"], ["BN401", "BN402", "BN403"]),
        (["BN3"], ["BN301", "ungated-updates"], ["BN302", "BN303", "BN305", "BN306"]),
        (["BN301"], ["BN301"], []),
    ],
)
def test_selection(select: list[str], ignore: list[str], codes: list[str]) -> None:
    assert [r.code for r in selected(select, ignore)] == codes


@pytest.mark.parametrize("where", ["select", "ignore"])
def test_a_typo_in_a_selection_is_an_error(where: str) -> None:
    words = {"select": [], "ignore": [], where: ["BN301", "BN999"]}
    with pytest.raises(UnknownRuleError, match="BN999"):
        selected(**words)


@pytest.mark.parametrize("words", [("BN", "BN5", "BN501"), ("stalled-statistics", "BN5", "BN"), ("BN501", "BN", "BN5")])
def test_of_several_words_the_one_that_means_the_fewest_rules_speaks_for_a_rule(words: tuple[str, ...]) -> None:
    found = most_specific(words)
    assert found["BN501"] in {"BN501", "stalled-statistics"}
    assert {code: word for code, word in found.items() if code in {"BN101", "BN502"}} == {"BN101": "BN", "BN502": "BN5"}
    assert len(found) == len(RULES)
