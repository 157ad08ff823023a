from __future__ import annotations

from dataclasses import replace

import pytest

from bnlint.findings import Skipped
from bnlint.layers.layer import Feeder, Layer
from bnlint.layers.subject import Need, Subject
from tests.rules.build import ABSENT, MOVED, NO_GRAPH, Table, check, layer, look, subject

EMA = "ExponentialMovingAverage"
RAW = "the weights have exponential moving averages, and the statistics have none"
ALONE = "the statistics have exponential moving averages, and the weights that they belong to have none"


def averaged(*roles: str, name: str = "bn", parameters: bool = True) -> Layer:
    """Return a layer with averages of these of its variables."""
    about = layer(MOVED, MOVED if parameters else ABSENT, name=name)
    return about.mapped(lambda v: replace(v, shadow=f"{v.name}/{EMA}") if v.name.rpartition("/")[2] in roles else v)


def with_weights(*layers: Layer, averaged: frozenset[str] | None = frozenset({"conv/kernel"})) -> Subject:
    return replace(subject(*layers), averaged=averaged)


def fed_by(kernel: str) -> Layer:
    return replace(averaged(parameters=False), feeder=Feeder("conv/Conv2D", kernel, 3))


ALL = ("gamma", "beta", "moving_mean", "moving_variance")

TABLE: Table = {
    "gamma and beta": (with_weights(averaged("gamma", "beta")), f"info high: {RAW}"),
    "gamma alone": (with_weights(averaged("gamma"), averaged=frozenset()), f"info high: {RAW}"),
    "everything": (with_weights(averaged(*ALL)), ""),
    "everything but the variance": (with_weights(averaged("gamma", "moving_mean")), f"info high: {RAW}"),
    "nothing": (subject(averaged()), ""),
    "nothing of the layer, other weights": (with_weights(averaged()), ""),
    "neither gamma nor beta, other weights": (with_weights(averaged(parameters=False)), f"info medium: {RAW}"),
    "neither gamma nor beta, the weights before it": (with_weights(fed_by("conv/kernel")), f"info medium: {RAW}"),
    "neither gamma nor beta, not the weights before it": (with_weights(fed_by("critic/kernel")), ""),
    "neither gamma nor beta, nothing": (subject(averaged(parameters=False)), ""),
    "neither gamma nor beta, weights and statistics": (
        with_weights(averaged("moving_mean", "moving_variance", parameters=False)),
        "",
    ),
    "statistics alone": (subject(averaged("moving_mean", "moving_variance")), f"info medium: {ALONE}"),
    "one statistic alone": (subject(averaged("moving_mean")), f"info medium: {ALONE}"),
    "statistics, and weights elsewhere": (with_weights(averaged("moving_mean", "moving_variance")), ""),
    "no graph": (replace(with_weights(averaged("gamma")), missing=dict.fromkeys(NO_GRAPH, "no")), f"info high: {RAW}"),
}


@pytest.mark.parametrize(("about", "expected"), TABLE.values(), ids=TABLE)
def test_bn204(about: Subject, expected: str) -> None:
    check("BN204", about, expected)


def test_another_layer_s_gamma_is_a_weight_too() -> None:
    about = subject(averaged("moving_mean", "moving_variance"), averaged(*ALL, name="other"))
    check("BN204", replace(about, layers=about.layers), "")


def test_layers_of_a_copy_that_reads_the_averages_have_none_themselves() -> None:
    copy = averaged(parameters=False)
    copy = copy.mapped(lambda v: replace(v, name=f"{v.name}/{EMA}"))
    check("BN204", with_weights(averaged(*ALL), copy), "")


def test_a_copy_may_read_the_average_of_one_statistic() -> None:
    copy = averaged(parameters=False)
    copy = replace(copy, moving_mean=replace(copy.moving_mean, name=f"bn/moving_mean/{EMA}"))
    (finding,) = look("BN204", with_weights(averaged("gamma", "moving_mean"), replace(copy, name="copy"))).findings
    assert finding.layer == "bn"


def test_averages_of_the_last_batch_are_the_statistics() -> None:
    raw = averaged("moving_mean", "moving_variance")
    check("BN204", subject(raw, raw.mapped(lambda v: replace(v, name=f"{v.name}/{EMA}", shadow=None))), "")


def test_the_evidence_names_the_averages() -> None:
    (finding,) = look("BN204", with_weights(averaged("gamma", "beta"))).findings
    assert finding.evidence == {"averages": (f"bn/gamma/{EMA}", f"bn/beta/{EMA}")}
    assert [r.name for r in finding.related] == ["bn/moving_mean", "bn/moving_variance"]
    (finding,) = look("BN204", with_weights(averaged("gamma"))).findings
    assert finding.evidence == {"averages": (f"bn/gamma/{EMA}",)}
    (finding,) = look("BN204", subject(averaged("moving_mean"))).findings
    assert finding.evidence == {"averages": (f"bn/moving_mean/{EMA}",)}
    assert [r.name for r in finding.related] == ["bn/moving_mean"]
    assert not finding.repair


def test_where_nobody_knows_what_is_averaged_the_layer_is_skipped() -> None:
    said = "the file does not say whose the variables of its optimizer are"
    assert look("BN204", with_weights(averaged(), averaged=None)).skipped == (Skipped("BN204", said, ("bn",)),)
    assert look("BN204", subject(averaged(), missing=[Need.NAMES])).skipped == (Skipped("BN204", "no names"),)
