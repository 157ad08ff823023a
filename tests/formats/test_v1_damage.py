"""V1 checkpoints that are damaged or crafted, and those that TensorFlow neither writes nor reads."""

from __future__ import annotations

import cramjam
import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bnlint.formats import messages
from bnlint.formats.errors import FormatError, UnsupportedError
from bnlint.formats.ordered_code import FULL, Extent, slice_key
from bnlint.formats.source import BytesSource
from bnlint.formats.table import Table
from bnlint.formats.v1_checkpoint import Variable, add_shard, read_tensor, read_variables
from tests.formats.oracle import assert_same
from tests.formats.v1_writing import Tensor, compressed, edited, number, records, shard
from tests.formats.writing import assemble, contents, stored, table

P = np.arange(24, dtype="<i4").reshape(4, 6)
QUARTERS = [((0, 2), (0, 3)), ((0, 2), (3, 3)), ((2, 2), (0, 3)), ((2, 2), (3, 3))]
SAMPLE = [
    Tensor("b", "bool", np.array([True, False])),
    Tensor("e", "float32", np.zeros((0, 4), "f4")),
    Tensor("h", "bfloat16", np.array([1, -2.5, np.inf], ml_dtypes.bfloat16)),
    Tensor("p", "int32", P, QUARTERS),
    Tensor("s", "string", np.array([b"one", b"", b"\xff" * 40], object)),
    Tensor("scalar", "float64", np.float64(2.5)),
    Tensor("w", "float32", np.arange(6, dtype="f4").reshape(2, 3)),
]
EXPECTED = {tensor.name: tensor.value for tensor in SAMPLE}
DATA = shard(SAMPLE)
W = slice_key(b"w", [Extent(0, FULL)] * 2)


def quarter(place):
    return slice_key(b"p", [Extent(*extent) for extent in QUARTERS[place]])


def read(*shards):
    """Read everything: values by name, and the errors."""
    tables = [Table(BytesSource(data)) for data in shards]
    variables: dict[str, Variable] = {}
    for place, opened in enumerate(tables):
        add_shard(variables, read_variables(opened, place))
    values, errors = {}, []
    for name, variable in variables.items():
        try:
            values[name] = read_tensor(name, variable, tables.__getitem__)
        except FormatError as error:
            errors.append(error)
    return values, errors


def assert_right(values):
    for name, value in values.items():
        assert_same(value, EXPECTED[name])


@pytest.mark.parametrize("data", [DATA, compressed(SAMPLE), shard(SAMPLE, version={"producer": 0})])
def test_the_undamaged_one_is_read(data):
    values, errors = read(data)
    assert values.keys() == EXPECTED.keys()
    assert_right(values)
    assert errors == []


@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        ("bfloat16", np.array([1.5, -0.0, np.nan, 3e38], ml_dtypes.bfloat16)),
        ("float16", np.array([1.5, -0.0, np.inf, 6e-8], "f2")),
        ("uint32", np.array([0, 2**32 - 1], "u4")),
        ("uint64", np.array([0, 2**64 - 1], "u8")),
        ("qint16", np.array([-1, -(2**15)], "i2")),
        ("quint16", np.array([0, 2**16 - 1], "u2")),
        ("int8", np.array([-1, -128, 127], "i1")),
    ],
)
def test_reads_what_tensorflow_refuses(dtype, value):
    values, errors = read(shard([Tensor("x", dtype, value)]))
    assert errors == []
    assert_same(values["x"], value)


def test_every_flipped_bit_is_noticed():
    for position in range(len(DATA)):
        damaged = bytearray(DATA)
        damaged[position] ^= 1 << position % 8
        try:
            values, errors = read(bytes(damaged))
        except FormatError:
            continue
        assert errors
        assert_right(values)


def test_every_truncation_is_noticed():
    for length in range(len(DATA)):
        with pytest.raises(FormatError):
            read(DATA[:length])


def listed(change):
    """A change of the list's entry for ``w``."""

    def changed(record):
        change(next(tensor for tensor in record.meta.tensor if tensor.name == "w"))

    return changed


def dims(tensor, shape):
    del tensor.shape.dim[:]
    for size in shape:
        tensor.shape.dim.add().size = size


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (None, "key '': expected the list of a V1 checkpoint's tensors as the first key"),
        (b"", "key '': expected the list of a V1 checkpoint's tensors"),
        (b"\x08\x01", "key '': expected the list of a V1 checkpoint's tensors"),  # the header of a tensor bundle
        (b"\xff", "key '': expected a SavedTensorSlices message"),
        (lambda r: setattr(r.meta.versions, "min_consumer", 2), "from the future: .* version 2 or newer"),
        (lambda r: r.meta.versions.bad_consumers.append(1), "from the future"),
        (lambda r: r.meta.tensor.add(name="w"), "key 'w': is listed twice"),
        (listed(lambda w: setattr(w, "type", 0)), "key 'w': expected the number of a dtype, found 0"),
        (listed(lambda w: setattr(w, "type", 101)), "key 'w': expected the number of a dtype, found 101"),
        (listed(lambda w: dims(w, (-2, -3))), "key 'w': expected a fully known shape"),
        (listed(lambda w: dims(w, (2**32, 2**32))), "key 'w': .* more elements than 63 bits"),
        (listed(lambda w: dims(w, (6,))), "key 'w': expected slices of rank 1, found rank 2"),
        (listed(lambda w: w.ClearField("slice")), "key 'w': expected at least one slice"),
        (listed(lambda w: setattr(w.slice[0].extent[0], "length", 3)), "key 'w': expected slices inside the shape"),
        (listed(lambda w: setattr(w.slice[0].extent[0], "start", -1)), "key 'w': expected slices inside the shape"),
        (listed(lambda w: setattr(w.slice[0].extent[0], "start", 1)), "key 'w': expected slices inside the shape"),
    ],
)
def test_a_crafted_list_is_refused(change, why):
    with pytest.raises(FormatError, match=why):
        read(edited(DATA, b"", change))


def values_of(field, values):
    def changed(record):
        getattr(record.data.data, field)[:] = values

    return changed


@pytest.mark.parametrize(
    ("key", "change", "name", "why"),
    [
        (W, None, "w", "key 'w': a slice is listed and has no values"),
        (W, b"\xff", "w", "key 'w': expected a SavedTensorSlices message"),
        (W, b"", "w", "key 'w': expected values of it, found some of ''"),
        (W, lambda r: setattr(r.data, "name", "v"), "w", "key 'w': expected values of it, found some of 'v'"),
        (W, values_of("float_val", range(5)), "w", "key 'w': expected 6 values of float32, found 5"),
        (W, values_of("float_val", [0]), "w", "key 'w': expected 6 values of float32, found 1"),
        (W, values_of("float_val", []), "w", "key 'w': expected 6 values of float32, found 0"),
        (W, values_of("float_val", range(7)), "w", "key 'w': expected 6 values of float32, found 7"),
        (quarter(2), None, "p", "key 'p': a slice is listed and has no values"),
        (quarter(2), values_of("int_val", range(5)), "p", "key 'p': expected 6 values of int32, found 5"),
        (b"", listed(lambda w: setattr(w, "type", 2)), "w", "key 'w': expected 6 values of float64, found 0"),
        (b"", listed(lambda w: setattr(w, "type", 8)), "w", "key 'w': expected 6 values of complex64, found 0"),
        (b"", listed(lambda w: setattr(w, "type", 29)), "w", "key 'w': unsupported dtype int4"),
        (b"", listed(lambda w: setattr(w, "type", 20)), "w", "key 'w': unsupported dtype resource"),
        (b"", listed(lambda w: setattr(w, "type", 77)), "w", "key 'w': unsupported dtype dtype 77"),
        (b"", listed(lambda w: dims(w, (2**31, 2**31))), "w", f"key 'w': expected {2**62} values of float32, found 6"),
        (b"", listed(lambda w: w.slice.add().CopyFrom(w.slice[0])), "w", "key 'w': the slices do not cover the shape"),
        (b"", listed(lambda w: setattr(w.slice[0].extent[0], "length", 1)), "w", "do not cover the shape"),
        (b"", listed(lambda w: dims(w, (1,) * 40) or [w.slice[0].extent.add() for _ in range(38)]), "w", "rank 40"),
    ],
)
def test_a_crafted_tensor_is_refused_and_the_others_are_read(key, change, name, why):
    values, (error,) = read(edited(DATA, key, change))
    assert values.keys() == EXPECTED.keys() - {name}
    assert_right(values)
    assert isinstance(error, UnsupportedError) == ("unsupported" in why or "rank" in why)
    with pytest.raises(FormatError, match=why):
        raise error


@pytest.mark.parametrize(
    ("dtype", "field", "values", "why"),
    [
        ("int8", "int_val", [128], "key 'x': expected values between -128 and 127"),
        ("uint16", "int_val", [-1], "key 'x': expected values between 0 and 65535"),
        ("bfloat16", "half_val", [2**16], "key 'x': expected values between 0 and 65535"),
        ("complex64", "scomplex_val", [1, 2, 3], "key 'x': expected pairs"),
    ],
)
def test_values_that_are_none_of_their_dtype_are_refused(dtype, field, values, why):
    data = shard([Tensor("x", dtype, np.zeros(1, "c8" if dtype == "complex64" else "u2"))])
    _, (error,) = read(edited(data, slice_key(b"x", [Extent(0, FULL)]), values_of(field, values)))
    with pytest.raises(FormatError, match=why):
        raise error


# ---- several shards


def test_slices_of_several_shards_are_put_together():
    shards = [shard([Tensor("p", "int32", P, QUARTERS[place::2])]) for place in range(2)]
    values, errors = read(*shards)
    assert errors == []
    assert_same(values["p"], P)


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (
            Tensor("p", "float32", P.astype("f4"), QUARTERS[2:]),
            r"is float32 \(4, 6\) here, and int32 \(4, 6\) in another",
        ),
        (
            Tensor("p", "int32", P[:3], [((0, 3), (0, 6))]),
            r"is int32 \(3, 6\) here, and int32 \(4, 6\) in another shard",
        ),
    ],
)
def test_shards_that_disagree_are_refused_as_a_whole(other, why):
    variables = read_variables(Table(BytesSource(shard([Tensor("p", "int32", P, QUARTERS[:2])]))), 0)
    before = dict(variables)
    more = read_variables(Table(BytesSource(shard([Tensor("a", "int32", P), other]))), 1)
    with pytest.raises(FormatError, match=f"key 'p': {why}"):
        add_shard(variables, more)
    assert variables == before


@pytest.mark.parametrize(
    ("pieces", "why"),
    [
        (QUARTERS[:3], "do not cover the shape"),
        ([*QUARTERS[:3], ((0, 2), (0, 3))], "two slices overlap"),
        ([*QUARTERS, ((0, 2), (0, 3))], "do not cover the shape"),
        ([((0, 4), (0, 5))], "do not cover the shape"),
    ],
)
def test_slices_that_leave_a_gap_or_overlap_are_refused(pieces, why):
    half = len(pieces) // 2
    shards = [shard([Tensor("p", "int32", P, part)]) for part in (pieces[:half], pieces[half:]) if part]
    with pytest.raises(FormatError, match=f"key 'p': .*{why}"):
        raise read(*shards)[1][0]


# ---- anything with correct checksums


longs = st.integers(-3, 7) | st.sampled_from([2**31, 2**62, 2**63 - 1, -(2**63)])
spans = st.lists(st.lists(st.tuples(longs, st.none() | longs), max_size=3), max_size=4)
floats = st.lists(st.floats(width=32), max_size=8)


@settings(max_examples=500)
@given(
    st.integers(-1, 35) | st.just(101),
    st.lists(longs, max_size=4),
    spans,
    st.lists(longs.filter(lambda n: abs(n) < 2**31), max_size=8),
    floats,
)
def test_random_records_yield_errors_or_values(kind, shape, pieces, integers, reals):
    listing = messages.SavedTensorSlices()
    meta = listing.meta.tensor.add(name="x", type=kind)
    dims(meta, shape)
    record = messages.SavedTensorSlices()
    record.data.name = "x"
    for field in ("int_val", "half_val", "int64_val"):
        getattr(record.data.data, field).extend(integers)
    for field in ("float_val", "double_val", "scomplex_val", "dcomplex_val"):
        getattr(record.data.data, field).extend(reals)
    rows = {b"": listing, slice_key(b"x", [Extent(0, FULL)] * len(shape)): record}
    for piece in pieces:
        message = meta.slice.add()
        for start, length in piece:
            extent = message.extent.add(start=start)
            if length is not None:
                extent.length = length
        key = [Extent(start, FULL if length is None else length) for start, length in piece]
        rows[slice_key(b"x", key)] = record
    data = table([(key, row.SerializeToString()) for key, row in sorted(rows.items())])
    try:
        values, errors = read(data)
    except FormatError:
        return
    for value in values.values():
        assert value.shape == tuple(shape)
    assert len(values) + len(errors) == 1


@settings(max_examples=300)
@given(st.binary(max_size=60), st.binary(max_size=60))
def test_random_bytes_are_errors_or_values(first, second):
    data = table([(b"", first), (W, second)])
    try:
        values, _ = read(data)
    except FormatError:
        return
    assert all(isinstance(value, np.ndarray) for value in values.values())


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=6), st.booleans())
def test_random_edits_of_blocks_with_correct_checksums_yield_errors_or_values(edits, is_compressed):
    blocks = []
    for chunk in (records(SAMPLE)[:5], records(SAMPLE)[5:]):
        block = bytearray(contents(chunk))
        if is_compressed:
            block = bytearray(cramjam.snappy.compress_raw(bytes(block)))
        for place, byte in edits:
            block[place % len(block)] = byte
        blocks.append((chunk[-1][0], stored(bytes(block), kind=int(is_compressed))))
    try:
        values, _ = read(assemble(blocks))
    except FormatError:
        return
    assert all(isinstance(value, np.ndarray) for value in values.values())


def test_the_writer_of_the_tests_names_dtypes_as_tensorflow_does(tf):
    for name in ("float32", "float16", "bfloat16", "string", "qint8", "complex64"):
        assert number(name) == tf.as_dtype(name).as_datatype_enum
    assert records([])[0][0] == b""
