"""How the files of a checkpoint are called: prefix, suffixes, steps. Text only; touches no disk.

Source: ``tensorflow/core/util/tensor_bundle/naming.cc``, ``tensorflow/python/training/saver.py``.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

INDEX = ".index"
META = ".meta"
STATE_FILE = "checkpoint"
"""The name of the file in which a Saver notes its latest checkpoints."""

_SUFFIX = re.compile(r"\.(?:index|meta|data-\d{5,}-of-\d{5,})\Z")
_SHARD = re.compile(r"\.data-(\d{5,18})-of-(\d{5,18})\Z")
_V1_SHARD = re.compile(r"(.*)-(?:\d{5,}|\?{5,})-of-(\d{5,})\Z", re.DOTALL)
_V1_NUMBERS = re.compile(r"-(\d{5,18})-of-(\d{5,18})\Z")
_STEP = re.compile(r"-(\d+)\Z")
_UNFINISHED = re.compile(r"(.*?)(?:_temp_[0-9a-f]+|(?:\.(?:index|data-\d{5,}-of-\d{5,}))?\.tempstate\d+)\Z", re.DOTALL)
_APPLE_DOUBLE = "._"
MAX_SHARDS = 100_000
MOST_DIGITS = 18
"""Of a number in a name that is looked at, which may be of any length."""
_OF_OTHER_FORMATS = (".h5", ".hdf5", ".keras", ".pb", ".pbtxt", ".weights.json")


@dataclass(frozen=True, slots=True)
class Group:
    """The files of one directory that share a prefix, by name."""

    prefix: str
    index: str | None
    meta: str | None
    shards: tuple[str, ...]

    @property
    def checkable(self) -> bool:
        """Whether anything can be read: tensor data alone says nothing."""
        return self.index is not None or self.meta is not None


def split_suffix(name: str) -> tuple[str, str]:
    """Split a file name into prefix and suffix; the suffix is empty where it is none of a checkpoint's."""
    match = _SUFFIX.search(name)
    return (name[: match.start()], match[0]) if match else (name, "")


def shard_name(prefix: str, shard: int, shards: int) -> str:
    """Return the data file of shard number ``shard`` (from 0) of ``shards``."""
    return f"{prefix}.data-{shard:05d}-of-{shards:05d}"


def shard_number(path: str, shards: int) -> int | None:
    """Return the number in a data file's name, None where it is none of ``shards`` files."""
    match = _SHARD.search(path)
    return int(match[1]) if match and int(match[2]) == shards and int(match[1]) < shards else None


def is_apple_double(name: str) -> bool:
    """Say whether macOS would call a file's metadata by this name."""
    return name.startswith(_APPLE_DOUBLE)


def is_of_artifact(name: str) -> bool:
    """Say whether a file of this name is, or may be, part of something to check."""
    return bool(split_suffix(name)[1]) or name == STATE_FILE or name.endswith(_OF_OTHER_FORMATS)


def is_v1_glob(name: str) -> bool:
    """Say whether this is how a state file writes the prefix of a sharded V1 checkpoint: ``m-?????-of-00002``."""
    return v1_prefix(name) is not None and "?" in name


def v1_prefix(name: str) -> str | None:
    """Return the prefix of a shard of a V1 checkpoint (or of the glob that means all of them), else None."""
    match = _V1_SHARD.match(name)
    return match[1] if match and not split_suffix(name)[1] else None


def v1_shard(path: str) -> tuple[int, int] | None:
    """Return the number of a shard of a V1 checkpoint and how many there are; None for a checkpoint in one file."""
    match = _V1_NUMBERS.search(path)
    return (int(match[1]), int(match[2])) if match and int(match[1]) < int(match[2]) else None


def v1_shard_name(prefix: str, shard: int, shards: int) -> str:
    """Return the file of shard number ``shard`` (from 0) of ``shards`` of a V1 checkpoint."""
    return f"{prefix}-{shard:05d}-of-{shards:05d}"


def v1_shards(name: str) -> tuple[str, ...]:
    """Return the names of all shards of the V1 checkpoint that ``name`` is a shard or the glob of."""
    match = _V1_SHARD.match(name)
    if match is None or int(match[2][:MOST_DIGITS]) > MAX_SHARDS:
        return ()
    return tuple(f"{match[1]}-{shard:05d}-of-{match[2]}" for shard in range(int(match[2])))


def unfinished_prefix(name: str) -> str | None:
    """Return the prefix that a save was on its way to when it left ``name`` behind, else None."""
    match = _UNFINISHED.match(name)
    return match[1] if match else None


def step(prefix: str) -> int | None:
    """Return the training step at the end of a prefix."""
    match = _STEP.search(prefix)
    return int(match[1][:MOST_DIGITS]) if match else None


def without_step(prefix: str) -> str:
    """Return a prefix without its training step."""
    return _STEP.sub("", prefix)


def group(names: Iterable[str]) -> Mapping[str, Group]:
    """Sort a directory's names into checkpoints, by prefix. AppleDouble files are left out."""
    parts: dict[str, dict[str, str]] = defaultdict(dict)
    for name in names:
        prefix, suffix = split_suffix(name)
        if suffix and not is_apple_double(name):
            parts[prefix][suffix] = name
    return {
        prefix: Group(
            prefix,
            found.pop(INDEX, None),
            found.pop(META, None),
            tuple(sorted(found.values())),
        )
        for prefix, found in sorted(parts.items())
    }


def split_path(path: str) -> tuple[str, str]:
    """Split a path before its last name, keeping the separator and every spelling: ``./a//b`` is ``./a//``, ``b``."""
    cut = max(path.rfind(separator) for separator in (os.sep, os.altsep or os.sep)) + 1
    return path[:cut], path[cut:]


def inside(directory: str) -> str:
    """Return what to put before a name in ``directory``."""
    if not split_path(directory)[1]:
        return directory
    return directory + ("/" if "://" in directory else os.sep)
