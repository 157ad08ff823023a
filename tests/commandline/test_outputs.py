"""Where reports are written: what may not be overwritten, and that no two are in one place, however it is spelled."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.running import UNWIRED, WIRED, invoke

CONFIG = 'fail-on = "warning"\n'


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        ("--report", "json=report", "--report", "sarif=./report"),
        ("--report", "json=report", "--report", "sarif=link"),
        ("--report", "json=report", "--output", "./report"),
        ("--report", "json=link", "--output", "report"),
        ("--write-baseline", "link", "--output", "report"),
    ],
)
def test_no_two_reports_are_written_to_one_place(here: Path, words: tuple[str, ...]) -> None:
    (here / "link").symlink_to("report")
    result = invoke("check", WIRED, *words)
    assert result.exit_code == 2
    assert "cannot both be written to" in result.stderr
    assert os.listdir(here) == ["link"]


@pytest.mark.parametrize("option", ["--output", "--report", "--write-baseline"])
def test_a_loop_of_links_cannot_be_written_to(here: Path, option: str) -> None:
    (here / "loop").symlink_to("loop")
    result = invoke("check", WIRED, option, "json=loop" if option == "--report" else "loop")
    assert result.exit_code == 2
    assert result.stderr == "bnlint: error: loop: cannot be written: Too many levels of symbolic links\n"
    assert os.listdir(here) == ["loop"]


@pytest.mark.parametrize("option", ["--output", "--report", "--write-baseline"])
@pytest.mark.usefixtures("here")
def test_where_nobody_may_look_nothing_is_written(option: str, monkeypatch: pytest.MonkeyPatch) -> None:
    original = os.stat

    def stat(path: str, **words: Any) -> os.stat_result:
        if "secret" in str(path):
            raise PermissionError(13, "Permission denied", path)
        return original(path, **words)

    monkeypatch.setattr(os, "stat", stat)
    name = "secret/report"
    result = invoke("check", WIRED, option, f"json={name}" if option == "--report" else name)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"bnlint: error: {name}: cannot be written: ")


@pytest.mark.parametrize("option", ["--output", "--report", "--write-baseline"])
def test_no_link_leads_a_report_over_a_checkpoint(here: Path, option: str) -> None:
    shutil.copytree(WIRED, "saved")
    name = next(name for name in os.listdir("saved") if name.endswith(".index"))
    before = (here / "saved" / name).read_bytes()
    (here / "link.json").symlink_to(f"saved/{name}")
    result = invoke("check", "saved", option, "json=link.json" if option == "--report" else "link.json")
    assert result.exit_code == 2
    assert "link.json is a file of a checkpoint" in result.stderr
    assert (here / "saved" / name).read_bytes() == before


@pytest.mark.parametrize("config", ["bnlint.toml", "other.toml", "base.toml"])
@pytest.mark.parametrize("option", ["--output", "--report", "--write-baseline"])
def test_no_report_is_written_over_the_settings_that_it_is_made_by(here: Path, option: str, config: str) -> None:
    (here / "bnlint.toml").write_text(CONFIG + 'extend = "base.toml"\n')
    (here / "base.toml").write_text(CONFIG)
    (here / "other.toml").write_text(CONFIG)
    before = (here / config).read_text()
    named = ("--config", config) if config == "other.toml" else ()
    result = invoke("check", UNWIRED, *named, option, f"json=./{config}" if option == "--report" else f"./{config}")
    assert result.exit_code == 2
    assert f"./{config} is a file of settings" in result.stderr
    assert (here / config).read_text() == before


@pytest.mark.parametrize("option", ["--output", "--report"])
def test_no_report_is_written_over_the_baseline_that_it_is_compared_with(here: Path, option: str) -> None:
    assert invoke("check", UNWIRED, "--write-baseline", "old.json").exit_code == 0
    before = (here / "old.json").read_text()
    output = "json=./old.json" if option == "--report" else "./old.json"
    by_option = invoke("check", UNWIRED, "--baseline", "old.json", option, output)
    (here / "bnlint.toml").write_text('baseline = "old.json"\n')
    by_file = invoke("check", UNWIRED, option, output)
    for result in (by_option, by_file):
        assert result.exit_code == 2
        assert "./old.json is the baseline" in result.stderr
    assert (here / "old.json").read_text() == before
    assert invoke("check", UNWIRED, "--write-baseline", "./old.json").exit_code == 0


def test_a_working_directory_that_is_gone_costs_nothing_that_is_elsewhere(here: Path) -> None:
    (here / "gone").mkdir()
    (here / "out").mkdir()
    target = here / "out" / "report.sarif"
    os.chdir(here / "gone")
    (here / "gone").rmdir()
    result = invoke("check", UNWIRED, "--report", f"sarif={target}", "--write-baseline", str(here / "known.json"))
    assert result.exit_code == 0
    assert f'"uri": "{UNWIRED[1:]}"' in target.read_text()
    assert invoke("check", UNWIRED, "--baseline", str(here / "known.json")).exit_code == 0
    assert invoke("check", UNWIRED, "-o", "here").stderr.endswith(
        "here: cannot be written: No such file or directory\n"
    )
    assert "cannot be read" in str(invoke("check", UNWIRED, "--baseline", "known.json").exception)
    assert invoke("check", "somewhere").exit_code == 2


def test_a_baseline_that_no_file_can_be_called_is_named(here: Path) -> None:
    (here / "bnlint.toml").write_text('baseline = "a\\u0000b"\n')
    result = invoke("check", UNWIRED)
    assert "a\0b: the baseline cannot be read: embedded null byte" in str(result.exception)
