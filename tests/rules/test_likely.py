from __future__ import annotations

from dataclasses import replace

import pytest

from bnlint.layers.layer import Dialect
from bnlint.layers.subject import Need, Subject
from tests.rules.build import (
    INFERENCE,
    INIT,
    MOVED,
    NO_GRAPH,
    SWITCHED,
    TRAINING,
    UNWIRED,
    layer,
    look,
    subject,
    update,
)


def frozen(dialect: Dialect, framework: str) -> Subject:
    return replace(subject(layer(INIT, MOVED, dialect=dialect), missing=NO_GRAPH), framework=framework)


@pytest.mark.parametrize(
    ("about", "causes", "first"),
    [
        (frozen(Dialect.UNKNOWN, "tf1"), ("BN301", "BN302", "BN303", "BN401"), "tf.GraphKeys.UPDATE_OPS"),
        (frozen(Dialect.SLIM, "tf1"), ("BN301", "BN303", "BN305"), "slim.learning.create_train_op"),
        (frozen(Dialect.EMA, "tf1"), ("BN302", "BN303"), "ema.apply("),
        (frozen(Dialect.ASSIGN, "tf1"), ("BN302", "BN303"), "assign_mean"),
        (frozen(Dialect.EAGER, "keras3"), ("BN303",), "model(images, training=True)"),
        (frozen(Dialect.EAGER, "tf2"), ("BN303",), "model(images, training=True)"),
        (frozen(Dialect.EAGER, "keras2"), ("BN303", "BN401", "BN302"), "model(images, training=True)"),
    ],
    ids=["tf1", "slim", "averages", "assigns", "keras 3", "tf2", "keras 2"],
)
def test_values_alone_list_the_likely_causes_for_the_framework_most_likely_first(
    about: Subject, causes: tuple[str, ...], first: str
) -> None:
    (finding,) = look("BN101", about).findings
    assert finding.evidence["likely_causes"] == causes
    places = [finding.repair.index(f"# {number}. {code}: ") for number, code in enumerate(causes[:1], 1)]
    assert places == sorted(places)
    assert first in finding.repair.partition("# 2. ")[0]


def test_a_call_with_training_false_in_the_configuration_is_the_likeliest_cause() -> None:
    bn = replace(layer(INIT, MOVED, dialect=Dialect.EAGER), declared_training=False)
    (finding,) = look("BN101", subject(bn, missing=NO_GRAPH)).findings
    assert "# 1. BN303: the model calls the layer with training=False, as its configuration says" in finding.repair


@pytest.mark.parametrize(
    "about",
    [
        subject(layer(INIT, MOVED, TRAINING, updates=UNWIRED)),
        subject(layer(INIT, MOVED, INFERENCE)),
        subject(layer(INIT, MOVED, SWITCHED, updates=(update(wired=True),))),
        subject(layer(INIT, MOVED, declared_momentum=1.0), missing=[Need.GRAPH]),
        subject(layer(INIT, INIT), trained=False, missing=NO_GRAPH),
    ],
    ids=["unwired", "inference", "joined", "momentum 1", "untrained"],
)
def test_what_is_known_is_not_guessed(about: Subject) -> None:
    (finding,) = look("BN101", about).findings
    assert "likely_causes" not in finding.evidence
    assert "most likely first" not in finding.repair
