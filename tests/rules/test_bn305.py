from __future__ import annotations

from dataclasses import replace

import pytest

from bnlint.findings import Skipped
from bnlint.layers.layer import Dialect, Layer, UpdateOp
from bnlint.layers.subject import Need, Subject
from bnlint.rules.diagnose import diagnose
from bnlint.rules.registry import find_rules
from tests.rules.build import (
    INFERENCE,
    INIT,
    MOVED,
    OFF,
    TRAINING,
    UNREAD,
    Table,
    Values,
    check,
    layer,
    look,
    subject,
    update,
)


def momentum(*values: float | None) -> tuple[UpdateOp, ...]:
    return tuple(update(wired=True, momentum=value) for value in values)


def moved(*values: float | None, statistics: Values = MOVED, dialect: Dialect = Dialect.TF_LAYERS) -> Layer:
    return layer(statistics, MOVED, TRAINING, updates=momentum(*values), dialect=dialect)


NEVER = "the updates never move the statistics"

TABLE: Table = {
    "1, frozen": (subject(moved(1.0, statistics=INIT)), f"warning high: {NEVER}"),
    "1, not read": (subject(moved(1.0, statistics=UNREAD)), f"warning high: {NEVER}"),
    "1, moved all the same": (subject(moved(1.0)), f"warning low: {NEVER}"),
    "0": (subject(moved(0.0)), "warning medium: those of the last batch"),
    "0.1": (subject(moved(0.1)), "warning medium: looks like another framework's"),
    "0.2": (subject(moved(0.2)), "warning medium: looks like another framework's"),
    "negative": (subject(moved(-0.5)), "warning medium: looks like another framework's"),
    "above 1": (subject(moved(1.5)), "warning high: the momentum is above 1: every update moves the statistics away"),
    "0.21": (subject(moved(0.21)), ""),
    "0.9": (subject(moved(0.9)), ""),
    "0.999": (subject(moved(0.999)), ""),
    "all of several are 1": (subject(moved(1.0, 1.0, statistics=INIT)), f"warning high: {NEVER}"),
    "an inference copy with decay=1": (subject(moved(1.0, 0.9)), ""),
    "an inference copy with decay=1, after": (subject(moved(0.9, 1.0)), ""),
    "an inference copy with decay=1, and 0.1": (subject(moved(1.0, 0.1)), "warning medium: another framework's"),
    "0.1 and 0.9": (subject(moved(0.1, 0.9)), ""),
    "0.9 and 0.1": (subject(moved(0.9, 0.1)), ""),
    "one statistic with 0.1, the other with 0.9": (
        subject(layer(MOVED, MOVED, TRAINING, updates=momentum(0.1), variance_updates=momentum(0.9))),
        "",
    ),
    "one statistic with 0.9, the other with 0.1": (
        subject(layer(MOVED, MOVED, TRAINING, updates=momentum(0.9), variance_updates=momentum(0.1))),
        "",
    ),
    "what inference read and writes back, in a graph that does not train": (
        replace(
            subject(layer(MOVED, MOVED, OFF + INFERENCE, updates=momentum(1.0))), missing={Need.TRAINING: "serves only"}
        ),
        "",
    ),
    "in a graph that does not train and says nothing of modes": (
        replace(subject(layer(MOVED, MOVED, updates=momentum(1.0))), missing={Need.TRAINING: "serves only"}),
        f"warning low: {NEVER}",
    ),
    "in a graph that does not train, in both modes": (
        replace(
            subject(layer(MOVED, MOVED, OFF + INFERENCE, OFF + TRAINING, OFF + INFERENCE, updates=momentum(1.0))),
            missing={Need.TRAINING: "serves only"},
        ),
        f"warning low: {NEVER}",
    ),
    "not a constant": (subject(moved(None)), ""),
    "one of them not a constant": (subject(moved(1.0, None)), ""),
    "no updates": (subject(layer(INIT, MOVED, INFERENCE)), ""),
    "declared 0.1": (subject(layer(declared_momentum=0.1)), "warning medium: looks like another framework's"),
    "declared 1, frozen": (subject(layer(INIT, declared_momentum=1.0)), f"warning high: {NEVER}"),
    "declared 0.99": (subject(layer(declared_momentum=0.99), missing=[Need.GRAPH]), ""),
    "updates say more than the configuration": (
        subject(layer(updates=momentum(0.9), declared_momentum=0.1)),
        "",
    ),
    "nothing reads the statistics": (
        subject(layer(INIT, MOVED, TRAINING, OFF + TRAINING, updates=momentum(1.0))),
        f"info high: {NEVER}",
    ),
    "0, and all of several copies use batch statistics": (
        subject(layer(MOVED, MOVED, TRAINING, TRAINING, updates=momentum(0.0))),
        "info medium: those of the last batch",
    ),
    "0, and one of several copies reads the statistics": (
        subject(layer(MOVED, MOVED, TRAINING, TRAINING, OFF + INFERENCE, updates=momentum(0.0))),
        "warning medium: those of the last batch",
    ),
    "0.1, and all of several copies use batch statistics": (
        subject(layer(MOVED, MOVED, TRAINING, TRAINING, updates=momentum(0.1))),
        "warning medium: looks like another framework's",
    ),
    "only the mean has 1": (
        subject(layer(MOVED, MOVED, TRAINING, mean=INIT, updates=momentum(1.0), variance_updates=momentum(0.9))),
        "warning high: the momentum of its moving mean is 1: the updates never move it",
    ),
    "only the variance has 1": (
        subject(layer(MOVED, MOVED, TRAINING, variance=INIT, updates=momentum(0.9), variance_updates=momentum(1.0))),
        "warning high: the momentum of its moving variance is 1",
    ),
    "only the variance has 1, moved all the same": (
        subject(layer(MOVED, MOVED, TRAINING, updates=momentum(0.9), variance_updates=momentum(1.0))),
        "warning low: the momentum of its moving variance is 1",
    ),
    "only the variance has 1, in one of its copies": (
        subject(layer(MOVED, MOVED, TRAINING, updates=momentum(0.9), variance_updates=momentum(1.0, 0.9))),
        "",
    ),
    "declared 0, without a graph": (
        subject(layer(declared_momentum=0.0), missing=[Need.GRAPH]),
        "warning medium: those of the last batch",
    ),
    "declared 0.2, without a graph": (
        subject(layer(declared_momentum=0.2), missing=[Need.GRAPH]),
        "warning medium: looks like another framework's",
    ),
    "a schedule, and declared 0.1": (subject(layer(updates=momentum(None), declared_momentum=0.1)), ""),
}


@pytest.mark.parametrize(("about", "expected"), TABLE.values(), ids=TABLE)
def test_bn305(about: Subject, expected: str) -> None:
    check("BN305", about, expected)


@pytest.mark.parametrize(
    ("dialect", "code"),
    [
        (Dialect.SLIM, "x = tf.contrib.layers.batch_norm(x, decay=0.99, is_training=is_training)"),
        (Dialect.EMA, "ema = tf.train.ExponentialMovingAverage(decay=0.99)"),
        (Dialect.TF_LAYERS, "x = tf.layers.batch_normalization(x, momentum=0.99, training=is_training)"),
        (Dialect.KERAS, "tf.keras.layers.BatchNormalization(momentum=0.99)"),
        (Dialect.EAGER, "tf.keras.layers.BatchNormalization(momentum=0.99)"),
        (Dialect.ASSIGN, "momentum = 0.99"),
    ],
)
def test_the_repair_is_code_of_the_dialect(dialect: Dialect, code: str) -> None:
    (finding,) = look("BN305", subject(moved(0.1, dialect=dialect))).findings
    assert finding.repair.endswith(f"\n{code}")
    assert finding.evidence == {"momentum": 0.1}
    assert [(r.kind, r.name, r.note) for r in finding.related] == [
        ("op", "bn/AssignMovingAvg", "has the momentum 0.1"),
    ]


def test_the_evidence_of_one_that_never_moves_is_its_own_momentum() -> None:
    stuck = layer(MOVED, MOVED, TRAINING, mean=INIT, updates=momentum(1.0), variance_updates=momentum(0.9))
    (finding,) = look("BN305", subject(stuck)).findings
    assert finding.evidence == {"momentum": 1.0}


def test_without_anything_that_says_which_layers_there_are_the_rule_is_skipped() -> None:
    assert look("BN305", subject(layer(), missing=[Need.STRUCTURE])).skipped == (Skipped("BN305", "no structure"),)


def test_a_layer_of_which_nothing_says_the_momentum_is_skipped() -> None:
    skipped = look("BN305", subject(layer(), layer(name="known", declared_momentum=0.9), missing=[Need.GRAPH])).skipped
    assert skipped == (Skipped("BN305", "nothing says its momentum", ("bn",)),)


@pytest.mark.parametrize(
    ("value", "explains"), [(1.0, True), (0.1, False), (0.0, False)], ids=["1", "another framework's", "0"]
)
def test_only_a_momentum_of_1_explains_frozen_statistics(value: float, *, explains: bool) -> None:
    frozen = subject(moved(value, statistics=INIT))
    findings = {f.rule: f for f in diagnose(frozen, (*find_rules("BN101"), *find_rules("BN305"))).findings}
    assert findings["BN101"].causes == ((findings["BN305"].fingerprint,) if explains else ())


def test_an_info_carries_no_repair() -> None:
    (finding,) = look("BN305", subject(layer(INIT, MOVED, TRAINING, OFF + TRAINING, updates=momentum(1.0)))).findings
    assert finding.repair == ""
