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


class Clock(TypedDict):
    """What one clock says; where ``is_least``, there were more steps than that."""

    value: int
    source: str
    is_least: bool


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
    momentum_source: str | None
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
    clocks: list[Clock]
    layers: list[Layer]
    findings: list[Finding]
    skipped: list[Skipped]
    problems: list[Problem]
    notes: list[str]


class Shift(TypedDict):
    """How far a variable moved, in units of the standard deviation; ``has_moved`` is whether any bit differs."""

    has_moved: bool
    distance: float | None


class LayerChange(TypedDict):
    """How a layer moved. ``shifts`` has gamma, beta, moving_mean, moving_variance and weights, as far as in both."""

    layer: str
    verdict: str
    shifts: dict[str, Shift]


class Pair(TypedDict):
    """Two neighbours in a run, compared: the layers of both, and the names of those that one of them lacks."""

    before: str
    after: str
    layers: list[LayerChange]
    only_before: list[str]
    only_after: list[str]


class Run(TypedDict):
    """Several checkpoints of one training run, in the order of their steps."""

    name: str
    artifacts: list[str]
    findings: list[Finding]
    pairs: list[Pair]
    skipped: list[Skipped]
    notes: list[str]


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
