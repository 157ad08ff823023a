from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bnlint.findings import Skipped
from bnlint.layers.layer import Dialect, Layer, Variable
from bnlint.layers.subject import Need, Subject
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


def test_the_reason_is_that_of_the_statistic_that_could_not_be_read() -> None:
    lost = replace(layer(INIT, MOVED).moving_variance, values=None, unread="model.data-00001-of-00002 is not there")
    (skipped,) = look("BN101", subject(replace(layer(INIT, MOVED), moving_variance=lost))).skipped
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
