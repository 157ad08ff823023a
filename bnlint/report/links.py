"""Where the documentation stands on the web: the one place that knows its address.

The pages of the site have the addresses that are made here, and a test builds the site to see that; they stay, because
reports that were written last year lead there.
"""

from __future__ import annotations

import re

DOCUMENTATION = "https://bnlint.readthedocs.io/en/latest"
_HAS_A_PAGE = re.compile(r"BN[1-5][0-9][0-9]")
"""The codes of bnlint's own rules. A rule of a plugin has no page there."""


def rule_path(code: str) -> str:
    """Return where the page of a rule stands within the site."""
    return f"rules/{code}.html"


def rule_url(code: str) -> str | None:
    """Return the address of the page of a rule; None for what is no rule of bnlint's own."""
    return f"{DOCUMENTATION}/{rule_path(code)}" if _HAS_A_PAGE.fullmatch(code) else None
