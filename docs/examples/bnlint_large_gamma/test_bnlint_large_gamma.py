"""The rule, looking at layers that are built by hand."""

from __future__ import annotations

import numpy as np
import pytest
from bnlint_large_gamma import large_gamma

from bnlint.plugin import Blind, Claim, Layer, Subject, Variable


def layer(*gamma: float) -> Layer:
    """Return a layer with this gamma."""
    return Layer(
        "bn",
        moving_mean=Variable("bn/moving_mean"),
        moving_variance=Variable("bn/moving_variance"),
        gamma=Variable("bn/gamma", values=np.array(gamma, np.float32)) if gamma else Variable("bn/gamma"),
    )


@pytest.mark.parametrize(("gamma", "beyond"), [((1.0, -10.0), None), ((1.0, -11.0), 1), ((20.0, 30.0), 2)])
def test_a_gamma_beyond_what_is_allowed_is_claimed(gamma: tuple[float, ...], beyond: int | None) -> None:
    claims = list(large_gamma.look(layer(*gamma), Subject("model.ckpt-1")))
    assert [claim.evidence["beyond"] for claim in claims if isinstance(claim, Claim)] == ([beyond] if beyond else [])


def test_the_house_may_allow_more() -> None:
    allowing = Subject("model.ckpt-1", thresholds={"ACME001.largest": 30.0})
    assert not list(large_gamma.look(layer(20.0, 30.0), allowing))


def test_a_gamma_that_could_not_be_read_is_not_judged() -> None:
    (said,) = large_gamma.look(layer(), Subject("model.ckpt-1"))
    assert isinstance(said, Blind)
