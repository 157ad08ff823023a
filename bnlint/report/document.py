"""The JSON report, version 1, as types.

Machines read this, so it changes by addition only: no field is renamed or removed within a version, whatever becomes
of the classes inside. The order of the fields is the order in the document.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, TypedDict

SCHEMA_VERSION = 1

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
SeverityWord: TypeAlias = Literal["error", "warning", "info"]
ConfidenceWord: TypeAlias = Literal["high", "medium", "low"]


class Tool(TypedDict):
    """Which bnlint wrote the report."""

    name: str
    version: str


class Step(TypedDict):
    """How far training had come, and which variable says so."""

    value: int
    source: str


class Tensor(TypedDict):
    """The distribution of one variable over its channels. NaN and infinity are counted, not written."""

    min: float | None
    median: float | None
    max: float | None
    nonfinite: int
    at_init: int | None


class Layer(TypedDict):
    """One batch-norm layer. ``variables`` and ``statistics`` have gamma, beta, moving_mean and moving_variance."""

    name: str
    channels: int | None
    variables: dict[str, str | None]
    shapes: dict[str, list[int] | None]
    momentum: float | None
    epsilon: float | None
    statistics: dict[str, Tensor]
    wired: dict[str, bool | None]
    modes: dict[str, int]


class Related(TypedDict):
    """One named thing that a finding points at."""

    kind: str
    name: str
    note: str


class Suppressed(TypedDict):
    """Why a finding is listed and not counted."""

    reason: str


class Finding(TypedDict):
    """One claim of one rule about one layer, or about the artifact where ``layer`` is null."""

    rule: str
    name: str
    severity: SeverityWord
    confidence: ConfidenceWord
    layer: str | None
    message: str
    evidence: dict[str, Json]
    related: list[Related]
    causes: list[str]
    repair: str
    fingerprint: str
    suppressed: Suppressed | None


class Skipped(TypedDict):
    """A rule that could not look; at the artifact at all where ``layers`` is null."""

    rule: str
    layers: list[str] | None
    reason: str


class Problem(TypedDict):
    """Something that could not be read."""

    path: str
    message: str
    kind: str


class Artifact(TypedDict):
    """One checkpoint, or a path that led to none: ``format`` is null then."""

    path: str
    format: str | None
    framework: str
    tensorflow: str | None
    trained: bool | None
    trained_by: str | None
    name: str | None
    step: Step | None
    layers: list[Layer]
    findings: list[Finding]
    skipped: list[Skipped]
    problems: list[Problem]
    notes: list[str]


class Run(TypedDict):
    """Findings about several checkpoints of one training run."""

    name: str
    artifacts: list[str]
    findings: list[Finding]


class Summary(TypedDict):
    """The counts of the whole report; suppressed findings are not in them."""

    artifacts: int
    layers: int
    errors: int
    warnings: int
    infos: int
    skipped: int
    problems: int


class Document(TypedDict):
    """The whole report."""

    schema_version: int
    tool: Tool
    rules: list[str]
    artifacts: list[Artifact]
    runs: list[Run]
    summary: Summary
