"""What repairs have in common: whatever they run they first say what it is."""

from __future__ import annotations

import pytest

from bnlint.layers.layer import Dialect, UpdateOp
from tests.rules.build import INIT, MOVED, SWITCHED, UNWIRED, WIRED, layer, look, subject, update

MEAN, NEGATIVE = (0.1, 0.2, 0.3), (-1.0, 1.0, 2.0)


@pytest.mark.parametrize("updates", [WIRED, UNWIRED, ()], ids=["wired", "unwired", "no updates"])
@pytest.mark.parametrize("dialect", Dialect)
def test_update_ops_that_are_run_were_fetched(dialect: Dialect, updates: tuple[UpdateOp, ...]) -> None:
    negative = layer(MEAN, MOVED, SWITCHED, variance=NEGATIVE, updates=updates, dialect=dialect)
    frozen = layer(INIT, MOVED, SWITCHED, updates=updates, dialect=dialect)
    for rule, about in (("BN104", negative), ("BN101", frozen)):
        for finding in look(rule, subject(about)).findings:
            assert finding.repair
            fetched, run, _ = finding.repair.partition("sess.run(update_ops")
            assert not run or "update_ops = " in fetched or "# repair the cause first: BN30" in fetched


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
