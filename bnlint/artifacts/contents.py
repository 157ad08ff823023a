"""What one directory holds: its artifacts, each once however many files it has, and its subdirectories.

Where many files lie about, only what is an artifact counts. A file whose name promises a Keras model and whose content
is something else is a problem all the same; any other file is passed over without a word.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from bnlint.artifacts import naming, runs
from bnlint.artifacts.bundles import bundle, v1_bundle
from bnlint.artifacts.listing import Listing
from bnlint.artifacts.packages import package, sharded_weights
from bnlint.artifacts.places import BundleFiles, GraphFile, HDF5File, Place
from bnlint.artifacts.single_file import is_other_text, kind_of, place_of
from bnlint.findings import Problem

_KERAS = (".h5", ".hdf5", ".keras")
_GRAPH = (".pb", ".pbtxt", ".graphdef")
_TRAINING_GRAPH = "graph.pbtxt"
"""What every tf.train.MonitoredSession writes beside its checkpoints: their graph once more, without values."""
_OTHER = re.compile(
    r"""events\.out\.tfevents.*|.*\.(?:
    json|txt|md|rst|html?|xml|ya?ml|toml|cfg|ini|config|csv|tsv|log|lock|pdf|tex|
    py|pyc|ipynb|sh|c|cc|cpp|h|js|css|so|
    png|jpe?g|gif|bmp|svg|tiff?|webp|mp[34]|wav|avi|
    zip|gz|tgz|tar|bz2|xz|zst|7z|rar|
    np[yz]|pkl|pickle|pth?|bin|onnx|tflite|safetensors|tfrecords?|parquet|mat)""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
"""Names that are not looked into: a directory of a data set has hundreds of thousands."""
_UNFINISHED_EXPORT = re.compile(r"temp-\d+")

Found: TypeAlias = "Place | Problem"


class Candidate(NamedTuple):
    """An artifact of a directory. ``name`` is its own, by which it sorts and belongs to a run."""

    found: Found
    name: str
    modified: float = 0.0
    has_values: bool = True
    is_latest: bool = False
    """Whether a state file calls it the latest."""

    @property
    def run(self) -> tuple[str, str]:
        """What artifacts of one run have in common; another format is another run."""
        return type(self.found).__name__, runs.run_name(self.name)

    @property
    def age(self) -> tuple[bool, int, float, str]:
        """Greatest for the newest: by step, since files' times say little after a copy or a clone; then by time.

        One that has only a graph goes behind all others, one without a step is older than any with one.
        """
        position = runs.position(self.name)
        return self.has_values, -1 if position is None else position, self.modified, self.name


class Contents(NamedTuple):
    """What a directory holds, each in a stable order."""

    candidates: tuple[Candidate, ...]
    subdirectories: tuple[str, ...]
    """Names of those that are no artifacts themselves."""


def contents(listing: Listing, head: str) -> Contents:
    """Return what the directory before ``head`` holds."""
    collector = _Collector(listing, head)
    names = listing.names(head)
    for group in listing.groups(head).values():
        collector.add_group(group)
    for name in names:
        if name.startswith((".", "__pycache__")) or naming.split_suffix(name)[1] or naming.unfinished_prefix(name):
            continue
        facts = listing.facts(head + name)
        if facts is not None and facts.is_directory:
            collector.add_directory(name, facts.modified)
        elif facts is not None and name != naming.STATE_FILE:
            collector.add_file(name, facts.modified)
    order = sorted(collector.candidates.values(), key=lambda c: (c.run[1], c.age[1], c.name))
    return Contents(tuple(order), tuple(collector.subdirectories))


class _Collector:
    """Collects the candidates of one directory, by name."""

    def __init__(self, listing: Listing, head: str) -> None:
        self._listing = listing
        self._head = head
        self.candidates: dict[str, Candidate] = {}
        self.subdirectories: list[str] = []

    def add_group(self, group: naming.Group) -> None:
        """Add a V2 checkpoint, or the graph of one."""
        hidden = group.prefix.startswith(".")
        if not group.checkable or hidden or self._is_text(group):
            return
        found = bundle(self._listing, self._head + group.prefix, self._head, group)
        facts = self._listing.facts(self._head + (group.index or group.meta or ""))
        has_values = group.index is not None or (isinstance(found, BundleFiles) and bool(found.v1))
        self._add(found, group.prefix, facts.modified if facts else 0.0, has_values=has_values)

    def _is_text(self, group: naming.Group) -> bool:
        """Say whether a lone ``.meta`` or ``.index`` is somebody else's: both words are popular."""
        if group.shards or (group.index is not None and group.meta is not None):
            return False
        path = self._head + (group.index or group.meta or "")
        facts = self._listing.facts(path)
        return facts is not None and facts.size > 0 and is_other_text(self._listing.storage, path)

    def add_directory(self, name: str, modified: float) -> None:
        """Add a SavedModel or the like, or remember the directory."""
        if _UNFINISHED_EXPORT.fullmatch(name):
            return
        head = naming.inside(self._head + name)
        found = package(self._listing, self._head + name, head)
        if found is not None:
            self._add(found, name, modified)
        else:
            self.subdirectories.append(name)

    def add_file(self, name: str, modified: float) -> None:
        """Add what a file holds, if it is an artifact."""
        weights = sharded_weights(self._listing, self._head + name, self._head, name)
        if weights is not None:
            self._add(replace(weights, path=self._head + weights.name), weights.name, modified)
            return
        if _OTHER.fullmatch(name):
            return
        found = self._look(name)
        if found is None:
            return
        if isinstance(found, BundleFiles):
            self._add_v1(naming.v1_prefix(name) or name, modified)
        else:
            self._add(found, name, modified)

    def _look(self, name: str) -> Found | None:
        path = self._head + name
        if name.endswith(_KERAS):
            return place_of(self._listing.storage, path, name)
        if name.endswith(_GRAPH):
            found = None if name == _TRAINING_GRAPH else place_of(self._listing.storage, path, name)
            return found if isinstance(found, GraphFile) else None
        kind = kind_of(self._listing.storage, path)
        return place_of(self._listing.storage, path, name) if kind in (HDF5File, BundleFiles) else None

    def _add_v1(self, prefix: str, modified: float) -> None:
        if prefix not in self.candidates:
            found = v1_bundle(self._listing, self._head + prefix, self._head, prefix)
            if found is not None:
                self._add(found, prefix, modified)

    def _add(self, found: Found, name: str, modified: float, *, has_values: bool = True) -> None:
        self.candidates[name] = Candidate(found, name, modified, has_values)
