"""What a file is, by its first bytes: the things found under the name of a checkpoint that are none.

Keras's HDF5 files and archives are named too, for where something else was expected. Only names them; neither opens
archives nor deserialises anything.
"""

from __future__ import annotations

import re
from typing import NamedTuple

HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
ZIP_MAGIC = b"PK\x03\x04"
"""What an archive begins with; one without members does not."""
HEAD_SIZE = 512
"""Bytes of the beginning that `identify` wants; all of them for a shorter file."""


class Identity(NamedTuple):
    """What a file is, as a noun phrase, and what to do about it (may be empty)."""

    noun: str
    advice: str = ""

    def instead_of(self, expected: str) -> str:
        """Say what the file is, and that it is not what was ``expected``."""
        return f"is {self.noun}, not {expected}" + (f"; {self.advice}" if self.advice else "")


_MAGICS: tuple[tuple[int, bytes, Identity], ...] = (
    (0, b"\x00\x05\x16\x07", Identity("an AppleDouble file (macOS metadata)", "delete it")),
    (0, b"\x00\x05\x16\x00", Identity("an AppleSingle file (macOS metadata)")),
    (0, HDF5_MAGIC, Identity("an HDF5 file, as Keras saves")),
    (0, ZIP_MAGIC, Identity("a zip archive, such as .keras, .npz or a PyTorch checkpoint")),
    (0, b"\x93NUMPY", Identity("a NumPy array")),
    (0, b"\x1f\x8b", Identity("gzip-compressed", "decompress it first")),
    (0, b"BZh", Identity("bzip2-compressed", "decompress it first")),
    (0, b"\xfd7zXZ\x00", Identity("xz-compressed", "decompress it first")),
    (0, b"\x28\xb5\x2f\xfd", Identity("zstd-compressed", "decompress it first")),
    (0, b"7z\xbc\xaf\x27\x1c", Identity("a 7-Zip archive", "unpack it first")),
    (0, b"Rar!\x1a\x07", Identity("a RAR archive", "unpack it first")),
    (257, b"ustar", Identity("a tar archive", "unpack it first")),
    (4, b"TFL3", Identity("a TensorFlow Lite model")),
    (0, b"\x89PNG\r\n\x1a\n", Identity("a PNG image")),
    (0, b"\xff\xd8\xff", Identity("a JPEG image")),
    (0, b"%PDF-", Identity("a PDF document")),
    (0, b"SQLite format 3\x00", Identity("an SQLite database")),
)

_PICKLE = re.compile(rb"\x80[\x02-\x05][\x8a\x95}\](cc]")
_ONNX = re.compile(rb"\x08[\x03-\x20]\x12[\x01-\x40][ -~]", re.DOTALL)
"""ir_version, then producer_name (onnx.proto). A SavedModel begins alike, but its schema version is 1."""
_SAFETENSORS = re.compile(rb".{4}\x00{4}\{\s*\"", re.DOTALL)
_EVENTS = re.compile(rb".{8}.{4}\x09.{8}\x1a.brain\.Event:", re.DOTALL)
"""A TFRecord whose first record is an Event: wall_time, file_version (core/util/event.proto)."""
_LFS = re.compile(rb"version https://git-lfs\.github\.com/spec/[^\n]*\n(?:[^\n]*\n)*?oid (sha256:[0-9a-f]{64})")
_HTML = re.compile(rb"(?i)(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.DOTALL)
_JSON = re.compile(rb'[{\[]\s*["{\[\]}]')


def identify(head: bytes) -> Identity | None:
    """Name a file by its first `HEAD_SIZE` bytes, or return None where they are nothing in particular."""
    if not head:
        return Identity("empty")
    if not head.strip(b"\x00") and len(head) >= 16:
        return Identity("filled with zero bytes", "it was probably never written completely")
    for offset, magic, identity in _MAGICS:
        if head.startswith(magic, offset):
            return identity
    if _PICKLE.match(head):
        return Identity("a pickle, as PyTorch saves")
    if _SAFETENSORS.match(head):
        return Identity("a safetensors file")
    if _ONNX.match(head):
        return Identity("an ONNX model")
    if _EVENTS.match(head):
        return Identity("a TensorBoard event file")
    return _text(head)


def _text(head: bytes) -> Identity | None:
    if head.startswith(b"version https://git-lfs.github.com/spec/"):
        match = _LFS.match(head)
        oid = f" (oid {match[1].decode()})" if match else ""
        return Identity(f"a Git LFS pointer{oid}", "run 'git lfs pull'")
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if _HTML.match(text):
        return Identity("an HTML page", "the download returned a web page")
    if text.startswith(b"<?xml"):
        return Identity("an XML document", "the download may have returned an error message")
    if _JSON.match(text):
        return Identity("a JSON document")
    return None
