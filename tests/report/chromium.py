"""A headless Chromium for tests of pages; without one, or without Playwright, they are skipped and say why."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

BINARIES = ("chromium", "chromium-browser", "google-chrome")
_VARIABLE = "BNLINT_CHROMIUM"
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")


def binary() -> str | None:
    """Return the browser that the environment names, or the first one on the path."""
    named = os.environ.get(_VARIABLE)
    return named or next((found for name in BINARIES if (found := shutil.which(name))), None)


@contextlib.contextmanager
def browser() -> Iterator[Any]:
    """Start a browser."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = binary()
    if path is None:
        pytest.skip(f"no Chromium: neither {_VARIABLE} nor one of {', '.join(BINARIES)} on the path")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        yield chromium
        chromium.close()


class Opened:
    """A page in a tab of its own, with everything that it did and should not have done."""

    def __init__(self, chromium: Any, path: pathlib.Path, **options: Any) -> None:
        self.context = chromium.new_context(**{"viewport": {"width": 1400, "height": 1000}, **options})
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.url = path.as_uri()
        self.page.goto(self.url)
