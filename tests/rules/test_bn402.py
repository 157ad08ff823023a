from __future__ import annotations

import pytest

from bnlint.findings import Severity, Skipped
from bnlint.layers.subject import Need, Subject
from tests.rules.build import (
    INFERENCE,
    INIT,
    MOVED,
    OFF,
    PHASED,
    PHASED_WIRED,
    SWITCHED,
    TRAINING,
    UNREAD,
    WIRED,
    State,
    Table,
    check,
    layer,
    look,
    subject,
)

HEALTHY = layer(MOVED, MOVED, TRAINING, updates=WIRED, name="trains")
FOLLOWS = layer(INIT, MOVED, PHASED, updates=PHASED_WIRED, name="follows")
FED = layer(MOVED, MOVED, PHASED, updates=PHASED_WIRED, name="fed")

TABLE: Table = {
    "follows, frozen": (subject(FOLLOWS, HEALTHY), "follows error: follows the learning-phase placeholder"),
    "built for inference, frozen": (
        subject(layer(INIT, MOVED, INFERENCE, name="infers"), FED),
        "infers error: is built for inference; fed info: follows the learning-phase placeholder",
    ),
    "follows and moved: it was fed": (subject(FED, HEALTHY), "fed info: follows the learning-phase placeholder"),
    "no values": (
        subject(layer(UNREAD, UNREAD, PHASED, updates=PHASED_WIRED, name="unread"), HEALTHY),
        "unread warning: follows the learning-phase placeholder",
    ),
    "untrained": (subject(FOLLOWS, HEALTHY, trained=False), "follows info: follows the learning-phase placeholder"),
    "all follow": (subject(FOLLOWS, FED), ""),
    "all are constant": (subject(HEALTHY, layer(INIT, MOVED, INFERENCE)), ""),
    "another predicate beside a constant": (subject(layer(INIT, MOVED, SWITCHED, updates=WIRED), HEALTHY), ""),
    "the template copy hangs on the placeholder": (
        subject(layer(MOVED, MOVED, OFF + PHASED, TRAINING, updates=(*PHASED_WIRED, *WIRED)), HEALTHY),
        "",
    ),
    "the constant layer is off the training path": (
        subject(FOLLOWS, layer(MOVED, MOVED, OFF + TRAINING, name="aside", updates=WIRED)),
        "",
    ),
    "base(x, training=False) with a trainable head": (
        subject(layer(MOVED, MOVED, INFERENCE, name="base", trainable=False), HEALTHY),
        "",
    ),
    "base(x, training=False) with a head that follows and is fed": (
        subject(layer(MOVED, MOVED, INFERENCE, name="base", trainable=False), FED),
        "",
    ),
    "the frozen layer was frozen on purpose": (
        subject(layer(INIT, INIT, INFERENCE, name="base", trainable=False), FED),
        "",
    ),
}


@pytest.mark.parametrize(("about", "expected"), TABLE.values(), ids=TABLE)
def test_bn402(about: Subject, expected: str) -> None:
    findings = look("BN402", about).findings
    said = [(f"{f.layer} {f.severity.label}", f.message) for f in findings]
    awaited = [part.split(": ") for part in expected.split("; ")] if expected else []
    assert [head for head, _ in said] == [head for head, _ in awaited]
    for (_, message), (_, part) in zip(said, awaited, strict=True):
        assert part in message
        assert "set_learning_phase was called between the layers, or training= was given to some" in message


def test_only_errors_and_warnings_have_a_repair() -> None:
    about = subject(FOLLOWS, FED, HEALTHY)
    assert {f.layer: bool(f.repair) for f in look("BN402", about).findings} == {"follows": True, "fed": False}
    assert [f.severity for f in look("BN402", about).findings] == [Severity.ERROR, Severity.INFO]


def test_it_takes_the_place_of_bn401_and_bn303() -> None:
    about = subject(FOLLOWS, layer(INIT, MOVED, INFERENCE, name="infers"), HEALTHY)
    check("BN401", about, "")
    check("BN303", about, "")


@pytest.mark.parametrize("values", [(MOVED, MOVED), (INIT, INIT)], ids=["fine-tuned", "at its initial values"])
def test_beside_a_base_that_was_frozen_on_purpose_a_head_that_follows_is_bn401s(values: tuple[State, State]) -> None:
    base = layer(*values, INFERENCE, name="base", trainable=False)
    (fed,) = look("BN401", subject(base, FED)).findings
    assert (fed.layer, fed.severity) == ("fed", Severity.INFO)
    assert fed.message.endswith("the statistics moved, so it was fed")
    (unset,) = look("BN401", subject(base, FOLLOWS)).findings
    assert (unset.layer, unset.severity) == ("follows", Severity.ERROR)
    assert look("BN402", subject(base, FOLLOWS)).findings == ()


def test_a_graph_that_does_not_train_is_skipped() -> None:
    assert look("BN402", subject(FOLLOWS, HEALTHY, missing=[Need.TRAINING])).skipped == (
        Skipped("BN402", "no training"),
    )
