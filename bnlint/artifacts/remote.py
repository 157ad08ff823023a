"""Remote stores: everything that fsspec has a filesystem for, through the same `Storage` as a local disk.

Files are read by byte ranges, as `bnlint.artifacts.remote_file` plans them, so that a check costs the same few
kilobytes as locally. What a store cannot do (list a directory over plain http, answer, find its credentials) is an
OSError of one line. fsspec is imported when the first URL is met.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

from bnlint.artifacts.remote_file import PAGE, Pages, RemoteFile
from bnlint.artifacts.storage import FileFacts
from bnlint.formats.errors import FormatError
from bnlint.formats.source import Source

# ruff: noqa: PLC0415 - fsspec alone takes 60 ms, aiohttp 150

_REMEMBERED = 4
"""Files whose pages are remembered: one that is listed and closed is opened again for its values."""
_AT_ONCE = 16
"""Requests at a time, where a filesystem can do several."""
_CONNECT_SECONDS, _READ_SECONDS = 10.0, 30.0
_ABSENT = (404, 410)
_DENIED = (401, 403)
_HTTP = ("http", "https")
_TIMES = ("mtime", "LastModified", "last_modified", "updated", "created")
_INSTALL = "needs fsspec: pip install 'bnlint[remote]'"


class _Location(NamedTuple):
    """A file of a filesystem of fsspec. ``path`` is as that filesystem wants it."""

    filesystem: Any
    path: str
    is_http: bool


class RemoteStorage:
    """All remote stores. What was seen of one is remembered: nothing is asked for twice in one run."""

    def __init__(self) -> None:
        self._facts: dict[str, FileFacts | None] = {}
        self._pages: OrderedDict[tuple[str, FileFacts], Pages] = OrderedDict()
        self._lock = threading.Lock()

    def names(self, directory: str, /) -> tuple[str, ...]:
        """List a directory, and remember what the store says of the files in it."""
        place = _locate(directory)
        if place.is_http:
            raise OSError("cannot be listed over http; name a checkpoint's prefix, or one of its files")
        with _plainly():
            listed = place.filesystem.ls(place.path, detail=True)
        found: dict[str, FileFacts] = {}
        own = place.path.strip("/")
        for entry in listed:
            whole = str(entry["name"]).rstrip("/")
            if whole.strip("/") != own:  # some stores list a directory within itself
                found[whole.rpartition("/")[2]] = _facts(entry)
        if not found and not self._is_directory(place):
            raise NotADirectoryError("is no directory")
        head = directory.rstrip("/") + "/"
        with self._lock:
            self._facts.update({head + name: facts for name, facts in found.items()})
        return tuple(sorted(found))

    @staticmethod
    def _is_directory(place: _Location) -> bool:
        with _plainly():
            return bool(place.filesystem.isdir(place.path))

    def facts(self, path: str, /) -> FileFacts | None:
        """Ask the store, once.

        Raises:
            OSError: it did not answer, or does not tell.
        """
        with self._lock:
            if path in self._facts:
                return self._facts[path]
        place = _locate(path)
        try:
            with _plainly():
                found: FileFacts | None = _facts(place.filesystem.info(place.path))
        except (FileNotFoundError, NotADirectoryError):
            found = None
        with self._lock:
            self._facts[path] = found
        return found

    def identity(self, path: str, /) -> str:
        """Return the URL as the filesystem spells it."""
        try:
            place = _locate(path)
            return str(place.filesystem.unstrip_protocol(place.path)).rstrip("/")
        except OSError:
            return path

    def open(self, path: str, /) -> Source:
        """Prepare to read a file; nothing is fetched yet."""
        facts = self.facts(path)
        if facts is None:
            raise FileNotFoundError("is not there")
        if facts.is_directory:
            raise FormatError("offset 0", "expected a regular file")
        if facts.size < 0:
            raise OSError("the server does not say how long it is")
        place = _locate(path)
        at_once = _AT_ONCE if getattr(place.filesystem, "async_impl", False) else 1
        return RemoteFile(_fetcher(place), facts.size, self._pages_of(path, facts), at_once)

    def _pages_of(self, path: str, facts: FileFacts) -> Pages:
        """Return what is remembered of a file that has not changed since."""
        with self._lock:
            pages = self._pages.setdefault((path, facts), Pages())
            self._pages.move_to_end((path, facts))
            if len(self._pages) > _REMEMBERED:
                self._pages.popitem(last=False)
        return pages

    def forget(self) -> None:
        """Ask again for what was seen before."""
        with self._lock:
            self._facts.clear()
            self._pages.clear()


REMOTE = RemoteStorage()


def _locate(url: str) -> _Location:
    """Find the filesystem of a URL.

    Raises:
        OSError: it cannot be had, with what to install or to correct.
    """
    try:
        import fsspec
    except ImportError:
        raise OSError(_INSTALL) from None
    protocol = url.partition("://")[0].lower()
    is_http = protocol in _HTTP
    try:
        filesystem, path = fsspec.core.url_to_fs(url, **(_http_options() if is_http else {}))
    except ImportError as error:
        if is_http:
            raise OSError(_INSTALL) from None
        raise OSError(f"{protocol}:// needs another package: {_words(error)}") from None
    except ValueError as error:
        raise OSError(_words(error)) from None
    except Exception as error:
        raise OSError(f"{protocol}:// cannot be used: {_words(error)}") from error
    return _Location(filesystem, path, is_http)


def _http_options() -> Mapping[str, Any]:
    """Return how to talk to a web server: never compressed, since offsets would be those of something else."""
    import aiohttp

    timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS, sock_read=_READ_SECONDS)
    return {"headers": {"Accept-Encoding": "identity"}, "client_kwargs": {"timeout": timeout}}


def _fetcher(place: _Location) -> Callable[[int, int], bytes]:
    """Return what fetches the bytes from one offset to another.

    A web server may ignore a range and send the whole file; fsspec's file notices, ``cat_file`` does not.
    """

    def fetch(start: int, end: int) -> bytes:
        with _plainly():
            return bytes(place.filesystem.cat_file(place.path, start=start, end=end))

    def fetch_http(start: int, end: int) -> bytes:
        with _plainly(), place.filesystem.open(place.path, block_size=PAGE, cache_type="none", size=end) as file:
            try:
                return bytes(file._fetch_range(start, end))  # noqa: SLF001 - what its caches call
            except ValueError:
                raise OSError("the server does not send parts of a file (range requests), which bnlint needs") from None

    return fetch_http if place.is_http else fetch


def _facts(entry: Mapping[str, Any]) -> FileFacts:
    size = entry.get("size")
    return FileFacts(entry.get("type") == "directory", -1 if size is None else int(size), _modified(entry))


def _modified(entry: Mapping[str, Any]) -> float:
    """Return when a file was written; every filesystem has its own word for it, and some none."""
    for key in _TIMES:
        value = entry.get(key)
        if isinstance(value, int | float):
            return float(value)
        if isinstance(value, datetime):
            return value.timestamp()
    return 0.0


@contextmanager
def _plainly() -> Iterator[None]:
    """Turn whatever a filesystem raises into an OSError of one line; only what is not there keeps its class."""
    try:
        yield
    except FileNotFoundError as error:
        cause = error.__cause__
        is_sure = cause is None or isinstance(cause, FileNotFoundError) or getattr(cause, "status", 0) in _ABSENT
        if not is_sure:  # over http, whatever goes wrong is called not found
            raise OSError(_reason(cause or error)) from error
        raise FileNotFoundError("is not there") from error
    except NotADirectoryError:
        raise NotADirectoryError("is no directory") from None
    except Exception as error:
        if getattr(error, "status", 0) in _ABSENT:
            raise FileNotFoundError("is not there") from error
        raise OSError(_reason(error)) from error


def _reason(error: BaseException) -> str:
    status = getattr(error, "status", None)
    if status in _DENIED or isinstance(error, PermissionError):
        return f"access is denied ({status})" if status else f"access is denied: {_words(error)}"
    if isinstance(status, int) and status:
        return f"the server answers {status} {getattr(error, 'message', '')}".rstrip()
    if isinstance(error, TimeoutError) or type(error).__name__.endswith("TimeoutError"):
        return "the server does not answer in time"
    return _words(error)


def _words(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
