"""The JSON report, version 1, as types.

Machines read this, so it changes by addition only: no field is renamed or removed within a version, whatever becomes
of the classes inside. The order of the fields is the order in the document. What is said here of a type and of a field
is what the JSON Schema says of it (`bnlint.report.json_schema`); a change is a new revision in ``docs/json.md``.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, TypedDict

from bnlint.report.words import (
    ConfidenceWord,
    FormatWord,
    FrameworkWord,
    ModeWord,
    MomentumSource,
    MovedWord,
    ProblemWord,
    RelatedWord,
    RoleWord,
    SettingWord,
    SeverityWord,
    SuppressionWord,
    VerdictWord,
)

SCHEMA_VERSION: Literal[1] = 1

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


class Tool(TypedDict):
    """Which bnlint wrote the report."""

    name: str
    version: str


class Step(TypedDict):
    """How far training had come, and which variable says so."""

    value: int
    source: str
    """The variable, such as global_step."""
    is_least: bool
    """Whether there were more steps than that: a power of Adam that has underflowed counts no further."""


class Tensor(TypedDict):
    """The distribution of one variable over its channels. NaN and infinity are counted, not written."""

    min: float | None
    """As the next two, null where no value is finite."""
    median: float | None
    max: float | None
    nonfinite: int
    """How many values are NaN or infinite."""
    at_init: int | None
    """How many channels still hold the initial value; null where that is not known."""


class Layer(TypedDict):
    """One batch-norm layer. What there is for each variable has the keys gamma, beta, moving_mean, moving_variance."""

    name: str
    """The scope that owns the variables."""
    channels: int | None
    """Null where nothing says a shape."""
    variables: dict[RoleWord, str | None]
    """The names of the variables; null for one that the layer does not have."""
    shapes: dict[RoleWord, list[int] | None]
    momentum: float | None
    momentum_source: MomentumSource | None
    """Where the momentum is from: the graph, or the configuration that Keras saved."""
    epsilon: float | None
    """As the momentum, null where nothing says it."""
    statistics: dict[RoleWord, Tensor]
    """The values, of the variables that could be read."""
    wired: dict[RoleWord, bool | None]
    """Whether a training step updates the statistic; null where no graph says it."""
    modes: dict[ModeWord, int]
    """How many times the layer is applied in each mode; switched is by a predicate."""


class Related(TypedDict):
    """One named thing that a finding points at."""

    kind: RelatedWord
    """What it is, in TensorFlow's words."""
    name: str
    note: str
    """What is to be seen there."""


class Suppressed(TypedDict):
    """Why a finding is listed and not counted."""

    reason: str
    kind: SuppressionWord
    """Who said so: the configuration, or the baseline."""


class Finding(TypedDict):
    """One claim of one rule about one layer."""

    rule: str
    """The code of the rule, such as BN301."""
    name: str
    """The name of the rule, such as unwired-updates."""
    severity: SeverityWord
    confidence: ConfidenceWord
    """How sure the rule is of its claim."""
    layer: str | None
    """Null where the claim is about the artifact or the run."""
    message: str
    """The claim in one sentence, which names no layer: layers with the same diagnosis share it."""
    evidence: dict[str, Json]
    """The values that the claim rests on; which, is for each rule to say."""
    related: list[Related]
    causes: list[str]
    """The fingerprints of the findings that explain this one."""
    repair: str
    """What to change, often as code; may be empty where the severity is info."""
    fingerprint: str
    """Made of the rule, the layer and the run's name without its step, so that it survives the next save."""
    suppressed: Suppressed | None
    """Null where it is counted."""


class Skipped(TypedDict):
    """A rule that could not look."""

    rule: str
    layers: list[str] | None
    """The layers that it could not look at; null for the whole artifact or run."""
    reason: str
    is_part_absent: bool
    """Whether a part of the artifact is not there, which a strict check fails for."""


class Problem(TypedDict):
    """Something that could not be read."""

    path: str
    """The file, which need not be the path of the artifact."""
    message: str
    kind: ProblemWord


class Artifact(TypedDict):
    """One checkpoint, or a path that led to none."""

    path: str
    """As it was given, or as it was found below what was given."""
    format: FormatWord | None
    """Null where nothing could be opened; ``problems`` say why."""
    framework: FrameworkWord
    tensorflow: str | None
    """The version of TensorFlow that wrote the graph."""
    trained: bool | None
    """Null where nothing says it."""
    trained_by: str | None
    """What says whether it was trained."""
    name: str | None
    """The checkpoint's own name, such as model.ckpt-18000; a directory leads to one of several."""
    step: Step | None
    clocks: list[Step]
    """What each clock says, the most trusted first."""
    layers: list[Layer]
    findings: list[Finding]
    skipped: list[Skipped]
    problems: list[Problem]
    notes: list[str]
    """What a reader should know that is neither a finding nor a problem."""
    ignored: list[str]
    """Codes of the report's ``rules`` that settings for this path kept from looking."""


class Shift(TypedDict):
    """How far a variable moved from one checkpoint to the next."""

    has_moved: bool
    """Whether any bit differs."""
    distance: float | None
    """A root mean square in units of a standard deviation; null where that is no number."""


class LayerChange(TypedDict):
    """How a layer moved from one checkpoint to the next."""

    layer: str
    verdict: VerdictWord
    """What it looks like; fixed is batch norm that was frozen on purpose."""
    shifts: dict[MovedWord, Shift]
    """By variable, and for the weights that go with the layer, as far as both checkpoints hold them."""


class Pair(TypedDict):
    """Two neighbours in a run, compared."""

    before: str
    """The path of the earlier checkpoint."""
    after: str
    """The path of the later checkpoint."""
    layers: list[LayerChange]
    only_before: list[str]
    """Layers that the later one lacks."""
    only_after: list[str]
    """Layers that the earlier one lacks."""


class Run(TypedDict):
    """Several checkpoints of one training run, compared."""

    name: str
    """That of its checkpoints, without their steps."""
    artifacts: list[str]
    """Their paths, in the order of their steps."""
    findings: list[Finding]
    pairs: list[Pair]
    """Each checkpoint but the first, compared with the one before it."""
    skipped: list[Skipped]
    notes: list[str]
    ignored: list[str]
    """Codes of the report's ``rules`` that settings for this path kept from looking."""


class Resolved(TypedDict):
    """What the baseline lists and was not found, although the rule looked."""

    fingerprint: str
    rule: str
    layer: str | None
    run: str
    """The name of the run, without its step."""
    times: int
    """How many times less often than the baseline has it."""


class Baseline(TypedDict):
    """The findings that were there when a team began to look."""

    path: str
    resolved: list[Resolved]


class UnusedSuppression(TypedDict):
    """A suppression of the configuration that matched nothing, though it could have."""

    source: str
    """Where it is written, such as bnlint.toml: suppress[2]."""
    rules: list[str]
    """The rules in the words of the configuration: codes, prefixes of codes or names."""
    layer: str | None
    """A glob; null for every layer."""
    path: str | None
    """A glob; null for every artifact."""
    reason: str
    why: str
    """What it failed to match."""
    is_elsewhere: bool
    """Whether its path matches nothing that was checked: it may be meant for another check."""


class Summary(TypedDict):
    """The counts of the whole report."""

    artifacts: int
    """Those that could be opened."""
    layers: int
    errors: int
    """Findings that are not suppressed, as in the next two."""
    warnings: int
    infos: int
    skipped: int
    problems: int
    suppressed: int
    """Findings of any severity that are not counted above."""


class Document(TypedDict):
    """What bnlint says of some checkpoints: its findings, with the inventory of every batch-norm layer."""

    schema_version: Literal[1]
    tool: Tool
    rules: list[str]
    """The codes of the rules that were asked to look; empty for an inventory."""
    artifacts: list[Artifact]
    runs: list[Run]
    """Where several checkpoints of a run were compared."""
    baseline: Baseline | None
    """Null where the findings were not compared with one."""
    unused_suppressions: list[UnusedSuppression]
    summary: Summary
    exit_code: int | None
    """That of the command, unless a report of it could not be written; null where no command asked for this one."""
    failed_by: list[SettingWord]
    """The settings that the report fails."""
