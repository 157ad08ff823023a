"""The reader of HDF5 against h5py's own, and what it refuses."""

from __future__ import annotations

import io
import subprocess
import sys

import h5py
import numpy as np
import pytest

from bnlint.formats import hdf5
from bnlint.formats.errors import FormatError, UnsupportedError
from bnlint.formats.hdf5 import HDF5
from bnlint.formats.source import BytesSource, check_range

DTYPES = ["float16", "float32", "float64", "int8", "uint8", "int16", "int32", "int64", "uint64", "bool", "complex64"]


def made(fill, **options):
    """The bytes of a file that ``fill`` was let loose on."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", **options) as file:
        fill(file)
    return buffer.getvalue()


def reading(fill, **options):
    return HDF5(BytesSource(made(fill, **options)))


def only(file):
    """Read the one dataset of a file."""
    (dataset,) = file.tree().datasets.values()
    return file.read(dataset)


@pytest.mark.parametrize(
    "options", [{}, {"chunks": (3, 2)}, {"compression": "gzip", "shuffle": True}, {"compression": "lzf"}]
)
@pytest.mark.parametrize("dtype", DTYPES)
def test_reads_every_dtype(dtype, options):
    expected = np.random.default_rng(0).normal(0, 9, size=(5, 4)).astype(dtype)
    file = reading(lambda f: f.create_dataset("a/b", data=expected, **options))
    (dataset,) = file.tree().datasets.values()
    assert (dataset.path, dataset.dtype, dataset.shape) == ("a/b", dtype, (5, 4))
    found = file.read(dataset)
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("options", [{"userblock_size": 512}, {"libver": "latest"}, {"libver": "earliest"}])
def test_reads_files_of_every_age(options):
    assert only(reading(lambda f: f.create_dataset("a", data=[1, 2]), **options)).tolist() == [1, 2]


def test_reads_big_endian():
    found = only(reading(lambda f: f.create_dataset("a", data=np.arange(3, dtype=">f4"))))
    assert (found.dtype, found.tolist()) == (np.dtype("f4"), [0, 1, 2])


def test_reads_scalars_and_what_is_empty():
    assert only(reading(lambda f: f.create_dataset("a", data=np.float32(7)))).shape == ()
    assert only(reading(lambda f: f.create_dataset("a", data=np.zeros((0, 3), "f4")))).shape == (0, 3)


def test_reads_bfloat16_as_keras_marks_it():
    def fill(file):
        file["a"] = np.array([0x3F80, 0xC040], "<u2").view("V2")
        file["a"].attrs["dtype"] = "bfloat16"

    file = reading(fill)
    assert file.tree().datasets["a"].dtype == "bfloat16"
    assert only(file).tolist() == [1.0, -3.0]


def test_lists_groups_and_attributes():
    def fill(file):
        file.create_group("a/b").attrs["s"] = "text"
        file["a"].attrs["names"] = [b"x", b"yy"]
        file["a"].attrs["objects"] = np.array(["x", "yy"], h5py.string_dtype())
        file["a"].attrs["number"] = 3
        file["a"].attrs["bytes"] = np.bytes_(b"\xff")
        file["a"].attrs["reference"] = file["a"].ref
        file["a"].attrs["empty"] = np.array([])

    file = reading(fill)
    groups = file.tree().groups
    assert sorted(groups) == ["", "a", "a/b"]
    read = {name: file.attribute(groups["a"], name) for name in file.attribute_names(groups["a"])}
    assert read == {
        "names": ("x", "yy"),
        "objects": ("x", "yy"),
        "number": 3,
        "bytes": "\\xff",
        "reference": None,
        "empty": (),
    }
    assert file.attribute(groups["a/b"], "s") == "text"
    assert file.attribute(groups["a/b"], "t") is None


def test_names_need_not_be_utf_8():
    file = reading(lambda f: f.create_group(b"\xff\xfe").create_dataset("w", data=[1]))
    assert list(file.tree().datasets) == ["\\xff\\xfe/w"]
    assert only(file).tolist() == [1]


# ---- what is refused


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        (h5py.ExternalLink("/etc/passwd", "/x"), "is a link into another file, which is not followed"),
        (h5py.SoftLink("/"), "is a soft link, which Keras neither writes nor reads"),
        (h5py.SoftLink("/nowhere"), "is a soft link, which Keras neither writes nor reads"),
    ],
)
def test_links_are_not_followed(link, reason):
    tree = reading(lambda f: f.__setitem__("a", link)).tree()
    assert tree.refused == {"a": reason}
    assert list(tree.groups) == [""]


def test_a_group_inside_itself():
    def fill(file):
        file["a/self"] = file.create_group("a")

    with pytest.raises(FormatError, match="expected at most 64 groups in each other"):
        reading(fill).tree()


def test_too_many_objects(monkeypatch):
    monkeypatch.setattr(hdf5, "MAX_OBJECTS", 5)
    with pytest.raises(FormatError, match="expected at most 5 objects"):
        reading(lambda f: [f.create_group(str(number)) for number in range(9)]).tree()


def test_values_in_another_file(tmp_path):
    (tmp_path / "secret").write_bytes(bytes(40))
    file = reading(lambda f: f.create_dataset("a", (10,), "f4", external=[(str(tmp_path / "secret"), 0, 40)]))
    with pytest.raises(FormatError, match="its values are in another file"):
        only(file)


def test_virtual_datasets():
    def fill(file):
        layout = h5py.VirtualLayout((4,), "f4")
        layout[:] = h5py.VirtualSource("other.h5", "x", (4,))
        file.create_virtual_dataset("a", layout)

    with pytest.raises(FormatError, match="is a virtual dataset"):
        only(reading(fill))


@pytest.mark.parametrize("options", [{}, {"chunks": (1024, 1024), "compression": "gzip"}])
def test_a_small_file_that_claims_much(options):
    with pytest.raises(FormatError, match=f"expected at most {hdf5.MAX_VALUES} bytes, not {4 << 40}"):
        only(reading(lambda f: f.create_dataset("a", (1 << 20, 1 << 20), "f4", **options)))


def test_what_was_never_written_is_not_zero():
    with pytest.raises(FormatError, match="was never written"):
        only(reading(lambda f: f.create_dataset("a", (4,), "f4")))


def test_a_chunk_that_claims_much():
    def fill(file):
        file.create_dataset("a", (4,), "f4", chunks=(1 << 28,), maxshape=(None,), compression="gzip")[:] = 1

    with pytest.raises(FormatError, match="in chunks of"):
        only(reading(fill))


@pytest.mark.parametrize("code", [307, 32015])
def test_unknown_filters(code):
    def fill(file):
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_chunk((4,))
        plist.set_filter(code, h5py.h5z.FLAG_OPTIONAL)
        space = h5py.h5s.create_simple((4,))
        dataset = h5py.h5d.create(file.id, b"a", h5py.h5t.NATIVE_FLOAT, space, plist)
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, np.ones(4, "f4"))

    with pytest.raises(UnsupportedError, match=f"filter {code}"):
        only(reading(fill))


@pytest.mark.parametrize(
    "value", ["text", np.array([b"a", b"bb"]), np.zeros(2, [("x", "f4")]), np.zeros(1, "V7"), np.zeros(1, "V2")]
)
def test_values_that_are_no_numbers(value):
    file = reading(lambda f: f.create_dataset("a", data=value))
    assert len(file.tree().datasets) == 1
    with pytest.raises(UnsupportedError, match="unsupported dtype"):
        only(file)


def test_references_are_not_read():
    file = reading(lambda f: f.create_dataset("a", data=np.array([f.ref], h5py.ref_dtype), dtype=h5py.ref_dtype))
    with pytest.raises(UnsupportedError, match="unsupported dtype"):
        only(file)


def test_datasets_without_values():
    assert reading(lambda f: f.create_dataset("a", data=h5py.Empty("f4"))).tree().refused == {"a": "has no values"}


def test_a_large_attribute(monkeypatch):
    monkeypatch.setattr(hdf5, "MAX_ATTRIBUTE", 100)
    file = reading(lambda f: f.attrs.__setitem__("a", np.zeros(26, "f4")))
    with pytest.raises(FormatError, match="expected at most 100 bytes, not 104"):
        file.attribute(b"/", "a")


def test_attributes_of_other_types_are_not_read(monkeypatch):
    def fill(file):
        file.attrs.create("sequence", np.array([np.arange(3), np.arange(2)], object), dtype=h5py.vlen_dtype("i4"))
        file.attrs["record"] = np.zeros(2, [("x", "f4")])

    file = reading(fill)
    monkeypatch.setattr(h5py, "AttributeManager", None)
    assert [file.attribute(b"/", name) for name in ("sequence", "record")] == [None, None]


def test_a_truncated_file():
    data = made(lambda f: f.create_dataset("a", data=np.ones(1000)))
    with pytest.raises(FormatError, match=f"^the file: expected {len(data)} bytes, the file ends at {len(data) - 9}$"):
        HDF5(BytesSource(data[:-9]))


@pytest.mark.parametrize("data", [b"", b"\x89HDF\r\n\x1a\n", b"nothing of the kind", bytes(4096)])
def test_no_hdf5(data):
    with pytest.raises(FormatError, match="the file: HDF5 cannot read it"):
        HDF5(BytesSource(data))


class Failing:
    """A source that fails after a number of reads."""

    def __init__(self, data, reads):
        self.size, self._data, self._left = len(data), data, reads

    def read(self, offset, length, /):
        self._left -= 1
        if self._left < 0:
            raise OSError(5, "the network is down")
        check_range(self.size, offset, length)
        return self._data[offset : offset + length]

    def close(self):
        pass


def test_the_error_of_the_storage_is_told_as_its_own():
    def fill(file):
        for number in range(100):
            file.create_dataset(f"{number}/w", data=np.ones(1000))

    data = made(fill)
    with pytest.raises(OSError, match="the network is down"):
        HDF5(Failing(data, 0))
    file = HDF5(Failing(data, 3))
    with pytest.raises(OSError, match="the network is down"):
        [file.read(dataset) for dataset in file.tree().datasets.values()]


OUTLIVING = """
import io, sys, h5py
from bnlint.formats.hdf5 import HDF5

class Failing:
    size = 100_000
    def read(self, offset, length, /):
        raise OSError(5, "the network is down")

try:
    HDF5(Failing())
except OSError as error:
    print(error)
"""


def test_a_file_that_failed_does_not_outlive_python():
    done = subprocess.run([sys.executable, "-c", OUTLIVING], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "[Errno 5] the network is down\n")
