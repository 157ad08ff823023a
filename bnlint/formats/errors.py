"""The one error a reader of bytes raises.

Knows that a malformed file has a place and an expectation. Knows nothing of paths: whoever opened the
file adds them.
"""

from __future__ import annotations


class FormatError(ValueError):
    """Bytes that are not what their format promises.

    Args:
        place: where in the file, as an offset or a key: ``offset 48``, ``key 'conv/kernel'``.
        detail: what was expected there, and what was found.
    """

    def __init__(self, place: str, detail: str) -> None:
        super().__init__(f"{place}: {detail}")
        self.place = place
        self.detail = detail


class UnsupportedError(FormatError):
    """Bytes that are well formed and that bnlint has no reading for, such as a 4-bit dtype."""
