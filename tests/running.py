"""Ways to run the program from a test."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner, Result

import bnlint
from bnlint.cli import cli
from tests.situations import FIXTURES

TF1 = FIXTURES / "tf1.15"
UNWIRED, WIRED, NO_BATCH_NORM = (str(TF1 / name) for name in ("layers_unwired", "layers_wired", "no_batch_norm"))
RAN_SEPARATELY = str(TF1 / "ema_second_run")
ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(bnlint.__file__).parent.parent)}


def invoke(*words: str) -> Result:
    return CliRunner().invoke(cli, words, prog_name="bnlint")


def process(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bnlint", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=ENVIRONMENT | environment)
