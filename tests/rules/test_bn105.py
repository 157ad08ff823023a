from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bnlint.findings import Skipped
from bnlint.layers.layer import Dialect, Layer, Repeats
from bnlint.layers.subject import Need, Subject
from bnlint.results import Step
from tests.rules.build import (
    INFERENCE,
    INIT,
    MOVED,
    NAN,
    NO_GRAPH,
    OFF,
    TRAINING,
    UNREAD,
    UNSAVED,
    Table,
    Values,
    check,
    layer,
    look,
    subject,
    update,
)

WIDE = (0.99, 3.0, 4.0)
"""Variances of which one says that the initial value may well be left in it."""
DEAD = (0.0, 0.0, 0.5)
"""Means of which two channels are dead."""


def averaged(
    momentum: float | None = 0.999, variance: Values = WIDE, *, name: str = "bn", wired: bool = True, **more: Any
) -> Layer:
    """Return a layer that a graph updates."""
    updates = () if momentum is None else (update(wired=wired, momentum=momentum),)
    return layer(MOVED, MOVED, TRAINING, name=name, variance=variance, updates=updates, **more)


def declared(momentum: float | None = 0.999, variance: Values = WIDE, **more: Any) -> Layer:
    """Return a layer of a Keras file."""
    return layer(variance=variance, declared_momentum=momentum, dialect=Dialect.EAGER, **more)


def after(steps: int | Mapping[str, int] | None, *layers: Layer, newer: str | None = None, **more: Any) -> Subject:
    """Return a trained artifact whose clocks say so; one that has underflowed has a negative number."""
    said = {"global_step": steps} if isinstance(steps, int) else steps or {}
    clocks = tuple(Step(abs(value), source, is_least=value < 0) for source, value in said.items())
    return replace(subject(*layers, clock=None, **more), clocks=clocks, newer=newer)


def repeated(bn: Layer, times: int) -> Layer:
    return replace(bn, repeats=Repeats(times, 1))


def counted(bn: Layer, **clocks: int) -> Layer:
    """Return the layer with the clocks that count its updates, among those of the artifact."""
    return replace(bn, clocks=tuple(Step(value, source) for source, value in clocks.items()))


def loaded(bn: Layer) -> Layer:
    """Return the layer with an op that assigns its statistics from an array."""
    return replace(half_loaded(bn), moving_mean=replace(bn.moving_mean, loaded_by="load"))


def half_loaded(bn: Layer) -> Layer:
    """Return the layer with an op that assigns its variance, and none for the mean."""
    return replace(bn, moving_variance=replace(bn.moving_variance, loaded_by="load_1"))


def debiased(bn: Layer, mean: int | None = None, variance: int | None = None, *, both: bool = True) -> Layer:
    """Return the layer with a corrected mean and variance, whose own counters say how many updates there were."""

    def steps(name: str, value: int | None) -> Step | None:
        return None if value is None else Step(value, f"{name}/local_step")

    bn = replace(bn, moving_mean=replace(bn.moving_mean, is_debiased=True, local_step=steps("mean", mean)))
    if not both:
        return bn
    own = steps("variance", variance)
    return replace(bn, moving_variance=replace(bn.moving_variance, is_debiased=True, local_step=own))


def by_root(bn: Layer) -> Layer:
    return replace(bn, moving_variance=replace(bn.moving_variance, is_root_averaged=True))


def in_double_precision(bn: Layer, *variance: float) -> Layer:
    return replace(bn, moving_variance=replace(bn.moving_variance, values=np.array(variance)))


LARGE = (1.5, 3.0, 4.0)
WARM = {"warm": ("bn/gamma", "bn/moving_mean", "bn/moving_variance")}
"""A saver that restores a model and no clock."""
FOURTH_ROOT = 0.05**0.25
"""Four updates of this momentum leave 0.05, to the last bit."""
LEFT = "the moving statistics still hold 82% of their initial values: too few updates for this momentum"

TABLE: Table = {
    "200 updates of 0.999": (after(200, averaged()), f"error high: {LEFT}"),
    "200 updates, and no variance below the initial one": (
        after(200, averaged(variance=(1.0, 3.0, 4.0))),
        f"error medium: {LEFT}",
    ),
    "another layer has one": (
        after(200, averaged(variance=(1.0, 3.0, 4.0)), averaged(name="other")),
        f"error high: {LEFT}",
    ),
    "a warm start, and a variance that says how much is left": (
        after(200, averaged(), savers=WARM),
        f"error high: {LEFT}",
    ),
    "a warm start of what is trainable": (
        after(200, averaged(variance=LARGE), savers={"warm": ("bn/gamma", "bn/beta")}),
        f"error medium: {LEFT}",
    ),
    "a saver of everything": (
        after(200, averaged(variance=LARGE), savers={"all": (*WARM["warm"], "global_step")}),
        f"error medium: {LEFT}",
    ),
    "a warm start, and a dead channel": (
        after(60, averaged(0.99, mean=DEAD, variance=(0.5471566, 0.5471566, 3.0)), savers=WARM),
        "error high: 55% of their initial values",
    ),
    "an importer of one statistic": (after(200, half_loaded(averaged())), f"error high: {LEFT}"),
    "200 updates of 0.99": (after(200, averaged(0.99)), "warning high: 13% of their initial values"),
    "200 updates of 0.9": (after(200, averaged(0.9)), ""),
    "just above the warning": (after(298, averaged(0.99)), "warning high: 5% of"),
    "just below the warning": (after(299, averaged(0.99)), ""),
    "just above the error": (after(119, averaged(0.99)), "error high: 30% of"),
    "just below the error": (after(120, averaged(0.99)), "warning high: 30% of"),
    "at the warning": (after(1, averaged(0.05)), ""),
    "at the error": (after(1, averaged(0.3)), "warning high: 30% of"),
    "every layer": (after(200, averaged(name="a"), averaged(name="b")), f"error high: {LEFT}"),
    "the slower of mean and variance counts": (
        after(200, averaged(0.9, variance_updates=(update(wired=True, momentum=0.999),))),
        f"error high: {LEFT}",
    ),
    "an inference copy with decay=1": (
        after(200, layer(variance=WIDE, updates=(update(momentum=1.0), update(wired=True, momentum=0.999)))),
        f"error high: {LEFT}",
    ),
    "of two copies the faster counts": (
        after(200, layer(updates=(update(wired=True, momentum=0.9), update(wired=True, momentum=0.999)))),
        "",
    ),
    "a Keras file": (after({"iterations": 200}, declared(), missing=NO_GRAPH), f"error high: {LEFT}"),
    "a Keras file whose model calls it with training=True": (
        after({"iterations": 200}, replace(declared(), declared_training=True), missing=NO_GRAPH),
        f"error high: {LEFT}",
    ),
    "a Keras file, 0.9": (after({"iterations": 200}, declared(0.9), missing=NO_GRAPH), ""),
    # several updates in one step
    "five in each step": (after(200, repeated(averaged(), 5)), "error high: 37% of"),
    "twenty in each step": (after(200, repeated(averaged(), 20)), ""),
    "none that is known": (after(200, repeated(averaged(), 0)), f"error high: {LEFT}"),
    # what the values say
    "one channel below the threshold": (after(200, averaged(variance=(0.04, 3.0, 4.0))), ""),
    "one channel at the threshold": (after(200, in_double_precision(averaged(), 0.05, 3.0, 4.0)), ""),
    "one slightly negative channel": (after(200, averaged(variance=(-1e-6, 3.0, 4.0))), ""),
    "one channel a little above what is left": (after(200, averaged(variance=(0.82, 3.0, 4.0))), f"error high: {LEFT}"),
    "averages that start at 0": (
        after(200, averaged(start=(0.0, 0.0), variance=(0.04, 3.0, 4.0))),
        f"error medium: {LEFT}",
    ),
    "the average of a standard deviation": (
        after(200, by_root(averaged(variance=(0.04, 3.0, 4.0)))),
        f"error medium: {LEFT}",
    ),
    "a random initial value": (
        after(200, averaged(variance=WIDE, mean=MOVED, start=(0.0, 5.0))),
        f"error medium: {LEFT}",
    ),
    # networks that are trained in turns
    "the clock of another network clears nothing": (
        after({"beta2_power": 5200, "beta2_power_1": 200}, counted(averaged(), beta2_power_1=200)),
        f"error high: {LEFT}",
    ),
    "the clock of another network accuses nobody": (
        after({"global_step": 200, "beta2_power": 5200}, counted(averaged(), beta2_power=5200)),
        "",
    ),
    # other clocks
    "clocks that agree": (after({"global_step": 200, "beta2_power": 201}, averaged()), f"error high: {LEFT}"),
    "another clock clears it": (
        after({"global_step": 200, "beta2_power": 5200}, averaged()),
        "warning low: may still hold 82% of their initial values: global_step says 200, but beta2_power says 5200",
    ),
    "another clock just clears it": (
        after({"global_step": 1, "beta2_power": 4}, averaged(FOURTH_ROOT)),
        "warning low: may still hold 47% of their initial values: global_step says 1, but beta2_power says 4",
    ),
    "another clock has underflowed": (
        after({"beta2_power": -87000, "global_step": 200}, averaged()),
        "warning low: global_step says 200, but beta2_power says more than 87,000",
    ),
    "another clock makes it less bad": (
        after({"global_step": 200, "beta2_power": 2000}, averaged()),
        "warning high: 82% of their initial values: too few",
    ),
    "another clock says fewer": (after({"global_step": 5200, "beta2_power": 200}, averaged()), ""),
    "a clock that was set back, as one variance shows": (
        after({"global_step": 60, "beta2_power": 260}, averaged(variance=(0.78, 3.0, 4.0))),
        "warning low: the moving statistics may still hold 77% of their initial values: beta2_power says 260",
    ),
    "a clock that was set back, and another clears it": (
        after({"global_step": 200, "beta2_power": 5200}, averaged(variance=(0.6, 3.0, 4.0))),
        "",
    ),
    "a clock that was set back, and another has underflowed": (
        after({"global_step": 200, "beta2_power": -87000}, averaged(variance=(0.6, 3.0, 4.0))),
        "",
    ),
    "a clock that was set back, and another has underflowed at the threshold": (
        after({"global_step": 1, "beta2_power": -4}, averaged(FOURTH_ROOT, variance=(0.1, 3.0, 4.0))),
        "",
    ),
    "a dead channel knows of more than a clock that was set back": (
        after(20, averaged(0.99, mean=DEAD, variance=(0.5471566, 0.5471566, 3.0))),
        "error medium: 55% of",
    ),
    "a clock that stands at 0": (after({"global_step": 0, "beta2_power": 200}, averaged()), f"error high: {LEFT}"),
    # dead channels
    "a dead channel is the only clock": (
        after(None, averaged(0.99, mean=DEAD, variance=(0.5471566, 0.5471566, 3.0))),
        "error medium: 55% of",
    ),
    "a dead channel agrees": (
        after(60, averaged(0.99, mean=DEAD, variance=(0.5471566, 0.5471566, 3.0))),
        "error high: 55% of",
    ),
    "a dead channel says that the updates ran seldom": (
        after(18000, averaged(0.99, mean=DEAD, variance=(0.5471566, 0.5471566, 3.0))),
        "warning medium: hold 55% of their initial values: global_step says 18000, but the updates ran 60 times only",
    ),
    "an importer of weights that a dead channel knows nothing of": (
        after(18000, loaded(averaged(0.99, mean=DEAD, variance=(0.5471566, 0.5471566, 3.0)))),
        "warning medium: hold 55% of their initial values: global_step says 18000, but the updates ran 60 times only",
    ),
    "a dead channel of updates that no step runs": (
        after(18000, averaged(0.99, wired=False, mean=DEAD, variance=(0.5471566, 0.5471566, 3.0))),
        "error medium: 55% of",
    ),
    "a dead channel beside a clock that has underflowed": (
        after({"beta2_power": -87000}, averaged(0.99, mean=DEAD, variance=(0.5471566, 0.5471566, 3.0))),
        "warning medium: beta2_power says more than 87,000, but the updates ran 60 times only",
    ),
    "a dead channel knows of more than a clock that has underflowed": (
        after({"beta2_power": -87000}, averaged(0.99999, mean=DEAD, variance=(0.4065678, 0.4065678, 3.0))),
        "error medium: 41% of",
    ),
    "a dead channel says that there were many": (
        after(60, averaged(0.99, mean=DEAD, variance=(0.0001, 0.0001, 3.0))),
        "",
    ),
    # statistics that count themselves
    "both corrected": (after(200, debiased(averaged(), 200, 200)), ""),
    "the mean corrected": (
        after(5200, debiased(averaged(), 200, both=False)),
        "warning low: variance may still hold 82% of its initial value: mean/local_step says 200, but global_step says",
    ),
    "the mean corrected, and other clocks agree": (
        after(200, debiased(averaged(), 200, both=False)),
        "error high: the moving variance still holds 82% of its initial value: too few",
    ),
    # not ours
    "frozen": (after(200, averaged(variance=INIT, mean=INIT)), ""),
    "half updated": (after(200, averaged(mean=INIT)), ""),
    "NaN": (after(200, averaged(mean=NAN)), ""),
    "not saved": (after(200, averaged(variance=UNSAVED)), ""),
    "the same variance in every channel": (after(200, averaged(variance=(0.82, 0.82, 0.82))), ""),
    "momentum 1": (after(200, averaged(1.0)), ""),
    "momentum 0": (after(200, averaged(0.0)), ""),
    "momentum 0 and no clock": (after(None, averaged(0.0)), ""),
    "momentum above 1": (after(200, averaged(1.5)), ""),
    "not trained": (after(200, averaged(), trained=False), ""),
    "frozen on purpose": (after(200, averaged(trainable=False)), ""),
    "frozen on purpose by Keras": (after(200, declared(flag=False), missing=NO_GRAPH), ""),
    "nothing reads the statistics": (
        after(200, layer(MOVED, MOVED, TRAINING, OFF + TRAINING, updates=(update(wired=True, momentum=0.999),))),
        f"info medium: {LEFT}",
    ),
}


@pytest.mark.parametrize(("about", "expected"), TABLE.values(), ids=TABLE)
def test_bn105(about: Subject, expected: str) -> None:
    check("BN105", about, expected)


RESTORED = (
    "global_step says 200, after which no variance could be below 0.819, and one of {} is {}:"
    " there were updates before, as in fine-tuning"
)
UNWIRED = "no training step of the graph runs its updates, so that no clock counts them"
IMPORTED = "its statistics may be from elsewhere: load assigns values that were not averaged here"
ELSEWHERE = "the clocks count other training steps than those that run its updates"
UNCOUNTED = "nothing says how many updates there were"

RESTORER = "its statistics may be from elsewhere: the saver of warm restores them without global_step"

SKIPPED: dict[str, tuple[Subject, str]] = {
    "restored": (after(200, averaged(variance=(0.6, 3.0, 4.0))), RESTORED.format("bn", 0.6)),
    "an importer of weights": (after(200, loaded(averaged())), IMPORTED),
    "an importer of weights, and two clocks": (
        after({"global_step": 200, "beta2_power": 5200}, loaded(averaged())),
        IMPORTED,
    ),
    "a warm start, without the clock": (after(200, averaged(variance=LARGE), savers=WARM), RESTORER),
    "a warm start of the statistics alone, and a variance that is where it began": (
        after(200, averaged(variance=(1.0, 3.0, 4.0)), savers={"warm": WARM["warm"][1:]}),
        RESTORER,
    ),
    "only another training step has a clock": (after(200, counted(averaged())), ELSEWHERE),
    "no clock at all, of one step or another": (after(None, counted(averaged())), UNCOUNTED),
    "a clock that was set back, and another has underflowed too soon": (
        after({"global_step": 200, "beta2_power": -87000}, averaged(0.99999, variance=(0.6, 3.0, 4.0))),
        RESTORED.format("bn", 0.6).replace("0.819", "0.998"),
    ),
    "a dead channel that was restored, and a clock that has underflowed too soon": (
        after({"beta2_power": -87000}, averaged(0.99999, mean=DEAD, variance=(0.54881, 0.54881, 0.45))),
        RESTORED.format("bn", 0.45)
        .replace("global_step says 200", "a channel whose input is always 0 says 60000")
        .replace("0.819", "0.549"),
    ),
    "another layer restored": (
        after(200, averaged(), averaged(name="b", variance=(0.5, 1.5, 2.0))),
        RESTORED.format("b", 0.5),
    ),
    "the worst of several": (
        after(200, averaged(variance=(0.6, 3.0, 4.0)), averaged(name="b", variance=(0.4, 1.5, 2.0))),
        RESTORED.format("b", 0.4),
    ),
    "restored, and another layer has converged": (
        after(200, averaged(), averaged(name="b", variance=(0.01, 1.5, 2.0))),
        RESTORED.format("b", 0.01),
    ),
    "a newer checkpoint": (
        after(200, averaged(), newer="model.ckpt-400"),
        "of a run the newest checkpoint is judged: model.ckpt-400",
    ),
    "no momentum": (after(200, layer(), missing=NO_GRAPH), "nothing says its momentum"),
    "no constant": (after(200, layer(updates=(update(momentum=None, wired=True),))), "its momentum is no constant"),
    "one that is no constant": (
        after(200, layer(updates=(update(momentum=None, wired=True), update(momentum=0.9, wired=True)))),
        "its momentum is no constant",
    ),
    "a base that the model calls with training=False": (
        after({"iterations": 200}, replace(declared(), declared_training=False), missing=NO_GRAPH),
        "the model calls it with training=False, so that no clock counts its updates",
    ),
    "no clock": (after(None, averaged()), UNCOUNTED),
    "a clock that never moved": (after(0, averaged()), UNCOUNTED),
    "a clock that has underflowed, and a momentum that needs more": (
        after({"beta2_power": -87000}, averaged(0.99999)),
        UNCOUNTED,
    ),
    "not wired": (after(200, averaged(wired=False)), UNWIRED),
    "no update, in a graph that trains": (after(200, layer(MOVED, MOVED, INFERENCE, declared_momentum=0.999)), UNWIRED),
    "not read": (after(200, averaged(variance=UNREAD)), "its statistics could not be read"),
}


@pytest.mark.parametrize(("about", "reason"), SKIPPED.values(), ids=SKIPPED)
def test_what_cannot_be_judged_is_skipped(about: Subject, reason: str) -> None:
    found = look("BN105", about)
    assert found.findings == ()
    assert (found.skipped[0].rule, found.skipped[0].reason) == ("BN105", reason)


def test_restored_statistics_of_another_momentum_say_nothing_of_a_new_layer() -> None:
    about = after(200, averaged(), averaged(0.9999, name="b", variance=(0.2, 3.0, 4.0)))
    found = look("BN105", about)
    assert [f.layer for f in found.findings] == ["bn"]
    assert [s.layers for s in found.skipped] == [("b",)]


def test_a_layer_that_is_updated_more_often_says_nothing_of_the_others() -> None:
    about = after(200, averaged(), repeated(averaged(name="b", variance=(0.3, 3.0, 4.0)), 6))
    assert [(f.layer, f.evidence["updates"]) for f in look("BN105", about).findings] == [("bn", 200), ("b", 1200)]


def test_the_evidence_says_what_every_clock_says() -> None:
    about = after({"global_step": 200, "beta2_power": 200}, repeated(averaged(), 2))
    (finding,) = look("BN105", about).findings
    assert finding.evidence == {
        "residue": pytest.approx(0.999**400),
        "momentum": 0.999,
        "updates": 400,
        "momentum_source": "graph",
        "clock": "global_step says 200",
        "other_clocks": ("beta2_power says 200",),
        "updates_per_step": 2,
        "smallest_variance": pytest.approx(0.99),
    }
    assert [(r.name, r.note) for r in finding.related] == [
        ("bn/moving_mean", "holds 67% of its initial value"),
        ("bn/moving_variance", "holds 67% of its initial value"),
    ]


def test_one_update_in_each_step_goes_without_saying() -> None:
    (finding,) = look("BN105", after(200, repeated(averaged(), 1))).findings
    assert "updates_per_step" not in finding.evidence


def test_the_momentum_of_a_configuration_is_said_to_be_from_there() -> None:
    (finding,) = look("BN105", after({"iterations": 200}, declared(), missing=NO_GRAPH)).findings
    assert finding.evidence["momentum_source"] == "config"


@pytest.mark.parametrize(
    ("steps", "dialect", "advice"),
    [
        (200, Dialect.TF_LAYERS, "momentum=0.9"),
        (1000, Dialect.TF_LAYERS, "momentum=0.99"),
        (200, Dialect.SLIM, "decay=0.9"),
        (44, Dialect.TF_LAYERS, "momentum=0.9"),
        (43, Dialect.TF_LAYERS, None),
    ],
)
def test_the_repair(steps: int, dialect: Dialect, advice: str | None) -> None:
    (finding,) = look("BN105", after(steps, averaged(dialect=dialect))).findings
    assert "need no retraining" in finding.repair
    assert finding.repair.endswith(f"as this one: {advice}") == (advice is not None)
    assert ("as short as this one" in finding.repair) == (advice is not None)


def test_without_values_the_rule_is_skipped() -> None:
    assert look("BN105", after(200, averaged(), missing=[Need.VALUES])).skipped == (Skipped("BN105", "no values"),)
