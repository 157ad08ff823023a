"""Numbers → a row of blocks, one character each: the larger the number, the higher. Knows not what is counted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

_T = TypeVar("_T")

BLOCKS = "▁▂▃▄▅▆▇█"
PLAIN = ".:-+*%#@"
"""The same for an encoding that has no blocks; the heavier the character, the larger the number."""
GAP = "?"
"""Stands for what is no number."""
_NOISE = 0.05
"""Values that differ by less than this part of the largest are drawn flat: six equal digits are no mountain range."""
_TO_PLAIN = str.maketrans(BLOCKS, PLAIN)


def curve(values: Sequence[float | None]) -> str:
    """Draw how a quantity went: the lowest of ``values`` at the bottom, the highest at the top."""
    numbers = _numbers(values)
    if not numbers:
        return GAP * len(values)
    low, high = min(numbers), max(numbers)
    half, middle = high / 2 - low / 2, high / 2 + low / 2
    if half <= max(abs(low), abs(high)) * _NOISE / 2:
        half = 0.0
    return "".join(_block(value, middle, half) for value in values)


def bars(values: Sequence[float | None]) -> str:
    """Draw amounts, none of which is negative: nothing at the bottom, the highest of ``values`` at the top."""
    top = max(_numbers(values), default=0.0)
    return "".join(_block(value, top / 2, top / 2) if top else _block(value, 1, 1) for value in values)


def thinned(items: Sequence[_T], width: int) -> Sequence[_T]:
    """Return at most ``width`` (two or more) of ``items``, evenly chosen, the first and the last among them."""
    if len(items) <= width:
        return items
    last, steps = len(items) - 1, width - 1
    return [items[(2 * place * last + steps) // (2 * steps)] for place in range(width)]


def without_blocks(text: str, encoding: str) -> str:
    """Return ``text`` with plain characters for blocks, if ``encoding`` has not all of them."""
    try:
        BLOCKS.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_TO_PLAIN)
    return text


def _numbers(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None and math.isfinite(value)]


def _block(value: float | None, middle: float, half: float) -> str:
    """Return one of the blocks, for the place of ``value`` in ``half`` below to ``half`` above ``middle``.

    Half, because the difference of the two largest numbers would be infinite.
    """
    if value is None or not math.isfinite(value):
        return GAP
    part = (value - middle) / half / 2 + 0.5 if half > 0 else 0.5  # of 0 to 1
    return BLOCKS[min(max(int(part * len(BLOCKS)), 0), len(BLOCKS) - 1)]
