"""A web server on this machine: sends ranges, counts what it sends, and can be told to misbehave."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Server(ThreadingHTTPServer):
    """Serves the files of a directory."""

    daemon_threads = True

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = root
        self.sent = 0
        """Bytes of bodies."""
        self.requests: list[str] = []
        self.sends_ranges = True
        self.says_length = True
        self.delay = 0.0
        self.at_once = self.most_at_once = 0
        """Requests that are being answered."""
        self.status: dict[str, int] = {}
        """Answers other than the file, by the end of the path."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        wanted = self.headers.get("Range")
        self.server.requests.append(f"{self.command} {self.path} {wanted or ''}".rstrip())
        self.server.at_once += 1
        self.server.most_at_once = max(self.server.at_once, self.server.most_at_once)
        time.sleep(self.server.delay)
        self.server.at_once -= 1
        status = next((code for end, code in self.server.status.items() if self.path.endswith(end)), 200)
        path = self.server.root / self.path.lstrip("/")
        if status == 200 and not path.is_file():
            status = 404
        total = path.stat().st_size if status == 200 else 0
        if status == 200 and wanted and self.server.sends_ranges:
            start, _, end = wanted.removeprefix("bytes=").partition("-")
            data = _part(path, int(start), int(end) + 1)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{int(start) + len(data) - 1}/{total}")
        else:
            data = path.read_bytes() if status == 200 else b"no"
            self.send_response(status)
        if self.server.says_length:
            self.send_header("Content-Length", str(len(data)))
        else:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if with_body:
            with contextlib.suppress(OSError):
                self.wfile.write(data)
            self.server.sent += len(data)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


def _part(path: Path, start: int, end: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(end - start)


@contextlib.contextmanager
def serving(root: Path) -> Iterator[Server]:
    with Server(root) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
