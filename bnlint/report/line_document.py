"""The JSON report as lines, version 1, as types: the parts of `bnlint.report.document.Document`, one object each.

Every line says what it is and of which version, so that a reader can take up one without the others.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, TypedDict

from bnlint.report.document import Artifact, Baseline, Run, Summary, Tool, UnusedSuppression
from bnlint.report.words import SettingWord


class HeadLine(TypedDict):
    """The first line."""

    kind: Literal["head"]
    schema_version: Literal[1]
    tool: Tool
    rules: list[str]
    """The codes of the rules that were asked to look; empty for an inventory."""


class ArtifactLine(TypedDict):
    """A line for each artifact, after the first."""

    kind: Literal["artifact"]
    schema_version: Literal[1]
    artifact: Artifact


class RunLine(TypedDict):
    """A line for each run that was compared, after the artifacts."""

    kind: Literal["run"]
    schema_version: Literal[1]
    run: Run


class SummaryLine(TypedDict):
    """The last line. A file without it was cut short."""

    kind: Literal["summary"]
    schema_version: Literal[1]
    baseline: Baseline | None
    """Null where the findings were not compared with one."""
    unused_suppressions: list[UnusedSuppression]
    summary: Summary
    exit_code: int
    """That of the command, unless a report of it could not be written."""
    failed_by: list[SettingWord]
    """The settings that the report fails."""


Line: TypeAlias = HeadLine | ArtifactLine | RunLine | SummaryLine
