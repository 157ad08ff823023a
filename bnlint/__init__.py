"""bnlint finds batch-normalization mistakes in saved TensorFlow and Keras checkpoints.

>>> report = bnlint.check("model.ckpt-18000")
>>> [f"{finding.layer}: {finding.message}" for finding in report.findings]

Importing this package is cheap: nothing heavier than the standard library is loaded until it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from bnlint.config import Settings
    from bnlint.findings import (
        ArtifactReport,
        Confidence,
        Finding,
        LayerReport,
        Problem,
        ProblemKind,
        Related,
        Report,
        RunReport,
        Severity,
        Skipped,
        Step,
        Summary,
        TensorSummary,
    )

__all__ = [
    "ArtifactReport",
    "Confidence",
    "Finding",
    "LayerReport",
    "Problem",
    "ProblemKind",
    "Related",
    "Report",
    "RunReport",
    "Settings",
    "Severity",
    "Skipped",
    "Step",
    "Summary",
    "TensorSummary",
    "__version__",
    "check",
    "inspect",
]
__version__ = "0.1.0"

_HOME = dict.fromkeys(__all__, "bnlint.findings") | {"Settings": "bnlint.config"}
"""Where what is public lives."""


def check(paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]], settings: Settings | None = None) -> Report:
    """Check every artifact that ``paths`` mean: a checkpoint's prefix, a file, a directory, a glob, a URL.

    A directory means the newest artifact of every run below it, or all of them with ``Settings(all=True)``;
    ``Settings(jobs=4)`` shares the work among processes. What is wrong with a path or a file is a problem in the
    report, not an exception.

    Raises:
        ValueError: ``settings`` select or ignore a rule that does not exist.
    """
    from bnlint.checking import check_paths  # noqa: PLC0415 - numpy and protobuf, only when used

    return check_paths(_as_strings(paths), settings)


def inspect(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]], settings: Settings | None = None
) -> Report:
    """Take the inventory of every artifact that ``paths`` mean: its layers, without findings.

    Of the ``settings``, ``all`` and ``jobs`` count.
    """
    from bnlint.checking import inspect_paths  # noqa: PLC0415 - numpy and protobuf, only when used

    return inspect_paths(_as_strings(paths), settings)


def _as_strings(paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[str]:
    import os  # noqa: PLC0415 - at the top it would be part of the API

    return [os.fspath(paths)] if isinstance(paths, str | os.PathLike) else [os.fspath(path) for path in paths]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib  # noqa: PLC0415 - only when used

    value: object = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
