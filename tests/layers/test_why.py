"""The decision tree behind BN301, BN302, BN303, BN401 and BN402, and how bad its answers are, as two tables."""

from __future__ import annotations

import pytest

from bnlint.layers.layer import Layer
from bnlint.layers.subject import Need, Subject
from bnlint.layers.why import severity_of_cause, why_not_updated
from tests.rules.build import (
    ABSENT,
    INFERENCE,
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
    UNREGISTERED,
    UNWIRED,
    WIRED,
    layer,
    subject,
    update,
)

PHASED_UNWIRED = (update("update_ops", phased=True),)
PHASED_NEIGHBOUR = layer(MOVED, MOVED, PHASED, updates=PHASED_WIRED, name="other")
CONSTANT_NEIGHBOUR = layer(MOVED, MOVED, TRAINING, updates=WIRED, name="other")

TREE: dict[str, tuple[Subject, str]] = {
    # the graph says nothing of training, or the layer is not to be updated
    "no training": (subject(layer(INIT, MOVED, TRAINING, updates=UNWIRED), missing=[Need.TRAINING]), ""),
    "frozen on purpose": (subject(layer(INIT, INIT, TRAINING, trainable=False, updates=UNWIRED)), ""),
    "not trained here": (subject(layer(INIT, INIT, TRAINING, optimized=False, updates=UNWIRED)), ""),
    # no update op
    "inference only": (subject(layer(INIT, MOVED, INFERENCE)), "BN303"),
    "inference, beside a layer that follows the phase": (
        subject(layer(INIT, MOVED, INFERENCE), PHASED_NEIGHBOUR),
        "BN402",
    ),
    "inference, beside a constant layer": (subject(layer(INIT, MOVED, INFERENCE), CONSTANT_NEIGHBOUR), "BN303"),
    "inference off the path": (subject(layer(INIT, MOVED, OFF + INFERENCE)), ""),
    "training without updates": (subject(layer(INIT, MOVED, TRAINING)), ""),
    "inference and training": (subject(layer(INIT, MOVED, INFERENCE, TRAINING)), ""),
    "no applications": (subject(layer(INIT, MOVED)), ""),
    "inference, and updates of a template that follows the phase": (
        subject(layer(INIT, MOVED, INFERENCE, OFF + PHASED, updates=PHASED_UNREGISTERED)),
        "BN303",
    ),
    "inference, and updates of another copy": (
        subject(layer(INIT, MOVED, INFERENCE, OFF + TRAINING, updates=UNWIRED)),
        "BN303",
    ),
    "inference, and updates of no copy": (subject(layer(INIT, MOVED, INFERENCE, updates=UNWIRED)), "BN301"),
    "inference, and wired updates of another copy": (
        subject(layer(INIT, MOVED, INFERENCE, OFF + TRAINING, updates=WIRED)),
        "",
    ),
    # update ops
    "wired": (subject(layer(INIT, MOVED, TRAINING, updates=WIRED)), ""),
    "unwired, registered": (subject(layer(INIT, MOVED, TRAINING, updates=UNWIRED)), "BN301"),
    "unwired, unregistered": (subject(layer(INIT, MOVED, TRAINING, updates=UNREGISTERED)), "BN302"),
    "one update of two registered": (subject(layer(INIT, MOVED, updates=(*UNREGISTERED, *UNWIRED))), "BN301"),
    "one statistic unwired": (subject(layer(INIT, MOVED, TRAINING, updates=WIRED, variance_updates=UNWIRED)), "BN301"),
    "one statistic without updates": (subject(layer(INIT, MOVED, TRAINING, updates=WIRED, variance_updates=())), ""),
    "one tower wired": (subject(layer(INIT, MOVED, TRAINING, updates=(*WIRED, *UNWIRED))), ""),
    "chosen by a predicate, wired": (subject(layer(INIT, MOVED, SWITCHED, updates=WIRED)), ""),
    "neither gamma nor beta": (subject(layer(INIT, ABSENT, TRAINING, updates=UNWIRED)), "BN301"),
    # gated by the learning phase
    "phase, wired": (subject(layer(INIT, MOVED, PHASED, updates=PHASED_WIRED)), "BN401"),
    "phase, unregistered": (subject(layer(INIT, MOVED, PHASED, updates=PHASED_UNREGISTERED)), "BN401 BN302"),
    "phase, registered": (subject(layer(INIT, MOVED, PHASED, updates=PHASED_UNWIRED)), "BN401 BN301"),
    "phase, one update without": (subject(layer(INIT, MOVED, PHASED, updates=(*PHASED_WIRED, *WIRED))), ""),
    "phase, one statistic without": (subject(layer(MOVED, MOVED, updates=PHASED_WIRED, variance_updates=WIRED)), ""),
    "phase beside phase": (subject(layer(INIT, MOVED, PHASED, updates=PHASED_WIRED), PHASED_NEIGHBOUR), "BN401"),
    "phase beside constant": (subject(layer(INIT, MOVED, PHASED, updates=PHASED_WIRED), CONSTANT_NEIGHBOUR), "BN402"),
    "phase beside constant, unwired": (
        subject(layer(INIT, MOVED, PHASED, updates=PHASED_UNWIRED), CONSTANT_NEIGHBOUR),
        "BN402 BN301",
    ),
}


@pytest.mark.parametrize(("about", "causes"), TREE.values(), ids=TREE)
def test_why_not_updated(about: Subject, causes: str) -> None:
    assert " ".join(cause.value for cause in why_not_updated(about.layers[0], about)) == causes


SEVERITY: dict[str, tuple[Layer, bool | None, str]] = {
    "frozen": (layer(INIT, MOVED, TRAINING, updates=UNWIRED), True, "error high"),
    "frozen, nothing to show training": (layer(INIT, ABSENT, TRAINING, updates=UNWIRED), True, "error high"),
    "frozen, untouched": (layer(INIT, INIT, TRAINING, updates=UNWIRED), True, "info medium"),
    "frozen, untrained": (layer(INIT, MOVED, TRAINING, updates=UNWIRED), False, "info high"),
    "frozen, who knows": (layer(INIT, MOVED, TRAINING, updates=UNWIRED), None, "warning low"),
    "moved": (layer(MOVED, MOVED, TRAINING, updates=UNWIRED), True, "info high"),
    "moved, who knows": (layer(MOVED, MOVED, TRAINING, updates=UNWIRED), None, "info high"),
    "moved, untrained": (layer(MOVED, MOVED, TRAINING, updates=UNWIRED), False, "info high"),
    "NaN": (layer(NAN, MOVED, TRAINING, updates=UNWIRED), True, "warning medium"),
    "NaN and moved": (layer(MOVED, MOVED, TRAINING, mean=NAN, updates=UNWIRED), True, "info high"),
    "unread": (layer(UNREAD, MOVED, TRAINING, updates=UNWIRED), True, "warning medium"),
    "unread, untrained": (layer(UNREAD, MOVED, TRAINING, updates=UNWIRED), False, "info high"),
    "one unread, one frozen": (layer(INIT, MOVED, TRAINING, mean=UNREAD, updates=UNWIRED), True, "error high"),
    "one unread, one moved": (layer(MOVED, MOVED, TRAINING, mean=UNREAD, updates=UNWIRED), True, "info high"),
    "one unread, one frozen, both wired": (
        layer(INIT, MOVED, PHASED, mean=UNREAD, updates=PHASED_WIRED),
        True,
        "error high",
    ),
    "one of two unwired ones is at init": (
        layer(MOVED, MOVED, TRAINING, mean=INIT, updates=UNWIRED),
        True,
        "error high",
    ),
    "the unwired one is at init": (
        layer(MOVED, MOVED, TRAINING, mean=INIT, updates=UNWIRED, variance_updates=WIRED),
        True,
        "error high",
    ),
    "the wired one is at init": (
        layer(MOVED, MOVED, TRAINING, mean=INIT, updates=WIRED, variance_updates=UNWIRED),
        True,
        "info high",
    ),
    "nothing reads them": (layer(INIT, MOVED, TRAINING, OFF + TRAINING, updates=UNWIRED), True, "info medium"),
    "nothing reads them, unread": (layer(UNREAD, MOVED, TRAINING, OFF + TRAINING), True, "info medium"),
}


@pytest.mark.parametrize(("about", "trained", "expected"), SEVERITY.values(), ids=SEVERITY)
def test_severity_of_cause(about: Layer, trained: bool | None, expected: str) -> None:  # noqa: FBT001
    severity, confidence = severity_of_cause(about, subject(about, trained=trained))
    assert f"{severity.label} {confidence.label}" == expected
