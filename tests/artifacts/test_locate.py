"""Paths that lead to a checkpoint."""

from __future__ import annotations

import os

import pytest

from bnlint.artifacts.locate import locate
from bnlint.artifacts.places import BundleFiles
from bnlint.findings import ProblemKind
from tests.artifacts.places import DATA, V1, checkpoint, one, prefix, problem, state, touch


@pytest.mark.parametrize(
    "path", ["d/model.ckpt-5", "d/model.ckpt-5.index", "d/model.ckpt-5.meta", "d/model.ckpt-5" + DATA]
)
def test_a_prefix_and_each_of_its_files(path):
    checkpoint("d/model.ckpt-5")
    assert one(path) == BundleFiles(
        path=path,
        prefix="d/model.ckpt-5",
        name="model.ckpt-5",
        index="d/model.ckpt-5.index",
        meta="d/model.ckpt-5.meta",
        shards=("d/model.ckpt-5" + DATA,),
    )


@pytest.mark.parametrize(
    ("suffixes", "index", "meta", "shards"),
    [
        ((".index", ".meta"), True, True, 0),
        ((".index", DATA), True, False, 1),
        ((".meta",), False, True, 0),
        ((".index",), True, False, 0),
        ((".meta", DATA), False, True, 1),
        ((".index", ".data-00000-of-00002", ".data-00001-of-00002", DATA), True, False, 3),
    ],
)
def test_parts_may_be_absent(suffixes, index, meta, shards):
    checkpoint("m", *suffixes)
    found = one("m")
    assert (found.index is not None, found.meta is not None, len(found.shards)) == (index, meta, shards)


@pytest.mark.parametrize("name", ["my model.ckpt", "m [1] (2)", "m*?", "é", "-x", "a\nb", "._m"])
def test_names_are_taken_literally(name):
    checkpoint(f"d e/{name}")
    if name.startswith("._"):
        assert problem(f"d e/{name}")[0] is ProblemKind.MISSING
        return
    for suffix in ("", ".index"):
        assert prefix(f"d e/{name}{suffix}") == f"d e/{name}"


def test_several_files_of_one_checkpoint_are_one_artifact():
    checkpoint("d/m-5")
    checkpoint("d/m-6")
    state("d", "m-6", "m-5", "m-6")
    found = locate(
        ["d/m-5.index", "d/m-5.meta", "./d/../d/m-5" + DATA, "d/m-6", "d", "d/checkpoint", os.path.abspath("d/m-6")]
    )
    assert [(files.path, getattr(files, "prefix", files)) for files in found] == [
        ("d/m-5.index", "d/m-5"),
        ("d/m-6", "d/m-6"),
    ]


def test_the_order_is_kept_and_problems_stand_in_it():
    checkpoint("b")
    checkpoint("a")
    assert [item.path for item in locate(["b", "nothing", "a"])] == ["b", "nothing", "a"]


def test_an_empty_basename(here):
    checkpoint("run/")
    for path in ("run/.index", "run/.meta", "run", "run/"):
        found = one(path)
        assert (found.prefix, found.name) == ("run/", "run")


def test_an_empty_basename_in_the_current_directory(here):
    checkpoint("")
    assert (one(".index").prefix, one(".").prefix) == ("", "./")
    assert one(".index").name == one(".").name == here.name


def test_a_prefix_that_is_a_directory_too():
    checkpoint("model")
    touch("model/notes.txt")
    assert prefix("model") == "model"
    assert problem("model/") == (ProblemKind.NO_CHECKPOINT, "holds no checkpoint")
    checkpoint("run/m-1")
    touch("run.meta")
    assert prefix("run") == "run/m-1"
    assert one("run.meta").v1 == ()


def test_v2_goes_before_v1():
    checkpoint("model")
    touch("model", content=V1)
    assert one("model").index == "model.index"
    assert one("model").v1 == ()


def test_a_graph_beside_another_file_of_its_name():
    touch("m", content=b"hello")
    touch("m.meta")
    assert one("m").v1 == ()


def test_a_v1_checkpoint():
    touch("d/m-5", content=V1)
    assert one("d/m-5") == BundleFiles("d/m-5", "d/m-5", "m-5", None, None, (), v1=("d/m-5",))
    touch("d/m-5.meta")
    for path in ("d/m-5", "d/m-5.meta", "d"):
        assert (one(path).meta, one(path).index, one(path).v1) == ("d/m-5.meta", None, ("d/m-5",))


@pytest.mark.parametrize("suffixes", [[".meta"], []])
def test_a_sharded_v1_checkpoint(suffixes):
    touch("s-00000-of-00002", "s-00001-of-00002", content=V1)
    touch(*["s" + suffix for suffix in suffixes])
    state(".", "/runs/s-?????-of-00002")
    for path in ("s-?????-of-00002", "s-00001-of-00002", "s-00000-of-00002", *["s" + suffix for suffix in suffixes]):
        assert (one(path).prefix, one(path).v1) == ("s", ("s-00000-of-00002", "s-00001-of-00002"))
    assert one(".").v1 == ("./s-00000-of-00002", "./s-00001-of-00002")
    assert one(".").notes == ()


def test_paths_of_one_v1_checkpoint_are_one():
    touch("s-00000-of-00002", "s-00001-of-00002", content=V1)
    assert len(locate(["s-00000-of-00002", "s-00001-of-00002", "s-?????-of-00002", "."])) == 1
