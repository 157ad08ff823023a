"""Heaps of strings that HDF5 itself would walk for ever, holding Python's lock: these are read in another process."""

from __future__ import annotations

import io
import subprocess
import sys

import h5py
import numpy as np
import pytest

from bnlint.formats.errors import FormatError
from bnlint.formats.hdf5_heap import _HEADER, _MAGIC, _OBJECT, MAX_HEAP, GuardedFile
from bnlint.formats.source import BytesSource

SECONDS = 30
READ = """
import sys
from bnlint.formats.errors import FormatError
from bnlint.formats.hdf5 import HDF5
from bnlint.formats.source import BytesSource

try:
    print(HDF5(BytesSource(sys.stdin.buffer.read())).attribute(b"/", "names"))
except FormatError as error:
    print("refused:", error)
"""


def made() -> bytes:
    """A file with strings of any length in an attribute, which HDF5 keeps in a heap."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.attrs["names"] = np.array(["dense", "batch_normalization"], h5py.string_dtype())
    return buffer.getvalue()


def first_object(data: bytes) -> int:
    return data.index(_MAGIC) + _HEADER.size


def with_object(length: int, number: int = 1) -> bytes:
    """The file with another first object in the heap; number 0 is free space."""
    data = bytearray(made())
    _OBJECT.pack_into(data, first_object(bytes(data)), number, 0, 0, length)
    return bytes(data)


def with_size(size: int) -> bytes:
    """The file with another size of the whole heap."""
    data = bytearray(made())
    _HEADER.pack_into(data, data.index(_MAGIC), _MAGIC, size)
    return bytes(data)


def told(data: bytes) -> str:
    """What a process says that reads the strings. One that does not end is killed, and is an error."""
    command = [sys.executable, "-c", READ]
    return subprocess.run(command, input=data, capture_output=True, timeout=SECONDS, check=True).stdout.decode()


def walked(data: bytes) -> None:
    """Read the beginning of the heap as HDF5 does."""
    file = GuardedFile(BytesSource(data))
    file.seek(data.index(_MAGIC))
    file._read(file.tell(), _HEADER.size)


def test_a_heap_is_read():
    assert told(made()) == "('dense', 'batch_normalization')\n"


@pytest.mark.parametrize(("length", "number"), [(2**64 - 16, 1), (0, 0)])
def test_a_heap_that_never_ends_is_refused(length, number):
    assert told(with_object(length, number)).startswith("refused: ")


@pytest.mark.parametrize(
    ("length", "number"), [(2**64 - 1, 1), (2**64 - 16, 1), (2**63, 1), (4096, 1), (10**6, 1), (0, 0), (10**6, 0)]
)
def test_an_object_that_leads_out_of_its_heap_is_named(length, number):
    data = with_object(length, number)
    with pytest.raises(FormatError, match=f"^offset {first_object(data)}: expected [0-9]+ bytes at most, not [0-9]+$"):
        walked(data)


@pytest.mark.parametrize("size", [0, 15, 10**6, MAX_HEAP + 1, 2**64 - 1])
def test_a_heap_that_is_not_in_the_file_is_named(size):
    with pytest.raises(FormatError, match=f"expected a heap of at most [0-9]+ bytes, not {size}$"):
        walked(with_size(size))


def test_the_end_of_the_file_may_look_like_a_heap():
    with pytest.raises(FormatError, match=r"not 0$"):
        walked(_MAGIC)


def test_a_heap_is_walked_once():
    data = made()
    file = GuardedFile(BytesSource(data))
    for _ in range(2):
        file._read(0, len(data))
    assert file._checked == {data.index(_MAGIC)}
