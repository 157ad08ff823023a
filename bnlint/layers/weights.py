"""Which weights beside batch norm are compared from one checkpoint of a run to the next, and their values.

A bounded sample, the same for all checkpoints of a run, because it hangs on the names and shapes of what was saved and
on nothing else: small kernels, of every part of the model and those first that an optimizer keeps slots of, and for
each layer the kernel that goes with it. Optimizer slots, averages and counters are no weights, and neither is what a
pass over data moves, such as the vectors of spectral normalization.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from bnlint.artifacts.artifact import Artifact, Part, SavedVariable
from bnlint.layers.layer import Array, Layer
from bnlint.layers.names import OBJECT_SUFFIX

SAMPLE = 8
"""How many weights are read whatever they belong to."""
MOST = 64
"""How many are read with those that go with a layer."""
MOST_BYTES = 4 << 20
_ITEM_BYTES = {"float16": 2, "bfloat16": 2, "float32": 4, "float64": 8}
_SLOT = re.compile(
    r"/(?:Adam|Adam_1|AdaMax|AdaMax_1|Momentum|RMSProp|RMSProp_1|RMSProp_2|Adagrad|Adadelta|Adadelta_1|Ftrl|Ftrl_1"
    r"|LARSOptimizer|adam_[mv]|ExponentialMovingAverage|EMA|biased|local_step)(?:_\d+)?$"
)
"""How optimizers and averages of TensorFlow 1 call what they keep of a variable."""
_MOVED_BY_DATA = re.compile(r"(?:^|[/_])(?:u|v|sn_u|u_var|v_var|vector_[uv]|renorm_\w+)$")
_KERNEL = re.compile(r"(?:kernel|weights?|filters?|w)(?:_\d+)?$", re.IGNORECASE)


class Weights(NamedTuple):
    """A sample of weights. Keys are what the program called them, without ``:0``."""

    values: Mapping[str, Array] = MappingProxyType({})
    near: Mapping[str, str] = MappingProxyType({})
    """Which of them goes with a layer, by its name; layers of which nothing is known are left out."""
    own: frozenset[str] = frozenset()
    """Layers of which that is certain: it feeds them, or stands in a scope that no other layer is in."""


def label(key: str, variable: SavedVariable | None) -> str:
    """Return what the program called a variable, in the same way for every format."""
    name = (variable.full_name if variable is not None else None) or key.removesuffix(OBJECT_SUFFIX)
    return name.removesuffix(":0")


def read_weights(artifact: Artifact, layers: Iterable[Layer]) -> Weights:
    """Choose the weights of ``artifact`` and read them; what cannot be read is left out."""
    saved = artifact.saved or {}
    if Part.VALUES in artifact.absent:
        return Weights()
    layers = tuple(layers)
    candidates = _candidates(saved, artifact.slots, layers)
    scopes = _Scopes(candidates, layers, saved)
    near = {layer.name: found for layer in layers if (found := scopes.near(layer)) is not None}
    chosen = _affordable(scopes.sample(), {candidates[found.key] for found in near.values()})
    arrays = artifact.read(chosen).arrays if chosen else {}
    labels = {key: label(key, saved[key]) for key in arrays}
    return Weights(
        {labels[key]: array for key, array in arrays.items()},
        {name: labels[found.key] for name, found in near.items() if found.key in arrays},
        frozenset(name for name, found in near.items() if found.key in arrays and found.is_own),
    )


class _Candidate(NamedTuple):
    """A variable that may be a weight. Sorts by what should be read first."""

    rank: int
    """0 for a matrix or a filter, 1 for a vector."""
    is_untrained: bool
    """Whether no optimizer is known to keep slots of it."""
    size: int
    key: str
    shape: tuple[int, ...]


class _Near(NamedTuple):
    """The kernel that goes with a layer, and whether that is certain."""

    key: str
    is_own: bool


def _candidates(
    saved: Mapping[str, SavedVariable], owners: Mapping[str, tuple[str, ...]], layers: tuple[Layer, ...]
) -> dict[str, _Candidate]:
    """Return the weights among the saved variables by key; ``owners`` has the slots that were recorded of each."""
    slots = frozenset(slot for kept in owners.values() for slot in kept)
    trained = {key for key, kept in owners.items() if kept} | {
        key.rpartition("/")[0] for key in saved if _SLOT.search(key)
    }
    batch_norm = {v.name for layer in layers for v in layer.variables}
    shadows = {v.shadow for layer in layers for v in layer.variables if v.shadow}
    found: dict[str, _Candidate] = {}
    for key, variable in saved.items():
        name = label(key, variable)
        size = math.prod(variable.shape) * _ITEM_BYTES.get(variable.dtype, 0)
        if key in batch_norm or key in slots or key in shadows or math.prod(variable.shape) < 2 or not size:
            continue
        if _SLOT.search(name) or _MOVED_BY_DATA.search(name) or _belongs_to_another(name, variable.shape, saved):
            continue
        rank = 0 if _is_kernel(name, variable.shape) else 1
        found[key] = _Candidate(rank, key not in trained, size, key, variable.shape)
    return found


def _is_kernel(name: str, shape: tuple[int, ...]) -> bool:
    """Say whether it is a matrix or a filter: something else than a bias, or the (1, n) of spectral normalization."""
    is_wide = sum(length > 1 for length in shape) > 1 or (len(shape) == 2 and shape[0] > 1)
    return is_wide or _KERNEL.search(name) is not None


def _belongs_to_another(name: str, shape: tuple[int, ...], saved: Mapping[str, SavedVariable]) -> bool:
    """Say whether TensorFlow 1 would call a slot or an average of another saved variable by this name."""
    owner = saved.get(name.rpartition("/")[0])
    return owner is not None and owner.shape == shape


def _affordable(sample: Iterable[_Candidate], near: Iterable[_Candidate]) -> list[str]:
    """Return the keys to read: the sample, then what goes with layers, as far as the bytes last."""
    chosen: dict[str, None] = {}
    left = MOST_BYTES
    for candidate in dict.fromkeys((*sample, *sorted(near))):
        if candidate.size <= left and len(chosen) < MOST:
            chosen[candidate.key] = None
            left -= candidate.size
    return list(chosen)


class _Scopes:
    """Tells which kernel goes with a layer: what feeds it in the graph, else by the scope that they share."""

    def __init__(
        self, candidates: Mapping[str, _Candidate], layers: tuple[Layer, ...], saved: Mapping[str, SavedVariable]
    ) -> None:
        self._candidates = candidates
        self._saved = saved
        of_layers = [self._scope(layer.moving_mean.name) for layer in layers]
        self._layers = Counter(scope[:depth] for scope in of_layers for depth in range(len(scope) + 1))
        """How many layers each scope holds."""
        self._common = _shared([*(self._scope(key) for key in candidates), *of_layers])
        """How many names all the scopes begin with, which therefore tell nothing."""
        self._in: dict[tuple[str, ...], list[_Candidate]] = {}
        for key, candidate in candidates.items():
            scope = self._scope(key)
            for depth in range(self._common + 1, len(scope) + 1):
                self._in.setdefault(scope[:depth], []).append(candidate)

    def _scope(self, key: str) -> tuple[str, ...]:
        return tuple(label(key, self._saved.get(key)).split("/")[:-1])

    def sample(self) -> list[_Candidate]:
        """Return a few, from every part of the model in turn: a head is small beside the base that it stands on."""
        parts: dict[tuple[str, ...], list[_Candidate]] = {}
        affordable = sorted(c for c in self._candidates.values() if c.size <= MOST_BYTES)
        for candidate in affordable:
            if candidate.rank == affordable[0].rank:
                parts.setdefault(self._scope(candidate.key)[: self._common + 1], []).append(candidate)
        turns = sorted((turn, candidate) for part in parts.values() for turn, candidate in enumerate(part))
        return [candidate for _, candidate in turns[:SAMPLE]]

    def near(self, layer: Layer) -> _Near | None:
        """Return the kernel that goes with ``layer``, None where nothing tells."""
        if layer.feeder is not None and layer.feeder.kernel in self._candidates:
            return _Near(layer.feeder.kernel, is_own=True)
        scope = self._scope(layer.moving_mean.name)
        shape = layer.moving_mean.shape
        channels = math.prod(shape) if shape is not None else None
        for depth in range(len(scope), self._common, -1):
            near = self._in.get(scope[:depth])
            if near:
                best = min(near, key=lambda c: (c.rank, channels not in c.shape[-2:], c.size, c.key))
                return _Near(best.key, is_own=self._layers[scope[:depth]] == 1)
        return None


def _shared(scopes: list[tuple[str, ...]]) -> int:
    """Return how many names all of ``scopes`` begin with."""
    if not scopes:
        return 0
    first, last = min(scopes), max(scopes)
    return next((i for i, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
