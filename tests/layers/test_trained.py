"""Whether an artifact was trained, and what says so: the order of the evidence, and what proves nothing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from bnlint.artifacts.artifact import MetaGraph
from bnlint.layers.build import build_subject
from tests.graph.build import graph, variable
from tests.layers.artifacts import INIT, MOVED, TRAINED, UNTOUCHED, artifact
from tests.layers.build import X, averages, meta, moments, normalized, parameters, statistics, trained

NET = (*X, *moments(), *averages(), *normalized("n", "m/mean", "m/variance"), *trained("n/out", "bias"))
BIAS = (*variable("bias"), *variable("random", "RandomUniform"), *variable("kernel", shape="(3,3)"))
TRAINABLE = "bn/gamma bn/beta bias random kernel"
CONSTANT = meta(graph(*NET, *statistics(), *parameters(), *BIAS), TRAINABLE)
RANDOM = meta(
    graph(*NET, *statistics(), *variable("bn/gamma", "RandomNormal"), *variable("bn/beta"), *BIAS), TRAINABLE
)  # GAN code draws gamma at random

SLOT = [0.0, 0.5, 0.0]
BETA2 = float(np.float32(0.999))


def judged(values: Mapping[str, object], about: MetaGraph | None) -> tuple[bool | None, str]:
    made, _ = artifact(values, about)
    found = build_subject(made).subject.trained
    return found.is_trained, found.evidence or ""


@pytest.mark.parametrize(
    ("values", "about", "expected", "evidence"),
    [
        # gamma and beta
        (TRAINED, CONSTANT, True, "bn/gamma is off its initial value"),
        ({**UNTOUCHED, "bn/beta": [0.1] * 3}, CONSTANT, True, "bn/beta is off its initial value"),
        ({**TRAINED, "global_step": 0}, CONSTANT, True, "bn/gamma is off its initial value"),
        ({**UNTOUCHED, "bn/gamma": [1.1] * 3}, RANDOM, False, "every parameter with a known initial value"),
        ({**UNTOUCHED, "bn/gamma": [1.1] * 3, "bn/beta": [0.1] * 3}, RANDOM, True, "bn/beta is off"),
        # without a graph a gamma may have been drawn at random; a beta is not
        ({**UNTOUCHED, "bn/gamma": [1.1] * 3, "global_step": 0}, None, False, "global_step says step 0"),
        ({**UNTOUCHED, "bn/beta": [0.1] * 3}, None, True, "bn/beta is off its initial value"),
        # slots of the layer
        ({**UNTOUCHED, "bn/gamma/Adam": SLOT}, CONSTANT, True, "the optimizer slots of bn/gamma are not zero"),
        ({**UNTOUCHED, "bn/gamma/Adam": SLOT}, None, True, "the optimizer slots of bn/gamma are not zero"),
        # clocks
        ({**UNTOUCHED, "global_step": 7}, CONSTANT, True, "global_step says step 7"),
        ({**UNTOUCHED, "global_step": 0, "beta2_power": BETA2**41}, CONSTANT, True, "beta2_power says step 40"),
        ({**UNTOUCHED, "beta2_power": 0.0}, None, True, "beta2_power has underflowed"),
        ({**UNTOUCHED, "beta2_power": BETA2}, None, False, "beta2_power says step 0"),
        # other slots and other parameters
        (
            {**UNTOUCHED, "global_step": 0, "kernel/Momentum": SLOT},
            CONSTANT,
            True,
            "the optimizer slot kernel/Momentum",
        ),
        ({**UNTOUCHED, "global_step": 0, "bias": SLOT}, CONSTANT, True, "bias is off its initial value"),
        ({**UNTOUCHED, "global_step": 0, "random": SLOT}, CONSTANT, False, "global_step says step 0"),
        ({**UNTOUCHED, "global_step": 0, "bias": SLOT}, None, False, "global_step says step 0"),
        # nothing moved
        ({**UNTOUCHED, "global_step": 0}, CONSTANT, False, "global_step says step 0"),
        (UNTOUCHED, CONSTANT, False, "every parameter with a known initial value still holds it"),
        (UNTOUCHED, None, False, "every parameter with a known initial value still holds it"),
        ({"bias": [0.0] * 3}, CONSTANT, False, "every parameter with a known initial value still holds it"),
        # who knows
        ({}, None, None, ""),
        ({"random": SLOT}, CONSTANT, None, ""),
        ({"kernel/Adagrad": SLOT, "random/RMSProp": SLOT}, CONSTANT, None, ""),
    ],
)
def test_what_proves_training(
    values: dict[str, object],
    about: MetaGraph | None,
    expected: bool | None,  # noqa: FBT001
    evidence: str,
) -> None:
    found, said = judged({**INIT, **values}, about)
    assert found is expected
    assert said.startswith(evidence)
    assert bool(said) is (found is not None)


def test_statistics_that_moved_prove_no_training() -> None:
    assert judged({**MOVED, **UNTOUCHED, "global_step": 0}, CONSTANT)[0] is False


def test_the_cheapest_evidence_is_asked_first() -> None:
    values = {**INIT, **UNTOUCHED, "global_step": 7, "kernel/Adam": np.ones((3, 3)), "bias": SLOT}
    made, reader = artifact(values, CONSTANT)
    build_subject(made)
    assert [key for keys in reader.asked for key in keys if key in ("kernel/Adam", "bias")] == []


def test_a_sample_of_small_tensors_is_read_where_nothing_else_speaks() -> None:
    slots = {f"layer_{k}/w/Adam": np.zeros((k + 1, 9)) for k in range(20)}
    made, reader = artifact({**INIT, **UNTOUCHED, **slots}, None)
    assert build_subject(made).subject.trained.is_trained is False
    assert sorted(key for keys in reader.asked[1:] for key in keys) == [f"layer_{k}/w/Adam" for k in range(8)]
