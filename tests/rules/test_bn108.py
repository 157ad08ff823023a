from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bnlint.findings import Skipped
from bnlint.layers.layer import Layer
from bnlint.layers.subject import Need, Subject
from tests.rules.build import INIT, MOVED, NAN, NO_GRAPH, UNREAD, UNSAVED, Table, Values, check, layer, look, subject

SMALL = "info high: below 1e-06: their input is the same"
LARGE = "info high: above 10000: their input is not scaled"


def having(variance: Values) -> Layer:
    return layer(variance=variance)


TABLE: Table = {
    "a dead channel": (subject(having([1.0, 1e-7, 2.0])), SMALL),
    "nothing is left": (subject(having([1.0, 0.0, 2.0])), SMALL),
    "every channel is dead": (subject(having([1e-36, 0.0, 1e-20])), SMALL),
    "inputs that nobody scaled": (subject(having([1.0, 1e9, 2.0])), LARGE),
    "just above": (subject(having([1.0, 10001.0, 2.0])), LARGE),
    "both": (subject(having([1e-7, 1e5, 2.0])), "info high: same for every example; channels have a variance above"),
    "at the thresholds": (subject(having([1.1e-6, 1e4, 2.0])), ""),
    "between": (subject(having([1e-5, 9999.0, 1.0])), ""),
    "negative is BN104's": (subject(having([-1.0, -1e-9, 1.0])), ""),
    "NaN": (subject(having(NAN)), ""),
    "infinite": (subject(having([float("inf"), 1.0, 2.0])), ""),
    "an average that starts at 0 and never moved": (subject(layer(INIT, start=(0.0, 0.0))), ""),
    "an average that starts at 0 and moved": (subject(layer(variance=[0.0, 0.1, 0.2], start=(0.0, 0.0))), SMALL),
    "at init": (subject(having(INIT)), ""),
    "before training": (subject(having([1.0, 1e-7, 2.0]), trained=False), SMALL),
    "no graph": (subject(having([1.0, 1e-7, 2.0]), missing=NO_GRAPH), SMALL),
    "not saved": (subject(layer(UNSAVED)), ""),
    "a small mean": (subject(layer(mean=[1e-9, 1e9, 0.0], variance=MOVED)), ""),
}


@pytest.mark.parametrize(("about", "expected"), TABLE.values(), ids=TABLE)
def test_bn108(about: Subject, expected: str) -> None:
    check("BN108", about, expected)


@pytest.mark.parametrize(("variance", "expected"), [(1e-6, ""), (0.99e-6, SMALL), (1e4, ""), (1.01e4, LARGE)])
def test_the_thresholds_in_double_precision(variance: float, expected: str) -> None:
    about = layer()
    values = np.asarray([variance, 1, 2], np.float64)
    check("BN108", subject(replace(about, moving_variance=replace(about.moving_variance, values=values))), expected)


def test_the_evidence_counts_channels() -> None:
    (finding,) = look("BN108", subject(having([0.0, 1e-7, 1e5]))).findings
    assert finding.evidence["channels"] == 3
    assert (finding.evidence["small"], finding.evidence["large"]) == (2, 1)
    assert finding.evidence["variance_range"] == (0.0, 1e5)
    assert [r.name for r in finding.related] == ["bn/moving_variance"]
    assert not finding.repair


def test_without_values_the_rule_is_skipped() -> None:
    assert look("BN108", subject(layer(), missing=[Need.VALUES])).skipped == (Skipped("BN108", "no values"),)
    skipped = look("BN108", subject(layer(UNREAD))).skipped
    assert skipped == (Skipped("BN108", "its statistics could not be read", ("bn",)),)
