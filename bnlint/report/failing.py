"""What fails a run beside findings and problems, so that a report for CI is never green where the exit code is not."""

from __future__ import annotations

from bnlint.findings import Finding, Skipped
from bnlint.report.about import About

NO_LAYERS = "no batch-norm layer was found"


def fails(finding: Finding, about: About) -> bool:
    """Whether ``finding`` is one of those that exit code 1 is for."""
    return finding.suppressed is None and about.fail_on is not None and finding.severity >= about.fail_on


def is_failing(skip: Skipped, about: About) -> bool:
    """Whether the run failed because this rule could not look (``--strict``)."""
    return skip.is_part_absent and "strict" in about.failures


def lacks_layers(about: About) -> bool:
    """Whether the run failed because nothing was recognised (``--require-layers``)."""
    return "require_layers" in about.failures
