from __future__ import annotations

from dataclasses import replace

import pytest

from bnlint.findings import Skipped
from bnlint.layers.layer import Layer, Served
from bnlint.layers.subject import Need, Subject
from tests.rules.build import (
    INFERENCE,
    INIT,
    MOVED,
    OFF,
    SWITCHED,
    TRAINING,
    UNREAD,
    UNWIRED,
    Table,
    check,
    layer,
    look,
    subject,
    update,
)

SERVE = Served("signature 'serving_default'")
FED = Served("signature 'serving_default'", must_feed="is_training")
OUTPUT = Served("output 'softmax'")


def serving(about: Layer, *applications: tuple[Served, ...], updates: tuple[Served, ...] = ()) -> Layer:
    """Return the layer with those who serve each of its applications, and those who serve its updates."""
    each = (*applications, *[()] * (len(about.applications) - len(applications)))
    used = tuple(a._replace(served=s) for a, s in zip(about.applications, each, strict=True))
    mean = replace(about.moving_mean, updates=tuple(u._replace(served=updates) for u in about.moving_mean.updates))
    return replace(about, applications=used, moving_mean=mean)


TRAINED = layer(MOVED, MOVED, OFF + TRAINING, updates=UNWIRED)
BATCH = "normalises with the statistics of each request's batch"
ERROR = f"error high: {BATCH}"

TABLE: Table = {
    "training mode": (subject(serving(TRAINED, (SERVE,))), ERROR),
    "training mode in a frozen graph": (subject(serving(TRAINED, (OUTPUT,))), ERROR),
    "training mode that moves the statistics": (
        subject(serving(TRAINED, (SERVE,), updates=(SERVE,))),
        f"error high: {BATCH}, and every request moves the moving ones",
    ),
    "an update behind an inference output": (
        subject(serving(layer(MOVED, MOVED, INFERENCE, updates=UNWIRED), updates=(SERVE,))),
        "error high: serving moves its statistics",
    ),
    "before any training": (subject(serving(layer(INIT, INIT, OFF + TRAINING), (SERVE,)), trained=False), ERROR),
    "no values": (subject(serving(layer(UNREAD, UNREAD, TRAINING), (SERVE,)), missing=[Need.VALUES]), ERROR),
    "a placeholder that must be fed": (
        subject(serving(layer(MOVED, MOVED, OFF + SWITCHED), (FED,))),
        "warning medium: wherever 'is_training' is fed so",
    ),
    "a placeholder beside a copy in training mode": (
        subject(serving(layer(MOVED, MOVED, OFF + SWITCHED, OFF + TRAINING), (FED,), (SERVE,))),
        ERROR,
    ),
    "an update that writes back what it read": (
        subject(
            serving(layer(MOVED, MOVED, INFERENCE, updates=(update(wired=False, momentum=1.0),)), (), updates=(SERVE,))
        ),
        "",
    ),
    "a training copy that is not served": (
        subject(layer(MOVED, MOVED, TRAINING, OFF + INFERENCE, updates=UNWIRED)),
        "",
    ),
    "inference mode": (subject(layer(MOVED, MOVED, OFF + INFERENCE)), ""),
}


@pytest.mark.parametrize(("about", "expected"), TABLE.values(), ids=TABLE)
def test_bn403(about: Subject, expected: str) -> None:
    check("BN403", about, expected)


def test_evidence_names_signatures_and_ops() -> None:
    about = serving(
        layer(MOVED, MOVED, OFF + SWITCHED, OFF + TRAINING, updates=UNWIRED), (FED,), (SERVE,), updates=(FED,)
    )
    (finding,) = look("BN403", subject(about)).findings
    assert finding.evidence == {"served_by": ("signature 'serving_default'",)}
    assert [r.name for r in finding.related] == ["bn/FusedBatchNorm_1"]


def test_what_must_be_fed_is_named() -> None:
    (finding,) = look("BN403", subject(serving(layer(MOVED, MOVED, OFF + SWITCHED), (FED,)))).findings
    assert finding.evidence == {
        "served_by": ("signature 'serving_default'",),
        "must_be_fed": ("is_training",),
    }


def test_what_is_not_served_is_not_named() -> None:
    fed_beside_another = serving(layer(MOVED, MOVED, OFF + SWITCHED, OFF + TRAINING), (FED,), ())
    (finding,) = look("BN403", subject(fed_beside_another)).findings
    assert [r.name for r in finding.related] == ["bn/FusedBatchNorm_0"]


def test_where_one_signature_is_wrong_for_certain_it_alone_is_named() -> None:
    other = FED._replace(by="signature 'other'")
    (finding,) = look("BN403", subject(serving(layer(MOVED, MOVED, OFF + TRAINING), (SERVE, other)))).findings
    assert finding.evidence == {"served_by": ("signature 'serving_default'",)}


@pytest.mark.parametrize(
    ("framework", "part"),
    [
        ("tf1", "logits = build_model(images, training=False)"),
        ("tf2", "return model(images, training=False)"),
        ("keras2", "return model(images, training=False)"),
        ("keras3", "archive.add_endpoint('serve', lambda images: model(images, training=False)"),
    ],
)
def test_the_repair_follows_the_framework(framework: str, part: str) -> None:
    about = replace(subject(serving(TRAINED, (SERVE,))), framework=framework)
    (finding,) = look("BN403", about).findings
    assert part in finding.repair


def test_a_training_checkpoint_is_skipped_with_the_reason() -> None:
    assert look("BN403", subject(TRAINED, missing=[Need.SERVING])).skipped == (Skipped("BN403", "no serving"),)
