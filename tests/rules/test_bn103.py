from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bnlint.findings import Skipped
from bnlint.layers.layer import Dialect
from bnlint.layers.subject import Need, Subject
from tests.rules.build import (
    ABSENT,
    INIT,
    MOVED,
    NAN,
    NO_GRAPH,
    UNREAD,
    UNSAVED,
    UNWIRED,
    Table,
    check,
    layer,
    look,
    subject,
)

NOT_A_NUMBER = "error high: NaN or infinite"
INFINITE = [1.0, float("inf"), 2.0]

TABLE: Table = {
    "NaN in the mean": (subject(layer(mean=NAN)), NOT_A_NUMBER),
    "NaN in the variance": (subject(layer(variance=NAN)), NOT_A_NUMBER),
    "NaN in gamma": (subject(layer(gamma=NAN)), NOT_A_NUMBER),
    "NaN in beta": (subject(layer(beta=NAN)), NOT_A_NUMBER),
    "infinite": (subject(layer(variance=INFINITE)), NOT_A_NUMBER),
    "negative infinite": (subject(layer(mean=[-float("inf"), 0, 0])), NOT_A_NUMBER),
    "untrained": (subject(layer(INIT, INIT, mean=NAN), trained=False), NOT_A_NUMBER),
    "no graph": (subject(layer(mean=NAN), missing=NO_GRAPH), NOT_A_NUMBER),
    "finite": (subject(layer()), ""),
    "at init": (subject(layer(INIT, MOVED, updates=UNWIRED)), ""),
    "large float32 variance": (subject(layer(variance=[65504.0, 1e30, 1.0])), ""),
    "no gamma, nothing read": (subject(layer(UNREAD, ABSENT)), ""),
    "not saved": (subject(layer(UNSAVED, MOVED)), ""),
}


@pytest.mark.parametrize(("about", "expected"), TABLE.values(), ids=TABLE)
def test_bn103(about: Subject, expected: str) -> None:
    check("BN103", about, expected)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([65504.0, 1, 1], "error high: float16 variance stands at 65504"),
        ([65472.0, 1, 1], ""),
        ([float("inf"), 1, 1], NOT_A_NUMBER),
    ],
    ids=["at the largest number", "one below", "beyond"],
)
def test_half_precision_variance(values: list[float], expected: str) -> None:
    half = layer()
    variance = replace(half.moving_variance, values=np.asarray(values, np.float16))
    check("BN103", subject(replace(half, moving_variance=variance)), expected)


def test_a_saturated_variance_is_named() -> None:
    half = layer()
    variance = replace(half.moving_variance, values=np.asarray([65504.0, 1, 1], np.float16))
    (finding,) = look("BN103", subject(replace(half, moving_variance=variance))).findings
    assert [r.name for r in finding.related] == ["bn/moving_variance"]
    assert finding.evidence == {"channels": 3}


def test_a_half_precision_mean_may_be_large() -> None:
    half = layer()
    mean = replace(half.moving_mean, values=np.asarray([65504.0, 0, 0], np.float16))
    check("BN103", subject(replace(half, moving_mean=mean)), "")


def test_the_evidence_counts_channels_and_names_the_variables() -> None:
    about = subject(layer(gamma=NAN, variance=[float("nan"), float("inf"), 1]))
    (finding,) = look("BN103", about).findings
    assert finding.evidence == {"gamma_nonfinite": 1, "moving_variance_nonfinite": 2, "channels": 3}
    assert [r.name for r in finding.related] == ["bn/gamma", "bn/moving_variance"]


@pytest.mark.parametrize(
    ("dialect", "part"), [(Dialect.TF_LAYERS, "tf.clip_by_global_norm"), (Dialect.EAGER, "clipnorm=1.0")]
)
def test_the_repair_follows_the_dialect(dialect: Dialect, part: str) -> None:
    (finding,) = look("BN103", subject(layer(mean=NAN, dialect=dialect))).findings
    assert part in finding.repair


def test_without_values_the_rule_is_skipped() -> None:
    assert look("BN103", subject(layer(), missing=[Need.VALUES])).skipped == (Skipped("BN103", "no values"),)
