from __future__ import annotations

from dataclasses import replace

import pytest

from bnlint.findings import Skipped
from bnlint.layers.layer import Dialect, Layer, Served
from bnlint.layers.subject import Need, Subject
from tests.rules.build import (
    ABSENT,
    INIT,
    MOVED,
    OFF,
    TRAINING,
    UNREAD,
    UNSAVED,
    UNWIRED,
    Table,
    check,
    layer,
    look,
    subject,
)

BOTH = ("bn/moving_mean", "bn/moving_variance")
LOST = layer(UNSAVED, MOVED, TRAINING)

TABLE: Table = {
    "both missing": (subject(LOST), "error high: saved without its moving statistics: after a restore"),
    "mean missing": (subject(layer(mean=UNSAVED)), "error high: after a restore"),
    "variance missing": (subject(layer(variance=UNSAVED)), "error high: after a restore"),
    "neither gamma nor beta": (subject(layer(UNSAVED, ABSENT, TRAINING)), "error high: after a restore"),
    "untrained": (subject(layer(UNSAVED, INIT), trained=False), "error high: after a restore"),
    # another saver
    "another saver lists them": (
        subject(LOST, savers={"save_1/SaveV2": [*BOTH, "w"]}),
        "warning medium: another saver of the graph lists them",
    ),
    "another saver lists one of them": (
        subject(LOST, savers={"save_1/SaveV2": BOTH[:1]}),
        "error high: after a restore",
    ),
    "another saver lists the one that is missing": (
        subject(layer(mean=UNSAVED), savers={"save_1/SaveV2": BOTH[:1]}),
        "warning medium: another saver",
    ),
    "two savers list one each": (
        subject(LOST, savers={"a/SaveV2": BOTH[:1], "b/SaveV2": BOTH[1:]}),
        "error high: after a restore",
    ),
    # a sibling
    "a sibling holds them": (
        subject(LOST, elsewhere=dict.fromkeys(BOTH, "full.ckpt-40")),
        "info high: a sibling checkpoint holds them",
    ),
    "a sibling holds one of them": (subject(LOST, elsewhere={BOTH[0]: "full.ckpt-40"}), "error high: after a restore"),
    "a sibling beats another saver": (
        subject(LOST, savers={"save_1/SaveV2": BOTH}, elsewhere=dict.fromkeys(BOTH, "full.ckpt-40")),
        "info high: a sibling",
    ),
    "nothing reads them": (
        subject(layer(UNSAVED, MOVED, TRAINING, OFF + TRAINING, updates=UNWIRED)),
        "info medium: inference uses batch statistics",
    ),
    # saved
    "saved": (subject(layer(MOVED, MOVED, TRAINING)), ""),
    "saved, frozen": (subject(layer(INIT, MOVED, TRAINING, updates=UNWIRED)), ""),
    "saved, not read": (subject(layer(UNREAD, MOVED)), ""),
}


@pytest.mark.parametrize(("about", "expected"), TABLE.values(), ids=TABLE)
def test_bn201(about: Subject, expected: str) -> None:
    check("BN201", about, expected)


def test_what_is_missing_and_who_left_it_out_are_named() -> None:
    (finding,) = look("BN201", subject(LOST, saver="save/Identity")).findings
    assert finding.evidence == {"missing": BOTH, "saved": ("bn/gamma", "bn/beta")}
    assert [(r.kind, r.name) for r in finding.related] == [
        ("variable", "bn/moving_mean"),
        ("variable", "bn/moving_variance"),
        ("saver", "save/Identity"),
    ]
    assert "tf.train.Saver()" in finding.repair


def test_the_sibling_that_holds_them_is_named_and_nothing_needs_repair() -> None:
    (finding,) = look("BN201", subject(LOST, elsewhere=dict.fromkeys(BOTH, "full.ckpt-40"))).findings
    assert ("checkpoint", "full.ckpt-40") in [(r.kind, r.name) for r in finding.related]
    assert finding.repair == ""


def unlisted(about: Layer) -> Layer:
    mean, variance = (replace(v, is_saved=None) for v in about.statistics)
    return replace(about, moving_mean=mean, moving_variance=variance)


def test_a_layer_that_is_served_without_statistics_is_bn403s() -> None:
    served = tuple(a._replace(served=(Served("signature 'serve'"),)) for a in LOST.applications)
    check("BN201", subject(replace(LOST, applications=served)), "")


def test_where_nobody_says_what_was_saved_the_layer_is_skipped() -> None:
    diagnosis = look("BN201", subject(unlisted(layer()), layer(name="listed")))
    assert diagnosis.findings == ()
    reason = "neither an index nor a saver in the graph says what was saved"
    assert diagnosis.skipped == (Skipped("BN201", reason, ("bn",)),)


def test_one_statistic_of_which_nobody_knows_is_enough_to_skip_the_layer() -> None:
    half = layer()
    (skipped,) = look("BN201", subject(replace(half, moving_mean=replace(half.moving_mean, is_saved=None)))).skipped
    assert skipped.layers == ("bn",)


def test_without_anything_that_says_which_layers_there_are_the_rule_is_skipped() -> None:
    assert look("BN201", subject(LOST, missing=[Need.STRUCTURE])).skipped == (Skipped("BN201", "no structure"),)


def test_the_repair_of_a_keras_layer_is_written_for_tensorflow_2() -> None:
    lost = layer(UNSAVED, MOVED, dialect=Dialect.EAGER)
    (finding,) = look("BN201", subject(lost, missing=[Need.GRAPH], tensorflow="2.15.1")).findings
    assert "tf.train.Checkpoint(model=model" in finding.repair
    assert "compat.v1" not in finding.repair
    assert "sess.run" not in finding.repair
