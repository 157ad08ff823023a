"""What is said of a layer, and of what its variables hold, in few words wherever it is shown."""

from __future__ import annotations

from bnlint.report.page import count
from bnlint.results import LayerReport, TensorSummary

WIRED = {True: "wired", False: "not wired"}
"""Whether a training step updates a statistic."""


def facts(layer: LayerReport) -> str:
    """Return its channels, momentum, epsilon and modes."""
    facts = ["channels not known" if layer.channels is None else count(layer.channels, "channel")]
    for name, value in (("momentum", layer.momentum), ("epsilon", layer.epsilon)):
        facts.append(f"{name} not known" if value is None else f"{name} {value:.6g}")
    applied = modes(layer)
    if applied:
        facts.append(f"mode {' and '.join(applied)}")
    return ", ".join(facts)


def modes(layer: LayerReport) -> list[str]:
    """Return the modes that it is applied in, and how often where that is not once."""
    return [f"{mode} {times}x" if times > 1 else mode for mode, times in layer.modes.items() if times]


def remarks(held: TensorSummary, channels: int | None) -> list[str]:
    """Return what the numbers of a variable do not show: channels that are not finite, or at their initial value."""
    found = []
    if held.nonfinite:
        found.append(f"{held.nonfinite} not finite")
    if held.at_init is not None and held.at_init == channels:
        found.append("at init")
    elif held.at_init:
        found.append(f"{held.at_init} at init")
    return found
