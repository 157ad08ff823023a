from __future__ import annotations

from dataclasses import replace

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
    OFF,
    TRAINING,
    UNREAD,
    UNWIRED,
    WIRED,
    Table,
    check,
    layer,
    look,
    subject,
)

TABLE: Table = {
    "the configuration freezes it": (subject(layer(INIT, INIT, TRAINING, flag=False)), ""),
    "no gradient reaches it": (
        subject(layer(INIT, INIT, OFF + TRAINING, optimized=False, updates=UNWIRED)),
        "warning high: no gradient reaches them",
    ),
    "behind a stop-gradient": (
        subject(layer(INIT, INIT, TRAINING, updates=UNWIRED)),
        "warning medium: rest of the model",
    ),
    "no graph": (
        subject(layer(INIT, INIT, trainable=None, optimized=None), missing=[Need.GRAPH, Need.TRAINING]),
        "warning medium: while the rest of the model was trained",
    ),
    "gamma alone": (subject(layer(INIT, INIT, TRAINING, beta=ABSENT)), "warning medium: all at their initial"),
    "no clock": (subject(layer(INIT, INIT, TRAINING), clock=None), "warning medium: the rest of the model was trained"),
    # exceptions
    "a new head at step 0": (subject(layer(INIT, INIT, TRAINING), clock=0), "info medium: training has not begun"),
    "not trainable": (subject(layer(INIT, INIT, INFERENCE, trainable=False, optimized=False)), ""),
    # not untouched
    "saved before any training": (subject(layer(INIT, INIT, TRAINING), trained=False), ""),
    "nothing says whether it was trained": (subject(layer(INIT, INIT, TRAINING), trained=None), ""),
    "statistics moved": (subject(layer(MOVED, INIT, TRAINING, updates=WIRED)), ""),
    "one statistic moved": (subject(layer(INIT, INIT, TRAINING, mean=MOVED)), ""),
    "gamma moved": (subject(layer(INIT, INIT, TRAINING, gamma=MOVED)), ""),
    "beta moved": (subject(layer(INIT, INIT, TRAINING, beta=MOVED)), ""),
    "a slot moved": (subject(layer(INIT, INIT, TRAINING, slots_moved=True)), ""),
    "neither gamma nor beta": (subject(layer(INIT, ABSENT, TRAINING)), ""),
    "random gamma, no beta": (subject(layer(INIT, DRAWN, TRAINING, beta=ABSENT)), ""),
    "gamma and beta not read": (subject(layer(INIT, UNREAD, TRAINING)), ""),
    "statistics not read": (subject(layer(UNREAD, INIT, TRAINING)), ""),
}


@pytest.mark.parametrize(("about", "expected"), TABLE.values(), ids=TABLE)
def test_bn102(about: Subject, expected: str) -> None:
    check("BN102", about, expected)


def test_one_parameter_without_a_gradient_is_a_reason() -> None:
    half = layer(INIT, INIT, TRAINING)
    assert half.beta is not None
    unreached = replace(half, beta=replace(half.beta, is_optimized=False))
    check("BN102", subject(unreached), "warning high: no gradient reaches them")


@pytest.mark.parametrize(
    ("dialect", "part"),
    [(Dialect.TF_LAYERS, "optimizer.minimize(loss)"), (Dialect.EAGER, "optimizer.apply_gradients(")],
)
def test_the_repair_follows_the_dialect_and_the_variables_are_named(dialect: Dialect, part: str) -> None:
    (finding,) = look("BN102", subject(layer(INIT, INIT, TRAINING, dialect=dialect))).findings
    assert part in finding.repair
    assert finding.evidence["gamma_range"] == (1.0, 1.0)
    assert [r.name for r in finding.related] == ["bn/gamma", "bn/beta", "bn/moving_mean", "bn/moving_variance"]


def test_only_the_layer_that_was_left_out_is_named() -> None:
    about = subject(layer(name="trained"), layer(INIT, INIT, name="left/out"), layer(INIT, MOVED, name="frozen"))
    assert [f.layer for f in look("BN102", about).findings] == ["left/out"]


def test_without_values_the_rule_is_skipped() -> None:
    assert look("BN102", subject(layer(), missing=[Need.VALUES])).skipped == (Skipped("BN102", "no values"),)
