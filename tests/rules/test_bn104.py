from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bnlint.findings import Skipped
from bnlint.layers.layer import Dialect, Layer, Repeats
from bnlint.layers.subject import Need, Subject
from tests.rules.build import (
    ABSENT,
    INIT,
    MOVED,
    NAN,
    NO_GRAPH,
    OFF,
    TRAINING,
    UNREAD,
    UNSAVED,
    Table,
    Values,
    check,
    layer,
    look,
    subject,
)

BELOW = "variance + epsilon is 0 or negative"
MADE_UP = "the variance is negative, and epsilon makes up for it"


def having(variance: Values, epsilon: float | None = 1e-3, *uses: str, dialect: Dialect = Dialect.TF_LAYERS) -> Layer:
    return replace(layer(MOVED, MOVED, *uses, variance=variance, dialect=dialect), epsilon=epsilon)


TABLE: Table = {
    "one channel": (subject(having([1.0, -0.5, 2.0])), f"error high: {BELOW}"),
    "every channel": (subject(having([-1.0, -0.5, -2.0])), f"error high: {BELOW}"),
    "just below -epsilon": (subject(having([1.0, -0.00101, 2.0])), f"error high: {BELOW}"),
    "just above -epsilon": (subject(having([1.0, -0.00099, 2.0])), f"info high: {MADE_UP}"),
    "above another epsilon": (subject(having([1.0, -0.00099, 2.0], 1e-5)), f"error high: {BELOW}"),
    "below, and epsilon is not known": (subject(having([1.0, -0.5, 2.0], None)), "error medium: 0.001 is assumed"),
    "0": (subject(having([1.0, 0.0, 2.0])), ""),
    "0, and epsilon is 0": (subject(having([1.0, 0.0, 2.0], 0.0)), f"error high: {BELOW}"),
    "positive": (subject(having([1.0, 1e-30, 2.0])), ""),
    "a negative mean": (subject(layer(mean=[-1.0, -2.0, -3.0])), ""),
    "at init": (subject(having(INIT)), ""),
    "NaN": (subject(having(NAN)), ""),
    "NaN beside a negative channel": (subject(having([float("nan"), -1.0, 1.0])), f"error high: {BELOW}"),
    "negative infinity is BN103's": (subject(having([-float("inf"), 1.0, 1.0])), ""),
    "nothing reads it": (
        subject(having([1.0, -0.5, 2.0], 1e-3, TRAINING, OFF + TRAINING)),
        f"info high: {BELOW}; inference uses batch statistics",
    ),
    "before training": (subject(having([1.0, -0.5, 2.0]), trained=False), f"error high: {BELOW}"),
    "no graph": (subject(having([1.0, -0.5, 2.0]), missing=NO_GRAPH), f"error high: {BELOW}"),
    "not saved": (subject(layer(UNSAVED)), ""),
    "no gamma": (
        subject(replace(layer(MOVED, ABSENT, variance=[1.0, -1.0, 1.0]), epsilon=1e-3)),
        f"error high: {BELOW}",
    ),
}


@pytest.mark.parametrize(("about", "expected"), TABLE.values(), ids=TABLE)
def test_bn104(about: Subject, expected: str) -> None:
    check("BN104", about, expected)


def test_an_epsilon_that_is_known_is_not_assumed() -> None:
    (finding,) = look("BN104", subject(having([1.0, -0.5, 2.0]))).findings
    assert "assumed" not in finding.message


def test_what_only_an_assumed_epsilon_makes_up_for_is_skipped_too() -> None:
    about = replace(subject(having([1.0, -0.0005, 2.0], None)), absent=frozenset({Need.GRAPH}))
    found = look("BN104", about)
    assert [(f.severity.label, f.confidence.label) for f in found.findings] == [("info", "medium")]
    assert found.findings[0].message.endswith("(nothing says the epsilon: 0.001 is assumed)")
    assert found.skipped == (Skipped("BN104", "nothing says its epsilon", ("bn",), is_part_absent=True),)


def test_half_precision_is_compared_in_double_precision() -> None:
    half = having(MOVED)
    variance = replace(half.moving_variance, values=np.asarray([1.0, -0.001, 1.0], np.float16))
    check("BN104", subject(replace(half, moving_variance=variance)), f"error high: {BELOW}")  # -0.00100040


def test_the_evidence_counts_channels() -> None:
    (finding,) = look("BN104", subject(having([-0.5, -0.0005, 2.0]))).findings
    assert finding.evidence == {
        "channels": 3,
        "negative": 2,
        "below_epsilon": 1,
        "smallest_variance": -0.5,
        "epsilon": 1e-3,
    }
    assert [r.name for r in finding.related] == ["bn/moving_variance"]


@pytest.mark.parametrize(
    ("dialect", "part"), [(Dialect.TF_LAYERS, "sess.run(update_ops"), (Dialect.EAGER, "model(images, training=True)")]
)
def test_the_repair_names_what_may_have_written_it_and_how_to_recompute(dialect: Dialect, part: str) -> None:
    (finding,) = look("BN104", subject(having([1.0, -0.5, 2.0], dialect=dialect))).findings
    assert finding.repair.startswith("# find out who wrote it, most likely first: an optimizer")
    assert part in finding.repair


def trainable(about: Layer) -> Layer:
    return replace(about, moving_variance=replace(about.moving_variance, is_trainable=True))


@pytest.mark.parametrize(
    ("about", "first", "recomputes"),
    [
        (replace(layer(variance=[-1.0, 1.0, 1.0]), repeats=Repeats(50, 50)), "BN306", True),
        (layer(mean=[1.0, 2.0, 3.0, 4.0], variance=[-1.0, 1.0, -2.0, 3.0]), "BN109", False),
        (trainable(layer(variance=[-1.0, 1.0, 1.0])), "BN202", True),
        (replace(trainable(layer(variance=[-1.0, 1.0, 1.0])), repeats=Repeats(50, 50)), "BN202, BN306", True),
    ],
    ids=["repeated updates", "exchanged", "trainable", "trainable and repeated"],
)
def test_where_the_cause_is_known_it_is_repaired_first(about: Layer, first: str, recomputes: bool) -> None:  # noqa: FBT001
    known = replace(about, declared_momentum=0.9)
    (finding,) = look("BN104", subject(known)).findings
    assert finding.repair.partition("\n")[0] == f"# repair the cause first: {first}"
    assert ("sess.run" in finding.repair) is recomputes


@pytest.mark.parametrize(("times", "first"), [(20, "repair the cause first: BN306"), (19, "find out who wrote it")])
def test_updates_that_do_not_diverge_are_no_cause(times: int, first: str) -> None:
    about = replace(layer(variance=[-1.0, 1.0, 1.0]), repeats=Repeats(times, times), declared_momentum=0.9)
    (finding,) = look("BN104", subject(about)).findings
    assert finding.repair.startswith(f"# {first}")


def test_an_info_has_no_repair() -> None:
    (finding,) = look("BN104", subject(having([1.0, -0.0005, 2.0]))).findings
    assert not finding.repair


def test_without_values_the_rule_is_skipped() -> None:
    assert look("BN104", subject(layer(), missing=[Need.VALUES])).skipped == (Skipped("BN104", "no values"),)
    skipped = look("BN104", subject(layer(variance=UNREAD))).skipped
    assert skipped == (Skipped("BN104", "its statistics could not be read", ("bn",)),)
