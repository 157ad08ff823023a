"""Layers → rows of the one table of layers, with what each column is sorted by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from bnlint.findings import Finding, Severity
from bnlint.report.baselined import SUPPRESSED
from bnlint.report.evidence import number, span
from bnlint.report.html.gist import Gist, findings_by_layer
from bnlint.report.html.pictures import LABELS, Picture, picture
from bnlint.report.html.share import Share
from bnlint.report.layer_facts import WIRED, modes, remarks
from bnlint.results import ArtifactReport, LayerReport

MOST_ROWS, MOST_PICTURED = 2000, 1000
"""Layers in the table, and those of them with pictures: a browser has to keep up. Those with findings come first."""


class Cell(NamedTuple):
    """What a layer has in one role."""

    role: str
    text: str
    median: float | None = None
    """What the column is sorted by."""
    remark: str = ""
    is_alarming: bool = False
    picture: Picture | None = None


class Row(NamedTuple):
    """One layer of one artifact."""

    anchor: str
    layer: LayerReport
    path: str
    place: str
    """The anchor of the artifact."""
    severity: Severity | None
    rules: tuple[tuple[str, str], ...]
    """Each rule that found something, with the word of its severity, or ``suppressed``."""
    modes: str
    wired: str
    cells: tuple[Cell, ...]


def anchor(artifact: int, layer: int) -> str:
    """Return the anchor of a row: both are counted from 1."""
    return f"layer-{artifact}-{layer}"


def rows(artifacts: Iterable[ArtifactReport], gist: Gist) -> Iterator[Row]:
    """Return the rows for which there is room."""
    rows, pictured = Share(MOST_ROWS, gist.noticed), Share(MOST_PICTURED, gist.noticed)
    for number_of_artifact, artifact in enumerate(artifacts, 1):
        by_layer = findings_by_layer(artifact, gist.newest)
        for place, layer in enumerate(artifact.layers, 1):
            found = by_layer.get(layer.name, ())
            if rows.takes(is_urgent=bool(found)):
                is_drawn = pictured.takes(is_urgent=bool(found))
                where = (anchor(number_of_artifact, place), artifact.path, f"artifact-{number_of_artifact}")
                yield _row(layer, found, where, is_drawn=is_drawn)


def _row(layer: LayerReport, found: tuple[Finding, ...], where: tuple[str, str, str], *, is_drawn: bool) -> Row:
    anchor, path, place = where
    counted = [finding for finding in found if finding.suppressed is None]
    words = dict.fromkeys((finding.rule for finding in found), SUPPRESSED)
    for finding in sorted(counted, key=lambda finding: finding.severity):
        words[finding.rule] = finding.severity.label
    return Row(
        anchor,
        layer,
        path,
        place,
        max((finding.severity for finding in counted), default=None),
        tuple(sorted(words.items())),
        ", ".join(modes(layer)),
        _wired(layer),
        tuple(_cell(layer, role, is_drawn=is_drawn) for role in LABELS),
    )


def _wired(layer: LayerReport) -> str:
    known = {LABELS[role]: WIRED[is_wired] for role, is_wired in layer.wired.items() if is_wired is not None}
    if len(set(known.values())) == 1:
        return next(iter(known.values()))
    return ", ".join(f"{label} {word}" for label, word in known.items())


def _cell(layer: LayerReport, role: str, *, is_drawn: bool) -> Cell:
    held = layer.statistics.get(role)
    if held is None:
        return Cell(role, "none" if layer.variables.get(role) is None else "not read")
    text = "no number" if held.min is None or held.max is None else span(held.min, held.max)
    told: Sequence[str] = remarks(held, layer.channels)
    if held.median is not None and held.min != held.max:
        told = [f"median {number(held.median)}", *told]
    drawn = picture(role, held, layer.distributions.get(role)) if is_drawn else None
    return Cell(role, text, held.median, ", ".join(told), is_alarming=bool(held.nonfinite), picture=drawn)
