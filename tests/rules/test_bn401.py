from __future__ import annotations

import pytest

from bnlint.findings import Skipped
from bnlint.layers.subject import Need, Subject
from tests.rules.build import (
    ABSENT,
    INIT,
    MOVED,
    NAN,
    OFF,
    PHASED,
    PHASED_UNREGISTERED,
    PHASED_WIRED,
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

UNSET = "the phase was never set, or set after the layer was built"

TABLE: Table = {
    "frozen, wired": (subject(layer(INIT, MOVED, PHASED, updates=PHASED_WIRED)), f"error high: {UNSET}"),
    "frozen, not wired either": (
        subject(layer(INIT, MOVED, PHASED, updates=PHASED_UNREGISTERED)),
        f"error high: {UNSET}",
    ),
    "neither gamma nor beta": (subject(layer(INIT, ABSENT, PHASED, updates=PHASED_WIRED)), f"error high: {UNSET}"),
    "two layers alike": (
        subject(*(layer(INIT, MOVED, PHASED, updates=PHASED_WIRED, name=name) for name in "ab")),
        f"error high: {UNSET}",
    ),
    "no values": (
        subject(layer(UNREAD, UNREAD, PHASED, updates=PHASED_WIRED), missing=[Need.VALUES]),
        f"warning medium: {UNSET}",
    ),
    "NaN proves no update": (subject(layer(NAN, MOVED, PHASED, updates=PHASED_WIRED)), f"warning medium: {UNSET}"),
    "fed, so the statistics moved": (
        subject(layer(MOVED, MOVED, PHASED, updates=PHASED_WIRED)),
        "info high: so it was fed",
    ),
    "saved before any training": (
        subject(layer(INIT, INIT, PHASED, updates=PHASED_WIRED), trained=False),
        f"info high: {UNSET}",
    ),
    "moved before any training": (
        subject(layer(MOVED, INIT, PHASED, updates=PHASED_WIRED), trained=False),
        f"info high: {UNSET}",
    ),
    # not this
    "a placeholder without a batch-norm consumer": (subject(layer(INIT, MOVED, TRAINING, updates=WIRED)), ""),
    "another predicate": (subject(layer(INIT, MOVED, SWITCHED, updates=WIRED)), ""),
    "one update without the placeholder": (
        subject(layer(INIT, MOVED, TRAINING, PHASED, updates=(*PHASED_WIRED, *WIRED))),
        "",
    ),
    "the template copy hangs on it, the training call does not": (
        subject(layer(INIT, MOVED, OFF + PHASED, TRAINING, updates=(*PHASED_UNREGISTERED, *WIRED))),
        "",
    ),
    "frozen on purpose": (subject(layer(INIT, INIT, PHASED, trainable=False, updates=PHASED_WIRED)), ""),
    "not trained here": (subject(layer(INIT, INIT, PHASED, optimized=False, updates=PHASED_WIRED)), ""),
}


@pytest.mark.parametrize(("about", "expected"), TABLE.values(), ids=TABLE)
def test_bn401(about: Subject, expected: str) -> None:
    check("BN401", about, expected)


def test_a_layer_left_out_says_nothing_of_feeding() -> None:
    (finding,) = look("BN401", subject(layer(INIT, INIT, PHASED, updates=PHASED_WIRED))).findings
    assert "it was fed" not in finding.message


def test_beside_a_layer_with_a_constant_mode_it_is_bn402s() -> None:
    about = subject(layer(INIT, MOVED, PHASED, updates=PHASED_WIRED), layer(name="b", updates=WIRED))
    check("BN401", subject(about.layers[0]), f"error high: {UNSET}")
    mixed = subject(about.layers[0], layer(MOVED, MOVED, TRAINING, name="b", updates=WIRED))
    check("BN401", mixed, "")


def test_the_placeholder_is_named() -> None:
    (finding,) = look("BN401", subject(layer(INIT, MOVED, PHASED, updates=PHASED_WIRED))).findings
    assert [(r.kind, r.name) for r in finding.related] == [("placeholder", "keras_learning_phase")]
    assert finding.evidence["trained"] == "global_step says so"
    assert finding.repair.startswith(
        "# in the training program, before the first layer is built:\n"
        "tf.keras.backend.clear_session()\n"
        "tf.keras.backend.set_learning_phase(1)   # 0 in the program that evaluates\n"
    )


def test_a_graph_that_does_not_train_is_skipped() -> None:
    about = subject(layer(INIT, MOVED, PHASED, updates=PHASED_WIRED), missing=[Need.TRAINING])
    assert look("BN401", about).skipped == (Skipped("BN401", "no training"),)
