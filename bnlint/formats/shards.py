"""Does the set of data files fit the index? Judged by sizes alone, without reading them.

Truncated shards are the commonest damage of large checkpoints (uploads that stop at 512 MB), and only the tensors
that are read get their checksums verified. Knows no paths.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain, pairwise

from bnlint.formats.errors import FormatError
from bnlint.formats.tensor_bundle import BundleIndex, Entry, show


def stored_entries(index: BundleIndex) -> Iterator[tuple[bytes, Entry]]:
    """Yield what owns bytes in a data file: plain tensors and slices, not the variables these are folded into."""
    return (item for item in chain(index.tensors.items(), index.slices.items()) if not item[1].slices)


def needed_shards(index: BundleIndex) -> frozenset[int]:
    """Return the numbers of the shards that hold at least one tensor."""
    return frozenset([entry.shard for _, entry in stored_entries(index)])


def misfits(index: BundleIndex, sizes: Mapping[int, int]) -> dict[int, FormatError]:
    """Compare the entries with the ``sizes`` in bytes of the shards that are there.

    Returns:
        By shard, why it cannot be the one the index was written with: it ends too early, or it holds bytes and the
        index lists nothing in it. Bytes after the last tensor are let pass, since writers may align.
    """
    last: dict[int, tuple[int, bytes]] = {}
    for key, entry in stored_entries(index):
        if entry.shard not in last or entry.end > last[entry.shard][0]:
            last[entry.shard] = entry.end, key
    found: dict[int, FormatError] = {}
    for shard, size in sorted(sizes.items()):
        end, key = last.get(shard, (0, b""))
        if size < end:
            found[shard] = FormatError(f"offset {size}", f"the file ends here, {show(key)} reaches to {end}")
        elif shard not in last and size:
            found[shard] = FormatError("offset 0", f"the index lists nothing in this file of {size} bytes")
    return found


def check_disjoint(index: BundleIndex) -> None:
    """Check that no two tensors share bytes, which no writer does.

    Raises:
        FormatError: two entries overlap.
    """
    ranges = sorted([(entry.shard, entry.offset, entry.end, key) for key, entry in stored_entries(index) if entry.size])
    for (shard, _, end, key), (next_shard, start, _, next_key) in pairwise(ranges):
        if shard == next_shard and start < end:
            raise FormatError(f"key {show(next_key)}", f"begins at {start}, inside {show(key)}, which ends at {end}")
