"""What is said of a layer in one line, wherever it is shown."""

from __future__ import annotations

from bnlint.findings import LayerReport
from bnlint.report.page import count


def facts(layer: LayerReport) -> str:
    """Return its channels, momentum, epsilon and modes."""
    facts = ["channels not known" if layer.channels is None else count(layer.channels, "channel")]
    for name, value in (("momentum", layer.momentum), ("epsilon", layer.epsilon)):
        facts.append(f"{name} not known" if value is None else f"{name} {value:.6g}")
    modes = [f"{mode} {times}x" if times > 1 else mode for mode, times in layer.modes.items() if times]
    if modes:
        facts.append(f"mode {' and '.join(modes)}")
    return ", ".join(facts)
