from __future__ import annotations

import pytest

from bnlint.findings import Skipped
from bnlint.layers.layer import Dialect
from bnlint.layers.subject import Need, Subject
from tests.rules.build import (
    ABSENT,
    INFERENCE,
    INIT,
    MOVED,
    NAN,
    OFF,
    PHASED,
    SWITCHED,
    TRAINING,
    UNREAD,
    UNREGISTERED,
    WIRED,
    Table,
    check,
    layer,
    look,
    subject,
)

TABLE: Table = {
    "training=False": (subject(layer(INIT, MOVED, INFERENCE)), "error high: training=False, or a learning phase of 0"),
    "several times": (subject(layer(INIT, MOVED, INFERENCE, INFERENCE)), "error high: inference mode"),
    "neither gamma nor beta": (subject(layer(INIT, ABSENT, INFERENCE)), "error high: inference mode"),
    "an unused training copy off the path": (subject(layer(INIT, MOVED, INFERENCE, OFF + TRAINING)), "error high: "),
    "no values": (subject(layer(UNREAD, UNREAD, INFERENCE), missing=[Need.VALUES]), "warning medium: no update op"),
    "nothing says whether it was trained": (subject(layer(INIT, UNREAD, INFERENCE), trained=None), "warning low: "),
    "NaN": (subject(layer(NAN, MOVED, INFERENCE)), "warning medium: "),
    # legitimate
    "fine-tuning with frozen, non-default statistics": (
        subject(layer(MOVED, MOVED, INFERENCE)),
        "info high: inference mode",
    ),
    "saved before any training": (subject(layer(INIT, INIT, INFERENCE), trained=False), "info high: inference mode"),
    "the layer itself was not trained": (subject(layer(INIT, INIT, INFERENCE)), "info medium: inference mode"),
    # not this
    "frozen on purpose": (subject(layer(INIT, INIT, INFERENCE, trainable=False)), ""),
    "no gradient reaches gamma": (subject(layer(INIT, INIT, INFERENCE, optimized=False)), ""),
    "an evaluation copy beside the training one": (subject(layer(INIT, MOVED, TRAINING, OFF + INFERENCE)), ""),
    "an evaluation copy alone": (subject(layer(INIT, MOVED, OFF + INFERENCE)), ""),
    "one training application": (subject(layer(INIT, MOVED, INFERENCE, TRAINING)), ""),
    "a predicate chooses": (subject(layer(INIT, MOVED, SWITCHED)), ""),
    "the learning phase chooses": (subject(layer(INIT, MOVED, PHASED)), ""),
    "updates exist, wired": (subject(layer(INIT, MOVED, INFERENCE, updates=WIRED)), ""),
    "updates exist, unwired": (subject(layer(INIT, MOVED, INFERENCE, updates=UNREGISTERED)), ""),
    "no applications": (subject(layer(INIT, MOVED)), ""),
}


@pytest.mark.parametrize(("about", "expected"), TABLE.values(), ids=TABLE)
def test_bn303(about: Subject, expected: str) -> None:
    check("BN303", about, expected)


def test_beside_a_layer_that_follows_the_phase_it_is_bn402s() -> None:
    about = subject(layer(INIT, MOVED, INFERENCE), layer(INIT, MOVED, PHASED, name="other"))
    check("BN303", about, "")


@pytest.mark.parametrize(
    ("dialect", "part"),
    [
        (Dialect.KERAS, "tf.keras.layers.BatchNormalization()(x, training=is_training)"),
        (Dialect.SLIM, "slim.batch_norm(net, is_training=is_training)"),
        (Dialect.TF_LAYERS, "tf.layers.batch_normalization(x, training=is_training)"),
    ],
)
def test_the_repair_follows_the_dialect(dialect: Dialect, part: str) -> None:
    (finding,) = look("BN303", subject(layer(INIT, MOVED, INFERENCE, dialect=dialect))).findings
    assert part in finding.repair
    assert 'is_training = tf.placeholder(tf.bool, name="is_training")' in finding.repair


def test_only_applications_on_the_training_path_are_named() -> None:
    (finding,) = look("BN303", subject(layer(INIT, MOVED, INFERENCE, OFF + INFERENCE))).findings
    assert [r.name for r in finding.related] == ["bn/FusedBatchNorm_0"]


def test_a_graph_that_does_not_train_is_skipped() -> None:
    about = subject(layer(INIT, MOVED, INFERENCE), missing=[Need.TRAINING])
    assert look("BN303", about).skipped == (Skipped("BN303", "no training"),)
