"""Globs in quotes."""

from __future__ import annotations

import os

import pytest

from bnlint.artifacts.locate import finds, locate
from bnlint.findings import Problem, ProblemKind
from tests.artifacts.places import DATA, V1, checkpoint, prefix, problem, touch

RUNS = ("runs/a/model.ckpt-1", "runs/a/model.ckpt-2", "runs/b/model.ckpt-10", "runs/b/c/model.ckpt-3")


@pytest.fixture(autouse=True)
def some_runs(here):
    for run in RUNS:
        checkpoint(run)
    touch("runs/a/notes.txt", "runs/a/checkpoints.md")


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("runs/*/model.ckpt-*", ["runs/a/model.ckpt-1", "runs/a/model.ckpt-2", "runs/b/model.ckpt-10"]),
        ("runs/*/model.ckpt-?", ["runs/a/model.ckpt-1", "runs/a/model.ckpt-2"]),
        ("runs/[ab]/*.index", ["runs/a/model.ckpt-1", "runs/a/model.ckpt-2", "runs/b/model.ckpt-10"]),
        ("runs/**/model.ckpt-[3-9]*", ["runs/b/c/model.ckpt-3"]),
        ("**/model.ckpt-2", ["runs/a/model.ckpt-2"]),
        ("runs/*", ["runs/a", "runs/b/model.ckpt-10", "runs/b/c/model.ckpt-3"]),
        ("run?/a", ["runs/a"]),
        ("*/*/*/*", ["runs/b/c/model.ckpt-3"]),
    ],
)
def test_what_a_glob_matches(pattern, paths):
    assert [found.path for found in locate([pattern])] == paths
    assert [(find.passed, find.is_named) for find in finds([pattern])] == [(pattern, False)] * len(paths)


def test_an_absolute_glob():
    assert len(locate([os.path.abspath("runs") + "/*/model.ckpt-*"])) == 3


def test_a_file_of_that_very_name_goes_first():
    checkpoint("runs/[a]/m-1")
    assert prefix("runs/[a]") == "runs/[a]/m-1"
    checkpoint("m?")
    assert prefix("m?") == "m?"


def test_the_glob_of_v1_shards_means_one_checkpoint():
    touch("s-00000-of-00002", "s-00001-of-00002", content=V1)
    assert len(locate(["s-?????-of-00002"])) == 1
    assert locate(["s-?????-of-00002"])[0].path == "s-?????-of-00002"


def test_a_glob_without_a_match():
    assert problem("runs/*/nothing*") == (ProblemKind.MISSING, "does not exist, and matches nothing as a glob")
    assert problem("runs/a/model.ckpt-?.") == (ProblemKind.MISSING, "does not exist; did you mean runs/a/model.ckpt-2?")
    message = "matches runs/a/notes.txt, and nothing there that bnlint reads"
    assert problem("runs/a/notes.*") == (ProblemKind.NO_CHECKPOINT, message)
    message = "matches 2 paths, and nothing there that bnlint reads"
    assert problem("runs/a/[nc]*") == (ProblemKind.NO_CHECKPOINT, message)


def test_hidden_names_are_matched_by_a_dot_alone():
    checkpoint("runs/.old/m-1")
    assert "runs/.old" not in [found.path for found in locate(["runs/*"])]
    assert [found.path for found in locate(["runs/.*/m-1"])] == ["runs/.old/m-1"]
    assert problem("runs/*/m-1")[0] is ProblemKind.MISSING


def test_a_broken_link_with_the_name_of_a_glob():
    os.symlink("nowhere", "runs/a/*")
    os.symlink("nowhere", "runs/a/[b]")
    assert [found.path for found in locate(["runs/a/*"])] == ["runs/a/model.ckpt-1", "runs/a/model.ckpt-2"]


def test_loops_end():
    os.symlink("..", "runs/a/up")
    os.symlink("..", "runs/b/up")
    assert [found.path for found in locate(["runs/**/model.ckpt-3"])] == ["runs/b/c/model.ckpt-3"]


def test_what_is_damaged_is_told_and_what_is_other_is_not(monkeypatch):
    real = os.listdir

    def refuse(path):
        if path == "runs/b/":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "listdir", refuse)
    touch("runs/z")
    assert [type(found) is Problem for found in locate(["runs/*"])] == [False, True]
    assert DATA
