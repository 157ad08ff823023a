"""BN301 and BN302 share their code and differ in one thing: whether a collection names the updates."""

from __future__ import annotations

import pytest

from bnlint.findings import Skipped
from bnlint.layers.layer import Dialect
from bnlint.layers.subject import Need, Subject
from tests.rules.build import (
    ABSENT,
    DRAWN,
    INFERENCE,
    INIT,
    MOVED,
    NAN,
    OFF,
    TRAINING,
    UNREAD,
    UNREGISTERED,
    UNWIRED,
    WIRED,
    Table,
    check,
    layer,
    look,
    subject,
    update,
)

TABLE: Table = {
    # values say how bad it is
    "frozen": (
        subject(layer(INIT, MOVED, TRAINING, updates=UNWIRED)),
        "error high: stand in the collection update_ops, and the train op does not depend on them",
    ),
    "frozen, neither gamma nor beta": (subject(layer(INIT, ABSENT, TRAINING, updates=UNWIRED)), "error high: "),
    "frozen, gamma drawn at random": (subject(layer(INIT, DRAWN, TRAINING, updates=UNWIRED)), "error high: "),
    "no values": (subject(layer(UNREAD, UNREAD, TRAINING, updates=UNWIRED), missing=[Need.VALUES]), "warning medium: "),
    "one statistic read, and frozen": (
        subject(layer(INIT, MOVED, TRAINING, mean=UNREAD, updates=UNWIRED)),
        "error high: ",
    ),
    "nothing says whether it was trained": (
        subject(layer(INIT, UNREAD, TRAINING, updates=UNWIRED), trained=None),
        "warning low: ",
    ),
    "moved": (
        subject(layer(MOVED, MOVED, TRAINING, updates=UNWIRED)),
        "info high: the statistics moved, so the program ran the updates some other way",
    ),
    "NaN is no sign that an update ran": (subject(layer(NAN, MOVED, TRAINING, updates=UNWIRED)), "warning medium: "),
    "saved before any training": (
        subject(layer(INIT, INIT, TRAINING, updates=UNWIRED), trained=False),
        "info high: nothing was trained yet",
    ),
    "moved before any training": (
        subject(layer(MOVED, INIT, TRAINING, updates=UNWIRED), trained=False),
        "info high: nothing was trained yet",
    ),
    "the layer was left out": (
        subject(layer(INIT, INIT, TRAINING, updates=UNWIRED)),
        "info medium: the layer itself was not trained",
    ),
    "a sampler with batch statistics": (
        subject(layer(INIT, MOVED, TRAINING, OFF + TRAINING, updates=UNWIRED)),
        "info medium: inference uses batch statistics",
    ),
    # per statistic
    "the variance is wired": (
        subject(layer(INIT, MOVED, TRAINING, variance=MOVED, updates=UNWIRED, variance_updates=WIRED)),
        "error high: no training step updates its moving_mean: ",
    ),
    "the mean is wired, both moved": (
        subject(layer(MOVED, MOVED, TRAINING, updates=WIRED, variance_updates=UNWIRED)),
        "info high: no training step updates its moving_variance: ",
    ),
    "the mean is at init, and the layer was left out": (
        subject(layer(INIT, INIT, TRAINING, variance=MOVED, updates=UNWIRED, variance_updates=WIRED)),
        "info medium: the layer itself was not trained",
    ),
    "one of two is at init, and the layer was left out": (
        subject(layer(INIT, INIT, TRAINING, variance=MOVED, updates=UNWIRED)),
        "info medium: the layer itself was not trained",
    ),
    # wired
    "wired": (subject(layer(INIT, MOVED, TRAINING, updates=WIRED)), ""),
    "one tower of two is wired": (subject(layer(INIT, MOVED, TRAINING, TRAINING, updates=(*UNWIRED, *WIRED))), ""),
    # not a question of wiring
    "no updates": (subject(layer(INIT, MOVED, INFERENCE)), ""),
    "gamma and beta not trainable": (subject(layer(INIT, INIT, TRAINING, trainable=False, updates=UNWIRED)), ""),
    "the graph does not train it": (subject(layer(INIT, INIT, TRAINING, optimized=False, updates=UNWIRED)), ""),
    "neither gamma nor beta, and off the training path": (
        subject(layer(INIT, ABSENT, OFF + TRAINING, updates=UNWIRED)),
        "",
    ),
}
UNREGISTERED_TABLE: Table = {
    "frozen": (
        subject(layer(INIT, MOVED, TRAINING, updates=UNREGISTERED)),
        "error high: stand in no collection, and no training",
    ),
    "moved": (subject(layer(MOVED, MOVED, TRAINING, updates=UNREGISTERED)), "info high: some other way"),
    "wired without a collection, as Keras's fit does": (subject(layer(INIT, MOVED, TRAINING, updates=WIRED)), ""),
    "updates in place, and UPDATE_OPS empty": (subject(layer(MOVED, MOVED, TRAINING, updates=WIRED)), ""),
}


@pytest.mark.parametrize(("about", "expected"), TABLE.values(), ids=TABLE)
def test_bn301(about: Subject, expected: str) -> None:
    check("BN301", about, expected)
    check("BN302", about, "")


@pytest.mark.parametrize(("about", "expected"), UNREGISTERED_TABLE.values(), ids=UNREGISTERED_TABLE)
def test_bn302(about: Subject, expected: str) -> None:
    check("BN302", about, expected)
    check("BN301", about, "")


def test_one_registered_update_makes_it_bn301() -> None:
    about = subject(layer(INIT, MOVED, TRAINING, updates=UNREGISTERED, variance_updates=UNWIRED))
    check("BN301", about, "error high: ")
    check("BN302", about, "")


def test_a_registered_update_that_is_wired_says_nothing_of_the_other() -> None:
    registered = (update("update_ops", wired=True),)
    about = subject(layer(INIT, MOVED, TRAINING, updates=UNREGISTERED, variance_updates=registered))
    check("BN302", about, "error high: no training step updates its moving_mean: ")
    check("BN301", about, "")


def test_the_evidence_names_the_statistics_and_ops_that_are_not_wired() -> None:
    about = subject(layer(INIT, MOVED, TRAINING, updates=WIRED, variance_updates=UNWIRED))
    (finding,) = look("BN301", about).findings
    assert finding.evidence["unwired"] == ("bn/moving_variance",)
    assert [(r.kind, r.name) for r in finding.related] == [("op", "bn/AssignMovingAvg")]


def test_it_is_said_of_one_statistic_only_where_the_other_is_wired() -> None:
    (both,) = look("BN301", subject(layer(INIT, MOVED, TRAINING, updates=UNWIRED))).findings
    assert both.message.startswith(
        "no training step updates its moving statistics: the update ops stand in the collection update_ops, and the"
    )
    assert both.evidence["unwired"] == ("bn/moving_mean", "bn/moving_variance")


def test_every_collection_that_holds_the_updates_is_named() -> None:
    about = subject(layer(INIT, MOVED, TRAINING, updates=(update("update_ops", "my_updates"),)))
    check("BN301", about, "error high: in the collection my_updates, update_ops")


@pytest.mark.parametrize(
    ("dialect", "message", "repair"),
    [
        (Dialect.KERAS, "tf.keras layers never fill UPDATE_OPS", "model.get_updates_for(None)"),
        (Dialect.EMA, "the op that ExponentialMovingAverage.apply returned", "update_averages = ema.apply("),
        (
            Dialect.ASSIGN,
            "the assignments were written by hand",
            "tf.control_dependencies([assign_mean, assign_variance])",
        ),
        (Dialect.SLIM, "stand in no collection", "slim.learning.create_train_op"),
        (Dialect.TF_LAYERS, "stand in no collection", "tf.GraphKeys.UPDATE_OPS"),
        (Dialect.UNKNOWN, "stand in no collection", "tf.GraphKeys.UPDATE_OPS"),
    ],
)
def test_the_repair_follows_the_dialect(dialect: Dialect, message: str, repair: str) -> None:
    (finding,) = look("BN302", subject(layer(INIT, MOVED, TRAINING, updates=UNREGISTERED, dialect=dialect))).findings
    assert message in finding.message
    assert repair in finding.repair


def test_keras_updates_that_were_registered_by_hand_need_control_dependencies_alone() -> None:
    about = subject(layer(INIT, MOVED, TRAINING, updates=UNWIRED, dialect=Dialect.KERAS))
    (finding,) = look("BN301", about).findings
    assert "tf.get_collection(tf.GraphKeys.UPDATE_OPS)" in finding.repair


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize(("code", "collections"), [("BN301", ("update_ops",)), ("BN302", ())])
def test_updates_in_a_while_loop_are_waited_for_in_its_body(
    code: str, collections: tuple[str, ...], dialect: Dialect
) -> None:
    looped = (update(*collections, in_loop=True),)
    (finding,) = look(code, subject(layer(INIT, MOVED, TRAINING, updates=looped, dialect=dialect))).findings
    assert finding.repair.startswith("# the layer stands in the body of a tf.while_loop: ")
    assert "def body(i, x):" in finding.repair
    assert "return i + 1, tf.identity(y)" in finding.repair
    assert "train_op" not in finding.repair


def test_an_info_has_no_repair() -> None:
    (finding,) = look("BN301", subject(layer(MOVED, MOVED, TRAINING, updates=UNWIRED))).findings
    assert finding.repair == ""


@pytest.mark.parametrize("code", ["BN301", "BN302"])
def test_a_graph_that_does_not_train_is_skipped(code: str) -> None:
    about = subject(layer(INIT, MOVED, TRAINING, updates=UNWIRED), missing=[Need.TRAINING])
    assert look(code, about).skipped == (Skipped(code, "no training"),)
