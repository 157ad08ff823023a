"""The page about the configuration, and the README, say what there is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import bnlint
from bnlint.config.reading import KEYS
from bnlint.rules.registry import RULES
from tests.running import UNWIRED, invoke
from tests.situations import FIXTURES

PAGE = (FIXTURES.parent / "docs" / "configuration.md").read_text(encoding="utf-8")
README = (FIXTURES.parent / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```toml\n(.*?)^```$", PAGE + README, re.MULTILINE | re.DOTALL)


def rows(heading: str) -> list[str]:
    """Return the first column of the table that follows a heading."""
    section = re.split(r"^#", PAGE.split(f"{heading}\n")[1], maxsplit=1, flags=re.MULTILINE)[0]
    return re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)


def test_every_key_is_in_the_table() -> None:
    assert sorted(re.findall(r"`([a-z-]+)`", " ".join(rows("## Keys")))) == sorted(KEYS)


def test_every_threshold_is_in_the_table() -> None:
    thresholds = [threshold for rule in RULES for threshold in rule.thresholds]
    assert rows("### thresholds") == [f"`{threshold.key}`" for threshold in thresholds]
    for one in thresholds:
        row = f"| `{one.key}` | {one.default:g} | {one.least:g} | {one.most:g} | {one.meaning} |"
        assert row.replace("| inf |", "| |") in PAGE


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_is_understood(tmp_path: Path, text: str) -> None:
    (tmp_path / "team").mkdir()
    (tmp_path / "team" / "bnlint.toml").touch()
    directory = tmp_path / "project"
    directory.mkdir()
    (directory / ("pyproject.toml" if "[tool." in text else "bnlint.toml")).write_text(text)
    assert bnlint.load_settings(directory) != bnlint.Settings()


def test_both_spellings_of_the_example_mean_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bnlint.toml").write_text(EXAMPLES[0])
    Path("pyproject.toml").write_text(EXAMPLES[1])
    one, other = (bnlint.load_settings(config=name) for name in ("bnlint.toml", "pyproject.toml"))
    assert repr(one) == repr(other).replace("pyproject.toml: tool.bnlint.", "bnlint.toml: ")


@pytest.mark.parametrize("row", re.findall(r"^\| `(--[a-z]+-?[a-z]* BN\d+)` \| (.*) \|$", PAGE, re.MULTILINE))
def test_the_table_of_choices(row: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bnlint.toml").write_text('select = ["BN1", "BN3"]\nignore = ["BN305"]')
    words, meaning = row
    with_, _, without = meaning.partition(" without ")
    without, _, but = without.partition(", but with ")
    wanted = {r.code for r in RULES if any(r.code.startswith(word) for word in re.findall(r"BN\d+", with_))}
    wanted -= set(re.findall(r"BN\d+", without))
    assert set(re.findall(r"BN\d+", but)) <= wanted
    shown = invoke("check", UNWIRED, "--format", "json", *words.split()).stdout
    assert set(json.loads(shown)["rules"]) == wanted


def test_the_table_of_choices_is_found() -> None:
    assert len(re.findall(r"^\| `--", PAGE, re.MULTILINE)) == 5
