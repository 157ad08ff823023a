"""What is said of every artifact, whatever was asked: which it is, what could not be read or checked."""

from __future__ import annotations

from collections.abc import Iterable

from bnlint.findings import Problem, ProblemKind, Skipped
from bnlint.report.page import Line, Part, count, labelled, listed, prose
from bnlint.results import ArtifactReport, Summary

_FRAMEWORKS = {"tf1": "TensorFlow 1", "tf2": "TensorFlow 2", "keras2": "Keras 2", "keras3": "Keras 3"}
_LABELS = {ProblemKind.PLUGIN: "failed"}
_TRAINED = {True: "trained", False: "not trained", None: "trained or not: nothing says"}


def header(artifact: ArtifactReport) -> tuple[Line, ...]:
    """Say which artifact this is, how far it was trained, and what of it could not be read."""
    title = [Part(artifact.path, "title")]
    if artifact.name is not None and artifact.name not in artifact.path:
        title.append(Part(f" ({artifact.name})", "title"))
    lines = [prose(*title, indent=0)]
    if artifact.format is not None:
        lines += [prose(origin(artifact)), prose(_training(artifact))]
    return (*lines, *problems(artifact), *notes(artifact))


def problems(artifact: ArtifactReport) -> tuple[Line, ...]:
    """Say what of an artifact could not be read."""
    return tuple(_problem(artifact, problem) for problem in artifact.problems)


def notes(artifact: ArtifactReport) -> tuple[Line, ...]:
    """Say what else a reader should know of an artifact."""
    return tuple(labelled("note", note) for note in artifact.notes)


def origin(artifact: ArtifactReport) -> str:
    """Say what wrote an artifact that could be read, in which format, with how many layers."""
    framework = _FRAMEWORKS.get(artifact.framework)
    if artifact.framework == "tf1" and artifact.tensorflow is not None:
        framework = f"TensorFlow {artifact.tensorflow} graph"
    written = f"{framework}, {artifact.format}" if framework else str(artifact.format)
    return f"{written}, {count(len(artifact.layers), 'batch-norm layer')}" if artifact.layers else written


def _training(artifact: ArtifactReport) -> str:
    text = _TRAINED[artifact.trained]
    proof, step = artifact.trained_by, artifact.step
    if proof is not None:
        text += f": {proof}"
    if step is not None and (proof is None or step.source not in proof):
        text += f"; {step.source} says step {step.value}"
    others = [clock for clock in artifact.clocks if step is not None and clock.disagrees(step)]
    return text + "".join(f"; {clock.said}" for clock in others)


def problem_text(artifact: ArtifactReport, problem: Problem) -> str:
    """Say what the problem is, and with which file where that is not the artifact itself."""
    return problem.message if problem.path == artifact.path else f"{problem.path}: {problem.message}"


def _problem(artifact: ArtifactReport, problem: Problem) -> Line:
    is_damaged = problem.kind is ProblemKind.DAMAGED and artifact.format is not None
    label = "damaged" if is_damaged else _LABELS.get(problem.kind, "not read")
    return labelled(label, Part(problem_text(artifact, problem), "error"))


def skips(skipped: Iterable[Skipped]) -> tuple[Line, ...]:
    """Say which rules could not look, one line for each reason."""
    codes: dict[tuple[str, tuple[str, ...] | None], list[str]] = {}
    for skip in skipped:
        codes.setdefault((skip.reason, skip.layers), []).append(skip.rule)
    return tuple(
        labelled("skipped", f"{', '.join(rules)}{'' if layers is None else _where(layers)}: {reason}")
        for (reason, layers), rules in codes.items()
    )


def _where(layers: tuple[str, ...]) -> str:
    return f" for {layers[0]}" if len(layers) == 1 else f" for {len(layers)} layers ({listed(layers, shown=2)})"


def totals(summary: Summary, *, checked: bool) -> Line:
    """Return the last line: what was seen, and the counts of what was found."""
    parts = [Part(f"{count(summary.artifacts, 'checkpoint')}, {count(summary.layers, 'layer')}")]
    if checked:
        parts += [
            Part(": "),
            Part(count(summary.errors, "error"), "error" if summary.errors else "plain"),
            Part(", "),
            Part(count(summary.warnings, "warning"), "warning" if summary.warnings else "plain"),
        ]
    further = ((summary.infos, "info"), (summary.skipped, "skipped rule"), (summary.problems, "problem"))
    parts += [Part(f", {count(number, noun)}") for number, noun in further if number]
    return prose(*parts, indent=0)
