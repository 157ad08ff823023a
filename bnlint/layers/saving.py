"""What the savers of a graph list: which variable goes by which key, and what each SaveV2 leaves out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from bnlint.artifacts.artifact import MetaGraph
from bnlint.graph.graph import Graph
from bnlint.graph.sweep import ancestors
from bnlint.graph.variables import VARIABLES, variable_of
from bnlint.layers.subject import Saving

_SAVES = frozenset({"SaveV2", "Save", "SaveSlices"})


class Savers(NamedTuple):
    """The savers of one graph."""

    own: Saving | None
    """The one that ``saver_def`` points at: it wrote this checkpoint."""
    others: tuple[Saving, ...]
    keys: Mapping[int, str]
    """Checkpoint key of each variable node: as the savers list it, else as its VariableDef says."""


def savers_of(meta: MetaGraph) -> Savers:
    """Read the savers of ``meta``. A sharded saver has several SaveV2 ops and is one `Saving`."""
    graph = meta.graph
    own_number = graph.number(meta.saver.save) if meta.saver is not None else None
    reached = ancestors(graph, [own_number]) if own_number is not None else frozenset[int]()
    keys = dict(_declared_keys(meta))
    own_names: set[str] = set()
    others: list[Saving] = []
    # The saver of this checkpoint speaks last: where two list a variable under different keys, its own counts.
    for number in sorted(_save_ops(graph), key=lambda n: n in reached):
        listed = dict(_listed(graph, number))
        keys.update({variable: key for key, variable in listed.items() if variable is not None})
        if number in reached:
            own_names.update(listed)
        else:
            others.append(Saving(graph.nodes[number].name, frozenset(listed)))
    own = Saving(meta.saver.save, frozenset(own_names)) if meta.saver is not None and own_names else None
    return Savers(own, tuple(others), keys)


def _save_ops(graph: Graph) -> Iterator[int]:
    return (number for number, node in enumerate(graph.nodes) if node.op in _SAVES)


def _declared_keys(meta: MetaGraph) -> Iterator[tuple[int, str]]:
    graph = meta.graph
    for number, node in enumerate(graph.nodes):
        if node.op in VARIABLES:
            yield number, node.name
    for variable in meta.variables:
        declared = graph.number(variable.name)
        if declared is not None:
            yield declared, variable.key


def _listed(graph: Graph, number: int) -> Iterator[tuple[str, int | None]]:
    """Yield (key, variable node) for every tensor that a save op lists.

    SaveV2 has the inputs prefix, tensor_names, shape_and_slices and then the tensors
    (tensorflow/core/ops/io_ops.cc); the older Save and SaveSlices lack one of the first three.
    """
    data = graph.data[number]
    if len(data) < 2:
        return
    listed = graph.nodes[data[1].node].attributes.get("value")
    if not isinstance(listed, np.ndarray):
        return
    names = [n.decode(errors="backslashreplace") if isinstance(n, bytes) else str(n) for n in listed.reshape(-1)]
    for name, tensor in zip(names, data[len(data) - len(names) :], strict=False):
        yield name, variable_of(graph, tensor)
