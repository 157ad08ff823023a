"""The reader of V1 checkpoints against TensorFlow's own, over checkpoints that TensorFlow wrote."""

from __future__ import annotations

import tempfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.formats.generating import QUANTIZED, partitions, shapes, slices, tensor
from tests.formats.oracle import Saved, assert_same
from tests.formats.v1_oracle import opened, read, restore, save

READ_BY_NAME = ["float32", "float64", "int32", "uint8", "int16", "int8", "string", "int64", "bool"]
"""What `tf.train.load_checkpoint` reads of this format."""
WRITTEN = [*READ_BY_NAME, "complex64", "qint8", "quint8", "qint32", "uint16", "complex128", "float16"]

names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)
with_fixture = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def expected(theirs, dtype):
    return np.asarray(theirs).view(QUANTIZED[dtype]) if dtype in QUANTIZED else theirs


@with_fixture
@given(
    st.dictionaries(names, st.tuples(st.sampled_from(WRITTEN), shapes, st.integers(0, 999)), min_size=1),
    st.integers(1, 4),
)
def test_reads_what_tensorflow_saved(tf, drawn, shards):
    saved = [Saved(name.encode(), tensor(tf, *what)) for name, what in drawn.items()]
    shards = min(shards, len(saved))
    with tempfile.TemporaryDirectory() as directory:
        paths = save(tf, f"{directory}/model", saved, shards)
        ours = read(paths)
        theirs = {n: restore(tf, f"{directory}/model", n, tf.as_dtype(w[0]), shards) for n, w in drawn.items()}
        with opened(paths) as (variables, _):
            listed = {n: (v.dtype.name, v.shape) for n, v in variables.items()}
    assert listed == {name: (dtype, shape) for name, (dtype, shape, _) in drawn.items()}
    for name, value in theirs.items():
        assert_same(ours[name], expected(value, drawn[name][0]))


@pytest.mark.parametrize("dtype", WRITTEN)
def test_reads_every_dtype(tf, tmp_path, dtype):
    value = tensor(tf, dtype, (7, 11), 0)
    paths = save(tf, f"{tmp_path}/model", [Saved(b"w", value)])
    assert_same(read(paths)["w"], expected(restore(tf, f"{tmp_path}/model", "w", value.dtype), dtype))
    if dtype in READ_BY_NAME:
        assert_same(read(paths)["w"], tf.train.load_checkpoint(f"{tmp_path}/model").get_tensor("w"))


@with_fixture
@given(names, partitions(), st.sampled_from(WRITTEN), st.integers(1, 5))
def test_puts_partitioned_variables_together(tf, name, cut, dtype, shards):
    value = tensor(tf, dtype, cut[0], 1)
    whole = value.numpy()
    parts = [part._replace(value=tf.constant(part.value, value.dtype)) for part in slices(name.encode(), whole, cut)]
    others = [Saved(b"before", np.float32(1)), Saved(name.encode() + b"x", np.arange(3))]
    shards = min(shards, len(parts))
    with tempfile.TemporaryDirectory() as directory:
        ours = read(save(tf, f"{directory}/model", [*parts, *others], shards))
        theirs = restore(tf, f"{directory}/model", name, value.dtype, shards)
    assert ours.keys() == {name, "before", name + "x"}
    assert_same(ours[name], expected(theirs, dtype))
    assert_same(ours[name], expected(whole, dtype))
    assert_same(ours[name + "x"], np.arange(3))


@pytest.mark.parametrize("sharded", [False, True])
def test_reads_what_a_saver_saved(tf, tmp_path, sharded):
    v1 = tf.compat.v1
    with v1.Graph().as_default(), v1.Session() as session:
        ours = {"w": np.arange(12, dtype="f4").reshape(3, 4), "half": np.arange(5, dtype="f2")}
        for name, value in ours.items():
            v1.get_variable(name, initializer=value, use_resource=False)
        with v1.variable_scope("emb", partitioner=v1.fixed_size_partitioner(3), use_resource=False):
            parts = v1.get_variable("w", [7, 4], initializer=v1.random_normal_initializer(seed=1))
        session.run(v1.global_variables_initializer())
        ours["emb/w"] = session.run(parts.as_tensor())
        saver = v1.train.Saver(sharded=sharded, write_version=v1.train.SaverDef.V1)
        saver.save(session, f"{tmp_path}/m", write_meta_graph=False)
    found = read([f"{tmp_path}/m-00000-of-00001" if sharded else f"{tmp_path}/m"])
    assert found.keys() == ours.keys()
    for name, value in ours.items():
        assert_same(found[name], value)


def test_a_tensor_larger_than_a_block_is_read(tf, tmp_path):
    value = np.random.default_rng(0).normal(size=(600, 500)).astype("f4")
    tensors = [Saved(b"big", value), *(Saved(f"small/{n:04}".encode(), np.float32(n)) for n in range(10_000))]
    ours = read(save(tf, f"{tmp_path}/model", tensors))
    assert_same(ours.pop("big"), value)
    assert [float(ours[name]) for name in sorted(ours)] == list(range(10_000))
