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

    from bnlint.config.loading import load_settings
    from bnlint.findings import (
        Confidence,
        Finding,
        Problem,
        ProblemKind,
        Related,
        Severity,
        Skipped,
        Suppression,
        SuppressionKind,
    )
    from bnlint.results import (
        ArtifactReport,
        Distribution,
        LayerChange,
        LayerReport,
        PairReport,
        Report,
        Resolved,
        RunReport,
        Shift,
        Step,
        Summary,
        TensorSummary,
        UnusedSuppression,
    )
    from bnlint.settings import ConfigError, PerPath, Settings, Suppress

__all__ = [
    "ArtifactReport",
    "Confidence",
    "ConfigError",
    "Distribution",
    "Finding",
    "LayerChange",
    "LayerReport",
    "PairReport",
    "PerPath",
    "Problem",
    "ProblemKind",
    "Related",
    "Report",
    "Resolved",
    "RunReport",
    "Settings",
    "Severity",
    "Shift",
    "Skipped",
    "Step",
    "Summary",
    "Suppress",
    "Suppression",
    "SuppressionKind",
    "TensorSummary",
    "UnusedSuppression",
    "__version__",
    "check",
    "diff",
    "exit_code",
    "inspect",
    "load_settings",
]
__version__ = "0.1.0"

_RESULTS = (
    "ArtifactReport",
    "Distribution",
    "LayerChange",
    "LayerReport",
    "PairReport",
    "Report",
    "Resolved",
    "RunReport",
    "Shift",
    "Step",
    "Summary",
    "TensorSummary",
    "UnusedSuppression",
)
_HOME = (
    dict.fromkeys(__all__, "bnlint.findings")
    | dict.fromkeys(_RESULTS, "bnlint.results")
    | dict.fromkeys(("ConfigError", "PerPath", "Settings", "Suppress"), "bnlint.settings")
    | {"load_settings": "bnlint.config.loading"}
)
"""Where what is public lives."""


def check(paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]], settings: Settings | None = None) -> Report:
    """Check every artifact that ``paths`` mean: a checkpoint's prefix, a file, a directory, a glob, a URL.

    A directory means the newest artifact of every run below it, or all of them with ``Settings(all=True)``; with
    ``Settings(history=True)`` those of each run are compared with one another, too. So are several artifacts of one run
    that were named one by one. ``Settings(jobs=4)`` shares the work among processes. What is wrong with a path or a
    file is a problem in the report, not an exception. No configuration is read: `load_settings` does.

    Raises:
        ValueError: ``settings`` name a rule or a threshold that does not exist, or a baseline that cannot be used.
        bnlint.plugin.PluginError: a plugin that is installed cannot be used.
    """
    from bnlint.checking import check_paths  # noqa: PLC0415 - numpy and protobuf, only when used

    return check_paths(_as_strings(paths), settings)


def inspect(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]], settings: Settings | None = None
) -> Report:
    """Take the inventory of every artifact that ``paths`` mean: its layers, without findings.

    Of the ``settings``, ``all``, ``history`` and ``jobs`` count.
    """
    from bnlint.checking import inspect_paths  # noqa: PLC0415 - numpy and protobuf, only when used

    return inspect_paths(_as_strings(paths), settings)


def diff(before: str | os.PathLike[str], after: str | os.PathLike[str], settings: Settings | None = None) -> Report:
    """Compare two artifacts: what moved of every layer from ``before`` to ``after``, how far, and what that looks like.

    The report holds both inventories, without findings of their own, and one run: the pair. Of the ``settings``, those
    about rules and findings count.

    Raises:
        ValueError: ``settings`` name a rule or a threshold that does not exist.
        bnlint.plugin.PluginError: a plugin that is installed cannot be used.
    """
    from bnlint.differing import diff_paths  # noqa: PLC0415 - numpy and protobuf, only when used

    (one,), (other,) = _as_strings(before), _as_strings(after)
    return diff_paths(one, other, settings)


def exit_code(report: Report, settings: Settings | None = None) -> int:
    """Return what the program would exit with: 0, 1 for findings, 2 for what could not be read, 3 for no checkpoint.

    Of the ``settings``, ``fail_on``, ``strict`` and ``require_layers`` count.
    """
    from bnlint import exit_codes  # noqa: PLC0415 - only when used
    from bnlint.settings import Settings as Defaults  # noqa: PLC0415 - as above

    return exit_codes.exit_code(report, exit_codes.failures(report, settings or Defaults()))


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
