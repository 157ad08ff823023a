from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bnlint.findings import Skipped
from bnlint.layers.layer import Array, Dialect, Layer
from bnlint.layers.subject import Need, Subject
from bnlint.rules.diagnose import diagnose
from bnlint.rules.registry import RULES
from tests.rules.build import (
    ABSENT,
    DRAWN,
    INIT,
    MOVED,
    NAN,
    NO_GRAPH,
    OFF,
    SWITCHED,
    TRAINING,
    UNREAD,
    UNSAVED,
    UNWIRED,
    WIRED,
    Table,
    Values,
    check,
    layer,
    look,
    subject,
)

ODD = [0.1, 0.7, 1.3]
"""Off the initial values, and in no half precision."""
MEAN = "the moving mean is at its initial value in every channel, and the moving variance is not"
VARIANCE = "the moving variance is at its initial value in every channel, and the moving mean is not"
WRONG = ": only one of the two is updated, and inference with them is wrong"


def half(mean: Values = ODD, variance: Values = INIT) -> Layer:
    return layer(ODD, MOVED, mean=mean, variance=variance)


def assumed(about: Layer) -> Layer:
    return about.mapped(lambda v: replace(v, is_initial_assumed=True))


def trained_by(about: Layer, *, optimized: bool = False, slots: tuple[str, ...] = ()) -> Layer:
    mean = replace(about.moving_mean, is_trainable=True, is_optimized=optimized, slots=slots)
    return replace(about, moving_mean=mean)


def from_zero(mean: Values, variance: Values) -> Layer:
    return layer(ODD, MOVED, mean=mean, variance=variance, start=(0.0, 0.0))


def holding(mean: Array, variance: Array) -> Layer:
    """Return a layer with these values in their own dtypes."""
    about = half()
    return replace(
        about,
        moving_mean=replace(about.moving_mean, values=mean),
        moving_variance=replace(about.moving_variance, values=variance),
    )


def bfloat16(*values: float) -> Array:
    """Return values as they are read from a checkpoint: float32 without the bits that bfloat16 lacks."""
    return (np.asarray(values, np.float32).view(np.uint32) & 0xFFFF0000).view(np.float32)


def starting_at(*initial: float) -> Layer:
    """Return a layer whose mean rests, and whose variances are all 0.3 and started elsewhere."""
    about = half(INIT, [0.3] * 3)
    return replace(about, moving_variance=replace(about.moving_variance, initial=np.asarray(initial, np.float32)))


ONES = np.ones(3, np.float32)
AMONG_OTHERS = [0.0, 0.3, 0.0]

TABLE: Table = {
    "only the mean moved": (subject(half()), f"error high: {VARIANCE}{WRONG}"),
    "only the variance moved": (subject(half(INIT, ODD)), f"error high: {MEAN}{WRONG}"),
    "the mean moved in one channel": (subject(half(AMONG_OTHERS)), f"error high: {VARIANCE}"),
    "both moved": (subject(half(ODD, ODD)), ""),
    "neither moved": (subject(half(INIT, INIT)), ""),
    "initial values are assumed": (subject(assumed(half()), missing=NO_GRAPH), f"error medium: {VARIANCE}{WRONG}"),
    "one of them is assumed": (
        subject(replace(half(), moving_mean=assumed(half()).moving_mean)),
        f"error medium: {VARIANCE}",
    ),
    "before training": (subject(half(), trained=False), f"info high: {VARIANCE}: the checkpoint was saved before any"),
    "nothing says whether it was trained": (subject(half(), trained=None), f"warning low: {VARIANCE}; nothing in the"),
    "the graph shows why": (
        subject(layer(ODD, MOVED, TRAINING, variance=INIT, updates=WIRED, variance_updates=UNWIRED)),
        f"error high: {VARIANCE}{WRONG}",
    ),
    "the graph shows why, the initial values are assumed": (
        subject(assumed(layer(ODD, MOVED, TRAINING, variance=INIT, updates=WIRED, variance_updates=UNWIRED))),
        f"error high: {VARIANCE}{WRONG}",
    ),
    "frozen by the configuration": (subject(replace(half(), trainable=False)), "info high: frozen on purpose"),
    "gamma and beta are not trainable": (
        subject(layer(ODD, MOVED, variance=INIT, trainable=False)),
        "info high: frozen on purpose",
    ),
    "inference uses batch statistics": (
        subject(layer(ODD, MOVED, TRAINING, OFF + TRAINING, variance=INIT)),
        "info medium: inference uses batch statistics",
    ),
    # dead channels
    "every channel is dead": (subject(half([0.0, 0, 0], [0.9**40] * 3)), f"info medium: {MEAN}; the variances are all"),
    "every channel is dead for so long that nothing is left": (subject(half(INIT, [0.0] * 3)), ""),
    "the mean rests, and some channels have the same variance": (
        subject(half(INIT, [0.3, 0.3, 0.2])),
        f"error high: {MEAN}",
    ),
    "the mean rests, and every variance is the same and above 1": (
        subject(half(INIT, [2.1, 2.1, 2.1])),
        f"error high: {MEAN}",
    ),
    "every mean is the same": (subject(half([0.3] * 3)), f"error high: {VARIANCE}"),
    "the variances are the same, and one started there": (subject(starting_at(0.3, 1, 1)), f"error high: {MEAN}"),
    "the variances are the same, and all started above": (subject(starting_at(0.4, 1, 1)), "info medium: is dead"),
    "complex values, of which nothing is claimed": (
        subject(replace(half(), moving_mean=replace(half().moving_mean, values=np.full(3, 1j, np.complex64)))),
        "",
    ),
    # one channel
    "one channel": (subject(half([0.3], [1.0])), f"error high: {VARIANCE}"),
    "one channel, whose mean rests": (subject(half([0.0], [4.1])), f"error high: {MEAN}"),
    "one channel, dead": (subject(half([0.0], [0.3])), "info medium: every channel is dead"),
    # averages that start at 0
    "averages from 0, half": (subject(from_zero(ODD, [0.0] * 3)), f"error high: {VARIANCE}"),
    "averages from 0, all variances the same": (subject(from_zero(INIT, [0.3] * 3)), f"error high: {MEAN}"),
    "averages from 0, where 1 was assumed": (subject(assumed(half(INIT, [0.0] * 3)), missing=NO_GRAPH), ""),
    # data that were standardised before
    "the data are centred and scaled": (subject(half([1e-4, -2e-4, 9e-4])), f"info medium: {VARIANCE}; the data seem"),
    "the data are nearly so": (subject(half([1e-4, -2e-4, 1.1e-3])), f"error high: {VARIANCE}"),
    "at the threshold": (subject(holding(np.asarray([1e-3, 0, 0]), ONES)), f"error high: {VARIANCE}"),
    "the variance is next to 1": (subject(half(INIT, [1.0001, 0.9999, 1.0])), "info medium: the data seem"),
    # an optimizer
    "an optimizer moved the mean": (subject(trained_by(half(), optimized=True)), ""),
    "an optimizer has slots for the mean": (subject(trained_by(half(), slots=("bn/moving_mean/Adam",))), ""),
    "the mean is trainable, and nobody trains it": (subject(trained_by(half())), f"error high: {VARIANCE}"),
    # half precision
    "float16": (
        subject(holding(np.asarray([0.5, 1, 2], np.float16), ONES.astype(np.float16))),
        f"warning low: {VARIANCE}: only one of the two is updated, or updates that small may be lost",
    ),
    "bfloat16": (subject(holding(bfloat16(0.1, 0.7, 1.3), ONES)), "warning low: lost in half precision"),
    "float32": (subject(holding(np.asarray([0.1, 0.7, 1.3], np.float32), ONES)), f"error high: {VARIANCE}"),
    "float64": (subject(holding(np.asarray([0.5, 0.75, 1.5], np.float64), ONES)), f"error high: {VARIANCE}"),
    # what is not known
    "NaN is no update": (subject(half([float("nan")] * 3)), ""),
    "the mean is NaN in one channel": (subject(half(NAN)), ""),
    "not saved": (subject(layer(UNSAVED)), ""),
    "no gamma, no beta": (subject(layer(ODD, ABSENT, variance=INIT)), f"error high: {VARIANCE}"),
}


@pytest.mark.parametrize(("about", "expected"), TABLE.values(), ids=TABLE)
def test_bn106(about: Subject, expected: str) -> None:
    check("BN106", about, expected)


def test_the_cause_and_this_are_one_diagnosis() -> None:
    about = subject(layer(ODD, MOVED, TRAINING, variance=INIT, updates=WIRED, variance_updates=UNWIRED))
    by_rule = {f.rule: f for f in diagnose(about, RULES).findings}
    assert by_rule["BN106"].causes == (by_rule["BN301"].fingerprint,)
    assert by_rule["BN106"].repair.startswith("# repair the cause first: BN301\n")


@pytest.mark.parametrize(
    ("about", "part"),
    [
        (layer(ODD, MOVED, SWITCHED, variance=INIT, updates=WIRED), "tf.get_collection(tf.GraphKeys.UPDATE_OPS)"),
        (layer(ODD, MOVED, variance=INIT, dialect=Dialect.EAGER), "self.moving_variance.assign("),
        (layer(ODD, MOVED, variance=INIT, dialect=Dialect.ASSIGN), "[assign_mean, assign_variance]"),
    ],
    ids=["tf.layers", "tensorflow 2", "hand-written"],
)
def test_the_repair_runs_both_updates(about: Layer, part: str) -> None:
    (finding,) = look("BN106", subject(about)).findings
    assert part in finding.repair
    assert "passes over" in finding.repair or "50 batches or more" in finding.repair or "500 batches" in finding.repair


@pytest.mark.parametrize(("trained", "has_one"), [(True, True), (None, True), (False, False)])
def test_an_info_has_no_repair(trained: bool | None, has_one: bool) -> None:  # noqa: FBT001
    (finding,) = look("BN106", subject(half(), trained=trained)).findings
    assert bool(finding.repair) is has_one


def test_the_evidence_has_both_ranges_and_what_proves_training() -> None:
    (finding,) = look("BN106", subject(half())).findings
    assert finding.evidence == {
        "channels": 3,
        "gamma_range": (1.25, 1.75),
        "beta_range": (0.25, 0.75),
        "trained": "global_step says so",
        "mean_range": (pytest.approx(0.1), pytest.approx(1.3)),
        "variance_range": (1.0, 1.0),
    }
    assert [(r.name, r.note) for r in finding.related] == [
        ("bn/moving_variance", "at its initial value in every channel")
    ]


def test_without_values_the_rule_is_skipped() -> None:
    assert look("BN106", subject(layer(), missing=[Need.VALUES])).skipped == (Skipped("BN106", "no values"),)
    skipped = look("BN106", subject(layer(ODD, variance=UNREAD), layer(INIT, mean=UNREAD, name="b"))).skipped
    assert skipped == (Skipped("BN106", "its statistics could not be read", ("bn", "b")),)
    skipped = look("BN106", subject(half(DRAWN))).skipped
    assert skipped == (Skipped("BN106", "the initial value of its statistics is not known", ("bn",)),)
