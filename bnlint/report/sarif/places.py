"""Where things are, in SARIF: the artifact by a relative reference, what is in it by its name.

GitHub refuses a whole report for one result without a physical location, and shows none without a line
(https://docs.github.com/en/code-security/code-scanning, "SARIF support"). So every location has line 1, and a finding
about a run is at its newest checkpoint.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bnlint.findings import Related
from bnlint.report.escape import decodable
from bnlint.report.locations import place_of
from bnlint.report.sarif.document import ArtifactLocation, Base, Location, LogicalLocation, PhysicalLocation
from bnlint.report.sarif.messages import said
from bnlint.results import LayerReport

ROOT = "%SRCROOT%"
"""The name that analysers and viewers have agreed on (3.4.4 gives it as an example)."""
BASES: Mapping[str, Base] = {ROOT: {"description": {"text": "The directory that bnlint was run in."}}}


class Places:
    """The places of one report: those that were looked at have numbers."""

    def __init__(self, paths: Sequence[str], directory: str) -> None:
        self._directory = directory
        self._numbers = {path: number for number, path in enumerate(paths)}

    def artifact(self, path: str) -> ArtifactLocation:
        """Return where the artifact at ``path`` is; of what is in a remote store, the description has the address."""
        place = place_of(path, self._directory)
        location: ArtifactLocation = {"uri": place.uri}
        if place.is_inside:
            location["uriBaseId"] = ROOT
        if path in self._numbers:
            location["index"] = self._numbers[path]
        if place.address is not None:
            location["description"] = said(place.address)
        return location

    def at(self, path: str, *names: LogicalLocation) -> Location:
        """Return the location of what is called ``names`` in the artifact at ``path``."""
        location: Location = {"physicalLocation": self._physical(path)}
        if names:
            location["logicalLocations"] = list({(n["kind"], n["name"]): n for n in names}.values())
        return location

    def _physical(self, path: str) -> PhysicalLocation:
        return {
            "artifactLocation": self.artifact(path),
            "region": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1},
        }


def layer_name(layer: str) -> LogicalLocation:
    """Return a layer as a logical location."""
    return _named(layer, "layer")


def variable_names(layer: LayerReport) -> list[LogicalLocation]:
    """Return the variables of a layer as logical locations."""
    return [_named(name, "variable") for name in layer.variables.values() if name is not None]


def related_name(thing: Related) -> LogicalLocation:
    """Return a thing that a finding points at as a logical location."""
    return _named(thing.name, thing.kind)


def _named(name: str, kind: str) -> LogicalLocation:
    """Return a logical location; at the top, as names of TensorFlow are flat, whatever slashes they hold."""
    shown = decodable(name)
    return {"name": shown, "fullyQualifiedName": shown, "kind": kind}
