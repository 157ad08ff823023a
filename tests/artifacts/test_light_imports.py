from __future__ import annotations

import os
import subprocess
import sys

ALLOWED = {"numpy", "google", "google_crc32c", "bnlint"}


def test_reading_needs_numpy_protobuf_and_crc32c_only():
    code = (
        "import sys; before = set(sys.modules); import bnlint.artifacts.locate, bnlint.artifacts.tensor_bundle;"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names))"
    )
    loaded = set(
        subprocess.check_output(
            [sys.executable, "-c", code], text=True, env={"PYTHONPATH": os.pathsep.join(sys.path)}
        ).split()
    )
    assert loaded - ALLOWED <= {name for name in loaded if name.startswith("_") or "cython" in name}
