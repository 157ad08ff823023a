from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bnlint.findings import Skipped
from bnlint.layers.subject import Dialect, Layer, Need, Subject, Variable
from tests.rules.build import (
    ABSENT,
    DRAWN,
    INFERENCE,
    INIT,
    MOVED,
    NAN,
    NO_GRAPH,
    OFF,
    PHASED,
    PHASED_UNREGISTERED,
    PHASED_WIRED,
    SWITCHED,
    TRAINING,
    UNREAD,
    UNREGISTERED,
    UNSAVED,
    UNWIRED,
    WIRED,
    Table,
    check,
    layer,
    look,
    subject,
    update,
)

NOTHING = "although the model was trained, with them: batch norm normalises nothing"
MIXED = subject(
    layer(INIT, MOVED, PHASED, updates=PHASED_WIRED, name="follows"), layer(INIT, MOVED, INFERENCE, name="infers")
)

TABLE: Table = {
    # frozen in a trained artifact
    "unwired": (subject(layer(INIT, MOVED, TRAINING, updates=UNWIRED)), "error high: although the model was trained"),
    "a mode is chosen": (
        subject(layer(INIT, MOVED, SWITCHED, updates=WIRED)),
        "error high: inference with them is wrong",
    ),
    "momentum 1": (
        subject(layer(INIT, MOVED, TRAINING, updates=(update(wired=True, momentum=1.0),))),
        "error high: although",
    ),
    "trained in inference mode": (subject(layer(INIT, MOVED, INFERENCE)), f"error high: {NOTHING}"),
    "trained with the learning phase unset": (
        subject(layer(INIT, MOVED, PHASED, updates=PHASED_WIRED)),
        f"error high: {NOTHING}",
    ),
    "trained with the learning phase unset, and unwired": (
        subject(layer(INIT, MOVED, PHASED, updates=PHASED_UNREGISTERED)),
        f"error high: {NOTHING}",
    ),
    "the learning phase was set between the layers": (MIXED, f"error high: {NOTHING}"),
    "training applications only": (
        subject(layer(INIT, MOVED, TRAINING, updates=WIRED)),
        "error medium: the graph shows no inference",
    ),
    "no graph": (subject(layer(INIT, MOVED, trainable=None), missing=NO_GRAPH), "error medium: although the model was"),
    "slots prove the layer trained": (
        subject(layer(INIT, INIT, TRAINING, slots_moved=True, updates=UNWIRED)),
        "error high: ",
    ),
    "random gamma, no beta": (
        subject(layer(INIT, MOVED, TRAINING, gamma=DRAWN, beta=ABSENT, updates=UNWIRED)),
        "error high: ",
    ),
    "neither gamma nor beta": (subject(layer(INIT, ABSENT, TRAINING, updates=UNWIRED)), "error high: although"),
    "averages that start at 0": (
        subject(layer(INIT, MOVED, TRAINING, start=(0, 0), updates=UNREGISTERED)),
        "error high: ",
    ),
    "an evaluation copy reads the statistics": (
        subject(layer(INIT, MOVED, TRAINING, OFF + INFERENCE, updates=WIRED)),
        "error high: although the model was trained",
    ),
    "fixed, and yet gamma moved": (subject(layer(INIT, MOVED, INFERENCE, trainable=False)), "error high: although"),
    "no graph, and TensorFlow 2": (
        subject(layer(INIT, MOVED, trainable=None, dialect=Dialect.EAGER), missing=NO_GRAPH),
        "error medium: or batch norm normalised nothing in training either",
    ),
    # frozen, and no error
    "the configuration freezes it": (
        subject(layer(INIT, MOVED, trainable=None, flag=False), missing=NO_GRAPH),
        "info high: the configuration says trainable: false",
    ),
    "the configuration freezes an untouched layer": (
        subject(layer(INIT, INIT, trainable=None, flag=False), missing=NO_GRAPH),
        "info high: the configuration says trainable: false",
    ),
    "the configuration freezes it, before any training": (
        subject(layer(INIT, INIT, flag=False), trained=False, clock=0),
        "info high: before any training",
    ),
    "saved before any training": (
        subject(layer(INIT, INIT, TRAINING, updates=UNWIRED), trained=False, clock=0),
        "info high: saved before any training",
    ),
    "random gamma before any training": (
        subject(layer(INIT, INIT, gamma=DRAWN), trained=False),
        "info high: before any",
    ),
    "nothing says whether it was trained": (
        subject(layer(INIT, DRAWN), trained=None),
        "warning low: nothing in the artifact",
    ),
    "a generator's sampler uses batch statistics": (
        subject(layer(INIT, MOVED, TRAINING, OFF + TRAINING, updates=UNWIRED)),
        "info medium: inference uses batch statistics",
    ),
    "frozen on purpose": (subject(layer(INIT, INIT, INFERENCE, trainable=False)), "info high: which are not trainable"),
    "frozen on purpose, gamma not read": (
        subject(layer(INIT, UNREAD, INFERENCE, trainable=False)),
        "info high: not trainable",
    ),
    # not frozen
    "moved": (subject(layer(MOVED, MOVED, TRAINING, updates=UNWIRED)), ""),
    "standardised data, near 0 and 1": (subject(layer(mean=[0, 0, 1e-7], variance=[1, 1, 1])), ""),
    "one channel moved": (subject(layer(mean=[0, 0, 0.5], variance=[1, 1, 1])), ""),
    "only the mean is at init": (subject(layer(MOVED, MOVED, mean=INIT)), ""),
    "only the variance is at init": (subject(layer(MOVED, MOVED, variance=INIT)), ""),
    "averages that start at 0, variance 1": (subject(layer(mean=[0, 0, 0], variance=[1, 1, 1], start=(0, 0))), ""),
    "NaN is no initial value": (subject(layer(NAN, MOVED)), ""),
    # somebody else's
    "one statistic was not saved": (subject(layer(INIT, MOVED, mean=UNSAVED)), ""),
    "a layer that training left out is BN102's": (subject(layer(INIT, INIT, TRAINING, updates=UNWIRED)), ""),
    "statistics that were not saved are BN201's": (subject(layer(UNSAVED, MOVED)), ""),
}


@pytest.mark.parametrize(("about", "expected"), TABLE.values(), ids=TABLE)
def test_bn101(about: Subject, expected: str) -> None:
    check("BN101", about, expected)


def test_without_a_graph_nothing_is_said_of_it() -> None:
    (finding,) = look("BN101", subject(layer(INIT, MOVED, trainable=None), missing=NO_GRAPH)).findings
    assert "the graph shows" not in finding.message


def test_the_reason_why_values_could_not_be_read_is_passed_on() -> None:
    statistic = Variable("bn/moving_mean", initial=np.zeros(()), unread="model.data-00001-of-00002 is not there")
    layer_ = replace(layer(UNREAD, MOVED), moving_mean=statistic)
    (skipped,) = look("BN101", subject(layer_)).skipped
    assert skipped == Skipped("BN101", "model.data-00001-of-00002 is not there", ("bn",), is_part_absent=True)


BLIND = "its statistics could not be read, or their initial value is not known"


@pytest.mark.parametrize(
    "unknown",
    [layer(UNREAD, MOVED), layer(DRAWN, MOVED), layer(INIT, MOVED, mean=UNREAD)],
    ids=["not read", "random initialiser", "one of them not read"],
)
def test_a_layer_that_cannot_be_judged_is_skipped(unknown: Layer) -> None:
    healthy = layer(name="healthy")
    assert look("BN101", subject(unknown, healthy)).skipped == (Skipped("BN101", BLIND, ("bn",)),)


def test_one_statistic_that_moved_is_enough_to_know() -> None:
    check("BN101", subject(layer(MOVED, MOVED, mean=UNREAD)), "")


def test_without_values_the_rule_is_skipped() -> None:
    diagnosis = look("BN101", subject(layer(UNREAD, UNREAD), missing=[Need.VALUES]))
    assert diagnosis.findings == ()
    assert diagnosis.skipped == (Skipped("BN101", "no values"),)


def test_the_initial_value_is_compared_in_the_dtype_that_was_saved() -> None:
    tenth = Variable("m", values=np.full(3, 0.1, np.float16), initial=np.asarray(0.1, np.float32))
    frozen = Layer("bn", moving_mean=tenth, moving_variance=tenth)
    check("BN101", subject(frozen), "error medium: ")


REPAIR = (
    "# weights that were trained in training mode need no retraining: run the updates\n# alone over training data, "
)
RETRAIN = "# then train again: these weights were trained without normalization"


@pytest.mark.parametrize(
    ("about", "part", "then"),
    [
        (
            subject(layer(INIT, MOVED, TRAINING, updates=UNWIRED)),
            "# repair the cause first: BN301\n",
            f"{REPAIR}50 batches or more, and save\n",
        ),
        (
            subject(layer(INIT, MOVED, TRAINING, updates=(update(wired=True, momentum=1.0),))),
            "# repair the cause first: BN305\n",
            f"{REPAIR}500 batches or more, and save\n",
        ),
        (
            subject(layer(INIT, MOVED, PHASED, updates=PHASED_UNREGISTERED)),
            "# repair the cause first: BN401, BN302\n",
            RETRAIN,
        ),
        (
            subject(layer(INIT, MOVED), missing=NO_GRAPH),
            "no training graph says why; most likely first, in the training program:",
            f"{REPAIR}500 batches or more, and save\n",
        ),
        (
            subject(layer(INIT, MOVED, SWITCHED, updates=WIRED), missing=[Need.TRAINING]),
            "no training graph says why; most likely first, in the training program:",
            f"{REPAIR}50 batches or more, and save\n",
        ),
        (
            subject(layer(INIT, MOVED, SWITCHED, updates=(update(wired=True, joint="train/group_deps"),))),
            "Run the op that joins them, in training mode:\n#   'train/group_deps'",
            f"{REPAIR}50 batches or more, and save\n",
        ),
        (
            subject(layer(INIT, MOVED, SWITCHED, updates=WIRED)),
            "tf.get_collection(tf.GraphKeys.UPDATE_OPS)",
            f"{REPAIR}50 batches or more, and save\n",
        ),
        (
            subject(layer(INIT, MOVED, SWITCHED, updates=WIRED, dialect=Dialect.KERAS)),
            "model.get_updates_for(None)",
            f"{REPAIR}50 batches or more, and save\n",
        ),
    ],
    ids=["cause", "momentum", "learning phase", "no graph", "no training graph", "joined", "wired", "wired keras"],
)
def test_the_repair_follows_what_is_known(about: Subject, part: str, then: str) -> None:
    (finding,) = look("BN101", about).findings
    assert part in finding.repair
    assert then in finding.repair
    assert (REPAIR in finding.repair) is (then != RETRAIN)
    assert (RETRAIN in finding.repair) is (then == RETRAIN)


def test_where_a_predicate_decides_the_repair_says_to_feed_it() -> None:
    gated = update(wired=True, joint="train/group_deps")._replace(predicates=("is_training",))
    (finding,) = look("BN101", subject(layer(INIT, MOVED, SWITCHED, updates=(gated,)))).findings
    assert "feed_dict={..., 'is_training:0': True}" in finding.repair
    assert "'train/group_deps'" in finding.repair


def test_without_a_graph_the_repair_of_a_keras_layer_is_written_for_tensorflow_2() -> None:
    about = subject(layer(INIT, MOVED, dialect=Dialect.EAGER), missing=NO_GRAPH, tensorflow="2.15.1")
    (finding,) = look("BN101", about).findings
    assert finding.repair.startswith("# the file does not say why; most likely first, in the training program:")
    assert "model(images, training=True)" in finding.repair
    assert "compat.v1" not in finding.repair


@pytest.mark.parametrize(
    ("momentum", "batches"),
    [(0.0, 500), (0.5, 50), (0.9, 50), (0.99, 500), (0.999, 5000), (0.99999, 10000), (1.5, 500), (None, 500)],
)
def test_the_passes_that_recompute_the_statistics_follow_the_momentum(momentum: float | None, batches: int) -> None:
    about = subject(layer(INIT, MOVED, SWITCHED, updates=(update(wired=True, momentum=momentum),)))
    (finding,) = look("BN101", about).findings
    assert f"{REPAIR}{batches} batches or more, and save\n" in finding.repair


@pytest.mark.parametrize(
    ("about", "codes"),
    [
        (subject(layer(INIT, MOVED, INFERENCE)), "BN303"),
        (subject(layer(INIT, MOVED, PHASED, updates=PHASED_WIRED)), "BN401"),
        (subject(layer(INIT, MOVED, PHASED, updates=PHASED_UNREGISTERED)), "BN401, BN302"),
        (MIXED, "BN402"),
    ],
    ids=["BN303", "BN401", "BN401 and BN302", "BN402"],
)
def test_weights_trained_without_normalization_are_trained_again_and_never_recomputed(
    about: Subject, codes: str
) -> None:
    for finding in look("BN101", about).findings:
        assert finding.message.endswith("although the model was trained, with them: batch norm normalises nothing")
        assert "inference with them is wrong" not in finding.message
        assert finding.repair.startswith(f"# repair the cause first: {codes}\n{RETRAIN}")
        assert "need no retraining" not in finding.repair
        assert "sess.run" not in finding.repair
        assert "batches or more" not in finding.repair


def test_updates_in_a_while_loop_are_waited_for_in_its_body() -> None:
    about = subject(layer(INIT, MOVED, SWITCHED, updates=(update("update_ops", wired=True, in_loop=True),)))
    (finding,) = look("BN101", about).findings
    assert finding.repair.startswith("# the layer stands in the body of a tf.while_loop: ")
    assert "train_op = optimizer.minimize" not in finding.repair


def test_the_evidence_says_what_the_statistics_hold_and_what_proves_training() -> None:
    (finding,) = look("BN101", subject(layer(INIT, MOVED, TRAINING, updates=UNWIRED))).findings
    assert finding.evidence == {
        "channels": 3,
        "gamma_range": (1.25, 1.75),
        "beta_range": (0.25, 0.75),
        "trained": "global_step says so",
        "moving_mean": 0.0,
        "moving_variance": 1.0,
    }
    assert [r.name for r in finding.related] == ["bn/moving_mean", "bn/moving_variance"]
