"""What identifies a finding from one save of a run to the next. Knows the words that it is made of, and no findings."""

from __future__ import annotations


def fingerprint_of(rule: str, layer: str | None, run: str) -> str:
    """Return the fingerprint of what ``rule`` says of ``layer`` in a run of that name: never of values or severity."""
    import hashlib  # noqa: PLC0415 - loads OpenSSL, which a clean checkpoint does not need

    text = "\0".join((rule, "" if layer is None else layer, run))
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]
