"""Check directories of many small checkpoints: checkpoints a second, and peak memory against their number.

usage: python benchmarks/many_checkpoints.py [--counts 100 1000] [--jobs 1 2]

Every checkpoint is a copy of a fixture, in a run of its own; the processes are the installed program, as users start
it. The memory that one process needs must not grow with the number of checkpoints but for their names.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

_FIXTURE = pathlib.Path(__file__).parent.parent / "fixtures" / "tf1.15" / "layers_wired"


def populate(directory: pathlib.Path, count: int) -> None:
    """Copy the fixture ``count`` times."""
    for number in range(count):
        shutil.copytree(_FIXTURE, directory / f"run{number:05d}")


def measure(directory: pathlib.Path, jobs: int) -> tuple[float, float, int]:
    """Return seconds, megabytes at the peak of the largest process, and the size of the report."""
    words = [sys.executable, "-m", "bnlint", "check", str(directory), "--format", "json", "--jobs", str(jobs)]
    script = (
        "import resource, subprocess, sys\n"
        "out = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, check=False).stdout\n"
        "print(len(out), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    started = time.perf_counter()
    result = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=True)
    seconds = time.perf_counter() - started
    size, kilobytes = result.stdout.split()
    return seconds, int(kilobytes) / 1024, int(size)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", type=int, nargs="*", default=[100, 1000])
    parser.add_argument("--jobs", type=int, nargs="*", default=[1, 2])
    args = parser.parse_args(arguments)
    os.environ.setdefault("PYTHONPATH", str(pathlib.Path(__file__).parent.parent))
    for count in args.counts:
        with tempfile.TemporaryDirectory() as name:
            populate(pathlib.Path(name), count)
            for jobs in args.jobs:
                seconds, megabytes, size = measure(pathlib.Path(name), jobs)
                print(
                    f"{count} checkpoints, {jobs} jobs: {seconds:.2f} s, {count / seconds:.0f} checkpoints/s, "
                    f"peak {megabytes:.1f} MB, report {size / 1e6:.1f} MB"
                )


if __name__ == "__main__":
    main()
