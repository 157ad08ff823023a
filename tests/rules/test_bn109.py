from __future__ import annotations

from dataclasses import replace

import pytest

from bnlint.findings import Skipped
from bnlint.layers.layer import Dialect, Layer
from bnlint.layers.subject import Need, Subject
from bnlint.rules.diagnose import diagnose
from bnlint.rules.registry import RULES
from tests.rules.build import (
    INIT,
    MOVED,
    NO_GRAPH,
    OFF,
    TRAINING,
    UNREAD,
    UNSAVED,
    Table,
    check,
    layer,
    look,
    subject,
)

EXCHANGED = "mean and variance are exchanged: the mean is never negative, and the variance is"


def swapped(
    channels: int, name: str = "bn", epsilon: float | None = 1e-3, dialect: Dialect = Dialect.TF_LAYERS
) -> Layer:
    """Return a layer whose mean is that of variances, and whose variance is that of means."""
    variance = [-0.5 if c % 2 else 0.25 for c in range(channels - 1)] + [-2.0]
    about = layer(mean=[0.5 + c for c in range(channels)], variance=variance, name=name, dialect=dialect)
    return replace(about, epsilon=epsilon)


def diverged(name: str) -> Layer:
    """Return a layer that has negative means beside negative variances."""
    return replace(layer(mean=[-3.0, 5.0, 7.0], variance=[-9.0, 4.0, -1.0], name=name), epsilon=1e-3)


def trained_by(about: Layer, *, optimized: bool = False, slots: tuple[str, ...] = ()) -> Layer:
    return replace(about, moving_variance=replace(about.moving_variance, is_optimized=optimized, slots=slots))


def of_values(mean: list[float], variance: list[float]) -> Subject:
    return subject(replace(layer(mean=mean, variance=variance), epsilon=1e-3))


EIGHT = [1.0, 2, 3, 4, 5, 6, 7, 8]

TABLE: Table = {
    "8 channels": (subject(swapped(8)), f"error high: {EXCHANGED}"),
    "7 channels": (subject(swapped(7)), f"error medium: {EXCHANGED}"),
    "4 channels": (subject(swapped(4)), f"error medium: {EXCHANGED}"),
    "3 channels may be chance": (subject(swapped(3)), ""),
    "1 channel": (subject(swapped(1)), ""),
    "two layers count together": (subject(swapped(3), swapped(5, "b")), f"error high: {EXCHANGED}"),
    "three small layers": (subject(swapped(2), swapped(1, "b"), swapped(1, "c")), f"error medium: {EXCHANGED}"),
    "no epsilon": (subject(swapped(8, epsilon=None), missing=NO_GRAPH), f"error high: {EXCHANGED}"),
    "before training": (subject(swapped(8), trained=False), f"error high: {EXCHANGED}"),
    "a mean of 0 among others": (of_values([0.0, *EIGHT[1:]], [-v for v in EIGHT]), f"error high: {EXCHANGED}"),
    "every mean is 0": (of_values([0.0] * 8, [-v for v in EIGHT]), ""),
    "one mean is negative": (of_values([-0.1, *EIGHT[1:]], [-v for v in EIGHT]), ""),
    "behind a ReLU no mean is negative": (of_values(EIGHT, EIGHT), ""),
    "behind a ReLU, ported from another epsilon": (of_values(EIGHT, [*EIGHT[1:], -0.0009]), ""),
    "at -epsilon": (
        subject(replace(layer(mean=EIGHT, variance=[*EIGHT[1:], -0.5]), epsilon=0.5)),
        f"error high: {EXCHANGED}",
    ),
    "at init": (subject(layer(INIT)), ""),
    "exchanged before training": (of_values([1.0] * 8, [0.0] * 8), ""),
    "not saved": (subject(layer(UNSAVED)), ""),
    "NaN": (of_values([float("nan")] * 8, [-v for v in EIGHT]), ""),
    "an optimizer moved them": (subject(trained_by(swapped(8), optimized=True)), ""),
    "an optimizer has slots for them": (subject(trained_by(swapped(8), slots=("bn/moving_variance/Adam",))), ""),
    "nothing reads them": (
        subject(replace(swapped(8), applications=layer(MOVED, MOVED, TRAINING, OFF + TRAINING).applications)),
        f"info high: {EXCHANGED}; inference uses batch statistics",
    ),
}


@pytest.mark.parametrize(("about", "expected"), TABLE.values(), ids=TABLE)
def test_bn109(about: Subject, expected: str) -> None:
    check("BN109", about, expected)


def test_where_another_layer_has_negative_means_too_it_is_less_sure() -> None:
    (finding,) = look("BN109", subject(swapped(8), diverged("b"))).findings
    assert (finding.layer, finding.confidence.label) == ("bn", "low")


def test_a_healthy_layer_beside_it_changes_nothing() -> None:
    (finding,) = look("BN109", subject(swapped(8), layer(name="b"))).findings
    assert (finding.layer, finding.confidence.label) == ("bn", "high")


def test_it_explains_the_negative_variance() -> None:
    by_rule = {f.rule: f for f in diagnose(subject(swapped(8)), RULES).findings}
    assert by_rule["BN104"].causes == (by_rule["BN109"].fingerprint,)


def test_the_evidence_has_both_ranges() -> None:
    (finding,) = look("BN109", subject(swapped(4))).findings
    assert finding.evidence == {"mean_range": (0.5, 3.5), "variance_range": (-2.0, 0.25)}
    assert [r.name for r in finding.related] == ["bn/moving_mean", "bn/moving_variance"]


@pytest.mark.parametrize(
    ("dialect", "part"), [(Dialect.TF_LAYERS, "moving_mean.load(mean, sess)"), (Dialect.EAGER, "layer.set_weights(")]
)
def test_the_repair_is_in_the_words_of_the_dialect(dialect: Dialect, part: str) -> None:
    (finding,) = look("BN109", subject(swapped(8, dialect=dialect))).findings
    assert part in finding.repair


def test_without_values_the_rule_is_skipped() -> None:
    assert look("BN109", subject(layer(), missing=[Need.VALUES])).skipped == (Skipped("BN109", "no values"),)
    skipped = look("BN109", subject(layer(mean=UNREAD))).skipped
    assert skipped == (Skipped("BN109", "its statistics could not be read", ("bn",)),)
