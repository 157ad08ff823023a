"""Report → workflow commands of GitHub Actions, which become annotations of a pull request and of the run's page.

The commands and what they escape are those of
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands and of ``actions/runner``
(``ActionCommand.cs``). GitHub shows the first 10 errors, 10 warnings and 10 notices of a step, and the runner cuts a
message at 4,096 characters. Therefore the worst comes first, a diagnosis is one annotation for all its layers, and for
all the artifacts that share it. What is suppressed is left out; a report without a word to annotate ends in a notice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from bnlint.findings import Severity, Skipped
from bnlint.report.about import About
from bnlint.report.artifacts import problem_text, totals
from bnlint.report.blocks import Block, blocks
from bnlint.report.escape import visible
from bnlint.report.failing import NO_LAYERS, is_failing, lacks_layers
from bnlint.report.locations import Place, newest, place_of
from bnlint.report.page import count, listed
from bnlint.report.plain import title, told
from bnlint.results import Report

Command: TypeAlias = Literal["error", "warning", "notice"]
_COMMANDS: dict[Severity, Command] = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "notice",
}
_LONGEST = 4000
"""Characters of a message, a little less than what the runner leaves of it."""
_IN_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTIES = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


@dataclass(slots=True)
class _Annotation:
    """One annotation, and the other places that the same is to be said of."""

    command: Command
    title: str
    lines: tuple[str, ...]
    place: Place | None = None
    others: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The whole command."""
        properties = {"title": self.title}
        lines = self.lines
        if self.place is not None and self.place.is_inside:
            properties = {"file": self.place.path, "line": "1", **properties}
        elif self.place is not None:
            lines = (visible(self.place.address or self.place.path), *lines)
        if self.others:
            lines = (lines[0], visible(f"also in {listed(self.others)}"), *lines[1:])
        written = ",".join(f"{key}={visible(value).translate(_IN_PROPERTIES)}" for key, value in properties.items())
        message = "\n".join(lines)
        if len(message) > _LONGEST:
            message = f"{message[: _LONGEST - 1]}…"
        return f"::{self.command} {written}::{message.translate(_IN_DATA)}\n"


def pieces(report: Report, about: About) -> Iterator[str]:
    """Return the report command by command, the worst first."""
    found = _annotations(report, about)
    of_kind: dict[Command, list[_Annotation]] = {command: [] for command in _COMMANDS.values()}
    for annotation in found:
        of_kind[annotation.command].append(annotation)
    if not of_kind["error"] and not of_kind["warning"]:
        is_check = bool(report.rules)
        said = totals(report.summary, checked=is_check).text
        verdict = ": nothing above info" if of_kind["notice"] else ": nothing wrong" if is_check else ""
        of_kind["notice"].insert(0, _Annotation("notice", f"bnlint{verdict}", (said,)))
    for told_alike in of_kind.values():
        yield from (annotation.text for annotation in told_alike)


def _annotations(report: Report, about: About) -> list[_Annotation]:
    return [
        *_problems(report, about),
        *_failures(report, about),
        *_diagnoses(report, about),
        *_settings(report),
    ]


def _problems(report: Report, about: About) -> Iterator[_Annotation]:
    for artifact in report.artifacts:
        place = place_of(artifact.path, about.directory)
        for problem in artifact.problems:
            yield _Annotation("error", "cannot be read", (visible(problem_text(artifact, problem)),), place)


def _failures(report: Report, about: About) -> Iterator[_Annotation]:
    """Yield what fails the run without being a finding."""
    if lacks_layers(about):
        yield _Annotation("error", "require-layers", (NO_LAYERS,))
    for artifact in report.artifacts:
        yield from _blind(artifact.skipped, place_of(artifact.path, about.directory), about)
    for run in report.runs:
        yield from _blind(run.skipped, place_of(newest(run), about.directory), about)


def _blind(skipped: Iterable[Skipped], place: Place, about: About) -> Iterator[_Annotation]:
    """Yield an annotation for each reason for which rules could not look and the run failed."""
    rules: dict[str, list[str]] = {}
    for skip in skipped:
        if is_failing(skip, about):
            rules.setdefault(skip.reason, []).append(skip.rule)
    for reason, codes in rules.items():
        names = ", ".join(dict.fromkeys(codes))
        yield _Annotation("error", "strict: rules could not look", (visible(f"{names}: {reason}"),), place)


def _diagnoses(report: Report, about: About) -> Iterator[_Annotation]:
    """Yield an annotation for each diagnosis, whichever artifacts share it."""
    shared: dict[tuple[object, ...], _Annotation] = {}
    for place, block in _blocks(report, about):
        key = tuple((f.rule, f.severity, f.message, f.repair) for f in block.diagnoses[0])
        known = shared.get(key)
        if known is None:
            shared[key] = _annotation(block, place)
        else:
            known.others.append(place.address or place.path)
    yield from shared.values()


def _blocks(report: Report, about: About) -> Iterator[tuple[Place, Block]]:
    for artifact in report.artifacts:
        counted = [f for f in artifact.findings if f.suppressed is None]
        if counted:
            place = place_of(artifact.path, about.directory)
            yield from ((place, block) for block in blocks(counted, tuple(layer.name for layer in artifact.layers)))
    for run in report.runs:
        place = place_of(newest(run), about.directory)
        yield from ((place, block) for block in blocks(f for f in run.findings if f.suppressed is None))


def _annotation(block: Block, place: Place) -> _Annotation:
    where = f" ({count(len(block.layers), 'layer')})" if block.layers else ""
    return _Annotation(
        _COMMANDS[block.severity], f"{title(block.lead)}{where}", tuple(told(block, verbose=False)), place
    )


def _settings(report: Report) -> Iterator[_Annotation]:
    """Yield what the configuration and the baseline list and nothing needs any more."""
    for unused in (one for one in report.unused if not one.is_elsewhere):
        said = visible(f"{unused.source} matches nothing: {unused.why}; its reason was: {unused.reason}")
        yield _Annotation("warning", "unused suppression", (said,))
    if report.resolved:
        times = sum(entry.times for entry in report.resolved)
        said = f"{count(times, 'finding')} of the baseline {'is' if times == 1 else 'are'} no longer there"
        which = [f"{e.rule} {e.layer}" if e.layer is not None else e.rule for e in report.resolved]
        yield _Annotation("notice", "resolved", (said, visible(listed(which))))
