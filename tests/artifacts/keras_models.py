"""Models of both living Kerases, the files they save, and what is in them by Keras's own account."""

from __future__ import annotations

import warnings

import numpy as np

from bnlint.artifacts.keras_archive import open_keras_archive, open_keras_directory
from bnlint.artifacts.keras_hdf5 import open_hdf5
from bnlint.artifacts.places import HDF5File, KerasArchive, KerasDirectory
from bnlint.artifacts.storage import LocalStorage

SHAPE = (3, 4)


def opened(path, storage=None):
    storage = storage or LocalStorage()
    if path.endswith(".keras"):
        return open_keras_archive(KerasArchive(path, path, path), storage)
    return open_hdf5(HDF5File(path, path, path), storage)


def opened_directory(*weights, **more):
    return open_keras_directory(KerasDirectory("d", "d", weights, **more), LocalStorage())


def everything(artifact):
    return artifact.read(list(artifact.saved or ()))


def block(keras, kind, name, earlier):
    """A layer or a model that maps `SHAPE` to itself. ``earlier`` are those that may be used again."""
    layers = keras.layers
    makers = {
        "dense": lambda: layers.Dense(4, name=name),
        "bn": lambda: layers.BatchNormalization(name=name, momentum=0.7),
        "bn_no_scale": lambda: layers.BatchNormalization(name=name, scale=False),
        "bn_no_center": lambda: layers.BatchNormalization(name=name, center=False),
        "bn_plain": lambda: layers.BatchNormalization(name=name, center=False, scale=False),
        "bn_frozen": lambda: layers.BatchNormalization(name=name, trainable=False),
        "ln": lambda: layers.LayerNormalization(name=name),
        "wrapped": lambda: layers.TimeDistributed(layers.BatchNormalization(name=f"{name}_inner"), name=name),
        "lstm": lambda: layers.Bidirectional(layers.LSTM(2, return_sequences=True, name=f"{name}_lstm"), name=name),
        "activation": lambda: layers.ReLU(name=name),
    }
    if kind == "again":
        return earlier[0] if earlier else makers["bn"]()
    return makers[kind]()


def functional(keras, kinds, name, *, frozen=False, earlier=()):
    """A model; a kind that is a list is a model inside it."""
    used = list(earlier)
    start = tensor = keras.layers.Input(SHAPE, name=f"{name}_in")
    for number, kind in enumerate(kinds):
        inner = f"{name}_{number}"
        if isinstance(kind, list):
            layer = functional(keras, kind, inner, frozen=number % 2 == 1, earlier=used)
        elif isinstance(kind, tuple):
            layer = keras.Sequential([keras.layers.Input(SHAPE), *_alone(keras, kind, inner)], name=inner)
        else:
            layer = block(keras, kind, inner, used)
            used.append(layer)
        tensor = layer(tensor)
    model = keras.Model(start, tensor, name=name)
    if frozen:
        model.trainable = False
    return model


def _alone(keras, kinds, name):
    return [block(keras, kind, f"{name}_{number}", ()) for number, kind in enumerate(kinds)]


def shaken(model, seed=0):
    """Give every weight values of its own."""
    rng = np.random.default_rng(seed)
    model.set_weights([rng.normal(size=w.shape).astype(w.dtype) for w in model.get_weights()])
    return model


def save(model, path, *, weights=False):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save_weights(path) if weights else model.save(path)
    return path


def save_legacy_weights(keras, model, path):
    """A file of weights alone in the old layout, which Keras 3 only writes inside of a model."""
    if keras.__name__ == "tf_keras":
        return save(model, path, weights=True)
    import h5py
    from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

    with h5py.File(path, "w") as file:
        save_weights_to_hdf5_group(file, model)
    return path


def owners(model):
    """Every layer that owns variables, with these in the order in which it saves them."""
    found = []
    for layer in {id(layer): layer for layer in model._flatten_layers()}.values():
        if hasattr(layer, "_trainable_weights"):
            own = [*layer._trainable_weights, *layer._non_trainable_weights]
        else:
            own = [*layer._trainable_variables, *layer._non_trainable_variables]
        if own:
            found.append((layer, own))
    return found


def identity(values):
    return frozenset(np.asarray(value).tobytes() for value in values)
