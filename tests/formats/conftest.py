from __future__ import annotations

from pathlib import Path

import pytest

from tests.formats.oracle import Saved, save
from tests.formats.sample import EXPECTED, SLICES, P


@pytest.fixture(scope="session")
def bundle(tf, tmp_path_factory):
    """The bytes of an index and of its one shard."""
    prefix = str(tmp_path_factory.mktemp("bundle") / "model")
    parts = [Saved(b"p", P[a : a + n, b : b + m], f"4 6 {a},{n}:{b},{m}") for (a, n), (b, m) in SLICES]
    whole = [Saved(name, value) for name, value in EXPECTED.items() if name != b"p"]
    save(tf, prefix, [*parts, *whole])
    return Path(f"{prefix}.index").read_bytes(), Path(f"{prefix}.data-00000-of-00001").read_bytes()
