"""The files of a TensorFlow checkpoint, V2 or V1, once its name is known."""

from __future__ import annotations

from bnlint.artifacts import hints, naming
from bnlint.artifacts.listing import Listing
from bnlint.artifacts.packages import name_of
from bnlint.artifacts.places import BundleFiles
from bnlint.artifacts.single_file import kind_of
from bnlint.findings import Problem, ProblemKind


def bundle(listing: Listing, path: str, head: str, group: naming.Group, base: str = "") -> BundleFiles | Problem:
    """Collect the files of ``group`` in the directory before ``head``; ``base`` is the name that led to it."""
    if not group.checkable:
        return Problem(path, hints.data_alone(group), ProblemKind.NO_CHECKPOINT)
    return BundleFiles(
        path=path,
        prefix=head + group.prefix,
        name=group.prefix or name_of(listing.storage, head),
        index=None if group.index is None else head + group.index,
        meta=None if group.meta is None else head + group.meta,
        shards=tuple([head + name for name in group.shards]),
        v1=() if group.index is not None else _v1_files(listing, head, group.prefix, base),
    )


def v1_bundle(listing: Listing, path: str, head: str, base: str) -> BundleFiles | None:
    """Return the V1 checkpoint that ``base`` is, or is a shard of, or the glob of all shards; None where none is."""
    prefix = naming.v1_prefix(base) or base
    files = _v1_files(listing, head, prefix, base)
    if not files:
        return None
    meta = prefix + naming.META
    has_meta = listing.is_file(head + meta) if listing.is_hidden(head) else meta in listing.names(head)
    return BundleFiles(path, head + prefix, prefix, None, head + meta if has_meta else None, (), v1=files)


def _v1_files(listing: Listing, head: str, prefix: str, base: str) -> tuple[str, ...]:
    """Return the files that hold the values of a checkpoint called ``prefix``, where it was saved in the V1 format.

    Where a directory is not listed, ``base`` tells how many shards there are.
    """
    if listing.is_hidden(head):
        candidates = [prefix, *naming.v1_shards(base)]
    else:
        candidates = [name for name in listing.names(head) if prefix in (name, naming.v1_prefix(name))]
    return tuple([head + name for name in candidates if kind_of(listing.storage, head + name) is BundleFiles])
