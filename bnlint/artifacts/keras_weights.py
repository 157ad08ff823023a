"""The weights of a model as Keras 3 lays them out (``.weights.h5``), and tf_keras and Keras 2.11 and newer do as well.

A group for each object, its variables by position in ``vars`` beneath it: ``layers/batch_normalization/vars/0``. What
the objects are called stands in an attribute (newer versions of Keras 3) or in the configuration, if there is one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType

from bnlint.artifacts.artifact import LayerRecord
from bnlint.artifacts.keras_config import LAYERS, ConfigLayer
from bnlint.artifacts.keras_contents import POSITION, Contents
from bnlint.artifacts.keras_walk import layers_by_path, snake_case
from bnlint.formats.hdf5 import Dataset

_LAYERS_BEFORE_2_14 = "_layer_checkpoint_dependencies"
"""What Keras 2.11 to 2.13 call the layers of a model; Keras 3 still reads it."""
_CONTAINERS = frozenset({LAYERS, _LAYERS_BEFORE_2_14})
_CLASSES = {
    snake_case(name): name
    for name in (
        "BatchNormalization",
        "BatchNormalizationV1",
        "BatchNormalizationV2",
        "SyncBatchNormalization",
        "LayerNormalization",
        "GroupNormalization",
        "RMSNormalization",
        "UnitNormalization",
        "SpectralNormalization",
        "Normalization",
        "Conv1D",
        "Conv1DTranspose",
        "Conv2D",
        "Conv2DTranspose",
        "Conv3D",
        "Conv3DTranspose",
        "Dense",
        "DepthwiseConv1D",
        "DepthwiseConv2D",
    )
}
"""Classes that can be told from what Keras calls their objects in a list, which is their class in lower case."""
_COUNT = re.compile(r"_\d+$")
_OPTIMIZERS = frozenset(
    {
        "adadelta",
        "adafactor",
        "adagrad",
        "adam",
        "adamax",
        "adamw",
        "ftrl",
        "lamb",
        "lion",
        "muon",
        "nadam",
        "rmsprop",
        "sgd",
    }
    | {"loss_scale_optimizer"}
)
_METRICS = frozenset({"metrics", "_metrics", "_compile_metrics", "_loss_tracker"})


def read_weights(
    datasets: Mapping[str, Dataset],
    groups: Iterable[str],
    names: Mapping[str, str],
    config: ConfigLayer | None,
    framework: str | None,
) -> Contents:
    """Find out whose the variables are.

    Args:
        datasets: everything that was saved, by path.
        groups: the paths of all groups.
        names: what Keras 3 says objects are called, by the path of their group.
        config: the model's configuration.
        framework: who wrote it, where something else says so.
    """
    places = frozenset(groups)
    objects = _objects(datasets)
    optimizers = {path for path, variables in objects.items() if _is_optimizer(path, variables, datasets, names)}
    of_optimizers = [path for path in objects if not optimizers.isdisjoint(_upwards(path))]
    layers = {} if config is None else _matched(layers_by_path(config, _plain(places)), names)
    called = {path: name for path in places if (name := _called(path, names, layers))}
    others = {*of_optimizers, *(path for path in objects if not _METRICS.isdisjoint(path.split("/")))}
    owned = {path: variables for path, variables in objects.items() if path not in others}
    clocks = {key: f"{path}/iteration" for path in of_optimizers if (key := _clock(objects[path], datasets))}
    slots = tuple([key for path in of_optimizers for key in objects[path].values() if datasets[key].shape])
    return Contents(
        datasets=datasets,
        full_names=MappingProxyType(clocks),
        records=tuple(_records(owned, called, layers, places)),
        slots=MappingProxyType({"": tuple(sorted(slots))} if slots else {}),
        framework=framework or _framework(places, names),
    )


def _objects(datasets: Mapping[str, Dataset]) -> dict[str, dict[str, str]]:
    """Return the objects that own variables, by path: the keys of these by position."""
    found: dict[str, dict[str, str]] = {}
    for path in datasets:
        around, _, position = path.rpartition("/")
        owner, _, last = around.rpartition("/")
        if last == POSITION:
            found.setdefault(owner, {})[position] = path
    return {path: dict(sorted(variables.items(), key=_order)) for path, variables in sorted(found.items())}


def _upwards(path: str) -> Iterator[str]:
    """Yield an object's path and those of the objects around it."""
    while path:
        yield path
        path = path.rpartition("/")[0]


def _order(variable: tuple[str, str]) -> tuple[int, str]:
    position = variable[0]
    return (int(position) if position.isdecimal() and len(position) < 10 else 0), position


def _clock(variables: Mapping[str, str], datasets: Mapping[str, Dataset]) -> str | None:
    """Return the key of an optimizer's first variable if that counts: every optimizer's first one does."""
    key = variables.get("0")
    if key is None or datasets[key].shape or not datasets[key].dtype.startswith(("int", "uint")):
        return None
    return key


def _is_optimizer(
    path: str, variables: Mapping[str, str], datasets: Mapping[str, Dataset], names: Mapping[str, str]
) -> bool:
    """Whether an object is an optimizer: it counts, and is called one. A model may have several, as a GAN's does."""
    last = path.rpartition("/")[2]
    is_called = "optimizer" in last or last.startswith("opt") or last.endswith("opt")
    is_named = _COUNT.sub("", names.get(path, "")) in _OPTIMIZERS
    return _clock(variables, datasets) is not None and (is_called or is_named)


def _plain(places: Iterable[str]) -> frozenset[str]:
    return frozenset([path.replace(_LAYERS_BEFORE_2_14, LAYERS) for path in places])


def _matched(layers: Mapping[str, ConfigLayer], names: Mapping[str, str]) -> dict[str, ConfigLayer]:
    """Return the layers whose place is certain: where the file says a name, it is that of the configuration."""
    return {path: layer for path, layer in layers.items() if names.get(path, layer.name) in (layer.name, None)}


def _called(path: str, names: Mapping[str, str], layers: Mapping[str, ConfigLayer]) -> str | None:
    if path in names:
        return names[path]
    layer = layers.get(path.replace(_LAYERS_BEFORE_2_14, LAYERS))
    return None if layer is None else layer.name


def _records(
    objects: Mapping[str, Mapping[str, str]],
    called: Mapping[str, str],
    layers: Mapping[str, ConfigLayer],
    places: Collection[str],
) -> Iterator[LayerRecord]:
    """Yield the layers that own variables."""
    paths = {path: _path(path, called) for path in objects}
    times = Counter(paths.values())
    for path, variables in objects.items():
        layer = layers.get(path.replace(_LAYERS_BEFORE_2_14, LAYERS))
        name = paths[path]
        yield LayerRecord(
            name=name if times[name] == 1 else path,
            variables=MappingProxyType(variables),
            class_name=layer.class_name if layer is not None else _class(path, called.get(path), places),
            config=MappingProxyType({}) if layer is None else layer.config,
            trainable=None if layer is None else layer.trainable,
            fed_by=None if layer is None else layer.fed_by,
            training=None if layer is None else layer.training,
        )


def _path(path: str, called: Mapping[str, str]) -> str:
    """Return an object's path in the model: what the objects around it are called, or their attributes."""
    parts: list[str] = []
    steps = path.split("/") if path else []
    for end, step in enumerate(steps, 1):
        name = called.get("/".join(steps[:end]))
        if name is not None or step not in _CONTAINERS:
            parts.append(name or step)
    return "/".join(parts) or called.get("") or "model"


def _class(path: str, name: str | None, places: Collection[str]) -> str | None:
    """Return the class that an object's place in a list tells; of an attribute, the name that Keras made of it.

    A list is no object: it has no variables of its own, not even the group for them.
    """
    around, _, last = path.rpartition("/")
    is_listed = bool(around) and f"{around}/{POSITION}" not in places
    word = last if is_listed else name or ""
    return _CLASSES.get(word) or _CLASSES.get(_COUNT.sub("", word))


def _framework(places: Iterable[str], names: Mapping[str, str]) -> str | None:
    """Tell who wrote a file that has no version: only Keras 3 names objects, only Keras 2 calls layers that way."""
    if names:
        return "keras3"
    return "keras2" if any(_LAYERS_BEFORE_2_14 in path.split("/") for path in places) else None
