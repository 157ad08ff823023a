"""Which needs of rules an artifact does not meet, and why: a part is absent, or holds none of what is asked of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from bnlint.artifacts.artifact import Artifact, Part
from bnlint.layers.from_graph import GraphView
from bnlint.layers.layer import Layer
from bnlint.layers.subject import Need

_NEEDS = {
    Part.VALUES: (Need.VALUES,),
    Part.NAMES: (Need.NAMES,),
    Part.GRAPH: (Need.GRAPH, Need.TRAINING, Need.STRUCTURE, Need.SERVING),
}
"""What cannot be had without a part. Why there are no values is said before why there are no names."""


class Unmet(NamedTuple):
    """What could not be had."""

    missing: Mapping[Need, str]
    """Why, for each need."""
    absent: frozenset[Need]
    """Those of them whose reason is a part of the artifact that is not there."""


def unmet_needs(artifact: Artifact, view: GraphView | None, layers: Sequence[Layer], *, is_eager: bool) -> Unmet:
    """Return what rules cannot ask of ``artifact``, whose graph is ``view``.

    Args:
        artifact: the artifact.
        view: its graph.
        layers: its layers, with the values that could be read.
        is_eager: whether TensorFlow 2 wrote it, where the graph alone does not say what its variables are.
    """
    missing = dict(_without_parts(artifact))
    absent = {need for part in artifact.absent for need in _NEEDS[part]}
    if layers and not any(v.values is not None for layer in layers for v in layer.variables):
        saved = any(v.is_saved for layer in layers for v in layer.variables)
        reason = "none of the layers' values could be read" if saved else "nothing of the layers is in the save"
        missing.setdefault(Need.VALUES, reason)
    if view is not None and not view.trains:
        missing[Need.TRAINING] = "no optimizer applies gradients in the graph"
    if view is not None and view.serving.missing is not None:
        missing[Need.SERVING] = view.serving.missing
    untied = _untied(artifact, layers) if view is not None and is_eager else None
    if untied is not None:
        missing[Need.SERVING] = untied
        absent.add(Need.SERVING)
    return Unmet(missing, frozenset(absent))


def _without_parts(artifact: Artifact) -> Iterator[tuple[Need, str]]:
    """Yield what cannot be had because a part of the artifact is absent, or because its format has none."""
    for part, needs in _NEEDS.items():
        reason = artifact.absent.get(part) or artifact.without.get(part)
        if reason is not None:
            yield from ((need, reason) for need in needs if need is not Need.STRUCTURE or not artifact.records)


def _untied(artifact: Artifact, layers: Iterable[Layer]) -> str | None:
    """Return why nothing says which variables of a served graph belong to a layer, where that is so.

    TensorFlow 2 writes it beside the values, and once more beside the graph, where it may be damaged. In training
    mode a layer of Keras 3 is then not known in the graph, which reads no statistics.
    """
    is_tied = artifact.records or any(layer.applications for layer in layers)
    return None if is_tied else artifact.absent.get(Part.VALUES)
