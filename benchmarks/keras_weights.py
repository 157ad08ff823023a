"""Compare what a large ``.weights.h5`` costs with a small one of as many layers, and with h5py doing the same.

usage: python benchmarks/keras_weights.py DIRECTORY [--megabytes 1024] [--layers 200] [--pairs 5]

Writes both files into DIRECTORY if they are not there. Each run is a process of its own, in turns; the ratios are those
of the medians. All three list the file and read the statistics of every batch-norm layer.
"""

from __future__ import annotations

import argparse
import pathlib
import sys

import h5py
import numpy as np
from against_tensorflow import CountingStorage
from measuring import Cost, measure, ratio, show

from bnlint.artifacts.keras_hdf5 import open_hdf5
from bnlint.artifacts.places import HDF5File

_CHANNELS = 64
_OURS = """
import sys
from bnlint.artifacts.keras_hdf5 import open_hdf5
from bnlint.artifacts.places import HDF5File
from bnlint.artifacts.storage import LocalStorage
artifact = open_hdf5(HDF5File(sys.argv[1], "m", sys.argv[1]), LocalStorage())
layers = [r for r in artifact.records if r.class_name == "BatchNormalization"]
print(len(artifact.read([key for layer in layers for key in layer.variables.values()]).arrays))
"""
_THEIRS = """
import sys
import h5py
found = {}
with h5py.File(sys.argv[1], "r") as file:
    file.visititems(lambda name, item: found.update({name: (item.shape, item.dtype)} if hasattr(item, "shape") else {}))
    print(len([file[name][()] for name in found if "batch_normalization" in name]))
"""


def write(path: pathlib.Path, layers: int, rows: int) -> None:
    """Write a file as Keras 3 does, with ``layers`` pairs of a dense layer of ``rows`` rows and a batch norm."""
    if path.exists():
        return
    rng = np.random.default_rng(0)
    with h5py.File(path, "w") as file:
        for number in range(layers):
            count = f"_{number}" if number else ""
            for kind, shapes in (
                ("dense", [(rows, _CHANNELS), (_CHANNELS,)]),
                ("batch_normalization", [(_CHANNELS,)] * 4),
            ):
                group = file.create_group(f"layers/{kind}{count}/vars")
                group.attrs["name"] = f"{kind}{count}"
                for position, shape in enumerate(shapes):
                    group[str(position)] = rng.random(shape, np.float32)


def bytes_read(path: pathlib.Path) -> int:
    """Return the bytes that listing a file and reading its statistics read."""
    storage = CountingStorage()
    artifact = open_hdf5(HDF5File(str(path), "m", str(path)), storage)
    layers = [record for record in artifact.records if record.class_name == "BatchNormalization"]
    artifact.read([key for layer in layers for key in layer.variables.values()])
    return storage.count


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--megabytes", type=int, default=1024)
    parser.add_argument("--layers", type=int, default=200)
    parser.add_argument("--pairs", type=int, default=5)
    args = parser.parse_args()
    args.directory.mkdir(parents=True, exist_ok=True)
    large, small = args.directory / "large.weights.h5", args.directory / "small.weights.h5"
    write(large, args.layers, (args.megabytes << 20) // (4 * _CHANNELS * args.layers))
    write(small, args.layers, _CHANNELS)
    runs = {"large": (_OURS, large), "small": (_OURS, small), "h5py": (_THEIRS, large)}
    costs: dict[str, list[Cost]] = {label: [] for label in runs}
    for _ in range(args.pairs):
        for label, (code, path) in runs.items():
            costs[label].append(measure([sys.executable, "-c", code, str(path)]))
    for label, found in costs.items():
        show(label, found)
    print(f"of the small file: {ratio(costs['large'], costs['small'])}")
    print(f"of h5py: {ratio(costs['large'], costs['h5py'])}")
    for label, path in (("large", large), ("small", small)):
        print(f"{label}: {bytes_read(path)} of {path.stat().st_size} bytes read")


if __name__ == "__main__":
    main()
