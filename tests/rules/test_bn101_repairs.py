"""What BN101 recommends, and what it guesses where nothing says why."""

from __future__ import annotations

import pytest

from bnlint.findings import Severity
from bnlint.layers.layer import Dialect, Layer
from bnlint.layers.subject import Need, Subject
from bnlint.rules import repairs
from tests.rules.build import (
    DRAWN,
    INFERENCE,
    INIT,
    MOVED,
    NO_GRAPH,
    OFF,
    PHASED,
    PHASED_UNREGISTERED,
    PHASED_WIRED,
    SWITCHED,
    TRAINING,
    UNWIRED,
    WIRED,
    layer,
    look,
    subject,
    update,
)

MIXED = subject(
    layer(INIT, MOVED, PHASED, updates=PHASED_WIRED, name="follows"), layer(INIT, MOVED, INFERENCE, name="infers")
)

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
            subject(layer(INIT, MOVED, SWITCHED, OFF + INFERENCE, dialect=Dialect.KERAS)),
            "# no op of the graph moves them: write one for each, run both with every step\n",
            f"{REPAIR}500 batches or more, and save\n",
        ),
        (
            subject(layer(INIT, MOVED, dialect=Dialect.KERAS)),
            "# no op of the graph moves them: ",
            f"{REPAIR}500 batches or more, and save\n",
        ),
        (
            subject(layer(INIT, MOVED, SWITCHED, updates=WIRED, dialect=Dialect.KERAS)),
            "model.get_updates_for(None)",
            f"{REPAIR}50 batches or more, and save\n",
        ),
    ],
    ids=[
        *("cause", "momentum", "learning phase", "no graph", "no training graph", "joined", "wired"),
        *("no updates", "no updates and no applications", "wired keras"),
    ],
)
def test_the_repair_follows_what_is_known(about: Subject, part: str, then: str) -> None:
    (finding,) = look("BN101", about).findings
    assert part in finding.repair
    assert then in finding.repair
    assert (REPAIR in finding.repair) is (then != RETRAIN)
    assert (RETRAIN in finding.repair) is (then == RETRAIN)


def test_statistics_of_a_copy_that_is_not_trained_follow_those_that_are() -> None:
    target = layer(INIT, MOVED, INFERENCE, optimized=False)
    (finding,) = look("BN101", subject(target)).findings
    assert finding.repair.startswith("# no training step normalises by this copy of the layer: ")
    assert "tf.assign(own, trained)" in finding.repair
    assert "update_ops" not in finding.repair


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


EAGER_LAYER = layer(INIT, MOVED, SWITCHED, dialect=Dialect.EAGER)


@pytest.mark.parametrize(
    ("about", "is_guessed"),
    [
        (subject(layer(INIT, MOVED), missing=NO_GRAPH), True),
        (subject(layer(INIT, MOVED), missing=[Need.GRAPH]), True),
        (subject(layer(INIT, MOVED, SWITCHED, updates=WIRED), missing=[Need.TRAINING]), True),
        (subject(layer(INIT, DRAWN), trained=None, missing=NO_GRAPH), True),
        (subject(EAGER_LAYER), True),
        (subject(layer(INIT, MOVED, flag=False), missing=NO_GRAPH), False),
        (subject(layer(INIT, MOVED, declared_momentum=1.0), missing=NO_GRAPH), False),
        (subject(layer(INIT, MOVED, SWITCHED)), False),
        (subject(layer(INIT, MOVED, SWITCHED, updates=WIRED, dialect=Dialect.EAGER)), False),
    ],
    ids=[
        "values alone",
        "no graph",
        "a graph that does not train",
        "trained or not",
        "TensorFlow 2 and no updates",
        "info",
        "momentum 1",
        "a graph that trains",
        "TensorFlow 2 and updates",
    ],
)
def test_causes_are_guessed_where_nothing_says_them(about: Subject, is_guessed: bool) -> None:  # noqa: FBT001
    (finding,) = look("BN101", about).findings
    assert ("likely_causes" in finding.evidence) is is_guessed
    assert ("most likely first" in finding.repair) is is_guessed
    assert bool(finding.repair) is (finding.severity > Severity.INFO)


@pytest.mark.parametrize(
    ("about", "is_said"),
    [
        (EAGER_LAYER, True),
        (layer(INIT, MOVED, SWITCHED, updates=WIRED, dialect=Dialect.EAGER), False),
        (layer(INIT, MOVED, SWITCHED), False),
    ],
    ids=["TensorFlow 2", "with updates", "TensorFlow 1"],
)
def test_training_may_have_used_them_too_where_the_layer_itself_updates(about: Layer, is_said: bool) -> None:  # noqa: FBT001
    (finding,) = look("BN101", subject(about)).findings
    assert ("normalised nothing in training either" in finding.message) is is_said


def test_updates_in_a_while_loop_are_waited_for_in_its_body() -> None:
    updates = (update("update_ops", wired=True, in_loop=True), update("update_ops", wired=True))
    (finding,) = look("BN101", subject(layer(INIT, MOVED, SWITCHED, updates=updates))).findings
    assert finding.repair.startswith("# the layer stands in the body of a tf.while_loop: ")
    assert finding.repair.endswith(repairs.RETRAIN_IN_LOOP)
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
