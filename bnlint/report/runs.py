"""What is said of every run, whatever was asked: which it is, and its checkpoints in the order of their steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from bnlint.findings import Severity
from bnlint.report.course import HEALTHY, Course, changes_by_layer, course, tally
from bnlint.report.page import Line, Part, count, labelled, prose
from bnlint.results import ArtifactReport, RunReport

_SHOWN = 6


class Place(NamedTuple):
    """One checkpoint of a run, as people are told of it."""

    name: str
    step: int | None = None

    @property
    def text(self) -> str:
        """Such as ``model.ckpt (step 200)``; most names end with their step."""
        head = self.name.removesuffix(str(self.step))
        is_in_name = head != self.name and not head[-1:].isdigit()
        return self.name if self.step is None or is_in_name else f"{self.name} ({self.when})"

    @property
    def when(self) -> str:
        """Such as ``step 200``."""
        return self.name if self.step is None else f"step {self.step}"


def places(artifacts: Iterable[ArtifactReport]) -> dict[str, Place]:
    """Return what people are told of each artifact, by its path."""
    return {artifact.path: Place(artifact.name or artifact.path, _step(artifact)) for artifact in artifacts}


def _step(artifact: ArtifactReport) -> int | None:
    step = artifact.step
    return None if step is None or step.is_least else step.value


def run_header(run: RunReport, known: Mapping[str, Place], *, verbose: bool = False) -> tuple[Line, ...]:
    """Say which run this is, how far it goes, and what else its reader should know."""
    checkpoints = along(run, known)
    title = [Part(f"run {run.name}", "title"), Part(f", {count(len(checkpoints), 'checkpoint')}{_span(checkpoints)}")]
    lines = [prose(*title, indent=0)]
    if checkpoints:
        texts = [place.text for place in checkpoints]
        lines.append(labelled("checkpoints", Part(_in_order(texts, shown=None if verbose else _SHOWN), "name")))
    lines += [labelled("note", note) for note in run.notes]
    return tuple(lines)


def course_of(run: RunReport) -> tuple[Line, ...]:
    """Say where the layers of a run are heading, and that nothing is wrong with it where that is so."""
    words = [course(changes).word for changes in changes_by_layer(run).values()]
    if not words:
        return ()
    is_telling = any(word != "unchanged" for word in words) and HEALTHY.issuperset(words)
    is_well = is_telling and all(f.suppressed or f.severity is Severity.INFO for f in run.findings)
    said = "nothing else wrong" if any(f.suppressed for f in run.findings) else "nothing wrong"
    verdict = [Part("; "), Part(said, "good")] if is_well else []
    return (prose(f"{count(len(words), 'layer')}: {tally(words)}", *verdict),)


def along(run: RunReport, known: Mapping[str, Place]) -> list[Place]:
    """Return the checkpoints of ``run``, in its order; by their paths, where names would not tell them apart."""
    found = [known.get(path, Place(path)) for path in run.artifacts]
    if len({place.name for place in found}) == len(found):
        return found
    return [place._replace(name=path) for place, path in zip(found, run.artifacts, strict=True)]


def since(found: Course, checkpoints: Sequence[Place]) -> str:
    """Say from which checkpoint on a layer is so; nothing where it was so from the first."""
    if found.since is None:
        return ""
    return f"{'at' if found.word == 'reset' else 'since'} {checkpoints[found.since].when}"


def _span(checkpoints: list[Place]) -> str:
    steps = [place.step for place in checkpoints if place.step is not None]
    if not steps:
        return ""
    return f", step {steps[0]}" if steps[0] == steps[-1] else f", steps {steps[0]} to {steps[-1]}"


def _in_order(texts: list[str], *, shown: int | None) -> str:
    """Return all of a few; of many the first ones and the last, which is what matters. One is never left out alone."""
    if shown is None or len(texts) <= shown + 1:
        return ", ".join(texts)
    return f"{', '.join(texts[: shown - 1])}, {len(texts) - shown} more, {texts[-1]}"
