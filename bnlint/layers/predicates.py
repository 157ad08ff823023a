"""The questions that rules ask of a layer, answered once and for all rules alike.

Rules never read each other's findings; a severity that depends on "frozen" or "trained" depends on these
functions, so selecting or ignoring one rule never changes another. None means: cannot be said.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from bnlint.layers.layer import Layer, Mode, Variable
from bnlint.layers.subject import Subject


def channels_at_init(variable: Variable) -> npt.NDArray[np.bool_] | None:
    """Say of each channel of ``variable`` whether it is bit-exactly what the initialiser yields."""
    values, initial = variable.values, variable.initial
    if values is None or initial is None or np.iscomplexobj(initial) > np.iscomplexobj(values):
        return None
    try:
        with np.errstate(all="ignore"):
            return np.asarray(np.equal(values, initial.astype(values.dtype)))
    except ValueError:  # the shapes do not broadcast: the checkpoint is not from this graph
        return None


def at_init(variable: Variable) -> bool | None:
    """Whether ``variable`` is what its initialiser yields, in every channel."""
    same = channels_at_init(variable)
    return None if same is None else bool(np.all(same))


def has_moved(variable: Variable) -> bool:
    """Whether an update moved a statistic: a finite channel is off its initial value, and no optimizer trains it.

    NaN does not prove that an update ran: in inference mode TF 1.15's fused op on CPUs puts out uninitialised
    memory as batch moments, and a wired update multiplies it by a decay of 0 (measured).
    """
    same = channels_at_init(variable)
    if variable.values is None or same is None or variable.is_optimized:
        return False
    return bool(np.any(~same & np.isfinite(variable.values)))


def is_frozen(layer: Layer) -> bool | None:
    """Whether both statistics are at their initial values."""
    answers = [at_init(statistic) for statistic in layer.statistics]
    if False in answers:
        return False
    return None if None in answers else True


def is_layer_trained(layer: Layer) -> bool | None:
    """Whether an optimizer moved this layer's gamma or beta; None for a layer that cannot show it."""
    if any(at_init(p) is False or p.slots_moved for p in layer.parameters):
        return True
    if any(at_init(p) is True for p in layer.parameters):
        return False
    return None


def is_deliberately_frozen(layer: Layer) -> bool:
    """Whether the layer was frozen on purpose: by Keras's flag, or gamma and beta exist and none is trainable."""
    if layer.trainable is False:
        return True
    return bool(layer.parameters) and all(p.is_trainable is False for p in layer.parameters)


def is_trained_here(layer: Layer) -> bool:
    """Whether the graph trains this layer: gradients reach gamma or beta, or, where it has neither, pass through."""
    if layer.parameters:
        return any(p.is_optimized for p in layer.parameters)
    return bool(layer.training_path)


def is_trained_in_inference_mode(layer: Layer) -> bool:
    """Whether all that steps depend on normalises with the moving statistics, and no op of it updates them.

    Nothing runs the update ops of a copy off the training path, such as the template that Keras's functional API leaves
    behind where the model is called with training=False.
    """
    path = layer.training_path
    is_elsewhere = any(not a.on_training_path and a.mode is not Mode.INFERENCE for a in layer.applications)
    is_updated = any(u.is_wired or not is_elsewhere for u in layer.updates)
    return bool(path) and not is_updated and all(a.mode is Mode.INFERENCE for a in path)


def is_left_out(layer: Layer, subject: Subject) -> bool:
    """Whether the artifact is trained and this layer is not: gamma, beta and statistics are all at init."""
    return subject.trained.is_trained is True and is_frozen(layer) is True and is_layer_trained(layer) is False


def statistics_unused(layer: Layer) -> bool:
    """Whether inference uses batch statistics: an application off the training path, and none reads the moving ones."""
    return (
        bool(layer.applications)
        and all(a.mode is Mode.TRAINING for a in layer.applications)
        and any(not a.on_training_path for a in layer.applications)
        and bool(layer.training_path)
    )


def needs_no_average(layer: Layer) -> bool:
    """Whether nothing needs the averages: inference uses batch statistics, or, as in meta-learning, all copies do.

    Where an inner loop's copies for training and evaluation all stand on the training path, a momentum of 0 says so.
    """
    is_of_batches = len(layer.applications) > 1 and all(a.mode is Mode.TRAINING for a in layer.applications)
    return statistics_unused(layer) or (is_of_batches and layer.momentum == 0.0)


DIVERGES = 2.0
"""How much of the old value unordered updates replace where the statistic grows without end: its factor is below -1."""


def replaced_in_a_step(layer: Layer) -> float:
    """Return how much of the old value the unordered updates of one step replace together: k * (1 - momentum).

    0 where no more than one of them starts from the same old value, or the momentum is not known.
    """
    if layer.repeats is None or layer.repeats.unordered < 2 or layer.momentum is None:
        return 0.0
    return round(layer.repeats.unordered * (1.0 - layer.momentum), 6)


def is_in_hands_of_an_optimizer(variable: Variable) -> bool:
    """Whether an optimizer trains ``variable``, or would if it could."""
    return bool(variable.is_trainable or variable.is_optimized or variable.slots)


def is_stripped(layer: Layer) -> bool:
    """Whether the layer is served with batch statistics, and the moving ones were dropped since nothing reads them."""
    served = any(a.served for a in layer.applications)
    return served and not layer.updates and all(a.mode is Mode.TRAINING for a in layer.applications)


def unwired_statistics(layer: Layer) -> tuple[Variable, ...]:
    """Return the statistics that have update ops of which none is wired."""
    return tuple(s for s in layer.statistics if s.updates and not any(u.is_wired for u in s.updates))


def modes_are_mixed(layers: Iterable[Layer]) -> bool:
    """Whether on the training path some layers follow the learning-phase placeholder and others a constant."""
    trained = (layer for layer in layers if is_trained_here(layer) and not is_deliberately_frozen(layer))
    modes = {a.mode for layer in trained for a in layer.training_path}
    return Mode.LEARNING_PHASE in modes and bool(modes & {Mode.TRAINING, Mode.INFERENCE})
