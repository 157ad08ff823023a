"""Subject → findings and skips, and the same of a run: runs the rules, and hangs symptoms below their causes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from bnlint.findings import Finding, Severity, Skipped
from bnlint.fingerprints import fingerprint_of
from bnlint.layers.course import Course, Verdict
from bnlint.layers.layer import Dialect, Layer
from bnlint.layers.subject import Need, Subject, Trained
from bnlint.rules.guarded import Fault, heard
from bnlint.rules.rule import Blind, Claim, LayerRule, Rule, RunRule

NOTHING_TO_COMPARE = "fewer than two checkpoints of the run could be compared"
ALONE = "no other checkpoint of the run was compared: pass several of them, or --history"


class Diagnosis(NamedTuple):
    """What the rules say of one artifact or run, in a stable order."""

    findings: tuple[Finding, ...]
    skipped: tuple[Skipped, ...]
    faults: tuple[Fault, ...] = ()
    """Plugins' rules that failed. They are skipped as well: they did not look."""


def diagnose(subject: Subject, rules: Iterable[Rule], *, is_compared: bool = False) -> Diagnosis:
    """Run ``rules`` over ``subject``; those about runs are skipped, unless it ``is_compared`` with its neighbours."""
    findings: list[Finding] = []
    skipped: list[Skipped] = []
    faults: list[Fault] = []
    narrowed: dict[str, frozenset[str]] = {}
    rules = tuple(rules)
    lost = None if subject.layers else _what_layers_may_be_in(subject)
    for rule in rules:
        needs = [need for need in sorted(rule.needs, key=lambda n: n.value) if need in subject.missing]
        if needs and not (is_compared and isinstance(rule, RunRule)):
            is_absent = any(need in subject.absent for need in needs)
            skipped.append(Skipped(rule.code, subject.missing[needs[0]], is_part_absent=is_absent))
        elif lost is not None:
            skipped.append(Skipped(rule.code, lost, is_part_absent=True))
        elif isinstance(rule, LayerRule):
            results = heard(rule, (result for layer in subject.layers for result in rule.look(layer, subject)))
            if isinstance(results, Fault):
                faults.append(results)
                continue
            for result in results:
                if isinstance(result, Claim) and result.explains is not None:
                    narrowed[fingerprint(rule.code, result.layer, subject.run)] = result.explains
            _sort(results, rule, subject.run, subject.tensorflow, findings, skipped)
        elif not is_compared and subject.layers:
            skipped.append(Skipped(rule.code, ALONE))
    return _diagnosis(_linked(findings, rules, narrowed), skipped, faults)


def _diagnosis(findings: Iterable[Finding], skipped: list[Skipped], faults: list[Fault]) -> Diagnosis:
    failed = (Skipped(fault.rule, f"it failed: {fault.what}") for fault in faults)
    return Diagnosis(tuple(findings), (*skipped, *failed), tuple(faults))


def _what_layers_may_be_in(subject: Subject) -> str | None:
    """Return why a part is absent that may have shown layers; None where the artifact is whole."""
    return next((subject.missing[need] for need in Need if need in subject.absent and need in subject.missing), None)


def diagnose_run(course: Course, rules: Iterable[Rule], newest: Subject, *, is_checked: bool = True) -> Diagnosis:
    """Run the rules about runs over ``course``, and the others over the ``newest`` artifact, told what it proves.

    Of the latter, what a check of that artifact alone says is left out, unless it is not ``is_checked``.
    """
    rules = tuple(rules)
    findings: list[Finding] = []
    skipped: list[Skipped] = []
    faults: list[Fault] = []
    for rule in rules:
        if not isinstance(rule, RunRule):
            continue
        if len(course.checkpoints) < 2:
            skipped.append(Skipped(rule.code, NOTHING_TO_COMPARE))
            continue
        results = heard(rule, (result for layer in course.layers for result in rule.look(layer, course)))
        if isinstance(results, Fault):
            faults.append(results)
            continue
        _sort(results, rule, newest.run, newest.tensorflow, findings, skipped)
    told: list[Finding] = []
    proven = _proven(newest, course)
    if proven is not newest:
        known = {f.fingerprint: f.severity for f in diagnose(newest, rules).findings} if is_checked else {}
        still = _last(course, Verdict.FROZEN) | proven.stalled
        again = diagnose(proven, rules)
        found = (f for f in again.findings if f.layer in still)
        if not is_checked:
            faults.extend(again.faults)
        told = [f for f in found if f.severity > known.get(f.fingerprint, Severity.INFO)]
    findings = [*_linked([*findings, *(f for f in told if not f.causes)], rules, {}), *(f for f in told if f.causes)]
    return _diagnosis(sorted(findings, key=lambda f: f.rule), skipped, faults)


def _last(course: Course, verdict: Verdict) -> frozenset[str]:
    """Return the names of the layers that look like ``verdict`` at the end of the run."""
    return frozenset(layer.layer.name for layer in course.layers if layer.last_verdict is verdict)


def _proven(newest: Subject, course: Course) -> Subject:
    """Return the newest artifact with what the run proves where it does not show it itself.

    That it was trained: gamma drawn at random and no clock leave no more than a doubt. And that statistics stand still:
    alone, those that moved once look as if the program ran the updates.
    """
    frozen, stalled = _last(course, Verdict.FROZEN), _last(course, Verdict.STALLED)
    if not frozen and not stalled:
        return newest
    proof = f"it moved between {course.checkpoints[0].name} and {course.checkpoints[-1].name}"
    trained = newest.trained if newest.trained.is_trained is True else Trained(is_trained=True, evidence=proof)
    return replace(newest, trained=trained, stalled=stalled)


def _sort(  # noqa: PLR0913, PLR0917 - two lists to add to, and where the results come from
    results: Iterable[Claim | Blind],
    rule: Rule,
    run: str,
    tensorflow: str | None,
    findings: list[Finding],
    skipped: list[Skipped],
) -> None:
    """Add what a rule says to ``findings``, and what it could not look at to ``skipped``, once for each reason."""
    blind: dict[tuple[str, bool], list[str]] = {}
    for result in results:
        if isinstance(result, Blind):
            blind.setdefault((result.reason, result.is_part_absent), []).append(result.layer.name)
        else:
            findings.append(_finding(rule, result, run, tensorflow))
    skipped.extend(
        Skipped(rule.code, reason, tuple(names), is_part_absent=is_absent)
        for (reason, is_absent), names in blind.items()
    )


def _finding(rule: Rule, claim: Claim, run: str, tensorflow: str | None) -> Finding:
    return Finding(
        rule=rule.code,
        name=rule.name,
        severity=claim.severity,
        confidence=claim.confidence,
        layer=None if claim.layer is None else claim.layer.name,
        message=claim.message,
        repair=_for_version(claim, tensorflow),
        fingerprint=fingerprint(rule.code, claim.layer, run),
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
    return fingerprint_of(code, None if layer is None else layer.name, run)


def _linked(
    findings: list[Finding], rules: Iterable[Rule], narrowed: Mapping[str, frozenset[str]]
) -> Iterator[Finding]:
    """Give each symptom the fingerprints of its layer's causes. Sorted by rule; layers keep their order.

    ``narrowed`` has the symptoms of single claims that explain less than their rule, by fingerprint.
    """
    explains = {rule.code: rule.explains for rule in rules if rule.explains}
    causes: dict[str | None, list[Finding]] = {}
    for finding in findings:
        if finding.rule in explains:
            causes.setdefault(finding.layer, []).append(finding)
    for finding in sorted(findings, key=lambda f: f.rule):
        explaining = tuple(
            cause.fingerprint
            for cause in causes.get(finding.layer, ())
            if finding.rule in narrowed.get(cause.fingerprint, explains[cause.rule])
            and cause.severity >= min(finding.severity, 1)
        )
        yield replace(finding, causes=explaining) if explaining else finding
