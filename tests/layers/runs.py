"""Pairs of checkpoints in one readable line, and courses made of them."""

from __future__ import annotations

from bnlint.layers.course import Checkpoint, Course, LayerCourse, LayerShift
from bnlint.layers.layer import Layer
from bnlint.results import Shift, Step

STATISTICS = ("moving_mean", "moving_variance")
PARAMETERS = ("gamma", "beta")


def pair(
    moved: str = "",
    *,
    lacks: str = "",
    was: bool | None = False,
    now: bool | None = False,
    own: bool = True,
    new: bool = False,
) -> LayerShift:
    """Return what moved between two checkpoints, by the first letters of weights, parameters and statistics.

    ``m`` and ``v`` are one statistic alone, ``g`` and ``b`` one parameter. ``lacks`` says what could not be compared,
    ``was`` and ``now`` whether both statistics were at init before and after.
    """
    letters = {"gamma": "pg", "beta": "pb", "moving_mean": "sm", "moving_variance": "sv"}
    shifts = {
        role: Shift(bool(set(either) & set(moved)), 0.5 if set(either) & set(moved) else 0.0)
        for role, either in letters.items()
        if not set(either) & set(lacks)
    }
    weights = None if "w" in lacks else Shift("w" in moved, 0.25 if "w" in moved else 0.0)
    return LayerShift(shifts, weights, is_own=own, was_frozen=was, is_frozen=now, is_new=new)


def course(
    layer: Layer, *pairs: LayerShift | None, steps: tuple[int | None, ...] = (), weights: str | None = None
) -> Course:
    """Return the course of a run with one layer; step 10, 20, and so on, unless ``steps`` says them.

    ``weights`` says of the sample of all other weights for each pair whether it moved (``w``), or could not be had.
    """
    numbers = steps or tuple(10 * (number + 1) for number in range(len(pairs) + 1))
    checkpoints = tuple(
        Checkpoint(f"run/model.ckpt-{number}", f"model.ckpt-{number}", None if step is None else Step(step, "clock"))
        for number, step in enumerate(numbers, 1)
    )
    moved = [w.has_moved if (w := one.weights if one else None) else None for one in pairs]
    told = [None if m is None else Shift(m, None) for m in moved]
    if weights is not None:
        told = [Shift(letter == "w", None) if letter != "-" else None for letter in weights]
    return Course("run/model.ckpt", checkpoints, (LayerCourse(layer, pairs),), tuple(told))
