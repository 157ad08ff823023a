"""HDF5 by h5py, behind an interface that reads from a `Source`, is bounded and only ever raises `FormatError`.

The only module that imports h5py, which takes 60 ms. Knows groups, datasets and attributes, not what Keras puts there.
HDF5 is C and trusts its files, and a file may name others: only hard links are followed, and no size is believed before
it was compared with a bound. HDF5 has no checksums of its own, so damage within values cannot be noticed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import NamedTuple

import h5py
import numpy as np
import numpy.typing as npt

from bnlint.formats import dtypes
from bnlint.formats.errors import FormatError, UnsupportedError
from bnlint.formats.hdf5_heap import GuardedFile
from bnlint.formats.source import Source

Array = npt.NDArray[np.generic]

MAX_DEPTH = 64
MAX_OBJECTS = 1_000_000
MAX_ATTRIBUTE = 1 << 26
"""Bytes of one attribute; the largest is the configuration of a model."""
MAX_VALUES = 1 << 28
"""Bytes of one dataset that is read. Statistics are vectors; this is an embedding of a million rows of 64."""
_FILTERS = frozenset(
    {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32, h5py.h5z.FILTER_LZF}
)
"""What every build of h5py can undo. Others would be loaded as plugins from wherever the environment says."""
_PLAIN = frozenset({h5py.h5t.STRING, h5py.h5t.INTEGER, h5py.h5t.FLOAT})
"""Classes of types that an attribute is read of. HDF5 crashes on a string that one bit made a sequence."""
_SLACK = 1 << 16
"""Bytes that chunks and filters may add to a small dataset."""
_ERRORS = (OSError, RuntimeError, LookupError, ValueError, TypeError, ArithmeticError, MemoryError, SystemError)
"""What h5py was seen or is documented to raise for a file that is damaged."""
_BFLOAT16 = 14
_BFLOAT16_MARK = "bfloat16"
_TRUNCATED = re.compile(r"truncated file: eof = (\d+), .*stored_eof = (\d+)")
_NUMBERS = frozenset("bfiuc")

AttributeValue = str | int | float | tuple[str | int | float, ...] | None
"""Strings are decoded; None stands for what bnlint has no use for, such as references."""


class Dataset(NamedTuple):
    """A dataset: path, TensorFlow's dtype name, shape."""

    path: str
    dtype: str
    shape: tuple[int, ...]
    address: bytes
    """The path as it is stored; names need not be UTF-8."""


class Tree(NamedTuple):
    """Everything in a file, by path. The root group is the empty path."""

    groups: Mapping[str, bytes]
    """Paths of the groups, as they are stored."""
    datasets: Mapping[str, Dataset]
    refused: Mapping[str, str]
    """What was not looked at, each with a reason in words, such as a link out of the file."""


class HDF5:
    """An open HDF5 file. Close it; the source stays the caller's.

    Raises:
        FormatError: it is no HDF5 file, or a damaged one.
        OSError: the storage failed.
    """

    def __init__(self, source: Source) -> None:
        self._raw = GuardedFile(source)
        with self._errors("the file"):
            self._file = h5py.File(self._raw, "r")
            self._root = self._file["/"].id

    def close(self) -> None:
        """Close the file; closing twice is harmless."""
        with self._errors("the file"):
            self._file.close()

    @contextmanager
    def _errors(self, place: str) -> Iterator[None]:
        """Tell whatever h5py raises as a `FormatError`, or as the error of the source that caused it."""
        try:
            yield
        except FormatError:
            raise
        except _ERRORS as error:
            if self._raw.failure is None:
                raise FormatError(place, _told(error)) from error
        if self._raw.failure is not None:  # what HDF5 made of it, if anything, was made of zeros
            raise _anew(self._raw.failure)

    def tree(self) -> Tree:
        """List the groups and the datasets; what cannot be opened is refused and the rest is listed."""
        groups: dict[str, bytes] = {"": b"/"}
        datasets: dict[str, Dataset] = {}
        refused: dict[str, str] = {}
        waiting = [("", b"", 0)]
        count = 0
        while waiting:
            path, address, depth = waiting.pop()
            group, links = self._links(path, groups[path])
            for name, link in sorted(links):
                count += 1
                if count > MAX_OBJECTS:
                    raise FormatError(f"group {path!r}", f"expected at most {MAX_OBJECTS} objects in the file")
                inner, inside = _join(path, _decoded(name)), address + b"/" + name
                try:
                    found = self._look(inner, inside, group, name, link)
                except FormatError as error:
                    refused[inner] = error.detail
                    continue
                if isinstance(found, Dataset):
                    datasets[inner] = found
                elif found:
                    if depth == MAX_DEPTH:
                        raise FormatError(f"group {inner!r}", f"expected at most {MAX_DEPTH} groups in each other")
                    groups[inner] = inside
                    waiting.append((inner, inside, depth + 1))
        return Tree(MappingProxyType(groups), MappingProxyType(datasets), MappingProxyType(refused))

    def _links(self, path: str, address: bytes) -> tuple[h5py.h5g.GroupID, list[tuple[bytes, int]]]:
        """Return a group and the names in it, each with its kind of link."""
        links: list[tuple[bytes, int]] = []

        def collect(name: bytes, link: h5py.h5l.LinkInfo) -> bool | None:
            links.append((name, link.type))
            return True if len(links) > MAX_OBJECTS else None

        with self._errors(f"group {path!r}"):
            group = h5py.h5o.open(self._root, address)  # kept, since its links do not keep it open
            group.links.iterate(collect, info=True)
        return group, links

    def _look(self, path: str, address: bytes, group: h5py.h5g.GroupID, name: bytes, link: int) -> Dataset | bool:
        """Return the dataset behind a link; else whether it is a group."""
        if link == h5py.h5l.TYPE_EXTERNAL:
            raise FormatError(path, "is a link into another file, which is not followed")
        if link != h5py.h5l.TYPE_HARD:
            raise FormatError(path, "is a soft link, which Keras neither writes nor reads")
        with self._errors(path):
            found = h5py.h5o.open(group, name)
            if not isinstance(found, h5py.h5d.DatasetID):
                return isinstance(found, h5py.h5g.GroupID)
            if found.get_space().get_simple_extent_type() == h5py.h5s.NULL:
                raise FormatError(path, "has no values")
            return Dataset(path, _dtype(found)[0], tuple(map(int, found.shape)), address)

    def attribute(self, group: bytes, name: str) -> AttributeValue:
        """Return an attribute of the group at an address of the tree, None where it has none of that name.

        Raises:
            FormatError: it is damaged, or larger than any that Keras writes.
            OSError: the storage failed.
        """
        place = f"attribute {name!r} of {_decoded(group)}"
        with self._errors(place):
            owner = h5py.h5o.open(self._root, group)
            if not h5py.h5a.exists(owner, name.encode()):
                return None
            attribute = h5py.h5a.open(owner, name.encode())
            kind = attribute.get_type()
            if kind.get_class() not in _PLAIN:
                return None
            size = math.prod(attribute.shape or ()) * kind.get_size()
            if size > MAX_ATTRIBUTE:
                raise FormatError(place, f"expected at most {MAX_ATTRIBUTE} bytes, not {size}")
            return _plain(h5py.AttributeManager(h5py.Group(owner))[name])

    def attribute_names(self, group: bytes) -> tuple[str, ...]:
        """Return the names of the attributes of the group at an address of the tree.

        Raises:
            FormatError: they are damaged.
            OSError: the storage failed.
        """
        names: list[bytes] = []
        with self._errors(f"attributes of {_decoded(group)}"):
            h5py.h5a.iterate(h5py.h5o.open(self._root, group), names.append)
        return tuple([_decoded(name) for name in names])

    def read(self, dataset: Dataset) -> Array:
        """Return the values of a dataset.

        Raises:
            FormatError: it is damaged, larger than is reasonable, or outside the file.
            UnsupportedError: bnlint has no reading for its dtype or its filters.
            OSError: the storage failed.
        """
        place = repr(dataset.path)
        with self._errors(place):
            found = h5py.h5o.open(self._root, dataset.address)
            _check_storage(found, place)
            name, is_bfloat16 = _dtype(found)
            if name not in _READABLE:
                raise UnsupportedError(place, f"unsupported dtype ({name})")
            values = np.asarray(h5py.Dataset(found)[()])
            if is_bfloat16:
                return dtypes.lookup(_BFLOAT16).decode(values.tobytes()).reshape(values.shape)
            return values.astype(values.dtype.newbyteorder("="), copy=False)


def _anew(failure: Exception) -> Exception:
    """Return the error of the source again.

    The one that is kept must not be raised: what h5py raised would hang on to it, with HDF5's open objects in its
    traceback, and HDF5 crashes where they live until Python ends.
    """
    return FormatError(failure.place, failure.detail) if isinstance(failure, FormatError) else OSError(*failure.args)


def _check_storage(found: h5py.h5d.DatasetID, place: str) -> None:
    """Refuse what is not in the file, was never written, or would take more memory than a variable does."""
    plist = found.get_create_plist()
    if plist.get_external_count():
        raise FormatError(place, "its values are in another file, which is not followed")
    if plist.get_layout() not in (h5py.h5d.COMPACT, h5py.h5d.CONTIGUOUS, h5py.h5d.CHUNKED):
        raise FormatError(place, "is a virtual dataset: its values are elsewhere, which is not followed")
    size = math.prod(found.shape) * found.get_type().get_size()
    if size > MAX_VALUES:
        raise FormatError(place, f"expected at most {MAX_VALUES} bytes, not {size}")
    stored = found.get_storage_size()
    if size and not stored:
        raise FormatError(place, "was never written; the save is unfinished")
    if plist.get_layout() != h5py.h5d.CHUNKED:
        return
    chunk = math.prod(plist.get_chunk()) * found.get_type().get_size()
    if chunk > MAX_VALUES or stored > 2 * max(size, chunk) + _SLACK:
        raise FormatError(place, f"{stored} bytes in chunks of {chunk} are stored for {size} bytes")
    for number in range(plist.get_nfilters()):
        if (code := plist.get_filter(number)[0]) not in _FILTERS:
            raise UnsupportedError(place, f"is compressed in a way that bnlint cannot read (filter {code})")


def _dtype(found: h5py.h5d.DatasetID) -> tuple[str, bool]:
    """Return TensorFlow's name of a dtype, and whether it is Keras's way to store bfloat16."""
    dtype = found.dtype
    if dtype.kind in _NUMBERS:
        return dtype.name, False
    if dtype.kind == "V" and dtype.names is None and dtype.itemsize == 2 and _is_bfloat16(found):
        return _BFLOAT16_MARK, True
    if dtype.kind in "SO" and h5py.check_string_dtype(dtype) is not None:
        return "string", False
    return f"HDF5's {dtype}", False


def _is_bfloat16(found: h5py.h5d.DatasetID) -> bool:
    """Whether two opaque bytes are marked as one, as Keras 3 does in ``.weights.h5``."""
    if not h5py.h5a.exists(found, b"dtype") or h5py.h5a.open(found, b"dtype").get_type().get_size() > _SLACK:
        return False
    return _plain(h5py.AttributeManager(h5py.Dataset(found))["dtype"]) == _BFLOAT16_MARK


_READABLE = frozenset({_BFLOAT16_MARK, "bool", "complex64", "complex128", "float16", "float32", "float64"}) | {
    f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)
}


def _plain(value: object) -> AttributeValue:
    """Turn what h5py returns for an attribute, which changed between its versions, into plain values."""
    if isinstance(value, bytes):
        return _decoded(value)
    if isinstance(value, str):
        return _decoded(value.encode("utf-8", "surrogateescape"))
    if isinstance(value, np.ndarray | np.generic):
        plain = value.tolist()
        if isinstance(plain, list):
            return tuple([item for item in map(_plain, value.ravel().tolist()) if isinstance(item, str | int | float)])
        return _plain(plain) if not isinstance(plain, np.generic) else None
    return value if isinstance(value, int | float) else None


def _decoded(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace")


def _join(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


def _told(error: BaseException) -> str:
    """Say what h5py says without its prefix; ``Unable to synchronously open file (bad object header version)``."""
    text = " ".join(str(error).split())
    truncated = _TRUNCATED.search(text)
    if truncated:
        return f"expected {truncated[2]} bytes, the file ends at {truncated[1]}"
    return f"HDF5 cannot read it: {text or type(error).__name__}"
