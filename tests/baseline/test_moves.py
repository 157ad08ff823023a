"""Which run of a baseline is which run of a check."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bnlint.artifacts.locate import finds
from bnlint.baseline.matching import whereabouts
from bnlint.baseline.moves import Disk, found_again
from tests.situations import FIXTURES

TABLE: dict[str, tuple[list[str], list[str], dict[str, str]]] = {
    "where it was": (["/no/a/m"], ["/no/a/m"], {"/no/a/m": "/no/a/m"}),
    "where it was, and another is gone": (["/no/a/m", "/no/b/m"], ["/no/a/m"], {"/no/a/m": "/no/a/m"}),
    "moved": (["/no/a/m"], ["/no/b/m"], {"/no/b/m": "/no/a/m"}),
    "another name": (["/no/a/m"], ["/no/a/gan"], {}),
    "checked where it was, and elsewhere": (["/no/a/m"], ["/no/b/m", "/no/a/m"], {"/no/a/m": "/no/a/m"}),
    "one of the new ones": (["/no/a/m"], ["/no/b/m", "/no/c/m"], {"/no/b/m": "/no/a/m"}),
    "the one whose path ends alike": (["/no/x/m"], ["/new/a/m", "/new/x/m"], {"/new/x/m": "/no/x/m"}),
    "each to its own": (
        ["/no/1/a/m", "/no/1/b/m"],
        ["/no/2/b/m", "/no/2/c/m", "/no/2/a/m"],
        {"/no/2/b/m": "/no/1/b/m", "/no/2/a/m": "/no/1/a/m"},
    ),
    "the rest to the rest": (
        ["/no/a/m", "/no/b/m"],
        ["/to/b/m", "/to/c/m"],
        {"/to/b/m": "/no/b/m", "/to/c/m": "/no/a/m"},
    ),
    "to another machine": (["/home/me/runs/a/m"], ["/ci/runs/a/m"], {"/ci/runs/a/m": "/home/me/runs/a/m"}),
    "to a store": (["/no/runs/a/m"], ["gs://bucket/a/m"], {"gs://bucket/a/m": "/no/runs/a/m"}),
    "by as much of its path as there is": (
        ["/no/p/q/a/m"],
        ["/z/m", "/y/q/a/m", "/y/p/q/a/m"],
        {"/y/p/q/a/m": "/no/p/q/a/m"},
    ),
    "nothing known": ([], ["/no/a/m"], {}),
    "nothing checked": (["/no/a/m"], [], {}),
}


@pytest.mark.parametrize(("old", "new", "expected"), TABLE.values(), ids=TABLE)
def test_found_again(old: list[str], new: list[str], expected: dict[str, str]) -> None:
    again = found_again(*({place: place.rpartition("/")[2] for place in places} for places in (old, new)))
    assert again == expected


def test_exports_have_no_name_of_their_own() -> None:
    assert found_again({"/no/a/export": ""}, {"/no/b/export": ""}) == {"/no/b/export": "/no/a/export"}


LAID_OUT = {
    "a checkpoint": ("tf1.15/layers_unwired", "runs/a"),
    "of a step's directory": ("tf1.15/layers_unwired", "runs/epoch_3"),
    "an export": ("tf1.15/serving", "export/1600000000"),
    "a frozen graph": ("tf1.15/frozen_graph_unwired", "runs/frozen"),
    "V1": ("tf1.15/v1_unwired", "runs/v1"),
    "V1 in shards": ("tf1.15/v1_sharded_unwired", "runs/v1"),
    "Keras": ("tf2.21/archive_exchanged", "runs/keras"),
}


@pytest.mark.parametrize(("fixture", "where"), LAID_OUT.values(), ids=LAID_OUT)
def test_a_run_that_still_is_where_it_was_was_not_moved(tmp_path: Path, fixture: str, where: str) -> None:
    shutil.copytree(FIXTURES / fixture, tmp_path / where)
    runs = whereabouts(finds([str(tmp_path)], every=True))
    assert runs
    for place, (name,) in runs.values():
        assert Disk().has(place)
        assert found_again({place: name}, {"/no/b": name}) == {}
    shutil.rmtree(tmp_path / where.partition("/")[0])
    assert not any(Disk().has(place) for place, _ in runs.values())


def test_a_link_on_the_way_is_no_other_place(tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "tf1.15/layers_unwired", tmp_path / "data/home/a")
    (tmp_path / "home").symlink_to(tmp_path / "data/home")
    real, linked = f"{tmp_path}/data/home/a/model.ckpt", f"{tmp_path}/home/a/model.ckpt"
    name = "model.ckpt"
    assert found_again({real: name}, {linked: name}) == {linked: real}
    assert found_again({linked: name}, {real: name}) == {real: linked}
    assert found_again({real: name}, {linked: "other"}) == {}
    assert found_again({real: name}, {linked: name, real: name}) == {real: real}


def test_another_run_in_the_same_directory_is_not_the_one_that_was_moved(tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "tf1.15/layers_unwired", tmp_path / "a")
    assert Disk().has(f"{tmp_path}/a/model.ckpt")
    assert not Disk().has(f"{tmp_path}/a/gan.ckpt")
    assert not Disk().has("gs://bucket/a/model.ckpt")
