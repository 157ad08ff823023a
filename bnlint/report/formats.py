"""The formats of a report, by name: what each is for, and the function that writes it. Loads only what is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TypeAlias

from bnlint.report.about import About
from bnlint.results import Report

Renderer: TypeAlias = Callable[[Report, About], Iterator[str]]
"""Writes a report piece by piece, whole even when nothing was found or nothing could be read."""

TEXT = "text"
"""For people, in a terminal. Each command has its own."""

MACHINES: Mapping[str, str] = MappingProxyType(
    {
        "json": "bnlint.report.json",
        "jsonl": "bnlint.report.jsonl",
        "sarif": "bnlint.report.sarif",
        "junit": "bnlint.report.junit",
        "github": "bnlint.report.github",
        "gitlab": "bnlint.report.gitlab",
        "markdown": "bnlint.report.markdown",
        "html": "bnlint.report.html",
        "openmetrics": "bnlint.report.openmetrics",
    }
)
"""The module of each other format, which has a function ``pieces``."""

NAMES = (TEXT, *MACHINES)


def renderer(name: str) -> Renderer:
    """Return what writes the format ``name``, one of `MACHINES`."""
    write: Renderer = importlib.import_module(MACHINES[name]).pieces
    return write
