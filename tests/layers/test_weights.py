"""Which weights beside batch norm stand for all of them, and which go with a layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from bnlint.artifacts.artifact import Part, SavedVariable
from bnlint.layers import weights
from bnlint.layers.layer import Feeder, Layer
from bnlint.layers.weights import Weights, label, read_weights
from tests.layers.artifacts import artifact
from tests.rules.build import layer

Shapes = Mapping[str, tuple[int, ...]]


def read(shapes: Shapes, *layers: Layer, slots: Mapping[str, tuple[str, ...]] | None = None) -> Weights:
    layers = layers or (layer(),)
    saved = dict.fromkeys((v.name for one in layers for v in one.variables), (3,))
    made, _ = artifact({key: np.ones(shape, np.float32) for key, shape in {**saved, **shapes}.items()})
    return read_weights(replace(made, slots=slots or {}), layers)


@pytest.mark.parametrize(
    ("shapes", "chosen"),
    [
        ({"conv/kernel": (3, 3, 3, 4), "conv/bias": (4,)}, ["conv/kernel"]),
        ({"dense/kernel": (6, 1), "conv/kernel": (3, 3, 3, 4)}, ["conv/kernel", "dense/kernel"]),
        ({"embedding": (10, 4), "w": (5,)}, ["embedding", "w"]),
        ({"conv/bias": (4,)}, ["conv/bias"]),
        ({}, []),
        ({"global_step": (), "scalar": (1,)}, []),
        ({"c/kernel": (3, 4), "c/kernel/Adam": (3, 4), "c/kernel/Adam_1": (3, 4)}, ["c/kernel"]),
        ({"c/kernel": (3, 4), "train/c/kernel/Momentum": (3, 4)}, ["c/kernel"]),
        ({"c/kernel": (3, 4), "c/kernel/my_own_slot": (3, 4)}, ["c/kernel"]),
        ({"c/kernel": (3, 4), "c/kernel/ExponentialMovingAverage": (3, 4)}, ["c/kernel"]),
        ({"c/kernel": (3, 4), "c/u": (1, 4), "c/sn_u": (4, 1), "c/kernel/u_var": (1, 4)}, ["c/kernel"]),
        ({"c/kernel": (3, 4), "bn/renorm_mean": (3,), "bn/moving_mean/biased": (3,)}, ["c/kernel"]),
        ({"bn/renorm_mean": (3,), "bn/moving_mean/biased": (3,)}, []),
    ],
)
def test_what_is_a_weight(shapes: Shapes, chosen: list[str]) -> None:
    assert sorted(read(shapes).values) == chosen


@pytest.mark.parametrize(
    ("name", "shape", "is_kernel"),
    [
        ("other", (2, 2), True),
        ("other", (2, 1), True),
        ("other", (1, 1, 3, 4), True),
        ("other", (1, 4), False),
        ("other", (1, 1, 4), False),
        ("other", (4, 1, 1), False),
        ("other", (4,), False),
        ("kernel", (2,), True),
        ("kernel", (1, 4), True),
        ("kernel", (1,), False),
    ],
)
def test_kernels_go_before_vectors(name: str, shape: tuple[int, ...], *, is_kernel: bool) -> None:
    found = read({"conv/kernel": (3, 3, 3, 4), f"c/{name}": shape})
    assert (f"c/{name}" in found.values) is is_kernel


def test_recorded_slots_and_shadows_are_none() -> None:
    shapes = {"c/kernel": (3, 4), "vars/7": (3, 4), "average": (3, 4)}
    averaged = layer()
    averaged = replace(averaged, gamma=replace(averaged.gamma, shadow="average"))  # type: ignore[type-var]
    assert list(read(shapes, averaged, slots={"c/kernel": ("vars/7",)}).values) == ["c/kernel"]


def test_what_is_no_number_is_none() -> None:
    made, _ = artifact({"table": np.ones((3, 4), np.int64), "c/kernel": np.ones((3, 4), np.float16)})
    assert list(read_weights(made, ()).values) == ["c/kernel"]


def test_the_smallest_are_read_and_no_more_than_a_few() -> None:
    shapes = {f"layer{number}/kernel": (number, 2) for number in range(2, 30)}
    assert sorted(read(shapes).values, key=len) == sorted((f"layer{n}/kernel" for n in range(2, 10)), key=len)


def test_every_part_of_the_model_has_a_share() -> None:
    shapes = {f"base/layer{number}/kernel": (2, 2) for number in range(20)}
    assert "head/kernel" in read({**shapes, "head/kernel": (50, 50)}).values
    flat = {f"layer{number}/kernel": (2, 2) for number in range(20)}
    assert "head/kernel" not in read({**flat, "head/kernel": (50, 50)}).values
    assert "head/kernel" in read({**flat, "head/kernel": (50, 50)}, slots={"head/kernel": ("vars/7",)}).values
    assert "head/kernel" in read({**flat, "head/kernel": (50, 50), "head/kernel/Adam": (50, 50)}).values


def test_no_more_bytes_than_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "MOST_BYTES", 100)
    assert sorted(read({"a/kernel": (2, 5), "b/kernel": (2, 6), "c/kernel": (2, 7)}).values) == ["a/kernel", "b/kernel"]
    assert sorted(read({"a/kernel": (2, 50), "a/bias": (5,)}).values) == ["a/bias"]
    assert sorted(read({"a/kernel": (2, 50)}).values) == []


@pytest.mark.parametrize(("dtype", "size"), [(np.float16, 2), (np.float32, 4), (np.float64, 8)])
def test_bytes_are_those_of_the_dtype(dtype: type[np.generic], size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made, _ = artifact({"c/kernel": np.ones((3, 4), np.float32)})
    saved = {"c/kernel": SavedVariable("c/kernel", np.dtype(dtype).name, (3, 4))}
    for room, chosen in ((12 * size, ["c/kernel"]), (12 * size - 1, [])):
        monkeypatch.setattr(weights, "MOST_BYTES", room)
        assert list(read_weights(replace(made, saved=saved), ()).values) == chosen


def test_no_more_tensors_than_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "MOST", 3)
    names = [f"layer{number}" for number in range(9)]
    kernels = {f"{name}/kernel": (2, 3) for name in names}
    assert len(read(kernels, *shaped(*of(*(f"{name}/bn" for name in names)))).values) == 3


def test_the_choice_hangs_on_names_and_shapes_alone() -> None:
    shapes = {f"layer{number}/kernel": (3, 4) for number in range(20)}
    backwards = dict(reversed(shapes.items()))
    assert list(read(shapes).values) == list(read(backwards).values)


def of(*names: str, feeder: str | None = None) -> tuple[Layer, ...]:
    fed = None if feeder is None else Feeder("op", feeder, 3)
    return tuple(replace(layer(name=name), feeder=fed) for name in names)


def shaped(*layers: Layer) -> tuple[Layer, ...]:
    return tuple(replace(one, moving_mean=replace(one.moving_mean, shape=(3,))) for one in layers)


@pytest.mark.parametrize(
    ("kernels", "layers", "near", "own"),
    [
        ("a/conv/kernel b/conv/kernel", of("a/bn", "b/bn"), ["a/conv/kernel", "b/conv/kernel"], True),
        ("net/a/kernel net/b/kernel", of("net/a/bn", "net/b/bn"), ["net/a/kernel", "net/b/kernel"], True),
        ("conv1/kernel conv2/kernel", of("bn1", "bn2"), [None, None], False),
        ("net/conv1/kernel net/conv2/kernel", of("net/bn1", "net/bn2"), [None, None], False),
        ("net/conv1/kernel net/conv2/kernel head/kernel", of("net/bn1", "net/bn2"), ["net/conv1/kernel"] * 2, False),
        ("g/conv/kernel d/conv/kernel", of("g/bn", "d/bn"), ["g/conv/kernel", "d/conv/kernel"], True),
        ("g/kernel d/kernel", of("g/bn1", "g/bn2", "d/bn1", "d/bn2"), ["g/kernel"] * 2 + ["d/kernel"] * 2, False),
        ("conv1/kernel conv2/kernel", of("bn1", feeder="conv2/kernel"), ["conv2/kernel"], True),
        ("a/conv/kernel b/kernel", of("a/bn", feeder="b/kernel"), ["b/kernel"], True),
        ("a/conv/kernel b/kernel", of("a/bn", feeder="folded"), ["a/conv/kernel"], True),
        ("", of("bn"), [None], False),
    ],
)
def test_the_kernel_that_goes_with_a_layer(
    kernels: str, layers: tuple[Layer, ...], near: list[str | None], *, own: bool
) -> None:
    found = read(dict.fromkeys(kernels.split(), (4, 3)), *shaped(*layers))
    assert [found.near.get(one.name) for one in layers] == near
    assert found.own == ({one.name for one in layers} if own else set())


def test_of_several_the_one_with_the_channels_of_the_layer() -> None:
    shapes = {"a/conv1/kernel": (2, 2), "a/conv2/kernel": (9, 3), "b/kernel": (2, 2)}
    assert read(shapes, *shaped(*of("a/bn"))).near == {"a/bn": "a/conv2/kernel"}
    depthwise = {"a/conv1/kernel": (2, 2), "a/depthwise/kernel": (5, 5, 3, 1), "b/kernel": (2, 2)}
    assert read(depthwise, *shaped(*of("a/bn"))).near == {"a/bn": "a/depthwise/kernel"}


def test_own_kernels_are_read_beside_the_sample() -> None:
    shapes = {f"layer{number:02}/kernel": (number + 2, 3) for number in range(20)}
    found = read(shapes, *shaped(*of("layer19/bn")))
    assert found.near == {"layer19/bn": "layer19/kernel"}
    assert len(found.values) == weights.SAMPLE + 1


def test_nothing_is_read_where_there_are_no_values() -> None:
    made, recorder = artifact({"c/kernel": [[1.0, 2.0], [3.0, 4.0]]}, absent={Part.VALUES: "no data"})
    assert read_weights(made, (layer(),)) == Weights()
    assert recorder.asked == []
    nameless, recorder = artifact({"c/kernel": [[1.0, 2.0], [3.0, 4.0]]}, absent={Part.NAMES: "no index"})
    assert read_weights(nameless, (layer(),)) == Weights()
    assert recorder.asked == []


def test_what_is_damaged_is_left_out() -> None:
    made, _ = artifact(
        {"a/kernel": [[1.0, 2.0], [3.0, 4.0]], "b/kernel": [[1.0, 2.0], [3.0, 4.0]]}, damaged=["a/kernel"]
    )
    found = read_weights(made, shaped(*of("a/bn")))
    assert list(found.values) == ["b/kernel"]
    assert not found.near
    assert not found.own


@pytest.mark.parametrize(
    ("key", "full_name", "expected"),
    [
        ("conv/kernel", None, "conv/kernel"),
        ("layer-0/kernel/.ATTRIBUTES/VARIABLE_VALUE", None, "layer-0/kernel"),
        ("layer-0/kernel/.ATTRIBUTES/VARIABLE_VALUE", "conv/kernel", "conv/kernel"),
        ("model_weights/conv/kernel:0", "conv/kernel:0", "conv/kernel"),
    ],
)
def test_one_spelling_for_all_formats(key: str, full_name: str | None, expected: str) -> None:
    assert label(key, SavedVariable(key, "float32", (1,), full_name)) == expected
