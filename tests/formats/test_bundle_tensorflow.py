"""The reader of tensor bundles against TensorFlow's own, over checkpoints that TensorFlow wrote."""

from __future__ import annotations

import tempfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bnlint.formats.ordered_code import parse_slice_key
from bnlint.formats.source import LocalFile
from bnlint.formats.tensor_bundle import read_index
from tests.formats.generating import QUANTIZED, partitions, shapes, slices, tensor
from tests.formats.oracle import Saved, assert_same, read, restore, save

FIXED = [
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
    "qint8",
    "quint8",
    "qint32",
    "qint16",
    "quint16",
    "float8_e5m2",
    "float8_e4m3fn",
    "float8_e4m3fnuz",
    "float8_e4m3b11fnuz",
    "float8_e5m2fnuz",
]
SLICEABLE = ["float32", "float64", "int32", "uint8", "int16", "int8", "complex64", "int64", "bool", "bfloat16"]
"""What TensorFlow puts together from slices; it saves slices of the others and cannot read them."""

names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20).map(str.encode)
with_fixture = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@with_fixture
@given(
    st.dictionaries(names, st.tuples(st.sampled_from([*FIXED, "string"]), shapes, st.integers(0, 999)), min_size=1),
    st.integers(1, 4),
)
def test_reads_what_tensorflow_saved(tf, drawn, shards):
    saved = [Saved(name, tensor(tf, *what)) for name, what in drawn.items()]
    with tempfile.TemporaryDirectory() as directory:
        save(tf, f"{directory}/model", saved, min(shards, len(saved)))
        ours = read(f"{directory}/model")
        theirs = restore(tf, f"{directory}/model", [s.name for s in saved], [s.value.dtype for s in saved])
    assert ours.keys() == theirs.keys()
    for name, value in theirs.items():
        stored_as = QUANTIZED.get(drawn[name][0])
        assert_same(ours[name], np.asarray(value).view(stored_as) if stored_as else value)


@pytest.mark.parametrize("dtype", [*FIXED, "string"])
def test_reads_every_dtype(tf, tmp_path, dtype):
    value = tensor(tf, dtype, (7, 11), 0)
    save(tf, f"{tmp_path}/model", [Saved(b"w", value)])
    expected = tf.bitcast(value, QUANTIZED[dtype]).numpy() if dtype in QUANTIZED else value.numpy()
    assert_same(read(f"{tmp_path}/model")[b"w"], expected)


weird = st.binary(min_size=1, max_size=8) | st.lists(
    st.sampled_from([b"\x00", b"\x01", b"\xff", b"\xfe", b"w"]), min_size=1, max_size=8
).map(b"".join)


@with_fixture
@given(weird.filter(lambda n: not n.startswith(b"\x00")), partitions(), st.sampled_from(SLICEABLE), st.integers(1, 5))
def test_puts_partitioned_variables_together(tf, name, cut, dtype, shards):
    value = tensor(tf, dtype, cut[0], 1).numpy()
    parts = list(slices(name, value, cut))
    others = [Saved(b"before", np.float32(1)), Saved(name + b"x", np.arange(3))]
    with tempfile.TemporaryDirectory() as directory:
        save(tf, f"{directory}/model", [*parts, *others], min(shards, len(parts)))
        ours = read(f"{directory}/model")
        theirs = restore(tf, f"{directory}/model", [name], [tf.as_dtype(dtype)])
    assert ours.keys() == {name, b"before", name + b"x"}
    assert_same(ours[name], theirs[name])
    assert_same(ours[name], value)
    assert_same(ours[name + b"x"], np.arange(3))


@pytest.mark.parametrize("start", [0, 63, 64, 8191, 8192, 2**20, 2**34, 2**41, 2**48, 2**55, 2**61])
def test_slice_keys_of_far_starts_are_those_of_tensorflow(tf, tmp_path, start):
    save(tf, f"{tmp_path}/model", [Saved(b"far\xff", np.ones(2, "f4"), f"{2**62} {start},2")])
    index = read_index(LocalFile(f"{tmp_path}/model.index"))
    (key,) = index.slices
    assert parse_slice_key(key) == (b"far\xff", index.tensors[b"far\xff"].slices[0])
    assert [k for k, _ in index.parts(b"far\xff")] == [key]


def test_an_index_of_many_blocks_is_read_whole(tf, tmp_path):
    names = [f"a/rather/long/name/to/fill/the/blocks/{number:06}" for number in range(12_000)]
    save(tf, f"{tmp_path}/model", [Saved(name.encode(), np.float32(number)) for number, name in enumerate(names)])
    ours = read(f"{tmp_path}/model")
    assert [name.decode() for name in ours] == names
    assert [float(value) for value in ours.values()] == list(range(12_000))


def test_a_compressed_index_is_read_by_both(tf, tmp_path):
    import cramjam

    from bnlint.formats.table import read_table
    from tests.formats.writing import assemble, contents, stored

    prefix = f"{tmp_path}/model"
    save(tf, prefix, [Saved(f"layer/{number}".encode(), np.float32(number)) for number in range(100)])
    records = read_table(LocalFile(f"{prefix}.index"))
    block = stored(bytes(cramjam.snappy.compress_raw(contents(records))), kind=1)
    (tmp_path / "model.index").write_bytes(assemble([(records[-1][0], block)]))
    assert read(prefix) == restore(tf, prefix, [k for k, _ in records[1:]], [tf.float32] * 100)


def test_object_based_checkpoints_with_slices_are_read(tf, tmp_path):
    from tensorflow.python.checkpoint.sharding import sharding_policies
    from tensorflow.python.training.saving import saveable_object_util  # noqa: F401 - initialises the policies

    value = np.random.default_rng(0).normal(size=(40, 7)).astype("f4")
    checkpoint = tf.train.Checkpoint(v=tf.Variable(value))
    options = tf.train.CheckpointOptions(
        experimental_sharding_callback=sharding_policies.MaxShardSizePolicy(max_shard_size=300)
    )
    prefix = checkpoint.write(f"{tmp_path}/ckpt", options)
    index = read_index(LocalFile(f"{prefix}.index"))
    assert len(index.slices) > 1
    assert_same(read(prefix)[b"v/.ATTRIBUTES/VARIABLE_VALUE"], value)
