"""The reader of archives against `zipfile`, and what it refuses."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib

import pytest

from bnlint.formats import zip_archive
from bnlint.formats.errors import FormatError, UnsupportedError
from bnlint.formats.source import BytesSource
from bnlint.formats.zip_archive import ZipArchive
from tests.formats.counting import Counting

MEMBERS = {"a.json": b"{}" * 300, "deep/b.bin": random.Random(0).randbytes(5000), "empty": b""}


def made(members=MEMBERS, method=zipfile.ZIP_STORED, **options):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method, **options) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize("before", [b"", b"#!/bin/sh\n"])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_reads_members(method, before):
    archive = ZipArchive(BytesSource(before + made(method=method)))
    assert archive.names == tuple(MEMBERS)
    for name, data in MEMBERS.items():
        assert archive.read(name, 5000) == data
        source = archive.open(name)
        assert source.size == len(data)
        assert source.read(len(data) // 2, 0) == b""
        assert source.read(0, len(data)) == data
        with pytest.raises(FormatError):
            source.read(1, len(data))


def test_reads_64_bit_archives():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, archive.open("w", "w", force_zip64=True) as member:
        member.write(b"abc")
    assert ZipArchive(BytesSource(buffer.getvalue())).read("w", 3) == b"abc"


def test_a_stored_member_is_not_read_to_be_opened():
    source = Counting(made({"w": bytes(10**6)}))
    member = ZipArchive(source).open("w")
    assert member.read(10**6 - 3, 3) == bytes(3)
    assert source.total < 20_000


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_checksum_of_what_is_read_as_a_whole(method):
    data = bytearray(made(method=method))
    data[data.index(b"PK\x01\x02") + 16] ^= 1  # in the list of members
    with pytest.raises(FormatError, match=r"a\.json: expected checksum 0x"):
        ZipArchive(BytesSource(bytes(data))).read("a.json", 5000)


def test_a_bound_on_what_is_read_as_a_whole():
    with pytest.raises(FormatError, match="expected at most 599 bytes, not 600"):
        ZipArchive(BytesSource(made())).read("a.json", 599)


def test_bombs():
    data = made({"bomb": bytes(10**8)}, zipfile.ZIP_DEFLATED)
    with pytest.raises(FormatError, match="100 for one, not 100000000"):
        ZipArchive(BytesSource(data)).open("bomb")


def test_more_than_was_said():
    """The size is made smaller: no more than that is decompressed."""
    data = bytearray(made({"bomb": bytes(10**5)}, zipfile.ZIP_DEFLATED))
    struct.pack_into("<L", data, data.index(b"PK\x01\x02") + 24, 1000)
    with pytest.raises(FormatError, match="expected 1000 bytes, found 1001 or more"):
        ZipArchive(BytesSource(bytes(data))).open("bomb")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions(method):
    with pytest.raises(UnsupportedError, match="is compressed in a way that bnlint cannot read"):
        ZipArchive(BytesSource(made(method=method))).open("a.json")


def test_encrypted_members():
    data = bytearray(made())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(UnsupportedError, match="is encrypted"):
        ZipArchive(BytesSource(bytes(data))).open("a.json")


def test_archives_on_several_disks():
    data = bytearray(made())
    struct.pack_into("<H", data, data.index(b"PK\x01\x02") + 34, 1)
    with pytest.raises(UnsupportedError, match="is in another part of the archive"):
        ZipArchive(BytesSource(bytes(data))).open("a.json")


def test_a_name_twice():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a", "1")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a", "2")
    with pytest.raises(FormatError, match="expected every name once"):
        ZipArchive(BytesSource(buffer.getvalue()))


def test_a_large_list_of_members(monkeypatch):
    monkeypatch.setattr(zip_archive, "MAX_DIRECTORY", 1 << 17)
    with pytest.raises(FormatError, match="expected at most 131072 bytes"):
        ZipArchive(BytesSource(made({str(number).zfill(100): b"" for number in range(2000)})))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"not at all", made()[:-10], made()[:200]])
def test_no_archive(data):
    with pytest.raises(FormatError, match="expected a zip archive"):
        ZipArchive(BytesSource(data))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_mutants_are_refused_or_harmless(method):
    rng = random.Random(1)
    original = made(method=method)
    for _ in range(400):
        data = bytearray(original)
        for _ in range(rng.choice([1, 1, 4])):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            archive = ZipArchive(
                BytesSource(bytes(data[: rng.choice([len(data), len(data), rng.randrange(len(data))])]))
            )
            for name in archive.names:
                assert zlib.crc32(archive.read(name, 10**6)) >= 0
        except FormatError:
            pass
