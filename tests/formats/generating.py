"""Random tensors and partitions for checkpoints that TensorFlow is to write."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import strategies as st

from tests.formats.oracle import Saved

QUANTIZED = {"qint8": "int8", "quint8": "uint8", "qint32": "int32", "qint16": "int16", "quint16": "uint16"}

shapes = st.lists(st.integers(0, 4), max_size=4).map(tuple)


def tensor(tf, dtype, shape, seed):
    """A tensor of random bits (of random strings)."""
    rng = np.random.default_rng(seed)
    count = int(np.prod(shape))
    if dtype == "string":
        strings = [rng.bytes(int(length)) for length in rng.choice([0, 1, 5, 127, 128, 300], count)]
        return tf.constant(np.array(strings, object).reshape(shape), tf.string)
    if dtype == "bool":
        return tf.constant(rng.integers(0, 2, shape).astype(bool))
    kind = tf.as_dtype(dtype)
    plain = np.dtype(QUANTIZED.get(dtype) or kind.as_numpy_dtype)
    value = np.frombuffer(rng.bytes(count * plain.itemsize), plain).reshape(shape)
    return tf.bitcast(tf.constant(value), kind) if dtype in QUANTIZED else tf.constant(value, kind)


@st.composite
def partitions(draw):
    """A shape, cut into a grid; a dimension that is not cut may be spelled ``-``."""
    shape = draw(st.lists(st.integers(1, 6), min_size=1, max_size=3))
    spellings = []
    for dim in shape:
        edges = sorted({0, dim, *draw(st.lists(st.integers(0, dim), max_size=3))})
        spans = [(start, f"{start},{stop - start}") for start, stop in itertools.pairwise(edges)]
        spellings.append([(0, "-")] if len(spans) == 1 and draw(st.booleans()) else spans)
    return tuple(shape), draw(st.permutations(list(itertools.product(*spellings))))


def slices(name, value, cut):
    """The parts of ``value`` that SaveV2 is to save, with their spelling."""
    shape, boxes = cut
    for box in boxes:
        window = []
        for (start, text), dim in zip(box, shape, strict=True):
            length = dim if text == "-" else int(text.split(",")[1])
            window.append(slice(start, start + length))
        spec = f"{' '.join(map(str, shape))} {':'.join(text for _, text in box)}"
        yield Saved(name, value[tuple(window)], spec)
