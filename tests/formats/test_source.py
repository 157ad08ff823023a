from __future__ import annotations

import os

import pytest

from bnlint.formats.errors import FormatError
from bnlint.formats.source import BytesSource, LocalFile, SourcePool, read_whole


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(bytes(range(100)))
    return str(path)


@pytest.fixture(params=["pread", "seek"])
def way(request, monkeypatch):
    if request.param == "seek":
        monkeypatch.delattr(os, "pread")
    return request.param


@pytest.mark.usefixtures("way")
def test_reads_by_position(path):
    file = LocalFile(path)
    assert file.size == 100
    assert file.read(10, 3) == b"\x0a\x0b\x0c"
    assert file.read(0, 100) == bytes(range(100))
    assert file.read(100, 0) == b""
    file.close()
    file.close()


@pytest.mark.parametrize(("offset", "length"), [(98, 3), (101, 0), (-1, 2), (0, -1), (0, 2**62)])
def test_refuses_ranges_outside_before_reading(path, offset, length):
    for source in (LocalFile(path), BytesSource(bytes(100))):
        with pytest.raises(FormatError, match=f"offset {offset}: expected {length} bytes, the file ends at 100"):
            source.read(offset, length)
        source.close()


@pytest.mark.usefixtures("way")
def test_notices_a_file_cut_under_it(path):
    file = LocalFile(path)
    os.truncate(path, 40)
    with pytest.raises(FormatError, match="offset 40: expected 60 more bytes, the file ends here"):
        file.read(0, 100)
    file.close()


def test_joins_short_reads(path, monkeypatch):
    real = os.pread
    monkeypatch.setattr(os, "pread", lambda descriptor, length, offset: real(descriptor, min(length, 7), offset))
    file = LocalFile(path)
    assert file.read(1, 99) == bytes(range(1, 100))
    file.close()


def test_opens_regular_files_only(tmp_path):
    pipe = str(tmp_path / "pipe")
    os.mkfifo(pipe)
    for path in (pipe, str(tmp_path), "/dev/null"):
        with pytest.raises(FormatError, match="expected a regular file"):
            LocalFile(path)
    with pytest.raises(FileNotFoundError):
        LocalFile(str(tmp_path / "nothing"))


def test_a_pool_keeps_the_last_ones_open():
    opened, closed = [], []

    class Named(BytesSource):
        def __init__(self, name):
            super().__init__(name.encode())
            self.name = name
            opened.append(name)

        def close(self):
            closed.append(self.name)

    pool = SourcePool(Named, limit=2)
    for name in ("a", "b", "a", "c", "a", "b"):
        assert pool.get(name).read(0, 1) == name.encode()
    assert opened == ["a", "b", "c", "b"]
    assert closed == ["b", "c"]
    pool.close()
    assert sorted(closed) == ["a", "b", "b", "c"]


def test_a_pool_bounds_the_open_files_of_a_thousand_shards(tmp_path):
    before = len(os.listdir("/dev/fd"))
    pool = SourcePool(LocalFile)
    for number in range(1000):
        path = tmp_path / str(number)
        path.write_bytes(b"x")
        pool.get(str(path))
    assert len(os.listdir("/dev/fd")) - before <= 64
    pool.close()
    assert len(os.listdir("/dev/fd")) == before


def test_a_whole_source_is_bounded():
    assert read_whole(BytesSource(b"abc"), 3, "a word") == b"abc"
    with pytest.raises(FormatError, match=r"^offset 0: expected a word of at most 2 bytes, found 3$"):
        read_whole(BytesSource(b"abc"), 2, "a word")
