"""What a process costs: wall time, processor time, peak memory. Shared by the benchmarks."""

from __future__ import annotations

import statistics
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """What one process cost."""

    seconds: float
    megabytes: float
    processor: float
    """Seconds of the processor, which other programs on the machine do not lengthen as they do the wall time."""
    output: str


def measure(command: Sequence[str], stdin: str = "") -> Cost:
    """Run ``command`` and return what it cost, with what it printed on stdout.

    It may end with exit code 1, by which a linter says that it found something.
    """
    with tempfile.NamedTemporaryFile("r") as figures:
        timed = ["/usr/bin/time", "--quiet", "--format", "%e %U %S %M", "--output", figures.name, *command]
        done = subprocess.run(timed, input=stdin, text=True, check=False, capture_output=True)
        if done.returncode not in (0, 1):
            raise SystemExit(f"{command}: exit code {done.returncode}\n{done.stderr}")
        seconds, user, system, kilobytes = figures.read().split()
    return Cost(float(seconds), int(kilobytes) / 1024, float(user) + float(system), done.stdout)


def show(label: str, costs: Sequence[Cost]) -> None:
    """Print the figures of several runs of the same command."""
    seconds = " ".join(f"{cost.seconds:.2f}" for cost in costs)
    processor = " ".join(f"{cost.processor:.2f}" for cost in costs)
    print(f"{label:12}{seconds} s, of the processor {processor} s, {max(c.megabytes for c in costs):.0f} MB")


def ratio(one: Sequence[Cost], other: Sequence[Cost]) -> str:
    """Say what ``one`` costs as a share of ``other``, by the medians."""
    seconds = statistics.median(c.seconds for c in one) / statistics.median(c.seconds for c in other)
    processor = statistics.median(c.processor for c in one) / statistics.median(c.processor for c in other)
    megabytes = statistics.median(c.megabytes for c in one) / statistics.median(c.megabytes for c in other)
    return f"{seconds:.2f} of the time, {processor:.2f} of the processor time, {megabytes:.2f} of the memory"
