"""The words that fields of the JSON report choose from.

Of a `Literal` there are no others within a version. Of all else a later revision may bring more, which readers must be
ready for.
"""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple, TypeAlias


class Known(NamedTuple):
    """The words that a field has today."""

    words: tuple[str, ...]


SeverityWord: TypeAlias = Literal["error", "warning", "info"]
ConfidenceWord: TypeAlias = Literal["high", "medium", "low"]

_FORMATS = ("tensor-bundle", "v1-checkpoint", "saved-model", "frozen-graph", "keras-hdf5", "keras-archive")
_RELATED = ("variable", "op", "collection", "placeholder", "saver", "checkpoint")
_PROBLEMS = ("missing", "damaged", "internal", "foreign", "no-checkpoint", "plugin")
_VERDICTS = ("moving", "frozen", "stalled", "drifting", "reset", "fixed", "same", "unknown")
_ROLES = ("gamma", "beta", "moving_mean", "moving_variance")

FormatWord: TypeAlias = Annotated[str, Known(_FORMATS)]
FrameworkWord: TypeAlias = Annotated[str, Known(("tf1", "tf2", "keras2", "keras3", "unknown"))]
MomentumSource: TypeAlias = Annotated[str, Known(("graph", "config"))]
ModeWord: TypeAlias = Annotated[str, Known(("training", "inference", "switched", "learning-phase"))]
RoleWord: TypeAlias = Annotated[str, Known(_ROLES)]
MovedWord: TypeAlias = Annotated[str, Known((*_ROLES, "weights"))]
RelatedWord: TypeAlias = Annotated[str, Known(_RELATED)]
ProblemWord: TypeAlias = Annotated[str, Known(_PROBLEMS)]
VerdictWord: TypeAlias = Annotated[str, Known(_VERDICTS)]
SuppressionWord: TypeAlias = Annotated[str, Known(("config", "baseline"))]
SettingWord: TypeAlias = Annotated[str, Known(("fail_on", "strict", "require_layers"))]
