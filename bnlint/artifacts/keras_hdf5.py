"""An HDF5 file as an `Artifact`: a Keras model, its weights alone, or something else, which is then said.

Knows which layout a file has; whose its weights are is for `keras_legacy` and `keras_weights` to know.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from types import MappingProxyType

from bnlint.artifacts.artifact import Artifact, Part, Reader, SavedVariable
from bnlint.artifacts.bundle_reader import read_nothing
from bnlint.artifacts.damage import one_line
from bnlint.artifacts.keras_config import ConfigLayer, parse_config
from bnlint.artifacts.keras_contents import NO_GRAPH, POSITION, Contents
from bnlint.artifacts.keras_files import KerasReader, Opener, damaged, opened, variables
from bnlint.artifacts.keras_foreign import MATLAB_HEADER, hdf5_noun
from bnlint.artifacts.keras_legacy import LAYER_NAMES, MODEL_WEIGHTS, NUMBER_OF_LAYERS, read_legacy
from bnlint.artifacts.keras_weights import read_weights
from bnlint.artifacts.places import HDF5File, KerasArchive, KerasDirectory
from bnlint.artifacts.storage import Storage
from bnlint.findings import Problem, ProblemKind
from bnlint.formats.errors import FormatError
from bnlint.formats.hdf5 import HDF5, Tree
from bnlint.formats.identify import HDF5_MAGIC
from bnlint.formats.source import Source

FORMAT = "keras-hdf5"
_CONFIG = "model_config"


def open_hdf5(place: HDF5File, storage: Storage) -> Artifact:
    """List what an HDF5 file holds; values are read when the artifact's reader is called.

    Never raises for anything that is wrong with the file.
    """

    def opener() -> Source:
        return storage.open(place.file)

    try:
        with opened(opener) as file:
            tree = file.tree()
            contents = read_contents(file, tree)
            if contents is None:
                noun = hdf5_noun(file, tree, _head(opener))
                return unreadable(
                    place, FORMAT, Problem(place.file, f"is {noun}, not a Keras model", ProblemKind.FOREIGN)
                )
    except (FormatError, OSError) as error:
        return unreadable(place, FORMAT, damaged(storage, place.file, HDF5_MAGIC, "a Keras model", error))
    problems = [*contents.damage, *(f"{path!r} {reason}" for path, reason in tree.refused.items())]
    return keras_artifact(
        place,
        FORMAT,
        contents,
        variables(contents),
        KerasReader([(place.file, opener, contents.datasets)]),
        tuple([Problem(place.file, one_line(message)) for message in problems]),
    )


def keras_artifact(  # noqa: PLR0913, PLR0917 - the parts of an artifact
    place: HDF5File | KerasArchive | KerasDirectory,
    form: str,
    contents: Contents,
    saved: Mapping[str, SavedVariable],
    read: Reader,
    problems: tuple[Problem, ...],
) -> Artifact:
    """Return the artifact of a Keras file."""
    return Artifact(
        path=place.path,
        format=form,
        name=place.name,
        saved=saved,
        read=read,
        meta_graph=None,
        problems=problems,
        without=MappingProxyType({Part.GRAPH: NO_GRAPH}),
        framework=contents.framework,
        records=contents.records,
        slots=contents.slots,
        notes=place.notes,
    )


def unreadable(place: HDF5File | KerasArchive | KerasDirectory, form: str, *problems: Problem) -> Artifact:
    """Return the artifact of a file that is damaged, or no Keras file; the last problem says why nothing is known."""
    reason = f"{problems[-1].path} {problems[-1].message}"
    nothing = keras_artifact(place, form, Contents(MappingProxyType({})), MappingProxyType({}), read_nothing, problems)
    return replace(nothing, saved=None, absent=MappingProxyType({Part.NAMES: reason, Part.VALUES: reason}))


def read_contents(
    file: HDF5, tree: Tree, config: ConfigLayer | None = None, framework: str | None = None
) -> Contents | None:
    """Find out what a file holds, by its layout; None where it is none of Keras's.

    Args:
        file: the file.
        tree: what is in it.
        config: the configuration that an archive has beside it.
        framework: who wrote it, where an archive says so.
    """
    names = file.attribute_names(tree.groups[""])
    if _CONFIG in names or MODEL_WEIGHTS in tree.groups:
        return _model(file, tree)
    if LAYER_NAMES in names or f"{LAYER_NAMES}0" in names or NUMBER_OF_LAYERS in names:
        return read_legacy(file, tree, "", None)
    if config is not None or _has_objects(tree):
        return read_weights(tree.datasets, tree.groups, object_names(file, tree), config, framework)
    return None


def _model(file: HDF5, tree: Tree) -> Contents:
    """Read a whole model: its configuration is an attribute."""
    damage: tuple[str, ...] = ()
    config = None
    try:
        written = file.attribute(tree.groups[""], _CONFIG)
        config = parse_config(written) if isinstance(written, str) else None
    except FormatError as error:
        damage = (f"{_CONFIG}: {error}",)
    contents = read_legacy(file, tree, MODEL_WEIGHTS, config)
    return contents._replace(damage=(*damage, *contents.damage))


def _has_objects(tree: Tree) -> bool:
    """Whether some object has its group of variables by position, which may be empty."""
    return any(
        (path == POSITION or path.endswith("/" + POSITION))
        and all(key.rpartition("/")[2].isdecimal() for key in tree.datasets if key.rpartition("/")[0] == path)
        for path in tree.groups
    )


def object_names(file: HDF5, tree: Tree) -> Mapping[str, str]:
    """Return what Keras 3 says objects are called, by the path of their group."""
    found = {}
    for path, address in tree.groups.items():
        owner, _, last = path.rpartition("/")
        if last == POSITION:
            name = file.attribute(address, "name")
            if isinstance(name, str):
                found[owner] = name
    return MappingProxyType(found)


def _head(opener: Opener) -> bytes:
    """Return the first bytes of the file, which HDF5 leaves to whoever wrote it."""
    with closing(opener()) as source:
        return source.read(0, min(source.size, MATLAB_HEADER))
