"""Text → messages of SARIF, in which braces and links have a meaning.

Section 3.11.5 takes ``{0}`` for a placeholder and wants every brace doubled. Section 3.11.6 takes ``[a](b)`` for a
link, even in plain text; where a text could be read as one, its brackets are escaped, as the editors of the standard
advise.
"""

from __future__ import annotations

from bnlint.report.escape import visible
from bnlint.report.sarif.document import Plain

_BRACES = str.maketrans({"{": "{{", "}": "}}"})
_BRACKETS = str.maketrans({"\\": "\\\\", "[": "\\[", "]": "\\]"})


def said(text: str) -> Plain:
    """Return ``text`` as a message of one line."""
    shown = visible(text)
    return {"text": doubled(shown.translate(_BRACKETS) if "](" in shown else shown)}


def doubled(text: str) -> str:
    """Return ``text`` with its braces doubled."""
    return text.translate(_BRACES)
