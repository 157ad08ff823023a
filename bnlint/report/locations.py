"""Paths and addresses as the reports for code-hosting sites need them: relative, without a scheme, and as URIs.

Works on words alone: asks no file system and no environment. A relative path starts from the directory that bnlint ran
in, which is the root of the repository in a CI job unless it says otherwise.
"""

from __future__ import annotations

import posixpath
import re
from typing import NamedTuple
from urllib.parse import quote

from bnlint.results import RunReport

_URL = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.\-]+::)*(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]+)://", re.ASCII)
"""``gs://``, or fsspec's chains such as ``simplecache::gs://``."""
_LOCAL_SCHEMES = frozenset({"file", "local"})
_UNRESERVED_IN_PATHS = "/:@!$&'()*+,;="
"""What RFC 3986 (3.3) allows in a path as it is, beside letters, digits and ``-._~``."""


class Place(NamedTuple):
    """Where an artifact is, seen from the directory that bnlint ran in."""

    path: str
    """Relative; of what is in a remote store, the address without its scheme."""
    address: str | None = None
    """The whole address of what is in a remote store."""

    @property
    def is_inside(self) -> bool:
        """Whether it is a file or directory below that directory."""
        return self.address is None and self.path != ".." and not self.path.startswith("../")

    @property
    def uri(self) -> str:
        """The path as a relative reference of RFC 3986 (4.2): its first part, up to a slash, holds no bare colon."""
        encoded = quote(_bytes(self.path), safe=_UNRESERVED_IN_PATHS)
        return f"./{encoded}" if ":" in encoded.partition("/")[0] else encoded


def place_of(path: str, directory: str) -> Place:
    """Return where ``path`` is, as it was given to a bnlint that ran in ``directory``."""
    url = _URL.match(path)
    if url is None:
        return _local(path, directory)
    rest = path[url.end() :]
    if url[0] == f"{url['scheme']}://" and url["scheme"].lower() in _LOCAL_SCHEMES:
        return _local(rest, directory)
    return Place(rest.lstrip("/") or ".", path)


def newest(run: RunReport) -> str:
    """Return the path of the newest checkpoint of a run, which is where a report tells of the run."""
    return run.artifacts[-1] if run.artifacts else run.name


def _local(path: str, directory: str) -> Place:
    start = posixpath.join("/", directory)
    return Place(posixpath.relpath(posixpath.join(start, path), start))


def _bytes(text: str) -> bytes:
    """Return the bytes of a name: those that are no text are kept by Python as U+DC80 to U+DCFF."""
    return b"".join(
        c.encode("utf-8", "surrogateescape" if "\udc80" <= c <= "\udcff" else "surrogatepass") for c in text
    )
