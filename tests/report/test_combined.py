"""Several causes and symptoms of one layer, as the catalogue links them → blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from bnlint.findings import Confidence
from bnlint.layers.layer import Layer
from bnlint.layers.subject import Subject
from bnlint.report.blocks import blocks
from bnlint.results import Report
from bnlint.rules.diagnose import diagnose
from bnlint.rules.registry import RULES
from bnlint.rules.rule import Blind, Claim, LayerRule, Rule
from tests.report.rendering import render_check
from tests.report.reports import artifact
from tests.rules.build import layer, subject

MANY = 36


def saying(rule: Rule, found: Mapping[str, str]) -> LayerRule:
    """Return a rule of the same place in the catalogue that claims what ``found`` has, by layer."""

    def look(about: Layer, _: Subject) -> Iterator[Claim | Blind]:
        if rule.code in found[about.name].split():
            number = about.name.rpartition("_")[2]
            yield Claim(
                about, rule.severity, Confidence.HIGH, "it is so", f"repair({rule.code})", {"number": int(number)}
            )

    return LayerRule(rule.code, rule.name, rule.severity, frozenset(), "page", rule.explains, (), look)


def diagnosed(found: Mapping[str, str]) -> Report:
    """Return a report in which the rules named in ``found`` spoke about each layer, linked as they really are."""
    about = subject(*(layer(name=name) for name in found))
    findings = diagnose(about, [saying(rule, found) for rule in RULES]).findings
    return Report((artifact(40, dict.fromkeys(found, (0.0, 1.0)), findings=findings),), rules=("BN101",))


def shape(found: Mapping[str, str]) -> list[tuple[str, str, int]]:
    """Per block: its causes, its symptoms, and how many layers."""
    shown = blocks(diagnosed(found).artifacts[0].findings, tuple(found))
    return [(" ".join(f.rule for f in b.causes), " ".join(f.rule for f in b.symptoms), len(b.layers)) for b in shown]


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ("BN301 BN101", [("BN301", "BN101")]),
        ("BN301 BN106", [("BN301", "BN106")]),
        ("BN302 BN401 BN101", [("BN302 BN401", "BN101")]),
        ("BN301 BN305 BN101", [("BN301 BN305", "BN101")]),
        ("BN306 BN103", [("BN306", "BN103")]),
        ("BN306 BN103 BN104 BN108", [("BN306", "BN103 BN104 BN108")]),
        ("BN109 BN104", [("BN109", "BN104")]),
        ("BN109 BN306 BN104 BN103", [("BN109 BN306", "BN103 BN104")]),
        ("BN202 BN104", [("BN202", "BN104")]),
        ("BN104 BN103", [("BN103", ""), ("BN104", "")]),
        ("BN301 BN101 BN204 BN305", [("BN301 BN305", "BN101"), ("BN204", "")]),
        ("BN301 BN101 BN306 BN103", [("BN301", "BN101"), ("BN306", "BN103")]),
        ("BN105", [("BN105", "")]),
    ],
)
def test_layers_with_the_same_diagnosis_are_one_block(codes: str, expected: list[tuple[str, str]]) -> None:
    assert shape({f"layer_{n}": codes for n in range(MANY)}) == [(*each, MANY) for each in expected]


def test_another_symptom_is_another_diagnosis_and_the_repair_is_told_once() -> None:
    found = {f"layer_{n}": "BN306 BN103" if n % 4 else "BN306" for n in range(MANY)}
    assert shape(found) == [("BN306", "", 9), ("BN306", "BN103", 27)]
    text = render_check(diagnosed(found))
    assert text.count("repair(BN306)") == 1
    assert text.index("repair(BN306)") < text.index("  repair      BN306: as above\n")
    assert "\nrepair(BN103)\n" in text


def test_what_a_person_reads_of_36_layers() -> None:
    text = render_check(diagnosed({f"layer_{n}": "BN306 BN103 BN104" for n in range(MANY)}))
    assert "error BN306 repeated-updates: 36 of 36 layers\n" in text
    assert "  symptom     error BN103 non-finite: it is so\n" in text
    assert "  symptom     error BN104 negative-variance: it is so\n" in text
    assert "  evidence    number 0 to 35\n" in text
    assert [text.count(f"\nrepair({code})\n") for code in ("BN306", "BN103", "BN104")] == [1, 1, 1]
    assert len(text.splitlines()) < 30
