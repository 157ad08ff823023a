"""Count what a check of a remote ``.weights.h5`` asks for: requests and bytes, beside those of a local check.

usage: python benchmarks/over_http.py [--layers 200]

Two files: one with 16 kB of weights between the batch-norm layers, and one with half a megabyte, where the description
of every layer is a request of its own. The server is on this machine, so the seconds are mostly those of the requests.
"""

from __future__ import annotations

import argparse
import pathlib
import sys
import tempfile
import time

from keras_weights import bytes_read, write

import bnlint

_ROWS = {"small": 64, "large": 2048}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layers", type=int, default=200)
    args = parser.parse_args()
    sys.path.append(str(pathlib.Path(__file__).parent.parent))
    from tests.serving import serving  # noqa: PLC0415 - the tests are not installed

    with tempfile.TemporaryDirectory() as name, serving(pathlib.Path(name)) as server:
        for label, rows in _ROWS.items():
            path = pathlib.Path(name) / f"{label}.weights.h5"
            write(path, args.layers, rows)
            server.requests.clear()
            server.sent = 0
            started = time.perf_counter()
            layers = bnlint.check(f"{server.url}/{path.name}").summary.layers
            seconds = time.perf_counter() - started
            print(
                f"{label}: {layers} layers, {path.stat().st_size} bytes, {len(server.requests)} requests, "
                f"{server.sent} bytes sent in {seconds:.1f} s; {bytes_read(path)} bytes read locally"
            )


if __name__ == "__main__":
    main()
