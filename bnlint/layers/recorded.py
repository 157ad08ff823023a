"""Batch-norm layers as the framework recorded them: objects of TensorFlow 2's object graph, layers of Keras files.

A record names its variables by attribute, so nothing hangs on the names of variables. Where a file knows
positions only (``vars/0``), Keras's order decides: gamma, beta, moving mean, moving variance without the absent ones
(keras/src/layers/normalization/batch_normalization.py, ``build``).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from bnlint.artifacts.artifact import LayerRecord, SavedVariable
from bnlint.layers.configured import configured_feeder
from bnlint.layers.layer import Array, Dialect, Layer, Variable
from bnlint.layers.names import OBJECT_SUFFIX, Shape

_CLASS = re.compile(r"Batch_?(Re)?Norm", re.IGNORECASE)
"""BatchNormalization and its relatives: SyncBatchNormalization, BatchNormalizationV1, a user's BatchNorm."""
_OTHER_CLASS = re.compile(r"(?:Layer|Group|Instance|Unit|RMS|Spectral|Weight|Filter|Local)_?(?:Response)?_?Norm|^Norm")
"""Layers that normalise something else; Normalization, the preprocessing layer, has a mean, a variance and a count."""
_NAMED = re.compile(r"(?:^|[/_.\d])(?:batch_?(?:re)?norm\w*|bn)\d*(?:_\w+|[a-z])?(?:_\d+)?$", re.IGNORECASE)
"""What people call a batch-norm layer: ``bn1``, ``conv1_bn``, ``bn_conv1``, ``batch_normalization_3``."""
_MEANS = ("moving_mean", "running_mean", "population_mean", "pop_mean")
_VARIANCES = ("moving_variance", "moving_var", "running_variance", "running_var", "population_variance", "pop_var")
_KERAS_1_VARIANCE = "running_std"
"""What Keras 1 calls the running variance (keras 1.2, layers/normalization.py)."""
_GAMMAS = ("gamma", "scale")
_BETAS = ("beta", "offset", "center")
_INITIAL = {"zeros": 0.0, "zero": 0.0, "ones": 1.0, "one": 1.0}
_DEFAULT = {"gamma": 1.0, "beta": 0.0, "moving_mean": 0.0, "moving_variance": 1.0}
_OLD_INITIAL = {"gamma": "gamma_init", "beta": "beta_init"}
"""What Keras 1 calls the initialisers."""


class _Roles(NamedTuple):
    """Keys of a layer's variables; None for what it lacks."""

    gamma: str | None
    beta: str | None
    mean: str | None
    variance: str | None
    is_guess: bool = False
    """Whether nobody says which of gamma and beta the only one is."""


def recorded_layers(
    records: Iterable[LayerRecord], saved: Mapping[str, SavedVariable]
) -> Iterator[tuple[LayerRecord, Layer]]:
    """Yield the batch-norm layers among ``records``, each pair of statistics once, under their records' names."""
    seen: set[_Roles] = set()
    records = tuple(records)
    for record in records:
        roles = _roles(record, saved)
        if roles is None or roles in seen:
            continue
        seen.add(roles)
        feeder = configured_feeder(record, _length(roles, saved), records)
        yield record, replace(_layer(record, roles), feeder=feeder)


def _length(roles: _Roles, saved: Mapping[str, SavedVariable]) -> int | None:
    """Return the number of channels that the layer has."""
    shapes = [saved[key].shape for key in (roles.mean, roles.variance, roles.gamma, roles.beta) if key is not None]
    return shapes[0][0] if shapes and len(shapes[0]) == 1 else None


def _roles(record: LayerRecord, saved: Mapping[str, SavedVariable]) -> _Roles | None:
    """Return what the record's variables are to a batch-norm layer, or None where it is none."""
    own = {attribute: key for attribute, key in record.variables.items() if key in saved}
    if record.class_name is not None and _OTHER_CLASS.search(record.class_name.rpartition(">")[2]):
        return None
    if own and all(attribute.isdecimal() for attribute in own):
        return _by_position(record, [own[k] for k in sorted(own, key=int)], saved)
    mean, variance = _first(own, _MEANS), _first(own, _VARIANCES)
    if mean is not None and variance is None:
        variance = own.get(_KERAS_1_VARIANCE)
    gamma, beta = _first(own, _GAMMAS), _first(own, _BETAS)
    if mean is None and variance is None and not (_is_called_batch_norm(record) and (gamma or beta)):
        return None
    return _Roles(gamma, beta, mean, variance)


def _first(own: Mapping[str, str], attributes: Iterable[str]) -> str | None:
    return next((own[attribute] for attribute in attributes if attribute in own), None)


def _is_called_batch_norm(record: LayerRecord) -> bool:
    """Whether the record is one of batch norm by its class, or where nobody says the class by its name."""
    if record.class_name is not None:
        return _CLASS.search(record.class_name) is not None
    return _NAMED.search(record.name) is not None


def _by_position(record: LayerRecord, keys: list[str], saved: Mapping[str, SavedVariable]) -> _Roles | None:
    if _is_called_batch_norm(record) and record.config.get("renorm") is True:  # what it has beyond the four comes last
        keys = keys[: 4 - sum(record.config.get(flag) is False for flag in ("center", "scale"))]
    shapes = {saved[key].shape for key in keys}
    if not 2 <= len(keys) <= 4 or len(shapes) != 1:
        return None
    if len(next(iter(shapes))) != 1 and not _has_several_axes(record):
        return None
    # Where nobody says the class, four vectors of one length are batch norm: no other layer of Keras has them.
    if not _is_called_batch_norm(record) and (record.class_name is not None or len(keys) < 4):
        return None
    mean, variance = keys[-2:]
    parameters: list[str | None] = [*keys[:-2]]
    is_guess = len(parameters) == 1 and not record.config
    if len(parameters) == 1:
        # Without a configuration nobody can say which of the two it is; scale=False is the commoner one.
        has_gamma = record.config.get("center") is False
        parameters = [parameters[0], None] if has_gamma else [None, parameters[0]]
    gamma, beta = parameters or (None, None)
    return _Roles(gamma, beta, mean, variance, is_guess)


def _has_several_axes(record: LayerRecord) -> bool:
    """Whether it is batch norm over several axes, as ``axis=[1, 2, 3]``, whose variables then have one each."""
    axis = record.config.get("axis")
    return _is_called_batch_norm(record) and isinstance(axis, list) and len(axis) > 1


def _layer(record: LayerRecord, roles: _Roles) -> Layer:
    momentum, epsilon = (_number(record.config.get(name)) for name in ("momentum", "epsilon"))
    beta = None if roles.beta is None else _variable(record, "beta", roles.beta)
    if beta is not None and roles.is_guess:
        beta = replace(beta, initial=None)  # 1 if it is a gamma
    return Layer(
        name=record.name,
        moving_mean=_variable(record, "moving_mean", roles.mean),
        moving_variance=_variable(record, "moving_variance", roles.variance),
        gamma=None if roles.gamma is None else _variable(record, "gamma", roles.gamma),
        beta=beta,
        epsilon=epsilon,
        dialect=Dialect.EAGER,
        declared_momentum=momentum,
        trainable=record.trainable,
        declared_training=record.training,
    )


def lost_layers(labels: Mapping[str, str]) -> Iterator[Layer]:
    """Yield layers that were saved without statistics, by what the program called their gamma and beta.

    A list of trainable variables was saved: nothing recorded which layer they belong to. The name of the scope must
    say batch norm, since layer and group normalization have a gamma and a beta too.

    Args:
        labels: what the program called the variables that no layer is known to own, by key.
    """
    scopes: dict[str, dict[str, str]] = {}
    for key, label in labels.items():
        scope, _, leaf = label.removesuffix(":0").rpartition("/")
        scopes.setdefault(scope, {})[leaf] = key
    for scope, own in scopes.items():
        record = LayerRecord(scope, own)
        if own.keys() <= {"gamma", "beta"} and _is_called_batch_norm(record):
            yield _layer(record, _Roles(own.get("gamma"), own.get("beta"), None, None))


def _number(value: object) -> float | None:
    """Return a number of a configuration; JSON writes integers that no float holds, and Python's infinity and NaN."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not abs(value) <= sys.float_info.max:
        return None
    return float(value)


def _variable(record: LayerRecord, role: str, key: str | None) -> Variable:
    """Return one variable; one that was not saved goes by the name it would have."""
    initial, is_assumed = _initial(record.config, role)
    if key is not None and key.removesuffix(OBJECT_SUFFIX).endswith("/average"):
        initial = np.zeros((), np.float32)  # Sonnet's averages correct for what they start at
    return Variable(name=key or f"{record.name}/{role}", initial=initial, is_initial_assumed=is_assumed)


def _initial(config: Mapping[str, object], role: str) -> tuple[Array | None, bool]:
    """Return what the configuration says the variable starts at, and whether that is only what Keras does by default.

    A random initialiser yields None.
    """
    told = config.get(f"{role}_initializer", config.get(_OLD_INITIAL.get(role, "")))
    if told is None:
        return np.asarray(_DEFAULT[role], np.float32), not config
    name, arguments = told, None
    if isinstance(told, Mapping):
        name, arguments = told.get("class_name"), told.get("config")
    value = _INITIAL.get(name.lower()) if isinstance(name, str) else None
    if name == "Constant" and isinstance(arguments, Mapping):
        value = _number(arguments.get("value"))
    return None if value is None else np.asarray(value, np.float32), False


def biases(records: Iterable[LayerRecord], saved: Mapping[str, SavedVariable]) -> Iterator[str]:
    """Yield the keys of biases, which Keras starts at 0 (and at 1 in the forget gates of an LSTM), shortest first.

    One whose configuration names another initialiser is left out, and so is one that batch norm owns. Where nobody
    recorded its layer, as in what Keras 3 exports, it is known by what the program called it.
    """
    found: dict[str, Shape] = {}
    owned: set[str] = set()
    for record in records:
        owned.update(record.variables.values())
        told = record.config.get("bias_initializer")
        name = told.get("class_name") if isinstance(told, Mapping) else told
        if name is None or (isinstance(name, str) and name.lower() in _INITIAL):
            key = record.variables.get("bias") or _bias_by_position(record)
            if key is not None and key in saved:
                found[key] = saved[key].shape
    called = {v.full_name: key for key, v in saved.items() if (v.full_name or "").endswith("/bias")}
    found.update({key: saved[key].shape for key in called.values() if key not in owned})
    numbers = (key for key in found if saved[key].dtype.startswith(("float", "bfloat")))
    yield from sorted(numbers, key=lambda key: (found[key], key))


def _bias_by_position(record: LayerRecord) -> str | None:
    """Return the second of the two variables of a dense or convolution layer."""
    is_weighted = record.class_name is not None and record.class_name.startswith(("Dense", "Conv", "Depthwise"))
    return record.variables.get("1") if is_weighted and len(record.variables) == 2 else None
