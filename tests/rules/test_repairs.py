"""What repairs have in common: whatever they run they first say what it is."""

from __future__ import annotations

import pytest

from bnlint.layers.layer import Dialect, UpdateOp
from tests.layers.runs import course, pair
from tests.rules.build import INIT, MOVED, SWITCHED, UNWIRED, WIRED, layer, look, subject, update
from tests.rules.runs import look as look_at_run

MEAN, NEGATIVE = (0.1, 0.2, 0.3), (-1.0, 1.0, 2.0)


@pytest.mark.parametrize(
    "updates",
    [WIRED, UNWIRED, (), (update(wired=True, momentum=1.0),)],
    ids=["wired", "unwired", "no updates", "momentum 1"],
)
@pytest.mark.parametrize("dialect", Dialect)
def test_update_ops_that_are_run_were_fetched(dialect: Dialect, updates: tuple[UpdateOp, ...]) -> None:
    negative = layer(MEAN, MOVED, SWITCHED, variance=NEGATIVE, updates=updates, dialect=dialect)
    frozen = layer(INIT, MOVED, SWITCHED, updates=updates, dialect=dialect)
    for rule, about in (("BN104", negative), ("BN101", frozen)):
        (finding,) = look(rule, subject(about)).findings
        check_run(finding.repair)
    (stalled,) = look_at_run("BN501", course(negative, pair("wp"))).findings
    check_run(stalled.repair)


def check_run(repair: str) -> None:
    """Check that update ops which the repair of a finding runs were fetched, by it or by that of the cause."""
    assert repair
    fetched, run, _ = repair.partition("sess.run(update_ops")
    is_by_cause = any(f"# repair the cause first: {code}" in fetched for code in ("BN301", "BN302"))
    assert not run or "update_ops = " in fetched or is_by_cause


@pytest.mark.parametrize(
    ("dialect", "run"),
    [
        (Dialect.TF_LAYERS, "    sess.run(update_ops, "),
        (Dialect.EMA, "    sess.run(update_averages, "),
        (Dialect.ASSIGN, "    sess.run([assign_mean, assign_variance], "),
        (Dialect.EAGER, "over training data, 500 batches or more, "),
    ],
)
def test_statistics_are_recomputed_by_the_names_that_the_api_has_for_its_updates(dialect: Dialect, run: str) -> None:
    negative = layer(MEAN, MOVED, variance=NEGATIVE, dialect=dialect)
    (finding,) = look("BN104", subject(negative)).findings
    assert run in finding.repair


def test_an_op_that_joins_the_updates_does_not_say_what_they_are() -> None:
    joined = update(wired=True, joint="train/group_deps")
    (finding,) = look("BN101", subject(layer(INIT, MOVED, SWITCHED, updates=(joined,)))).findings
    assert "update_ops = tf.get_collection" in finding.repair
