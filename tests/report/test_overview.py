"""Many artifacts in one report for people."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.running import NO_BATCH_NORM, TF1, UNWIRED, WIRED, invoke

HALF = str(TF1 / "layers_half_wired")


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(UNWIRED, tmp_path / "again")
    shutil.copytree(WIRED, tmp_path / "damaged")
    (tmp_path / "damaged" / "model.ckpt-40.index").write_bytes(b"no table")
    (tmp_path / "empty").mkdir()
    (tmp_path / "model.h5").write_bytes(b"<html>")
    names = ("again", "damaged", "empty", "model.h5", "missing")
    result = invoke("check", UNWIRED, WIRED, NO_BATCH_NORM, *names)
    assert result.exit_code == 2
    return result.stdout.replace(f"{TF1}/", "").replace("\n              ", " ")


def test_every_artifact_has_a_line_at_the_end(page: str) -> None:
    overview = page.split("\n\n")[-2]
    assert [" ".join(line.split()) for line in overview.splitlines()] == [
        "error layers_unwired: BN101, BN301",
        "ok layers_wired: nothing wrong",
        "nothing no_batch_norm: no batch-norm layers",
        "error again: BN101, BN301",
        "damaged damaged: offset 0: expected a table of at least 48 bytes, found 8",
        "nothing empty: holds no checkpoint",
        "not read model.h5: is an HTML page, not a TensorFlow checkpoint; the download returned a web page",
        "not read missing: does not exist",
    ]


def test_what_is_well_has_no_page_of_its_own(page: str) -> None:
    titles = [line for line in page.splitlines() if line.endswith("(model.ckpt-40)")]
    assert titles == ["layers_unwired (model.ckpt-40)", "again (model.ckpt-40)", "damaged (model.ckpt-40)"]


def test_a_repair_is_told_once(page: str) -> None:
    assert page.count("train_op = optimizer.minimize") == 1
    assert "  repair      BN301: as for layers_unwired\n" in page


def test_a_repair_that_was_told_for_another_rule_says_for_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(TF1)
    page = invoke("check", "layers_unwired", "run_stalled", "--history").stdout
    assert "  repair      BN301: as for layers_unwired\n  repair      BN501: as BN101's for layers_unwired\n" in page


def test_verbose_leaves_nothing_out() -> None:
    every = (UNWIRED, WIRED, NO_BATCH_NORM, HALF)
    shown = invoke("check", *every, "-v").stdout
    assert all(path in shown for path in every)
    assert shown.count("train_op = optimizer.minimize") == 2


def test_few_are_shown_in_full() -> None:
    assert "2 layers, " in invoke("check", WIRED, UNWIRED).stdout


def test_a_run_that_is_broken_has_a_line_though_each_of_its_checkpoints_is_well() -> None:
    page = invoke("check", str(TF1 / "run_stalled"), str(TF1 / "run_healthy"), "--history").stdout.replace(
        f"{TF1}/", ""
    )
    overview = " ".join(page.split("\n\n")[-2].split())
    assert "warning run run_stalled/model.ckpt: BN301, BN501 skipped" in overview
    assert "run run_healthy" not in overview
