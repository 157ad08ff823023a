"""Directories that are one artifact: a SavedModel, an unpacked ``.keras`` archive; and weights in several files.

Goes by names: ``tensorflow/python/saved_model/constants.py``, ``keras/src/saving/saving_lib.py``.
"""

from __future__ import annotations

import os
import re

from bnlint.artifacts import naming
from bnlint.artifacts.listing import Listing
from bnlint.artifacts.places import BundleFiles, KerasDirectory, SavedModelFiles
from bnlint.artifacts.storage import Storage, is_url

GRAPHS = ("saved_model.pb", "saved_model.pbtxt")
VARIABLES = "variables"
"""The directory of a SavedModel's variables, and their prefix in it."""
_METADATA = "keras_metadata.pb"
_BESIDE_GRAPH = (*GRAPHS, _METADATA, "fingerprint.pb")
_WEIGHTS, _CONFIG, _KERAS_METADATA = "model.weights.h5", "config.json", "metadata.json"
_SHARD_INDEX = re.compile(r"(.*)\.weights\.json\Z", re.DOTALL)
_SHARD = re.compile(r"(.*)_\d{5}\.weights\.h5\Z", re.DOTALL)


def name_of(storage: Storage, head: str) -> str:
    """Return the name of the directory before ``head``, whatever way leads there."""
    return naming.split_path(storage.identity(head or os.curdir))[1] or head


def parent(head: str) -> str:
    """Return what stands before a name in the directory around the directory before ``head``."""
    bare = head.rstrip("/" if is_url(head) else f"/{os.sep}")
    if naming.split_path(bare)[1] in ("", os.curdir, os.pardir):
        return head + naming.inside(os.pardir)
    return naming.split_path(bare)[0]


def package(listing: Listing, path: str, head: str) -> SavedModelFiles | KerasDirectory | None:
    """Return the artifact that the directory before ``head`` is, None where it is only a directory."""
    return saved_model(listing, path, head) or _unpacked(listing, path, head)


def saved_model(listing: Listing, path: str, head: str) -> SavedModelFiles | None:
    """Return the SavedModel that the directory before ``head`` is."""
    graph = next((name for name in GRAPHS if _has(listing, head, name)), None)
    variables = _variables(listing, path, head, graph)
    if graph is None and variables is None:
        return None
    return SavedModelFiles(
        path=path,
        name=name_of(listing.storage, head),
        graph=None if graph is None else head + graph,
        variables=variables,
        metadata=head + _METADATA if _has(listing, head, _METADATA) else None,
    )


def around(listing: Listing, path: str, head: str, base: str) -> SavedModelFiles | None:
    """Return the SavedModel that a file in it, or its directory of variables, belongs to."""
    if base in _BESIDE_GRAPH:
        return saved_model(listing, path, head)
    if naming.split_suffix(base)[0] == VARIABLES and name_of(listing.storage, head) == VARIABLES:
        return saved_model(listing, path, parent(head))
    return None


def _variables(listing: Listing, path: str, head: str, graph: str | None) -> BundleFiles | None:
    if not listing.is_hidden(head) and VARIABLES not in listing.names(head):
        return None
    inner = naming.inside(head + VARIABLES)
    group = listing.known(inner, VARIABLES)
    if group is None or group.index is None:
        return None
    return BundleFiles(
        path=path,
        prefix=inner + VARIABLES,
        name=VARIABLES,
        index=inner + group.index,
        meta=None if graph is not None or group.meta is None else inner + group.meta,
        shards=tuple([inner + shard for shard in group.shards]),
    )


def _unpacked(listing: Listing, path: str, head: str) -> KerasDirectory | None:
    if not _has(listing, head, _WEIGHTS) or not _has(listing, head, _CONFIG):
        return None
    metadata = head + _KERAS_METADATA if _has(listing, head, _KERAS_METADATA) else None
    name = name_of(listing.storage, head)
    return KerasDirectory(path, name, (head + _WEIGHTS,), config=head + _CONFIG, metadata=metadata)


def sharded_weights(listing: Listing, path: str, head: str, base: str) -> KerasDirectory | None:
    """Return the weights that ``base`` is the index or a shard of (Keras 3 with ``max_shard_size``)."""
    match = _SHARD_INDEX.match(base) or _SHARD.match(base)
    index = f"{match[1]}.weights.json" if match else ""
    if not match or not _has(listing, head, index):
        return None
    shards = [name for name in listing.names(head) if (shard := _SHARD.match(name)) and shard[1] == match[1]]
    return KerasDirectory(path, index, tuple([head + name for name in shards]), index=head + index)


def _has(listing: Listing, head: str, name: str) -> bool:
    """Say whether a name is in a directory; asks for it where the directory is not listed."""
    return listing.is_file(head + name) if listing.is_hidden(head) else name in listing.names(head)
