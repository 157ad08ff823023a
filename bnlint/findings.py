"""What bnlint says: findings, skips and problems.

Frozen data without I/O and without rendering. Knows nothing of files, graphs or rules;
the field names are those of the JSON report, version 1.
"""

from __future__ import annotations

import copyreg
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

JsonValue: TypeAlias = "bool | int | float | str | tuple[JsonValue, ...] | Mapping[str, JsonValue] | None"


def _read_only(items: dict[object, object]) -> MappingProxyType[object, object]:
    """Be the function by which a pickled read-only mapping comes back; its class has no name to be found by."""
    return MappingProxyType(items)


# Reports cross from one process to another, and Python cannot pickle a read-only mapping by itself.
copyreg.pickle(MappingProxyType, lambda proxy: (_read_only, (dict(proxy),)))


class Severity(enum.IntEnum):
    """How bad it is. Ordered, so that ``--fail-on`` is a comparison."""

    INFO = 0
    WARNING = 1
    ERROR = 2

    @property
    def label(self) -> str:
        """The word used in every report: ``info``, ``warning`` or ``error``."""
        return self.name.lower()


class Confidence(enum.IntEnum):
    """How sure the rule is of its claim."""

    LOW = 0
    MEDIUM = 1
    HIGH = 2

    @property
    def label(self) -> str:
        """The word used in every report: ``low``, ``medium`` or ``high``."""
        return self.name.lower()


class Related(NamedTuple):
    """One named thing a finding points at, such as an update op and what is wrong with it."""

    kind: str
    """What it is, in TensorFlow's words: ``variable``, ``op``, ``collection``, ``placeholder``, ``saver``."""
    name: str
    note: str


class SuppressionKind(enum.Enum):
    """Who said that a finding is not to be counted."""

    CONFIG = "config"
    """The configuration, which gives a reason."""
    BASELINE = "baseline"
    """The baseline: it was there before."""


class Suppression(NamedTuple):
    """Why a finding is listed and not counted."""

    reason: str
    kind: SuppressionKind = SuppressionKind.CONFIG


@dataclass(frozen=True, slots=True)
class Finding:
    """One claim of one rule about one layer (or about the artifact, where ``layer`` is None).

    ``message`` names no layer, so that layers with the same diagnosis can be shown as one block;
    what differs between them stands in ``evidence`` and ``related``.
    """

    rule: str
    name: str
    severity: Severity
    confidence: Confidence
    layer: str | None
    message: str
    repair: str
    fingerprint: str
    evidence: Mapping[str, JsonValue] = field(default_factory=lambda: MappingProxyType({}))
    related: tuple[Related, ...] = ()
    causes: tuple[str, ...] = ()
    """Fingerprints of the findings that explain this one; empty for a finding that stands on its own."""
    suppressed: Suppression | None = None


class Skipped(NamedTuple):
    """A rule that could not look, and why. The third result beside pass and fail."""

    rule: str
    reason: str
    layers: tuple[str, ...] | None = None
    """The layers it could not look at; None when it could not look at the artifact at all."""
    is_part_absent: bool = False
    """Whether the reason is a part of the artifact that is not there; ``--strict`` fails for it."""


class ProblemKind(enum.Enum):
    """Why something could not be read; decides between exit code 2 and 3 (for `NO_CHECKPOINT` alone)."""

    MISSING = "missing"
    """The path does not exist."""
    DAMAGED = "damaged"
    """The file is there and is not what it should be."""
    INTERNAL = "internal"
    """A fault of bnlint itself."""
    PLUGIN = "plugin"
    """A fault of a rule that a plugin brought."""
    FOREIGN = "foreign"
    """The file is intact and is something else, such as a web page or another framework's model."""
    NO_CHECKPOINT = "no-checkpoint"
    """The place exists and holds nothing that bnlint could check."""


class Problem(NamedTuple):
    """Something that could not be read: the file, the place in it, and what was expected there."""

    path: str
    message: str
    kind: ProblemKind = ProblemKind.DAMAGED
