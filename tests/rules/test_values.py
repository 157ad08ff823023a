from __future__ import annotations

from dataclasses import replace

import pytest

from bnlint.layers.layer import Layer
from bnlint.rules.rule import Blind
from bnlint.rules.values import ranges, unread
from tests.rules.build import MOVED, UNREAD, UNSAVED, layer

LOST = "model.data-00001-of-00002 is not there"


def lost(about: Layer) -> Layer:
    """Return ``about`` with a variance that could not be read for a reason."""
    return replace(about, moving_variance=replace(about.moving_variance, values=None, unread=LOST))


@pytest.mark.parametrize(
    ("about", "reason", "is_part_absent"),
    [
        (layer(UNREAD), "its statistics could not be read", False),
        (layer(mean=UNREAD), "its statistics could not be read", False),
        (lost(layer(MOVED)), LOST, True),
        (lost(layer(mean=UNREAD)), LOST, True),
        (lost(layer(mean=UNSAVED)), LOST, True),
    ],
    ids=["neither", "one", "one, for a reason", "both, one of them for a reason", "one, the other was not saved"],
)
def test_a_statistic_that_was_not_read_is_told_with_the_reason(
    about: Layer,
    reason: str,
    is_part_absent: bool,  # noqa: FBT001
) -> None:
    assert list(unread(about, about.statistics)) == [Blind(about, reason, is_part_absent=is_part_absent)]


@pytest.mark.parametrize("about", [layer(MOVED), layer(UNSAVED)], ids=["read", "not saved"])
def test_where_nothing_is_lacking_nothing_is_told(about: Layer) -> None:
    assert list(unread(about, about.statistics)) == []


def test_the_ranges_are_those_of_what_was_read() -> None:
    assert ranges(layer(MOVED)) == {"mean_range": (0.25, 0.75), "variance_range": (1.25, 1.75)}
    assert ranges(layer(mean=UNREAD)) == {"variance_range": (1.25, 1.75)}
