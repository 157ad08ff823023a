"""Why statistics were not updated: one decision tree for BN301, BN302, BN303, BN401 and BN402.

Facts and traps behind each branch stand in the rules' own pages.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

from bnlint.findings import Confidence, Severity
from bnlint.layers.layer import Layer
from bnlint.layers.predicates import (
    at_init,
    has_moved,
    is_deliberately_frozen,
    is_frozen,
    is_layer_trained,
    is_trained_here,
    is_trained_in_inference_mode,
    modes_are_mixed,
    statistics_unused,
    unwired_statistics,
)
from bnlint.layers.subject import Need, Subject


class Cause(enum.Enum):
    """An answer of the tree; the value is the rule that reports it."""

    UNWIRED = "BN301"
    """Update ops stand in a collection, and no training step runs them."""
    UNREGISTERED = "BN302"
    """Update ops stand in no collection, and no training step runs them."""
    INFERENCE_MODE = "BN303"
    """Trained in inference mode; no copy of the layer that a step needs has an update op."""
    LEARNING_PHASE = "BN401"
    """The learning-phase placeholder, False unless fed, decides whether updates happen."""
    MIXED_PHASE = "BN402"
    """As BN401 or BN303, while other layers of the same training step have a different mode."""


IN_INFERENCE_MODE = frozenset({Cause.INFERENCE_MODE, Cause.LEARNING_PHASE, Cause.MIXED_PHASE})
"""Causes under which training normalised with the moving statistics, as inference does."""


def why_not_updated(layer: Layer, subject: Subject) -> tuple[Cause, ...]:
    """Return what keeps the statistics of ``layer`` from moving; nothing where the graph does not train at all."""
    return () if Need.TRAINING in subject.missing else causes_in_graph(layer, subject.layers)


def causes_in_graph(layer: Layer, layers: Iterable[Layer]) -> tuple[Cause, ...]:
    """Return what keeps the statistics of ``layer`` from moving when the training step of its graph runs.

    Several causes can hold at once. Empty for a layer that is updated, that the graph does not train, or that was
    frozen on purpose. ``layers`` are all of the graph.
    """
    if is_deliberately_frozen(layer) or not is_trained_here(layer):
        return ()
    if is_trained_in_inference_mode(layer):
        return (Cause.MIXED_PHASE if modes_are_mixed(layers) else Cause.INFERENCE_MODE,)
    causes: list[Cause] = []
    if layer.updates and all(u.by_learning_phase for u in layer.updates):
        causes.append(Cause.MIXED_PHASE if modes_are_mixed(layers) else Cause.LEARNING_PHASE)
    unwired = unwired_statistics(layer)
    if unwired:
        registered = any(u.collections for statistic in unwired for u in statistic.updates)
        causes.append(Cause.UNWIRED if registered else Cause.UNREGISTERED)
    return tuple(causes)


def severity_of_cause(layer: Layer, subject: Subject) -> tuple[Severity, Confidence]:
    """Return how bad a cause is: an error where the layer is frozen, info where the values show that it does not act.

    The same for every cause, because it follows from the values alone: updates that moved were run some
    other way, an artifact that was never trained has had no chance to go wrong, and without values
    nobody can tell.
    """
    if statistics_unused(layer):
        return Severity.INFO, Confidence.MEDIUM
    if subject.trained.is_trained is False:
        return Severity.INFO, Confidence.HIGH
    # One statistic that is known to be at init is enough where the other is not known, or where it is the unwired one.
    doubtful = layer.statistics if is_frozen(layer) is None else unwired_statistics(layer)
    if not is_frozen(layer) and not any(at_init(s) for s in doubtful):
        if layer.name in subject.stalled and not is_trained_in_inference_mode(layer):
            return Severity.WARNING, Confidence.HIGH  # they moved once, and nothing moves them any more
        moved = any(has_moved(s) for s in layer.statistics)
        return (Severity.INFO, Confidence.HIGH) if moved else (Severity.WARNING, Confidence.MEDIUM)
    if is_layer_trained(layer) is False:
        return Severity.INFO, Confidence.MEDIUM
    if subject.trained.is_trained is None:
        return Severity.WARNING, Confidence.LOW
    return Severity.ERROR, Confidence.HIGH
