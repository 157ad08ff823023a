"""What rules about values share: what to say of a statistic that could not be read, and what statistics were."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bnlint.findings import JsonValue
from bnlint.layers.layer import Layer, Variable
from bnlint.rules.evidence import value_range
from bnlint.rules.rule import Blind

NOTHING_READS = "inference uses batch statistics, so nothing reads them"
"""Why the statistics of a layer that has no use for them do no harm."""


def unread(layer: Layer, variables: Iterable[Variable]) -> Iterator[Blind]:
    """Yield that the layer could not be looked at where one of ``variables`` has no values although it was saved."""
    lacking = [v for v in variables if v.values is None and v.is_saved is not False]
    if lacking:
        reason = next((v.unread for v in lacking if v.unread is not None), None)
        yield Blind(layer, reason or "its statistics could not be read", is_part_absent=reason is not None)


def ranges(layer: Layer) -> dict[str, JsonValue]:
    """Return the smallest and largest mean and variance, as evidence."""
    statistics = {"mean_range": layer.moving_mean, "variance_range": layer.moving_variance}
    return {name: value_range(v.values) for name, v in statistics.items() if v.values is not None}
