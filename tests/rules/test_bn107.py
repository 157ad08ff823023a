from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bnlint.findings import Skipped
from bnlint.layers.layer import Dialect, Layer
from bnlint.layers.subject import Need, Subject
from tests.rules.build import (
    INIT,
    MOVED,
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
    update,
)

LEFT = 0.9**40
EQUAL = (LEFT,) * 3
EVERY = "every channel has the same moving variance"


def averaged(variance: Values, momentum: float | None = 0.9, mean: Values = MOVED, start: float = 1.0) -> Layer:
    updates = () if momentum is None else (update(wired=True, momentum=momentum),)
    return layer(MOVED, MOVED, TRAINING, mean=mean, variance=variance, updates=updates, start=(0.0, start))


def drawn(bn: Layer) -> Layer:
    return replace(bn, moving_variance=replace(bn.moving_variance, initial=None))


def in_half_precision(bn: Layer) -> Layer:
    assert bn.moving_variance.values is not None
    halves = bn.moving_variance.values.astype(np.float16)
    return replace(bn, moving_variance=replace(bn.moving_variance, values=halves))


def of_one_channel(bn: Layer) -> Layer:
    return bn.mapped(lambda v: v if v.values is None else replace(v, values=v.values[:1]))


TABLE: Table = {
    "what 40 updates left": (subject(averaged(EQUAL)), f"error high: {EVERY}"),
    "what one update left": (subject(averaged((0.9,) * 3)), f"error high: {EVERY}"),
    "what 5000 updates of 0.999 left": (subject(averaged((0.999**5000,) * 3, 0.999)), f"error high: {EVERY}"),
    "nothing left": (subject(averaged((0.0,) * 3)), f"error high: {EVERY}"),
    "of another initial value": (subject(averaged((LEFT / 2,) * 3, start=0.5)), f"error high: {EVERY}"),
    "a momentum that is not known": (subject(averaged(EQUAL, None), missing=NO_GRAPH), f"error medium: {EVERY}"),
    "an initial value that is not known": (subject(drawn(averaged(EQUAL))), f"error medium: {EVERY}"),
    "half precision": (subject(in_half_precision(averaged((0.35,) * 3))), f"error medium: {EVERY}"),
    "a momentum that is declared": (
        subject(layer(variance=EQUAL, declared_momentum=0.9, dialect=Dialect.EAGER), missing=NO_GRAPH),
        f"error high: {EVERY}",
    ),
    "nothing reads it": (
        subject(layer(MOVED, MOVED, TRAINING, OFF + TRAINING, variance=EQUAL, updates=(update(wired=True),))),
        f"info high: {EVERY}",
    ),
    # must not fire
    "no power of the momentum": (subject(averaged((0.85,) * 3)), ""),
    "more than the initial value": (subject(averaged((2.0,) * 3)), ""),
    "an average that starts at 0": (subject(averaged(EQUAL, start=0.0)), ""),
    "one channel differs in its last bit": (
        subject(averaged((LEFT, LEFT, float(np.nextafter(np.float32(LEFT), np.float32(1)))))),
        "",
    ),
    "the initial value": (subject(averaged(INIT)), ""),
    "all channels dead": (subject(averaged(EQUAL, mean=INIT)), ""),
    "the same mean in every channel": (subject(averaged(EQUAL, mean=(2.0, 2.0, 2.0))), ""),
    "a mean that is not finite": (subject(averaged(EQUAL, mean=(np.nan, 1.0, 2.0))), ""),
    "one channel": (subject(of_one_channel(averaged(EQUAL))), ""),
    "not finite": (subject(averaged((np.inf,) * 3)), ""),
    "not saved": (subject(averaged(UNSAVED)), ""),
}


@pytest.mark.parametrize(("about", "expected"), TABLE.values(), ids=TABLE)
def test_bn107(about: Subject, expected: str) -> None:
    check("BN107", about, expected)


def test_the_evidence() -> None:
    (finding,) = look("BN107", subject(averaged(EQUAL))).findings
    assert finding.evidence == {
        "channels": 3,
        "variance": pytest.approx(LEFT),
        "mean_range": (0.25, 0.75),
        "momentum": 0.9,
        "momentum_source": "graph",
        "updates": 40,
    }
    assert [r.name for r in finding.related] == ["bn/moving_variance"]


@pytest.mark.parametrize(
    ("dialect", "call"), [(Dialect.TF_LAYERS, "layer_norm(x)"), (Dialect.EAGER, "GroupNormalization")]
)
def test_the_repair(dialect: Dialect, call: str) -> None:
    (finding,) = look("BN107", subject(replace(averaged(EQUAL), dialect=dialect))).findings
    assert call in finding.repair


def test_what_was_not_read_is_skipped() -> None:
    skipped = look("BN107", subject(averaged(UNREAD))).skipped
    assert skipped == (Skipped("BN107", "its statistics could not be read", ("bn",)),)
    assert look("BN107", subject(averaged(EQUAL), missing=[Need.VALUES])).skipped == (Skipped("BN107", "no values"),)
