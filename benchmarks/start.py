"""Compare how long bnlint takes to start with what no program of its kind can do without.

usage: python benchmarks/start.py [--rounds 21]

``bnlint --version`` beside ``python -c pass``, and the check of a small checkpoint beside the import of what reads one;
then that check among 200 more distributions, in whose metadata plugins are sought, beside the same without them. All
run in turns, so that what else the machine does meets each of them alike; the ratios are those of the medians.
"""

from __future__ import annotations

import argparse
import compileall
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_ROOT = pathlib.Path(__file__).parent.parent
_CHECK = ("check", str(_ROOT / "fixtures" / "tf1.15" / "layers_wired"))
_DISTRIBUTIONS = 200


class Taken(NamedTuple):
    """What one process took, in seconds."""

    wall: float
    processor: float


class Start(NamedTuple):
    """A command, as people write it and as it is run."""

    title: str
    command: tuple[str, ...]
    path: str
    """PYTHONPATH."""


class Pair(NamedTuple):
    """What is compared with what, and how many times as long it may take."""

    ours: Start
    theirs: Start
    most: float


def take(start: Start) -> Taken:
    """Run a command, which must succeed, and return what it took; measured finer than by a program called time."""
    started = time.perf_counter()
    process = subprocess.Popen(start.command, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": start.path})
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{start.title}: exit code {process.returncode}")
    return Taken(wall, usage.ru_utime + usage.ru_stime)


def pairs(crowd: pathlib.Path) -> list[Pair]:
    """Return what is compared: of the module, and of the script that pip installs, where there is one."""
    bare, needed = (
        Start(f"python -c {code!r}", (sys.executable, "-c", code), str(_ROOT))
        for code in ("pass", "import numpy, click, google.protobuf.descriptor_pb2")
    )
    found = {"python -m bnlint": (sys.executable, "-m", "bnlint")}
    script = pathlib.Path(sys.executable).with_name("bnlint")
    programs: Mapping[str, tuple[str, ...]] = found | ({"bnlint": (str(script),)} if script.exists() else {})
    compared = []
    for name, program in programs.items():
        check = Start(f"{name} check", (*program, *_CHECK), str(_ROOT))
        among = Start(f"{check.title} among {_DISTRIBUTIONS} distributions", check.command, f"{_ROOT}:{crowd}")
        version = Start(f"{name} --version", (*program, "--version"), str(_ROOT))
        compared += [Pair(version, bare, 6.0), Pair(check, needed, 2.5), Pair(among, check, 1.1)]
    return compared


def populate(directory: pathlib.Path) -> None:
    """Write the metadata of distributions, of which every fourth has entry points."""
    for number in range(_DISTRIBUTIONS):
        metadata = directory / f"package_{number}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: package-{number}\nVersion: 1.0\n")
        if number % 4 == 0:
            (metadata / "entry_points.txt").write_text(f"[console_scripts]\nrun = package_{number}:main\n")


def measure(compared: Sequence[Pair], rounds: int) -> dict[Start, Taken]:
    """Return the medians of every command."""
    taken: dict[Start, list[Taken]] = {start: [] for pair in compared for start in (pair.theirs, pair.ours)}
    for number in range(rounds + 1):
        for start, all_taken in taken.items():
            once = take(start)
            if number:  # the first round fills the caches of the disk
                all_taken.append(once)
    return {
        start: Taken(statistics.median(t.wall for t in each), statistics.median(t.processor for t in each))
        for start, each in taken.items()
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=21)
    rounds = parser.parse_args(arguments).rounds
    compileall.compile_dir(_ROOT / "bnlint", quiet=1)  # as pip does
    with tempfile.TemporaryDirectory() as crowd:
        populate(pathlib.Path(crowd))
        compared = pairs(pathlib.Path(crowd))
        medians = measure(compared, rounds)
    for pair in compared:
        ours, theirs = medians[pair.ours], medians[pair.theirs]
        wall, processor = ours.wall / theirs.wall, ours.processor / theirs.processor
        print(f"{pair.ours.title}: {_said(ours)}")
        print(f"  {pair.theirs.title}: {_said(theirs)}")
        verdict = "" if min(wall, processor) <= pair.most else "  TOO SLOW"
        print(f"  {wall:.2f} of the time, {processor:.2f} of the processor time; at most {pair.most}{verdict}")


def _said(taken: Taken) -> str:
    return f"{taken.wall * 1000:.0f} ms, of the processor {taken.processor * 1000:.0f} ms"


if __name__ == "__main__":
    main()
