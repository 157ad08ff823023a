from __future__ import annotations

import pytest

from bnlint.artifacts import naming
from bnlint.artifacts.naming import Group


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("model.ckpt-5.index", ("model.ckpt-5", ".index")),
        ("model.ckpt.meta", ("model.ckpt", ".meta")),
        ("m.data-00000-of-00001", ("m", ".data-00000-of-00001")),
        ("m.data-123456-of-200000", ("m", ".data-123456-of-200000")),
        (".index", ("", ".index")),
        ("a [b] c.index", ("a [b] c", ".index")),
        ("a\n.index", ("a\n", ".index")),
        ("model.index.index", ("model.index", ".index")),
        ("model.ckpt", ("model.ckpt", "")),
        ("m.data-0-of-1", ("m.data-0-of-1", "")),
        ("m.index.gz", ("m.index.gz", "")),
        ("m.index\n", ("m.index\n", "")),
        ("index", ("index", "")),
    ],
)
def test_split_suffix(name, parts):
    assert naming.split_suffix(name) == parts


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("m-00000-of-00002", "m"),
        ("m-?????-of-00002", "m"),
        ("m-5-00001-of-00002", "m-5"),
        ("m.data-00000-of-00001", None),
        ("m-5", None),
    ],
)
def test_v1_shards(name, prefix):
    assert naming.v1_prefix(name) == prefix


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("model.ckpt-5_temp_0123456789abcdef0123456789abcdef", "model.ckpt-5"),
        ("model.ckpt-5.tempstate17283645", "model.ckpt-5"),
        ("model.ckpt-5.index.tempstate17283645", "model.ckpt-5"),
        ("model.ckpt-5.data-00000-of-00001.tempstate17283645", "model.ckpt-5"),
        ("model.ckpt-5.index", None),
        ("_temp_folder", None),
    ],
)
def test_unfinished_saves(name, prefix):
    assert naming.unfinished_prefix(name) == prefix


@pytest.mark.parametrize(
    ("prefix", "step", "without"),
    [
        ("model.ckpt-18000", 18000, "model.ckpt"),
        ("model.ckpt-0", 0, "model.ckpt"),
        ("model.ckpt", None, "model.ckpt"),
        ("a-1-b", None, "a-1-b"),
        ("a-" + "9" * 5000, 10**18 - 1, "a"),
    ],
)
def test_steps(prefix, step, without):
    assert naming.step(prefix) == step
    assert naming.without_step(prefix) == without


def test_shards():
    assert naming.shard_name("d/m", 0, 1) == "d/m.data-00000-of-00001"
    assert naming.shard_name("m", 123456, 200000) == "m.data-123456-of-200000"
    assert naming.shard_number("m.data-00003-of-00005", 5) == 3
    assert naming.shard_number("m.data-00003-of-00005", 6) is None
    assert naming.shard_number("m.data-00005-of-00005", 5) is None
    assert naming.shard_number("m.index", 5) is None


def test_all_shards_of_a_v1_checkpoint():
    for name in ("m-00001-of-00002", "m-?????-of-00002"):
        assert naming.v1_shards(name) == ("m-00000-of-00002", "m-00001-of-00002")
    assert naming.v1_shards("m") == naming.v1_shards("m-00000-of-" + "9" * 5000) == ()


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("m.index", True), ("checkpoint", True), ("m.h5", True), ("m.keras", True), ("report.json", False), ("m", False)],
)
def test_files_of_artifacts(name, is_one):
    assert naming.is_of_artifact(name) == is_one


def test_groups():
    names = ["b.meta", "a.index", "a.data-00000-of-00001", "a.meta", "._a.index", "c.data-00000-of-00001", "checkpoint"]
    assert naming.group(names) == {
        "a": Group("a", "a.index", "a.meta", ("a.data-00000-of-00001",)),
        "b": Group("b", None, "b.meta", ()),
        "c": Group("c", None, None, ("c.data-00000-of-00001",)),
    }
    assert [group.checkable for group in naming.group(names).values()] == [True, True, False]


@pytest.mark.parametrize(
    ("path", "parts"),
    [("./a//b", ("./a//", "b")), ("b", ("", "b")), ("/b", ("/", "b")), ("a/", ("a/", "")), ("", ("", ""))],
)
def test_split_path_keeps_every_spelling(path, parts):
    assert naming.split_path(path) == parts


def test_inside():
    assert naming.inside("a") == "a/"
    assert naming.inside("a/") == "a/"
    assert naming.inside(".") == "./"
