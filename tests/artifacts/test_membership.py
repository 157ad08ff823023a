"""Which artifacts are of one run, and which of them is the newest."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bnlint.artifacts.locate import Find, finds
from tests.artifacts.places import DATA, V1, checkpoint, state, touch

HDF5 = b"\x89HDF\r\n\x1a\n" + bytes(8)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def runs(*paths: str, every: bool = True) -> dict[str, list[str]]:
    """Return the paths of the artifacts of each run, by its title."""
    found: dict[tuple[str, ...], list[Find]] = {}
    for find in finds(paths or ["."], every=every):
        assert find.member is not None, find
        found.setdefault(find.member.run, []).append(find)
    titles = {finds_[0].member.title if finds_[0].member else "": finds_ for finds_ in found.values()}
    assert len(titles) == len(found), "a title stands for one run"
    return {title: [os.path.normpath(f.located.path) for f in finds_] for title, finds_ in titles.items()}


def newest(*paths: str) -> str:
    found = finds(paths or ["."], every=True)
    return max(found, key=lambda f: f.member.age if f.member else (False,)).located.path.rpartition("/")[2]


def test_checkpoints_of_one_name() -> None:
    for name in ("m-1", "m-2", "other-1"):
        checkpoint(f"run/{name}")
    assert runs("run") == {"run/m": ["run/m-1", "run/m-2"], "run/other": ["run/other-1"]}


def test_another_directory_is_another_run() -> None:
    for name in ("a/m-1", "b/m-2", "run-1/m-3", "fold_2/m-4", "3/m-5"):
        checkpoint(name)
    assert len(runs()) == 5


def test_another_format_is_another_run() -> None:
    checkpoint("run/m-1")
    touch("run/m-2.h5", content=HDF5)
    assert [len(paths) for paths in [runs("run/m-1"), runs("run/m-2.h5")]] == [1, 1]
    found = finds(["run"], every=True)
    assert len({find.member.run for find in found if find.member}) == 2


@pytest.mark.parametrize(
    "names",
    [
        ("epoch_1", "epoch_2", "epoch_10"),
        ("step-100", "step-200"),
        ("model_epoch_1", "model_epoch_2"),
        ("checkpoint-500", "checkpoint-1000"),
        ("global_step_1", "global_step_2"),
    ],
)
def test_directories_that_are_called_by_the_step(names: tuple[str, ...]) -> None:
    for name in names:
        checkpoint(f"run/{name}/model.ckpt")
    ((title, paths),) = runs("run").items()
    assert sorted(paths) == sorted(f"run/{name}/model.ckpt" for name in names)
    assert title == f"run/{names[0].rstrip('0123456789').rstrip('_-')}/model.ckpt"
    assert newest("run") == "model.ckpt"
    found = finds(["run"], every=True)
    assert (
        max(found, key=lambda f: f.member.age if f.member else (False,)).located.path == f"run/{names[-1]}/model.ckpt"
    )


def test_directories_that_are_called_by_the_step_hold_steps() -> None:
    for name in ("epoch_1/m-10", "epoch_1/m-20", "epoch_2/m-5"):
        checkpoint(f"run/{name}")
    assert list(runs("run").values()) == [["run/epoch_1/m-10", "run/epoch_1/m-20", "run/epoch_2/m-5"]]
    assert newest("run") == "m-5"


def test_one_directory_named_from_inside() -> None:
    checkpoint("run/epoch_1/m")
    checkpoint("run/epoch_2/m")
    os.chdir("run/epoch_1")
    assert list(runs("m", "../epoch_2/m").values()) == [["m", "../epoch_2/m"]]
    assert len(runs("m", os.path.abspath("m"), "../epoch_2/m")) == 1


def test_paths_of_one_place_are_of_one_run() -> None:
    checkpoint("run/m-1")
    checkpoint("run/m-2")
    os.symlink("run", "link")
    assert list(runs("run/m-1", "link/../run/m-2").values()) == [["run/m-1", "run/m-2"]]
    assert len(runs("run/m-1", os.path.abspath("link/m-2"))) == 1


def test_saved_models_called_by_the_time() -> None:
    for name in ("1600000000", "1600000100"):
        touch(f"export/{name}/saved_model.pb", content=b"\x08\x01")
        checkpoint(f"export/{name}/variables/variables", ".index", DATA)
    ((title, paths),) = runs("export").items()
    assert (title, paths) == ("export", ["export/1600000000", "export/1600000100"])
    assert newest("export") == "1600000100"
    assert len(runs("export/1600000000", "export/1600000100/variables")) == 1


def test_saved_models_without_a_graph_and_unpacked_archives() -> None:
    for step in (1, 2):
        checkpoint(f"run/s-{step}/variables/variables", ".index", DATA)
        touch(f"run/k-{step}/config.json", f"run/k-{step}/model.weights.h5", content=HDF5)
        touch(f"run/w-{step}.weights.json", f"run/w-{step}_00000.weights.h5", content=HDF5)
    assert {len(paths) for paths in runs("run").values()} == {2}
    assert len(runs("run")) == 3


def test_shards_of_a_v1_checkpoint() -> None:
    touch("run/m-5", "run/m-6", content=V1)
    assert list(runs("run").values()) == [["run/m-5", "run/m-6"]]


def test_the_newest_has_values() -> None:
    checkpoint("run/m-1")
    checkpoint("run/m-2", ".meta")
    assert newest("run") == "m-1"


def test_the_newest_is_what_the_state_file_says() -> None:
    for step in (1, 2, 3):
        checkpoint(f"run/m-{step}")
    assert newest("run") == "m-3"
    state("run", "m-2", "m-1", "m-2")
    assert newest("run") == "m-2"


def test_without_a_step_the_newest_is_the_last_that_changed() -> None:
    touch("run/best-0.9.h5", "run/best-0.8.h5", content=HDF5)
    os.utime("run/best-0.9.h5", (1, 1))
    assert newest("run") == "best-0.8.h5"
    os.utime("run/best-0.8.h5", (0, 0))
    assert newest("run") == "best-0.9.h5"


def test_a_word_is_what_a_glob_matched() -> None:
    checkpoint("run/m-1")
    checkpoint("run/m-2")
    assert [find.word for find in finds(["run/m-?"])] == ["run/m-1", "run/m-2"]
    assert [find.word for find in finds(["run"], every=True)] == ["run", "run"]


def test_a_problem_is_of_no_run() -> None:
    (find,) = finds(["nowhere"])
    assert find.member is None
