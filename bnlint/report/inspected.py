"""The inventory for people: every layer with its variables, what they hold and how the graph treats them.

Of the checkpoints of a run that were compared, the course is shown and not the inventory of each, which would be pages.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bnlint.report.artifacts import header, totals
from bnlint.report.evidence import number
from bnlint.report.layer_facts import WIRED, facts, remarks
from bnlint.report.page import Line, Part, labelled, paragraphs, prose
from bnlint.report.trajectory import compared, course_lines
from bnlint.results import ArtifactReport, LayerReport, Report

_COLUMN = 11


def inspect_lines(report: Report) -> Iterator[Line]:
    """Return the whole inventory, line by line."""
    return paragraphs(_groups(report))


def _groups(report: Report) -> Iterator[Sequence[Line]]:
    drawn = compared(report)
    for artifact in report.artifacts:
        if artifact.path not in drawn:
            yield from _artifact(artifact)
        elif artifact.problems:
            yield header(artifact)
    yield from course_lines(report)
    yield [totals(report.summary, checked=False)]


def _artifact(artifact: ArtifactReport) -> list[Sequence[Line]]:
    return [header(artifact), *(_layer(layer) for layer in artifact.layers)]


def _layer(layer: LayerReport) -> list[Line]:
    width = max(len(role) for role in layer.variables)
    columns = "".join(f"{column:>{_COLUMN}}" for column in ("shape", "min", "median", "max"))
    lines = [
        prose(Part(layer.name, "title"), indent=0),
        prose(facts(layer)),
        Line((Part(f"  {'':{width}}{columns}", "label"),), verbatim=True),
    ]
    for role, variable in layer.variables.items():
        lines.append(_row(layer, role, variable, width))
        if variable is not None and variable != f"{layer.name}/{role}":
            lines.append(labelled("", Part(f"is {variable}", "name")))
    return lines


def _row(layer: LayerReport, role: str, variable: str | None, width: int) -> Line:
    label = Part(f"  {role:{width}}", "plain")
    if variable is None:
        return Line((label, Part(f"{'none':>{_COLUMN}}", "faint")), verbatim=True)
    held = layer.statistics.get(role)
    if held is None:
        cells, told = ["not read"], []
    else:
        cells = [_cell(value) for value in (held.min, held.median, held.max)]
        told = remarks(held, layer.channels)
    shape = layer.shapes.get(role)
    row = "".join(f"{cell:>{_COLUMN}}" for cell in ["-" if shape is None else str(list(shape)), *cells])
    wired = layer.wired.get(role)
    if wired is not None:
        told.append(WIRED[wired])
    return Line((label, Part(row), Part(f"   {', '.join(told)}" if told else "", "faint")), verbatim=True)


def _cell(value: float | None) -> str:
    return "-" if value is None else number(value)
