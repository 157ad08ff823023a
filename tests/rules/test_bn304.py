from __future__ import annotations

import pytest

from bnlint.findings import Skipped
from bnlint.layers.layer import Dialect, UngatedUpdate
from bnlint.layers.subject import Need, Subject
from tests.rules.build import (
    INIT,
    MOVED,
    OFF,
    SWITCHED,
    TRAINING,
    UNREAD,
    WIRED,
    Table,
    check,
    layer,
    look,
    subject,
)

MEAN = UngatedUpdate("bn/AssignMovingAvg", "cond/Merge", "is_training")
VARIANCE = UngatedUpdate("bn/AssignMovingAvg_1", "cond/Merge", "is_training")
ERROR = "error high: whatever the predicate says"

TABLE: Table = {
    "both updates run always": (subject(layer(MOVED, MOVED, TRAINING, ungated=(MEAN, VARIANCE))), ERROR),
    "one of them": (subject(layer(MOVED, MOVED, TRAINING, ungated=(MEAN,))), ERROR),
    "before any training": (subject(layer(INIT, INIT, TRAINING, ungated=(MEAN,)), trained=False), ERROR),
    "no values": (subject(layer(UNREAD, UNREAD, ungated=(MEAN,)), missing=[Need.VALUES]), ERROR),
    "a graph that does not train": (subject(layer(ungated=(MEAN,)), missing=[Need.TRAINING]), ERROR),
    "gated": (subject(layer(MOVED, MOVED, SWITCHED, updates=WIRED)), ""),
    "training only": (subject(layer(MOVED, MOVED, TRAINING, OFF + TRAINING, updates=WIRED)), ""),
}


@pytest.mark.parametrize(("about", "expected"), TABLE.values(), ids=TABLE)
def test_bn304(about: Subject, expected: str) -> None:
    check("BN304", about, expected)


def test_ops_outputs_and_predicates_are_named_once() -> None:
    (finding,) = look("BN304", subject(layer(ungated=(MEAN, VARIANCE)))).findings
    assert finding.evidence == {"predicates": ("is_training",), "outputs": ("cond/Merge",)}
    assert [r.name for r in finding.related] == ["bn/AssignMovingAvg", "bn/AssignMovingAvg_1", "cond/Merge"]
    assert "tf.cond(is_training" in finding.repair


@pytest.mark.parametrize(
    ("dialect", "part", "absent"),
    [
        (Dialect.SLIM, "y = tf.contrib.layers.batch_norm(\n    x, is_training=is_training", "def training():"),
        (Dialect.EMA, "with tf.control_dependencies([ema.apply([batch_mean, batch_variance])]):", "contrib"),
        (Dialect.ASSIGN, "with tf.control_dependencies([update_statistics()]):", "contrib"),
        (Dialect.TF_LAYERS, "with tf.control_dependencies([update_statistics()]):", "contrib"),
        (Dialect.KERAS, "with tf.control_dependencies([update_statistics()]):", "contrib"),
        (Dialect.UNKNOWN, "with tf.control_dependencies([update_statistics()]):", "contrib"),
    ],
)
def test_the_repair_follows_the_dialect(dialect: Dialect, part: str, absent: str) -> None:
    (finding,) = look("BN304", subject(layer(ungated=(MEAN, VARIANCE), dialect=dialect))).findings
    assert part in finding.repair
    assert "tf.cond(is_training," in finding.repair
    assert absent not in finding.repair


def test_without_a_graph_the_rule_is_skipped() -> None:
    assert look("BN304", subject(layer(), missing=[Need.GRAPH])).skipped == (Skipped("BN304", "no graph"),)
