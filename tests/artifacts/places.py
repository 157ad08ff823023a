"""Files as people have them, empty but for their kind's first bytes, and what `locate` makes of a path to them."""

from __future__ import annotations

import os

from bnlint.artifacts.locate import locate
from bnlint.artifacts.places import BundleFiles
from bnlint.findings import Problem
from tests.formats.writing import table

DATA = ".data-00000-of-00001"
V1 = table([(b"", b"\x0a\x04\x0a\x02\x0a\x00")])
V2 = table([(b"", b"\x08\x01")])
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"4d7a" * 16 + b"\nsize 9\n"


def touch(*paths, content=b""):
    for path in paths:
        if os.path.dirname(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)


def checkpoint(prefix, *suffixes):
    touch(*[prefix + suffix for suffix in suffixes or (".index", ".meta", DATA)])


def state(directory, latest, *everything):
    lines = [f'model_checkpoint_path: "{latest}"', *[f'all_model_checkpoint_paths: "{path}"' for path in everything]]
    touch(os.path.join(directory, "checkpoint"), content="\n".join(lines).encode())


def located(paths, **options):
    """Return what `locate` finds, for tests that know what that is."""
    return locate(paths, **options)


def one(*paths):
    (found,) = locate(paths)
    return found


def prefix(*paths):
    found = one(*paths)
    assert isinstance(found, BundleFiles), found
    return found.prefix


def problem(path):
    found = one(path)
    assert isinstance(found, Problem), found
    assert found.path == path
    return found.kind, found.message
