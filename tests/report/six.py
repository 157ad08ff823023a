"""One report of every kind of artifact, for the goldens of all formats: clean, broken, unreadable, without batch norm,
suppressed, in the baseline; and a run whose checkpoints were compared.
"""

from __future__ import annotations

import contextlib
import functools
import os
import pathlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace

from bnlint import load_settings
from bnlint.baseline.file import pieces
from bnlint.baseline.record import Recording
from bnlint.checking import check_paths
from bnlint.commandline.terminal import write_file
from bnlint.exit_codes import exit_code, failures
from bnlint.report.about import About
from bnlint.results import Report
from bnlint.rules.registry import RULES
from tests.situations import FIXTURES

COPIED = {
    "clean": "tf1.15/layers_wired",
    "broken": "tf1.15/layers_unwired",
    "damaged": "tf1.15/layers_unwired",
    "none": "tf1.15/no_batch_norm",
    "suppressed": "tf1.15/layers_unwired",
    "baselined": "tf1.15/layers_unwired",
    "run": "tf1.15/run_stalled",
}
RUN = tuple(f"run/model.ckpt-{step}" for step in (40, 60, 80))
PATHS = ("clean", "broken", "damaged", "none", "suppressed", "baselined", *RUN)


SETTINGS = """\
baseline = "bnlint-baseline.json"

[[suppress]]
rule = ["BN1", "BN3"]
path = "suppressed"
reason = "the generator is meant to use batch statistics"

[[suppress]]
rule = "BN401"
path = "clean"
layer = "generator/*"
reason = "fed by the exporter"
"""


def lay_out(directory: pathlib.Path) -> None:
    """Put the artifacts into ``directory``, each in a folder that says what it is, the settings and a baseline.

    When the baseline was written, the one that is clean now was broken too.
    """
    for name, fixture in COPIED.items():
        shutil.copytree(FIXTURES / fixture, directory / name)
    index = directory / "damaged" / "model.ckpt-40.index"
    index.write_bytes(index.read_bytes()[:100])
    (directory / "bnlint.toml").write_text(SETTINGS, encoding="utf-8")
    recording = Recording("bnlint-baseline.json")
    (directory / "clean").rename(directory / "repaired")
    shutil.copytree(FIXTURES / COPIED["broken"], directory / "clean")
    with _inside(directory):
        check_paths(["baselined", "clean"], recording=recording)
        write_file(pieces(recording.baseline, recording.file), recording.file)
    shutil.rmtree(directory / "clean")
    (directory / "repaired").rename(directory / "clean")


@functools.lru_cache
def six() -> tuple[Report, About]:
    """Return the report, and what a format may tell beside it."""
    with tempfile.TemporaryDirectory() as directory, _inside(directory):
        here = pathlib.Path(directory)
        lay_out(here)
        settings = replace(load_settings(), distributions=True)
        report = check_paths(PATHS, settings)
    rules = tuple(rule for rule in RULES if rule.code in report.rules)
    failed = failures(report, settings)
    return report, About(rules, settings.fail_on, failed, exit_code(report, failed), directory="/project")


@contextlib.contextmanager
def _inside(directory: str | pathlib.Path) -> Iterator[None]:
    before = pathlib.Path.cwd()
    os.chdir(directory)
    try:
        yield
    finally:
        os.chdir(before)
