"""A diagnosis as plain text."""

from __future__ import annotations

from bnlint.findings import Related, Severity
from bnlint.report.blocks import blocks
from bnlint.report.links import rule_url
from bnlint.report.plain import title, told
from tests.report.reports import finding

OPS = tuple(Related("op", f"op{number}", "never runs") for number in range(9))
FINDINGS = [
    item
    for layer in "abcdefghi"
    for item in (
        finding("BN301", layer, repair="run(x)\n\tnow\x1b", evidence={"channels": 4}, related=OPS),
        finding("BN302", layer, severity=Severity.WARNING, repair="run(x)\n\tnow\x1b"),
        finding("BN101", layer, causes=(f"BN301/{layer}", f"BN302/{layer}"), repair="wait"),
    )
]


def test_the_most_important_comes_first_and_every_repair_once() -> None:
    (block,) = blocks(FINDINGS)
    assert list(told(block, verbose=True)) == [
        "what BN301 says",
        "also warning BN302 unregistered-updates: what BN302 says",
        "symptom: error BN101 frozen-statistics: what BN101 says",
        "layers: a, b, c, d, e, f, g, h, i",
        "evidence: channels 4",
        f"see {rule_url('BN301')}",
        "repair:",
        "run(x)",
        "\\tnow\\x1b",
        "repair:",
        "wait",
        "op op0, op1, op2, op3, op4, op5, op6, op7, op8: never runs",
    ]


def test_a_rule_of_a_plugin_has_no_page_to_see() -> None:
    (block,) = blocks([finding("ACME1")])
    assert list(told(block, verbose=True)) == ["what ACME1 says", "layers: a"]


def test_briefly_names_are_counted() -> None:
    (block,) = blocks(FINDINGS)
    brief = list(told(block, verbose=False))
    assert brief[3] == "layers: a, b, c, d, e, f and 3 more"
    assert brief[-1] == "op op0 and 8 more: never runs"


def test_a_title() -> None:
    assert title(finding("BN301")) == "BN301 unwired-updates"
