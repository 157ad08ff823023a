"""Which checkpoint of a directory is meant."""

from __future__ import annotations

import os

import pytest

from bnlint.artifacts.locate import locate
from tests.artifacts.places import DATA, checkpoint, one, prefix, state, touch


def test_the_state_file_names_the_latest():
    for step in (1, 2, 3):
        checkpoint(f"d/m-{step}")
    state("d", "m-2", "m-1", "m-2")
    for path in ("d", "d/", "d/checkpoint"):
        found = one(path)
        assert (found.path, found.prefix, found.name, found.notes) == (path, "d/m-2", "m-2", ())


@pytest.mark.parametrize(
    "written", ["/home/someone/run/m-2", "C:\\\\runs\\\\m-2", "../other/m-2", "gs://bucket/run/m-2"]
)
def test_stale_paths_mean_the_file_of_that_name_here(written):
    checkpoint("d/m-1")
    checkpoint("d/m-2")
    checkpoint("d/m-3")
    state("d", written)
    assert (one("d").prefix, one("d").notes) == ("d/m-2", ())


def test_here_goes_before_elsewhere():
    checkpoint("d/m-2")
    checkpoint("other/m-2")
    checkpoint("other/m-3")
    state("d", os.path.abspath("other/m-3"), os.path.abspath("other/m-2"))
    assert prefix("d") == "d/m-2"


def test_a_path_that_is_still_good_is_followed():
    checkpoint("other/m-3")
    state("d", os.path.abspath("other/m-3"))
    assert prefix("d") == os.path.abspath("other/m-3")
    checkpoint("e/sub/m-4")
    state("e", "sub/m-4")
    assert prefix("e") == "e/sub/m-4"


def test_when_the_latest_is_gone_the_one_before_is_read():
    checkpoint("d/m-1")
    checkpoint("d/m-2")
    checkpoint("d/m-9")
    state("d", "m-3", "m-1", "m-2", "m-3")
    found = one("d")
    assert found.prefix == "d/m-2"
    assert found.notes == ("the state file names m-3, which is not here; m-2 was read instead",)


def test_when_nothing_of_the_state_file_is_here_the_newest_is_read():
    checkpoint("d/new_name")
    state("d", "/runs/old_name")
    found = one("d")
    assert found.prefix == "d/new_name"
    assert found.notes == ("the state file names old_name, which is not here; new_name was read instead",)


def test_a_damaged_state_file_is_noted():
    checkpoint("d/m-1")
    touch("d/checkpoint", content=b"\x00\x01")
    assert prefix("d") == "d/m-1"
    assert one("d").notes[0].startswith("the state file d/checkpoint could not be read: offset 0: expected")


@pytest.mark.parametrize(
    ("names", "newest"),
    [
        (["m-9", "m-10", "m-100", "m-20"], "m-100"),
        (["m", "m-3"], "m-3"),
        (["m-0", "m"], "m-0"),
    ],
)
def test_without_a_state_file_the_highest_step_is_the_newest(names, newest):
    for name in names:
        checkpoint(f"d/{name}")
        for suffix in (".index", ".meta", DATA):
            os.utime(f"d/{name}{suffix}", (1000, 1000))
    assert prefix("d") == f"d/{newest}"


def test_between_equal_steps_the_time_decides():
    for name, time in (("m-05", 1000), ("m-5", 2000), ("m-0005", 1500), ("m-4", 3000)):
        checkpoint(f"d/{name}")
        os.utime(f"d/{name}.index", (time, time))
    assert prefix("d") == "d/m-5"


def test_a_graph_alone_goes_after_checkpoints_with_an_index():
    checkpoint("d/m-1")
    checkpoint("d/m-9", ".meta")
    assert prefix("d") == "d/m-1"
    checkpoint("e/m-9", ".meta")
    assert prefix("e") == "e/m-9"


def test_every_run_has_its_newest():
    for name in ("generator.ckpt-1", "generator.ckpt-2", "discriminator.ckpt-2", "discriminator.ckpt-1", "final"):
        checkpoint(f"d/{name}")
    expected = ["d/discriminator.ckpt-2", "d/final", "d/generator.ckpt-2"]
    assert [found.path for found in locate(["d"])] == expected
    state("d", "generator.ckpt-1", "generator.ckpt-1", "generator.ckpt-2")
    assert [found.path for found in locate(["d"])] == [*expected[:2], "d/generator.ckpt-1"]


def test_apple_double_files_are_ignored_in_directories():
    checkpoint("d/m-1")
    checkpoint("d/._m-2")
    assert prefix("d") == "d/m-1"


def test_links_are_followed():
    checkpoint("d/m-1")
    os.symlink("d", "link")
    assert [files.path for files in locate(["link/m-1", "d/m-1", "link"])] == ["link/m-1"]
