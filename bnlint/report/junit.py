"""Report → JUnit XML: a suite for each artifact and each run, a test case for each rule.

There is no standard. What is written is what the strictest of the readers accepts, the schema of Jenkins' xunit plugin
(``junit-10.xsd``), and what GitLab parses (https://docs.gitlab.com/ci/testing/unit_test_reports/): a case has a name, a
class name, and at most one of failure, error and skipped, as Jenkins keeps the first only. A case passes where its rule
looked and found nothing that the run is to fail for; what else the rule has to say is its system-out.

- A path is the class name of its cases, which GitLab shows as their suite, and Jenkins in two parts, cut at its last
  dot. Equal ones are numbered, because GitLab ignores all but the first of two cases that are called the same.
- The first case of an artifact is ``readable``. Where nothing could be read, it is the only one.
- Rules that the settings keep from an artifact (`ArtifactReport.ignored`) have no case: nobody asked for them, and a
  skipped case says that something is missing.
- XML 1.0 has no way to write most control characters; `bnlint.report.escape` writes them out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from bnlint.findings import Finding, Problem, Skipped
from bnlint.report.about import About
from bnlint.report.blocks import blocks
from bnlint.report.course import changes_by_layer
from bnlint.report.escape import visible
from bnlint.report.failing import NO_LAYERS, fails, is_failing, lacks_layers
from bnlint.report.page import listed
from bnlint.report.plain import title, told
from bnlint.results import ArtifactReport, Report, RunReport

_READABLE = "readable"


def pieces(report: Report, about: About) -> Iterator[str]:
    """Return the report suite by suite, in ASCII."""
    names = _Names()
    yield '<?xml version="1.0" encoding="utf-8"?>\n<testsuites name="bnlint">\n'
    for artifact in report.artifacts:
        yield _written(_artifact(artifact, about, names.given(artifact.path)))
    for run in report.runs:
        yield _written(_run(run, about, names.given(f"run {run.name}")))
    if lacks_layers(about):
        yield _written(_required(names.given("bnlint")))
    yield "</testsuites>\n"


class _Names:
    """Keeps the names of suites apart."""

    def __init__(self) -> None:
        self._times = Counter[str]()

    def given(self, text: str) -> str:
        """Return ``text`` as a name that no suite has yet."""
        name = visible(text)
        self._times[name] += 1
        return name if self._times[name] == 1 else self.given(f"{name} ({self._times[name]})")


class _Suite:
    """One suite, case by case, with its counts."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._element = Element("testsuite", name=name)

    def case(self, name: str) -> Element:
        """Return a new case, which passes."""
        return SubElement(self._element, "testcase", classname=self._name, name=visible(name))

    def done(self) -> Element:
        """Return the suite."""
        counts = {"tests": "testcase", "failures": "*/failure", "errors": "*/error", "skipped": "*/skipped"}
        for count, path in counts.items():
            self._element.set(count, str(len(self._element.findall(path))))
        return self._element


def _written(suite: Element) -> str:
    indent(suite)
    return str(tostring(suite, "us-ascii"), "ascii") + "\n"


class _Telling(NamedTuple):
    """What the cases of one suite tell of."""

    told_of: ArtifactReport | RunReport
    about: About
    layers: tuple[str, ...]

    @property
    def blind(self) -> str | None:
        """Why no rule had anything to look at."""
        is_artifact = isinstance(self.told_of, ArtifactReport)
        return "no batch-norm layers found: nothing to check" if is_artifact and not self.layers else None

    def rules(self) -> dict[str, str]:
        """Return the titles of the rules that were asked to look, and of all that have something to say, by code."""
        has_said = {f.rule for f in self.told_of.findings} | {s.rule for s in self.told_of.skipped}
        is_run = isinstance(self.told_of, RunReport)
        asked = {
            rule.code: f"{rule.code} {rule.name}"
            for rule in self.about.rules
            if rule.code in has_said or (rule.is_about_runs is is_run and rule.code not in self.told_of.ignored)
        }
        return asked | {f.rule: title(f) for f in self.told_of.findings if f.rule not in asked}

    def lines(self, findings: Iterable[Finding]) -> Iterator[str]:
        """Return what is to be said of ``findings`` of one rule."""
        names = {f.fingerprint: title(f) for f in self.told_of.findings}
        for block in blocks(findings, self.layers):
            yield f"{block.severity.label}, confidence {block.lead.confidence.label}"
            if block.lead.suppressed is not None:
                yield visible(f"suppressed: {block.lead.suppressed.reason}")
            yield from told(block, verbose=True)
            yield from (f"caused by {visible(names[c])}" for c in block.lead.causes if c in names)


def _artifact(artifact: ArtifactReport, about: About, name: str) -> Element:
    suite = _Suite(name)
    _read(suite.case(_READABLE), artifact.problems)
    if artifact.format is not None:
        _rules(suite, _Telling(artifact, about, tuple(layer.name for layer in artifact.layers)))
    return suite.done()


def _run(run: RunReport, about: About, name: str) -> Element:
    suite = _Suite(name)
    _rules(suite, _Telling(run, about, tuple(changes_by_layer(run))))
    return suite.done()


def _required(name: str) -> Element:
    suite = _Suite(name)
    SubElement(suite.case("require-layers"), "failure", type="require-layers", message=NO_LAYERS).text = NO_LAYERS
    return suite.done()


def _read(case: Element, problems: Sequence[Problem]) -> None:
    if problems:
        said = [visible(f"{problem.path}: {problem.message}") for problem in problems]
        kinds = dict.fromkeys(problem.kind.value for problem in problems)
        SubElement(case, "error", type=", ".join(kinds), message=listed(said, shown=1)).text = _text(said)


def _rules(suite: _Suite, telling: _Telling) -> None:
    for code, name in telling.rules().items():
        findings = [f for f in telling.told_of.findings if f.rule == code]
        skips = [s for s in telling.told_of.skipped if s.rule == code]
        _rule(suite.case(name), findings, skips, telling)


def _rule(case: Element, findings: Sequence[Finding], skips: Sequence[Skipped], telling: _Telling) -> None:
    """Say in ``case`` what became of one rule."""
    failed = [f for f in findings if fails(f, telling.about)]
    required = [s for s in skips if is_failing(s, telling.about)]
    unseen = [s.reason for s in skips if s.layers is None or (telling.layers and set(telling.layers) <= set(s.layers))]
    if failed:
        worst = max(failed, key=lambda f: f.severity)
        failure = SubElement(case, "failure", type=worst.severity.label, message=visible(worst.message))
        failure.text = _text(telling.lines(failed))
    elif required:
        said = visible(f"could not look: {listed(list(dict.fromkeys(s.reason for s in required)))}")
        SubElement(case, "failure", type="strict", message=said).text = _text(_remarks(required))
    elif not findings and (unseen or telling.blind):
        why = visible(unseen[0] if unseen else telling.blind or "")
        SubElement(case, "skipped", message=why).text = why
        return
    rest = [*telling.lines(f for f in findings if f not in failed), *_remarks(s for s in skips if s not in required)]
    if rest:
        SubElement(case, "system-out").text = _text(rest)


def _remarks(skips: Iterable[Skipped]) -> Iterator[str]:
    for skip in skips:
        where = "" if skip.layers is None else f" at {listed(skip.layers, shown=None)}"
        yield visible(f"could not look{where}: {skip.reason}")


def _text(lines: Iterable[str]) -> str:
    """Return lines as the text of an element; GitLab and Jenkins take two brackets for the beginning of a command."""
    return "\n".join(lines).replace("[[", "[ [")
