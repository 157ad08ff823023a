"""Which rules run, said in several places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnlint.judging.choosing import Choice
from bnlint.rules.registry import RULES

ALL = {rule.code for rule in RULES}
WORDS = st.lists(st.sampled_from(["BN1", "BN3", "BN301", "BN305", "unwired-updates", "BN"]), max_size=3).map(tuple)
CHOICES = st.builds(Choice, WORDS, st.none() | WORDS, WORDS, WORDS)


def of(*starts: str) -> set[str]:
    return {code for code in ALL if code.startswith(starts)}


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ([], ALL),
        ([Choice(select=("BN3",))], of("BN3")),
        ([Choice(ignore=("BN3",))], ALL - of("BN3")),
        ([Choice(select=("BN3",), ignore=("BN305",))], of("BN3") - {"BN305"}),
        ([Choice(select=("BN305",), ignore=("BN3",))], set()),
        ([Choice(select=("BN3",), extend_select=("BN101",))], of("BN3", "BN101")),
        ([Choice(ignore=("BN3",), extend_ignore=("BN101",))], ALL - of("BN3", "BN101")),
        # A later select begins anew.
        ([Choice(select=("BN3",), ignore=("BN101",)), Choice(select=("BN1",))], of("BN1")),
        ([Choice(ignore=("BN305",)), Choice(select=("BN305",))], {"BN305"}),
        # A later ignore takes the place of the earlier one, not of what was selected.
        ([Choice(select=("BN3",), ignore=("BN301",)), Choice(ignore=("BN305",))], of("BN3") - {"BN305"}),
        ([Choice(ignore=("BN3",), extend_ignore=("BN1",)), Choice(ignore=())], ALL),
        # extend-* add.
        ([Choice(select=("BN3",)), Choice(extend_select=("BN1",))], of("BN1", "BN3")),
        ([Choice(extend_select=("BN1",))], ALL),
        ([Choice(ignore=("BN3",)), Choice(extend_ignore=("BN1",))], ALL - of("BN1", "BN3")),
        # What is added to the selection is no longer ignored, and only that.
        ([Choice(ignore=("BN3",)), Choice(extend_select=("BN305",))], ALL - (of("BN3") - {"BN305"})),
        ([Choice(extend_ignore=("BN3",)), Choice(extend_select=("unwired-updates",))], ALL - (of("BN3") - {"BN301"})),
        # Where one place says both, it is not run.
        ([Choice(extend_select=("BN3",), ignore=("BN305",))], ALL - {"BN305"}),
        ([Choice(ignore=("BN3",)), Choice(extend_select=("BN3",), extend_ignore=("BN305",))], ALL - {"BN305"}),
    ],
)
def test_one_after_the_other(choices: list[Choice], expected: set[str]) -> None:
    last = Choice()
    for choice in choices:
        last = last.then(choice)
    assert set(last.codes()) == expected


@given(CHOICES, CHOICES, CHOICES)
def test_it_does_not_matter_which_are_put_together_first(one: Choice, two: Choice, three: Choice) -> None:
    assert one.then(two).then(three).codes() == one.then(two.then(three)).codes()


@given(CHOICES)
def test_nothing_said_changes_nothing(choice: Choice) -> None:
    assert choice.then(Choice()) == choice
    assert Choice().then(choice).codes() == choice.codes()


@given(CHOICES, CHOICES)
def test_what_is_said_last_holds(before: Choice, last: Choice) -> None:
    codes = set(before.then(last).codes())
    wanted = set(last._replace(ignore=None, extend_ignore=()).codes()) if last.select else set()
    dropped = ALL - set(Choice(ignore=last.ignored).codes())
    assert wanted - dropped <= codes
    assert not codes & dropped
