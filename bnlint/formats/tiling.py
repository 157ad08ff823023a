"""Do the slices of a partitioned variable cover it exactly once? Knows boxes of integers only."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bnlint.formats.errors import FormatError

Box = Sequence[tuple[int, int]]
"""(start, stop) per dimension; inside the shape."""


def check_tiling(place: str, shape: Sequence[int], boxes: Sequence[Box]) -> None:
    """Check that ``boxes``, all inside ``shape``, are disjoint and cover it.

    Disjoint boxes whose volumes add up to the whole must cover it, so that no gap needs to be looked for.

    Raises:
        FormatError: naming ``place``, they overlap or leave a gap.
    """
    if sum(_volume(box) for box in boxes) != math.prod(shape):
        raise FormatError(place, f"the slices do not cover the shape {tuple(shape)} exactly once")
    solid = [box for box in boxes if _volume(box)]
    if len(solid) < 2:
        return
    # Sweep along the dimension that was cut most often, so that few boxes are under the line at a time.
    axis = max(range(len(shape)), key=lambda a: len({box[a][0] for box in solid}))
    active: list[Box] = []
    for box in sorted(solid, key=lambda b: b[axis][0]):
        active = [other for other in active if other[axis][1] > box[axis][0]]
        if any(_overlap(box, other) for other in active):
            raise FormatError(place, "two slices overlap")
        active.append(box)


def _volume(box: Box) -> int:
    return math.prod(stop - start for start, stop in box)


def _overlap(one: Box, other: Box) -> bool:
    return all(a < d and c < b for (a, b), (c, d) in zip(one, other, strict=True))
