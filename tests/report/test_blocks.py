"""Findings → blocks: what comes together, what leads, in which order."""

from __future__ import annotations

import itertools

import pytest

from bnlint.findings import Confidence, Finding, Severity
from bnlint.report.blocks import blocks
from tests.report.reports import cause_and_symptom, finding

WARNING, INFO = Severity.WARNING, Severity.INFO
BOTH_CAUSES = ("BN302/a", "BN401/a")


def shape(findings: list[Finding], layers: tuple[str, ...] = ()) -> list[tuple[str, str, str]]:
    """Per block: its causes, its symptoms, its layers."""
    return [
        (
            " ".join(f.rule for f in block.causes),
            " ".join(f.rule for f in block.symptoms),
            " ".join(block.layers),
        )
        for block in blocks(findings, layers)
    ]


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([*cause_and_symptom("a")], [("BN301", "BN101", "a")], id="the cause leads its symptom"),
        pytest.param(
            [*cause_and_symptom("a"), *cause_and_symptom("b")], [("BN301", "BN101", "a b")], id="layers share a block"
        ),
        pytest.param(
            [finding("BN101", causes=BOTH_CAUSES), finding("BN401"), finding("BN302")],
            [("BN302 BN401", "BN101", "a")],
            id="two causes of one symptom",
        ),
        pytest.param(
            [finding("BN101", causes=BOTH_CAUSES), finding("BN302", severity=WARNING), finding("BN401")],
            [("BN401 BN302", "BN101", "a")],
            id="the worse cause leads",
        ),
        pytest.param(
            [finding("BN101", causes=("BN301/a",)), finding("BN105", causes=("BN301/a",)), finding("BN301")],
            [("BN301", "BN101 BN105", "a")],
            id="one cause of two symptoms",
        ),
        pytest.param(
            [finding("BN401", severity=WARNING), finding("BN302", severity=WARNING)],
            [("BN302", "", "a"), ("BN401", "", "a")],
            id="causes without a symptom stay apart",
        ),
        pytest.param(
            [*cause_and_symptom("a"), finding("BN301", "b")],
            [("BN301", "BN101", "a"), ("BN301", "", "b")],
            id="a layer without the symptom has another diagnosis",
        ),
        pytest.param(
            [finding("BN301", "a"), finding("BN301", "b", message="one of its two statistics")],
            [("BN301", "", "a"), ("BN301", "", "b")],
            id="another message",
        ),
        pytest.param(
            [finding("BN301", "a"), finding("BN301", "b", repair="other")],
            [("BN301", "", "a"), ("BN301", "", "b")],
            id="another repair",
        ),
        pytest.param(
            [finding("BN301", "a"), finding("BN301", "b", confidence=Confidence.LOW)],
            [("BN301", "", "a"), ("BN301", "", "b")],
            id="another confidence",
        ),
        pytest.param(
            [finding("BN301", "a", suppressed="known"), finding("BN301", "b", suppressed="on purpose")],
            [("BN301", "", "a"), ("BN301", "", "b")],
            id="another reason to suppress it",
        ),
        pytest.param(
            [finding("BN301", "a", evidence={"x": 1}), finding("BN301", "b", evidence={"x": 2})],
            [("BN301", "", "a b")],
            id="evidence may differ",
        ),
        pytest.param(
            [finding("BN101", severity=INFO), finding("BN305", severity=WARNING), finding("BN401")],
            [("BN401", "", "a"), ("BN305", "", "a"), ("BN101", "", "a")],
            id="the worst first",
        ),
        pytest.param(
            [finding("BN101", causes=("BN301/a",), severity=Severity.ERROR), finding("BN301", severity=INFO)],
            [("BN301", "BN101", "a")],
            id="a symptom worse than its cause",
        ),
        pytest.param(
            [finding("BN101", causes=("not here",))], [("BN101", "", "a")], id="a symptom whose cause is not shown"
        ),
        pytest.param([finding("BN202", layer=None)], [("BN202", "", "")], id="a finding about the artifact"),
        pytest.param(
            [finding("BN501", None), finding("BN501", "a"), finding("BN503", None)],
            [("BN501", "", ""), ("BN501", "", "a"), ("BN503", "", "")],
            id="findings about a run and about its layers",
        ),
        pytest.param(
            [
                finding("BN103", causes=("BN306/a",)),
                finding("BN104", causes=("BN109/a", "BN306/a")),
                finding("BN109"),
                finding("BN306"),
            ],
            [("BN109 BN306", "BN103 BN104", "a")],
            id="causes that share one of their symptoms",
        ),
    ],
)
def test_grouping(findings: list[Finding], expected: list[tuple[str, str, str]]) -> None:
    assert shape(findings) == expected


def test_severity_of_a_block_is_the_worst_in_it() -> None:
    (block,) = blocks([finding("BN101", causes=("BN301/a",)), finding("BN301", severity=INFO)])
    assert block.severity is Severity.ERROR


def test_layers_keep_the_order_of_the_artifact() -> None:
    assert shape([finding("BN301", name) for name in "cab"], ("c", "b", "a")) == [("BN301", "", "c b a")]


def test_two_findings_of_one_rule_and_layer_are_both_kept() -> None:
    both = [finding("BN202", message="slots"), finding("BN202", message="trainable")]
    assert [block.lead.message for block in blocks(both)] == ["slots", "trainable"]


def test_the_order_of_findings_does_not_matter() -> None:
    findings = [*cause_and_symptom("a"), *cause_and_symptom("b"), finding("BN102", "c", severity=WARNING)]
    shapes = {str(shape(list(order), ("a", "b", "c"))) for order in itertools.permutations(findings)}
    assert shapes == {str([("BN301", "BN101", "a b"), ("BN102", "", "c")])}
