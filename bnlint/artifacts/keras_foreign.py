"""HDF5 files and zip archives that Keras did not write: what each is, in words that follow "is"."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bnlint.formats.hdf5 import HDF5, Tree
from bnlint.formats.identify import Identity

_PANDAS = "pandas_type"
_TABLES = "PYTABLES_FORMAT_VERSION"
_ATTRIBUTES = (
    (_TABLES, "an HDF5 file that PyTables wrote"),
    ("_NCProperties", "a NetCDF file"),
    ("encoding-type", "an AnnData file"),
    ("LOOM_SPEC_VERSION", "a Loom file"),
    ("DEEPDISH_IO_VERSION", "an HDF5 file that deepdish wrote"),
    ("NX_class", "a NeXus file"),
)
_MATLAB = b"MATLAB 7.3 MAT-file"
MATLAB_HEADER = len(_MATLAB)
_SAMPLE = 200
_SHOWN = 3
_BEGINNINGS = (
    ("word/", "a Word document"),
    ("xl/", "an Excel workbook"),
    ("ppt/", "a PowerPoint presentation"),
    ("META-INF/", "a Java archive"),
    ("AndroidManifest.xml", "an Android package"),
)
_PACKED = (
    ("a SavedModel", ("saved_model.pb",)),
    ("a TensorFlow checkpoint", (".index", ".ckpt.meta")),
    ("a Keras model", (".keras", ".h5", ".hdf5")),
)


def hdf5_noun(file: HDF5, tree: Tree, head: bytes) -> str:
    """Name an HDF5 file that holds no Keras model; ``head`` are the file's first `MATLAB_HEADER` bytes."""
    if head.startswith(_MATLAB):
        return "a MATLAB file"
    groups = [address for path, address in tree.groups.items() if path.count("/") < 2][:_SAMPLE]
    if any(_PANDAS in file.attribute_names(group) for group in groups):
        return "an HDF5 file that pandas wrote"
    names = file.attribute_names(tree.groups[""])
    for attribute, noun in _ATTRIBUTES:
        if attribute in names:
            return noun
    return _plain_noun(tuple(tree.datasets))


def _plain_noun(datasets: Sequence[str]) -> str:
    if not datasets:
        return "an HDF5 file without any dataset"
    shown = ", ".join(sorted(datasets)[:_SHOWN]) + (", …" if len(datasets) > _SHOWN else "")
    return f"an HDF5 file of {len(datasets)} dataset{'s' if len(datasets) > 1 else ''} ({shown})"


def zip_identity(names: Collection[str]) -> Identity:
    """Name a zip archive that is no ``.keras`` file by the names of its members."""
    last = {name.rpartition("/")[2] for name in names}
    if "data.pkl" in last:
        return Identity("a PyTorch checkpoint")
    if names and all(name.endswith(".npy") for name in names):
        return Identity("a NumPy archive (.npz)")
    for begin, noun in _BEGINNINGS:
        if any(name.startswith(begin) for name in names):
            return Identity(noun)
    for noun, endings in _PACKED:
        if any(name.endswith(endings) for name in last):
            return Identity(f"a zip archive that holds {noun}", "unpack it first")
    count = len(names)
    return Identity(f"a zip archive of {count} file{'s' if count != 1 else ''}" if names else "an empty zip archive")
