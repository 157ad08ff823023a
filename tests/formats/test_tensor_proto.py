from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bnlint.formats import messages
from bnlint.formats.errors import FormatError, UnsupportedError
from bnlint.formats.tensor_proto import to_array
from tests.formats.oracle import assert_same

DTYPES = [
    "float32",
    "float64",
    "int32",
    "uint8",
    "int16",
    "int8",
    "complex64",
    "int64",
    "bool",
    "bfloat16",
    "uint16",
    "complex128",
    "float16",
    "uint32",
    "uint64",
    "float8_e5m2",
    "float8_e4m3fn",
]
FIELDS = {
    "float32": "float_val",
    "float64": "double_val",
    "complex64": "scomplex_val",
    "complex128": "dcomplex_val",
    "int64": "int64_val",
    "bool": "bool_val",
    "bfloat16": "half_val",
    "float16": "half_val",
    "uint32": "uint32_val",
    "uint64": "uint64_val",
}
with_fixture = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def ours(theirs):
    return to_array(messages.TensorProto.FromString(theirs.SerializeToString()))


def typed(tf, value, dtype, drop=0):
    """A TensorProto with typed fields, as C++'s ``AsProtoField`` writes it, without its last ``drop`` values."""
    proto = tf.compat.v1.make_tensor_proto(value)
    proto.tensor_content = b""
    kept = value.ravel()[: value.size - drop].tolist()
    if value.dtype.kind == "c":
        kept = [part for number in kept for part in (number.real, number.imag)]
    if dtype in ("float16", "bfloat16"):
        kept = value.ravel()[: value.size - drop].view("u2").tolist()
    getattr(proto, FIELDS.get(dtype, "int_val"))[:] = kept
    return proto


@with_fixture
@given(st.sampled_from(DTYPES), hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4), st.integers(0, 99))
def test_content_is_read_as_tensorflow_reads_it(tf, dtype, shape, seed):
    kind = np.dtype(tf.as_dtype(dtype).as_numpy_dtype)
    bits = np.random.default_rng(seed).bytes(int(np.prod(shape)) * kind.itemsize)
    if dtype == "bool":
        bits = bytes(byte & 1 for byte in bits)
    proto = tf.compat.v1.make_tensor_proto(np.frombuffer(bits, kind).reshape(shape))
    assert_same(ours(proto), tf.make_ndarray(proto))


@with_fixture
@given(st.sampled_from(DTYPES[:15]), hnp.array_shapes(max_dims=3, max_side=4), st.integers(0, 99), st.data())
def test_typed_values_are_read_as_tensorflow_reads_them(tf, dtype, shape, seed, draw):
    numbers = np.random.default_rng(seed).integers(0, 2 if dtype == "bool" else 100, shape)
    value = numbers.astype(tf.as_dtype(dtype).as_numpy_dtype)
    proto = typed(tf, value, dtype, drop=draw.draw(st.integers(0, value.size)))
    assert_same(ours(proto), tf.make_ndarray(proto))


@pytest.mark.parametrize("dtype", ["qint8", "quint8", "qint32", "qint16", "quint16"])
def test_quantized_values_are_integers(dtype):
    from bnlint.formats import dtypes

    number = next(n for n in range(1, 34) if dtypes.lookup(n).name == dtype)
    proto = messages.TensorProto(dtype=number, int_val=[1, 2, 127])
    proto.tensor_shape.dim.add().size = 3
    assert to_array(proto).tolist() == [1, 2, 127]
    assert to_array(proto).dtype.kind in "iu"


def test_negative_values_of_small_integers(tf):
    value = np.array([-1, -128, 127], "i1")
    assert_same(ours(typed(tf, value, "int8")), value)


@pytest.mark.parametrize("dtype", ["float8_e5m2", "float8_e4m3fn"])
def test_float8_values(tf, dtype):
    value = np.array([0.5, 1, 2], tf.as_dtype(dtype).as_numpy_dtype)
    proto = messages.TensorProto(dtype=tf.as_dtype(dtype).as_datatype_enum, float8_val=value.tobytes())
    proto.tensor_shape.dim.add().size = 3
    assert_same(to_array(proto), value)


def test_strings(tf):
    value = np.array([[b"a", b""], [b"\xff\x00", "é".encode()]], object)
    assert_same(ours(tf.compat.v1.make_tensor_proto(value)), value)
    assert ours(tf.compat.v1.make_tensor_proto("scalar")).item() == b"scalar"
    repeated = messages.TensorProto(dtype=7, string_val=[b"a", b"b"])
    repeated.tensor_shape.dim.add().size = 4
    assert to_array(repeated).tolist() == [b"a", b"b", b"b", b"b"]
    repeated.string_val[:] = []
    assert to_array(repeated).tolist() == [b""] * 4


def test_a_large_constant_costs_one_element(tf):
    proto = tf.compat.v1.make_tensor_proto(1.5, shape=[10**4, 10**4])
    value = ours(proto)
    assert value.shape == (10**4, 10**4)
    assert value[-1, -1] == 1.5
    assert not value.flags.writeable
    assert value.strides == (0, 0)


def proto(shape=(), **fields):
    message = messages.TensorProto(**fields)
    for dim in shape:
        message.tensor_shape.dim.add().size = dim
    return message


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (proto(dtype=0), "expected the number of a dtype, found 0"),
        (proto(dtype=101), "expected the number of a dtype, found 101"),
        (proto((-1,), dtype=1), "fully known shape"),
        (proto((2**40, 2**40), dtype=1), "more elements than 63 bits"),
        (proto((3,), dtype=1, tensor_content=bytes(8)), "expected 3 elements of float32, found 2"),
        (proto((3,), dtype=1, tensor_content=bytes(11)), "expected a multiple of 4 bytes"),
        (proto((2,), dtype=1, float_val=[1, 2, 3]), "expected at most 2 values, found 3"),
        (proto((2,), dtype=6, int_val=[1, 128]), "expected values between -128 and 127"),
        (proto((2,), dtype=19, half_val=[1, -1]), "expected values between 0 and 65535"),
        (proto((2,), dtype=8, scomplex_val=[1, 2, 3]), "expected pairs"),
        (proto((2,), dtype=10, tensor_content=b"\0\5"), "expected 0 or 1"),
        (proto((1,), dtype=20), "unsupported dtype"),
        (proto((1,), dtype=29, int_val=[1]), "unsupported dtype"),
        (proto((1,) * 33, dtype=1), "unsupported rank 33"),
        (proto((2**40,), dtype=1, float_val=[1, 2]), "unsupported: 2 values repeated to 1099511627776"),
        (proto((2**40,), dtype=1, float_val=[1]), "unsupported: 1 values repeated to 1099511627776"),
        (proto((2**40,), dtype=1), "unsupported: 0 values repeated to 1099511627776"),
    ],
)
def test_contradictions_are_refused(message, why):
    with pytest.raises(FormatError, match=why) as caught:
        to_array(message)
    assert isinstance(caught.value, UnsupportedError) == why.startswith("unsupported")


def test_an_unknown_rank_is_refused():
    message = proto(dtype=1)
    message.tensor_shape.unknown_rank = True
    with pytest.raises(FormatError, match="fully known shape"):
        to_array(message)


@settings(max_examples=300)
@given(st.binary(max_size=60))
def test_garbage_is_an_error_or_an_array(data):
    try:
        value = to_array(messages.parse(messages.TensorProto, data, "tensor"))
    except FormatError:
        return
    assert isinstance(value, np.ndarray)
