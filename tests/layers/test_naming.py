"""What layers are called, from their records, the program's names and their keys."""

from __future__ import annotations

import pytest

from bnlint.layers.layer import Layer, Variable
from bnlint.layers.naming import named


def layer(mean: str, variance: str, name: str = "", gamma: str | None = None) -> Layer:
    return Layer(name, Variable(mean), Variable(variance), gamma=None if gamma is None else Variable(gamma))


@pytest.mark.parametrize(
    ("layers", "labels", "expected"),
    [
        ([layer("a/bn/mean", "a/bn/var")], {}, ["a/bn"]),
        ([layer("a/bn/mean", "a/bn/var", gamma="a/gamma")], {}, ["a"]),
        ([layer("a/bn/mean", "a/bn/var", gamma="gamma")], {}, ["a/bn"]),
        ([layer("v1", "v2")], {}, ["v1"]),
        ([layer("v1", "v2")], {"v1": "bn_a/moving_mean", "v2": "bn_a/moving_variance"}, ["bn_a"]),
        ([layer("v1", "v2", "encoder/bn")], {"v1": "bn_a/moving_mean", "v2": "bn_a/moving_variance"}, ["encoder/bn"]),
        # two of one name: the next best, and never a name that means both
        ([layer("a/m", "a/v", "bn"), layer("b/m", "b/v", "bn"), layer("c/m", "c/v", "x")], {}, ["a", "b", "x"]),
        ([layer("a/m1", "a/v1"), layer("a/m2", "a/v2")], {}, ["a/m1", "a/m2"]),
        (
            [layer("g/0/m", "g/0/v"), layer("d/0/m", "d/0/v")],
            {"g/0/m": "bn/m", "g/0/v": "bn/v", "d/0/m": "bn/m", "d/0/v": "bn/v"},
            ["g/0", "d/0"],
        ),
        ([layer("a/m", "a/v", "bn"), layer("b/m", "b/v", "bn"), layer("bn/m", "bn/v")], {}, ["a", "b", "bn/m"]),
        ([layer("a/m", "a/v", "b"), layer("b/m", "b/v")], {}, ["b", "b/m"]),
        (
            [layer("n/m/.ATTRIBUTES/VARIABLE_VALUE", "n/v/.ATTRIBUTES/VARIABLE_VALUE", "x"), layer("o/m", "o/v", "x")],
            {},
            ["n", "o"],
        ),
    ],
)
def test_names_are_unique_and_the_best_there_are(
    layers: list[Layer], labels: dict[str, str], expected: list[str]
) -> None:
    assert [one.name for one in named(layers, labels)] == expected
