from __future__ import annotations

import pytest

from bnlint.artifacts.slots import slots_by_name

VARIABLES = {"g": "net/bn_a/gamma", "k": "bn/kernel", "b": "bn/bias", "x": "twice/v", "y": "twice/v"}


@pytest.mark.parametrize(
    ("slot", "owner"),
    [
        ("Adam/m/bn/kernel", "k"),
        ("m/bn/bias", "b"),
        ("adam/net_bn_a_gamma_momentum", "g"),
        ("adam/net_bn_a_gamma_velocity_hat", "g"),
        ("adam/bn_bias_mean_average_squared", "b"),
        ("Adam/m/twice/v", ""),
        ("adam/bn_momentum", ""),
        ("count", ""),
        ("", ""),
    ],
)
def test_a_slot_is_named_after_its_variable(slot, owner):
    assert list(slots_by_name({"s": slot}, VARIABLES)) == [(owner, "s")]
