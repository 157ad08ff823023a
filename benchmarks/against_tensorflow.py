"""Compare bnlint with TensorFlow's own reader on one checkpoint: wall time, peak memory, bytes read.

usage: python benchmarks/against_tensorflow.py PREFIX [--pairs 5]

Both are whole processes, run in turns; the ratios are those of the medians.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import statistics
import sys

from measuring import Cost, measure, show

from bnlint.artifacts.locate import locate
from bnlint.artifacts.places import BundleFiles
from bnlint.artifacts.storage import LocalStorage
from bnlint.artifacts.tensor_bundle import open_bundle
from bnlint.formats.source import Source
from bnlint.looking import report_artifact
from bnlint.settings import Asked

_TENSORFLOW = """
import json, os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import tensorflow as tf
reader = tf.train.load_checkpoint(sys.argv[1])
for name in json.load(sys.stdin):
    value = reader.get_tensor(name)
    print(name, np.min(value), np.median(value), np.max(value))
"""


class CountingStorage(LocalStorage):
    """Counts the bytes that are read through it."""

    def __init__(self) -> None:
        self.count = 0

    def open(self, path: str, /) -> Source:
        """Open a file whose reads are counted."""
        return _Counting(super().open(path), self)


class _Counting:
    def __init__(self, source: Source, storage: CountingStorage) -> None:
        self._source = source
        self._storage = storage
        self.size = source.size

    def read(self, offset: int, length: int) -> bytes:
        self._storage.count += length
        return self._source.read(offset, length)

    def close(self) -> None:
        self._source.close()


def bytes_read(prefix: str) -> tuple[int, int, list[str]]:
    """Return the bytes that a check reads, those it has to read, and the names of the layers' variables."""
    storage = CountingStorage()
    (files,) = locate([prefix], storage)
    if not isinstance(files, BundleFiles):
        raise SystemExit(f"{files.path} is no checkpoint in TensorFlow's format")
    artifact = open_bundle(files, storage)
    report = report_artifact(artifact, Asked())
    count = storage.count
    names = sorted({name for layer in report.layers for name in layer.variables.values() if name is not None})
    values = artifact.read([*names, *([report.step.source] if report.step else [])])
    needed = sum(pathlib.Path(path).stat().st_size for path in (files.index, files.meta) if path)
    return count, needed + sum(array.nbytes for array in values.arrays.values()), names


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("prefix")
    parser.add_argument("--pairs", type=int, default=5)
    args = parser.parse_args()
    count, needed, names = bytes_read(args.prefix)
    stdin = json.dumps(names)
    bnlint = str(pathlib.Path(sys.executable).with_name("bnlint"))  # the installed program, as users start it
    ours: list[Cost] = []
    theirs: list[Cost] = []
    for _ in range(args.pairs):
        ours.append(measure([bnlint, "inspect", args.prefix, "--format", "json"]))
        theirs.append(measure([sys.executable, "-c", _TENSORFLOW, args.prefix], stdin))
    show("bnlint", ours)
    show("TensorFlow", theirs)
    fast = statistics.median(c.seconds for c in theirs) / statistics.median(c.seconds for c in ours)
    lean = statistics.median(c.megabytes for c in ours) / statistics.median(c.megabytes for c in theirs)
    print(f"{fast:.1f} times as fast, {lean:.2f} of the memory, {len(names)} tensors")
    print(f"{count} bytes read, {count / needed:.2f} of index, graph, batch-norm tensors and clocks")


if __name__ == "__main__":
    main()
