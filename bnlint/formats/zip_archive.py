"""A zip archive over a `Source`: its members, each as a source of its own, without unpacking anything to disk.

A stored member is read in place, so its checksum is only verified where it is read as a whole. A compressed one is
decompressed into memory, within bounds. Knows nothing of what the members are.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import IO, cast

from bnlint.formats.errors import FormatError, UnsupportedError
from bnlint.formats.identify import ZIP_MAGIC
from bnlint.formats.source import BytesSource, Source, check_range
from bnlint.formats.source_file import SourceFile

MAX_DIRECTORY = 1 << 26
"""Bytes of the list of members."""
MAX_MEMBER = 1 << 29
"""Bytes of one member that has to be decompressed."""
MAX_RATIO = 100
"""A member that grows by more is a bomb; weights hardly shrink at all."""
_SMALL = 1 << 20
"""Bytes of which the ratio says nothing: text may shrink by more."""
_LOCAL_HEADER = struct.Struct("<4s5H3L2H")
_ENCRYPTED = 1
_PIECE = 1 << 20


class Section:
    """A range of another source. Closing it leaves that open."""

    def __init__(self, source: Source, offset: int, size: int) -> None:
        check_range(source.size, offset, size)
        self._source = source
        self._offset = offset
        self.size = size

    def read(self, offset: int, length: int, /) -> bytes:
        """Return exactly ``length`` bytes from ``offset``."""
        check_range(self.size, offset, length)
        return self._source.read(self._offset + offset, length)

    def close(self) -> None:
        """Do nothing; the source is closed by who opened it."""


class ZipArchive:
    """The members of an archive.

    Attributes:
        names: the names of the members, as they are stored.

    Raises:
        FormatError: it is no zip archive, or a damaged one.
        OSError: the storage failed.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._members = _members(source)
        self.names = tuple(self._members)

    def read(self, name: str, limit: int) -> bytes:
        """Return a member as a whole, its checksum verified.

        Raises:
            FormatError: it is damaged or larger than ``limit``.
            UnsupportedError: it is encrypted, or compressed in a way that bnlint cannot read.
            OSError: the storage failed.
        """
        member = self._members[name]
        if member.file_size > limit:
            raise FormatError(name, f"expected at most {limit} bytes, not {member.file_size}")
        source = self.open(name)
        data = source.read(0, source.size)
        if member.compress_type == zipfile.ZIP_STORED:
            _check(member, data)
        return data

    def open(self, name: str) -> Source:
        """Return a member as a source: a range of the archive where it is stored as it is.

        Raises:
            FormatError: it is damaged, or a bomb.
            UnsupportedError: it is encrypted, or compressed in a way that bnlint cannot read.
            OSError: the storage failed.
        """
        member = self._members[name]
        if member.flag_bits & _ENCRYPTED:
            raise UnsupportedError(name, "is encrypted")
        if member.volume:
            raise UnsupportedError(name, "is in another part of the archive")
        stored = Section(self._source, self._begin(member), member.compress_size)
        if member.compress_type == zipfile.ZIP_STORED:
            if member.compress_size != member.file_size:
                raise FormatError(name, f"expected {member.file_size} bytes, found {member.compress_size}")
            return stored
        if member.compress_type != zipfile.ZIP_DEFLATED:
            raise UnsupportedError(name, f"is compressed in a way that bnlint cannot read ({member.compress_type})")
        if member.file_size > MAX_MEMBER or member.file_size > _SMALL + MAX_RATIO * member.compress_size:
            raise FormatError(name, f"expected at most {MAX_MEMBER} bytes, {MAX_RATIO} for one, not {member.file_size}")
        data = _inflated(member, stored)
        _check(member, data)
        return BytesSource(data)

    def _begin(self, member: zipfile.ZipInfo) -> int:
        """Return where the bytes of a member begin; the local header may be longer than the list of members says."""
        header = self._source.read(member.header_offset, _LOCAL_HEADER.size)
        magic, *_, name, extra = _LOCAL_HEADER.unpack(header)
        if magic != ZIP_MAGIC:
            raise FormatError(f"offset {member.header_offset}", f"expected the header of {member.filename}")
        return member.header_offset + _LOCAL_HEADER.size + int(name) + int(extra)


def _members(source: Source) -> Mapping[str, zipfile.ZipInfo]:
    file = SourceFile(source, max_read=MAX_DIRECTORY)
    try:
        with zipfile.ZipFile(cast("IO[bytes]", file)) as archive:  # a raw file is enough for reading
            members = archive.infolist()
    except (FormatError, OSError):
        raise
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, struct.error, LookupError) as error:
        raise FormatError("the list of members", f"expected a zip archive that is not cut short: {error}") from error
    names = {member.filename: member for member in members}
    if len(names) != len(members):
        raise FormatError("the list of members", "expected every name once")
    return MappingProxyType(names)


def _inflated(member: zipfile.ZipInfo, stored: Section) -> bytes:
    """Decompress a member, never into more than it is said to have."""
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    parts: list[bytes] = []
    left = member.file_size + 1
    try:
        for offset in range(0, stored.size, _PIECE):
            parts.append(inflate.decompress(stored.read(offset, min(_PIECE, stored.size - offset)), left))
            left -= len(parts[-1])
            if inflate.eof or left <= 0:
                break
    except zlib.error as error:
        raise FormatError(member.filename, f"cannot be decompressed: {error}") from error
    return b"".join(parts)


def _check(member: zipfile.ZipInfo, data: bytes) -> None:
    if len(data) != member.file_size:
        raise FormatError(member.filename, f"expected {member.file_size} bytes, found {len(data)} or more")
    if zlib.crc32(data) != member.CRC:
        raise FormatError(member.filename, f"expected checksum 0x{member.CRC:08x}, found 0x{zlib.crc32(data):08x}")
