"""Settings: what a run of bnlint is asked to do. Words and numbers only; knows no files and no options."""

from __future__ import annotations

from dataclasses import dataclass

from bnlint.findings import Severity

TRACEBACK = "BNLINT_TRACEBACK"
"""Set in the environment, it lets a fault of bnlint's own show where it happened."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What to check and what counts as a failure."""

    select: tuple[str, ...] = ()
    """Codes, code prefixes or names of the rules to run; empty for all."""
    ignore: tuple[str, ...] = ()
    """Rules not to run, in the same words."""
    fail_on: Severity | None = Severity.ERROR
    """The least severity that makes a run fail; None for never."""
    strict: bool = False
    """Fail when a rule was skipped because a part of the artifact is missing."""
    require_layers: bool = False
    """Fail when no batch-norm layer was recognised."""
    all: bool = False
    """Check every artifact below a directory, not only the newest of each run."""
    history: bool = False
    """Check every artifact below a directory, and compare those of each run with one another."""
    jobs: int = 1
    """Processes that share the work; 0 for as many as the machine has processors."""

    def __post_init__(self) -> None:
        """Take a list of words for a tuple, and a word alone for itself."""
        for name in ("select", "ignore"):
            words = getattr(self, name)
            object.__setattr__(self, name, (words,) if isinstance(words, str) else tuple(words))
