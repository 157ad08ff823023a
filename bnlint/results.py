"""The report: what was found in each artifact and each run, with the inventory of their layers.

Frozen data without I/O and without rendering. Knows nothing of files, graphs or rules;
the field names are those of the JSON report, version 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from bnlint.findings import Finding, Problem, Severity, Skipped

_CLOCK_ERROR = 0.02
"""Adam's power is a product of thousands of rounded factors."""


class Step(NamedTuple):
    """How far training had come, and which variable says so."""

    value: int
    source: str
    is_least: bool = False
    """Whether there were more than ``value``: a power of Adam that has underflowed counts no further."""

    @property
    def said(self) -> str:
        """What the clock says, in words."""
        return f"{self.source} says {f'more than {self.value:,}' if self.is_least else self.value}"

    def disagrees(self, other: Step) -> bool:
        """Whether the two cannot both be right: they are further apart than a power of Adam may be off."""
        if self.is_least or other.is_least:
            least, number = (self, other) if self.is_least else (other, self)
            return not number.is_least and number.value < least.value
        return abs(self.value - other.value) > max(2.0, _CLOCK_ERROR * max(self.value, other.value))


class Shift(NamedTuple):
    """How far a variable moved from one checkpoint to the next."""

    has_moved: bool
    """Whether any bit differs."""
    distance: float | None
    """Root mean square over the channels in units of the standard deviation before: that of the layer's inputs for its
    statistics, of its outputs for gamma and beta, of themselves for weights. None where it is no number."""


class TensorSummary(NamedTuple):
    """The distribution of one per-channel tensor. None where no value is finite."""

    min: float | None
    median: float | None
    max: float | None
    nonfinite: int
    at_init: int | None
    """Channels that still hold the initial value; None where the initial value is not known."""


class Distribution(NamedTuple):
    """How the finite values of one per-channel tensor are spread: how many lie in each of equal bins."""

    low: float
    """The least of them, where the first bin begins."""
    high: float
    """The largest of them, where the last bin ends."""
    counts: tuple[int, ...]
    """There is one bin where all values are the same."""


@dataclass(frozen=True, slots=True)
class LayerReport:
    """The inventory of one batch-norm layer. Mappings have the keys gamma, beta, moving_mean, moving_variance."""

    name: str
    channels: int | None
    variables: Mapping[str, str | None]
    momentum: float | None
    epsilon: float | None
    statistics: Mapping[str, TensorSummary]
    wired: Mapping[str, bool | None]
    modes: Mapping[str, int]
    """Applications by mode: training, inference, switched (by a predicate), learning-phase."""
    momentum_source: str | None = None
    """Where the momentum is from: ``graph``, or ``config`` for Keras's configuration; None where nothing says it."""
    shapes: Mapping[str, tuple[int, ...] | None] = field(default_factory=lambda: MappingProxyType({}))
    distributions: Mapping[str, Distribution] = field(default_factory=lambda: MappingProxyType({}))
    """By role, where the settings ask for them and a value is finite. Not part of the JSON report."""


@dataclass(frozen=True, slots=True)
class ArtifactReport:
    """Everything bnlint has to say about one checkpoint, or about a path that led to none (``format`` is None)."""

    path: str
    format: str | None
    framework: str
    trained: bool | None
    name: str | None = None
    """The checkpoint's own name, such as ``model.ckpt-18000``; a directory leads to one of several."""
    tensorflow: str | None = None
    """The version of TensorFlow that wrote the graph, where there is one."""
    trained_by: str | None = None
    """What says so, where ``trained`` is known."""
    step: Step | None = None
    clocks: tuple[Step, ...] = ()
    """What each clock says, the most trusted first."""
    layers: tuple[LayerReport, ...] = ()
    findings: tuple[Finding, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    """What a reader should know that is neither a finding nor a problem, such as a part that is absent."""
    ignored: tuple[str, ...] = ()
    """Codes of `Report.rules` that settings for its path kept from looking at it."""


class LayerChange(NamedTuple):
    """How one layer moved from one checkpoint to the next, and what that looks like."""

    layer: str
    verdict: str
    """``moving``, ``frozen``, ``stalled``, ``drifting``, ``reset``, ``fixed`` (batch norm frozen on purpose),
    ``same`` (nothing moved at all), or ``unknown``."""
    shifts: Mapping[str, Shift]
    """By role (gamma, beta, moving_mean, moving_variance), and ``weights`` for the kernels that go with the layer."""


@dataclass(frozen=True, slots=True)
class PairReport:
    """Two neighbours in a run, compared."""

    before: str
    """Paths, as those of the artifacts."""
    after: str
    layers: tuple[LayerChange, ...] = ()
    only_before: tuple[str, ...] = ()
    """Layers that the later checkpoint lacks."""
    only_after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunReport:
    """What several checkpoints of one training run say together."""

    name: str
    artifacts: tuple[str, ...]
    """Their paths, in the order of their steps."""
    findings: tuple[Finding, ...] = ()
    pairs: tuple[PairReport, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()
    """What a reader should know that is no finding, such as by what the checkpoints were put in order."""
    ignored: tuple[str, ...] = ()
    """Codes of `Report.rules` that settings for its path kept from looking at it."""


class UnusedSuppression(NamedTuple):
    """A suppression of the configuration that matched nothing, though it could have."""

    source: str
    """Where it was written: ``bnlint.toml: suppress[2]``."""
    rules: tuple[str, ...]
    layer: str | None
    path: str | None
    reason: str
    why: str
    """What it failed to match, in words."""
    is_elsewhere: bool = False
    """Whether its path matches nothing that was checked: it may be meant for another check."""


class Resolved(NamedTuple):
    """What a baseline lists and this check no longer found, although it looked."""

    fingerprint: str
    rule: str
    layer: str | None
    run: str
    """The name of the run, without steps."""
    times: int
    """How many times less often than the baseline has it."""


class Summary(NamedTuple):
    """The counts of a whole report. Suppressed findings are counted apart."""

    artifacts: int
    layers: int
    errors: int
    warnings: int
    infos: int
    skipped: int
    problems: int
    suppressed: int


@dataclass(frozen=True, slots=True)
class Report:
    """The result of one call of bnlint: what every renderer renders."""

    artifacts: Sequence[ArtifactReport] = ()
    """A tuple of a few; many are kept packed, and each is unpacked whenever it is asked for: iterate."""
    runs: tuple[RunReport, ...] = ()
    rules: tuple[str, ...] = ()
    """Codes of the rules that were asked to look; empty for an inventory."""
    baseline: str | None = None
    """The file of the baseline that findings were compared with."""
    resolved: tuple[Resolved, ...] = ()
    """What of the baseline is no longer found."""
    unused: tuple[UnusedSuppression, ...] = ()
    """Suppressions of the configuration that matched nothing."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings of all artifacts and runs, suppressed ones included."""
        return (*(f for a in self.artifacts for f in a.findings), *(f for r in self.runs for f in r.findings))

    @property
    def summary(self) -> Summary:
        """Count what is in the report."""
        artifacts = layers = skipped = problems = suppressed = 0
        severities = [0] * len(Severity)
        for artifact in self.artifacts:
            artifacts += artifact.format is not None
            layers += len(artifact.layers)
            skipped += len(artifact.skipped)
            problems += len(artifact.problems)
            for finding in artifact.findings:
                severities[finding.severity] += finding.suppressed is None
                suppressed += finding.suppressed is not None
        for run in self.runs:
            skipped += len(run.skipped)
            for finding in run.findings:
                severities[finding.severity] += finding.suppressed is None
                suppressed += finding.suppressed is not None
        infos, warnings, errors = severities
        return Summary(artifacts, layers, errors, warnings, infos, skipped, problems, suppressed)
