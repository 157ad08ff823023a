"""What a trap is: something that looks like a mistake and is none."""

from __future__ import annotations

from typing import NamedTuple


class Trap(NamedTuple):
    """One way to be healthy."""

    why: str
    """Why a linter might be fooled."""
    fixtures: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    """Cases of the rules' own tables, as ``BN104: just above -epsilon``."""
    twins: tuple[str, ...] = ()
    """Fixtures that differ in one line, and are broken."""
