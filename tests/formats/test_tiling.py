from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bnlint.formats.errors import FormatError
from bnlint.formats.tiling import check_tiling


def tiles(shape, boxes):
    try:
        check_tiling("here", shape, boxes)
    except FormatError:
        return False
    return True


@st.composite
def cuts(draw):
    """A shape cut into a grid of boxes, some of which may be moved, dropped or repeated."""
    shape = draw(st.lists(st.integers(0, 5), min_size=1, max_size=3))
    edges = [sorted({0, dim, *draw(st.lists(st.integers(0, dim), max_size=2))}) for dim in shape]
    boxes = [list(box) for box in itertools.product(*([*itertools.pairwise(e)] or [(0, 0)] for e in edges))]
    for _ in range(draw(st.integers(0, 2))):
        box = draw(st.sampled_from(boxes))
        axis = draw(st.integers(0, len(shape) - 1))
        start = draw(st.integers(0, shape[axis]))
        box[axis] = (start, draw(st.integers(start, shape[axis])))
    if draw(st.booleans()):
        boxes.append(draw(st.sampled_from(boxes)))
    return shape, draw(st.permutations(boxes))


@settings(max_examples=500)
@given(cuts())
def test_agrees_with_painting(cut):
    shape, boxes = cut
    painted = np.zeros(shape, int)
    for box in boxes:
        painted[tuple(slice(*edge) for edge in box)] += 1
    assert tiles(shape, boxes) == bool((painted == 1).all())


def test_an_overlap_that_makes_up_for_a_gap_is_found():
    with pytest.raises(FormatError, match="here: two slices overlap"):
        check_tiling("here", [4], [[(0, 2)], [(1, 2)], [(3, 4)]])


def test_many_slices_are_quick():
    boxes = [[(0, 10), (column, column + 1)] for column in range(20_000)]
    check_tiling("here", [10, 20_000], boxes)
