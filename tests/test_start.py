"""What is imported before the program answers. How long that takes is measured by ``benchmarks/start.py``."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import ENVIRONMENT, WIRED

BARE = {"bnlint", "bnlint.cli", "bnlint.commandline", "bnlint.commandline.help_layout", "bnlint.commandline.help_texts"}
HEAVY = {
    "difflib": "for the rare typo",
    "email": "which importlib.metadata needs, where no plugin is installed",
    "h5py": "for an HDF5 file",
    "hashlib": "for the fingerprint of a finding, which loads OpenSSL",
    "importlib.metadata": "where no plugin is installed",
    "jinja2": "for the HTML report",
    "json": "for the JSON report",
    "numpy.ma": "by functions of numpy that look for masked arrays",
    "rich.markdown": "for the page of a rule",
    "secrets": "to write a file",
    "tomllib": "for a file of settings",
}
"""What may not be imported, and when it would be wanted."""


def imported(*words: str, directory: Path) -> set[str]:
    """Return the modules that a run of the program imports."""
    told = [
        subprocess.run(
            [sys.executable, "-X", "importtime", *command],
            capture_output=True,
            text=True,
            check=True,
            env=ENVIRONMENT,
            cwd=directory,
        ).stderr
        for command in (["-c", "pass"], ["-m", "bnlint", *words])
    ]
    nothing, everything = ({line.rpartition("|")[2].strip() for line in text.splitlines()} for text in told)
    return everything - nothing


def test_the_version_is_told_without_options_or_settings(tmp_path: Path) -> None:
    loaded = imported("--version", directory=tmp_path)
    assert {name for name in loaded if re.match(r"bnlint\b", name)} - {"bnlint.__main__"} == BARE
    assert not loaded & {"dataclasses", "numpy", "rich", "google.protobuf"}


@pytest.mark.parametrize("words", [["check", WIRED], ["inspect", WIRED]], ids=["check", "inspect"])
def test_nothing_is_imported_that_a_clean_checkpoint_does_not_need(words: list[str], tmp_path: Path) -> None:
    loaded = imported(*words, directory=tmp_path)
    assert {"bnlint.looking", "numpy", "rich"} <= loaded
    assert [f"{name}, {when}" for name, when in HEAVY.items() if name in loaded] == []
    assert ("bnlint.rules.registry" in loaded) is (words[0] == "check")
