"""Report → one HTML page for people, to open in a browser or to attach to a ticket. It loads nothing from anywhere."""

from bnlint.report.html.page import pieces

__all__ = ["pieces"]
