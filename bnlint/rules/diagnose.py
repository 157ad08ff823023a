"""Subject → findings and skips: runs the rules, and hangs symptoms below their causes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from bnlint.findings import Finding, Skipped
from bnlint.layers.subject import Dialect, Layer, Subject
from bnlint.rules.rule import Blind, Claim, Role, Rule


class Diagnosis(NamedTuple):
    """What the rules say of one artifact, in a stable order."""

    findings: tuple[Finding, ...]
    skipped: tuple[Skipped, ...]


def diagnose(subject: Subject, rules: Iterable[Rule]) -> Diagnosis:
    """Run ``rules`` over ``subject``."""
    findings: list[Finding] = []
    skipped: list[Skipped] = []
    roles: dict[str, Role] = {}
    for rule in rules:
        roles[rule.code] = rule.role
        needs = [need for need in sorted(rule.needs, key=lambda n: n.value) if need in subject.missing]
        if needs:
            is_absent = any(need in subject.absent for need in needs)
            skipped.append(Skipped(rule.code, subject.missing[needs[0]], is_part_absent=is_absent))
            continue
        blind: dict[tuple[str, bool], list[str]] = {}
        for layer in subject.layers:
            for result in rule.look(layer, subject):
                if isinstance(result, Blind):
                    blind.setdefault((result.reason, result.is_part_absent), []).append(result.layer.name)
                else:
                    findings.append(_finding(rule, result, subject))
        skipped.extend(
            Skipped(rule.code, reason, tuple(names), is_part_absent=is_absent)
            for (reason, is_absent), names in blind.items()
        )
    return Diagnosis(tuple(_linked(findings, roles)), tuple(skipped))


def _finding(rule: Rule, claim: Claim, subject: Subject) -> Finding:
    return Finding(
        rule=rule.code,
        name=rule.name,
        severity=claim.severity,
        confidence=claim.confidence,
        layer=None if claim.layer is None else claim.layer.name,
        message=claim.message,
        repair=_for_version(claim, subject.tensorflow),
        fingerprint=fingerprint(rule.code, claim.layer, subject.run),
        evidence=claim.evidence,
        related=claim.related,
    )


def _for_version(claim: Claim, tensorflow: str | None) -> str:
    """Return the repair so that it runs where the graph was written: TensorFlow 2 keeps the old API in a module."""
    is_old = tensorflow is None or tensorflow.startswith(("0.", "1."))
    is_eager = claim.layer is not None and claim.layer.dialect is Dialect.EAGER
    if is_old or is_eager or "tf." not in claim.repair:
        return claim.repair
    return f"import tensorflow.compat.v1 as tf\n{claim.repair}"


def fingerprint(code: str, layer: Layer | None, run: str) -> str:
    """Return what identifies a finding across saves of one run: rule, layer and run name, never values."""
    import hashlib  # noqa: PLC0415 - loads OpenSSL, which a clean checkpoint does not need

    text = "\0".join((code, "" if layer is None else layer.name, run))
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _linked(findings: list[Finding], roles: dict[str, Role]) -> Iterator[Finding]:
    """Give each symptom the fingerprints of its layer's causes. Sorted by rule; layers keep their order."""
    causes: dict[str | None, list[Finding]] = {}
    for finding in findings:
        if roles[finding.rule] is Role.CAUSE:
            causes.setdefault(finding.layer, []).append(finding)
    for finding in sorted(findings, key=lambda f: f.rule):
        if roles[finding.rule] is Role.SYMPTOM and finding.layer in causes:
            explaining = tuple(c.fingerprint for c in causes[finding.layer] if c.severity >= min(finding.severity, 1))
            yield replace(finding, causes=explaining)
        else:
            yield finding
