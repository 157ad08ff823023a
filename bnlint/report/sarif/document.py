"""The parts of SARIF 2.1.0 that bnlint writes, as types. Sections are those of the OASIS standard with Errata 01.

Where a property is absent, the standard has a default for it. A class that others inherit has what is always there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias, TypedDict

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
VERSION = "2.1.0"

Level: TypeAlias = Literal["none", "note", "warning", "error"]
BaselineState: TypeAlias = Literal["new", "unchanged", "absent"]


class Plain(TypedDict):
    """A message in plain text (3.11)."""

    text: str


class Message(Plain, total=False):
    """A message, or the text of a rule (3.11, 3.12), also in GitHub-flavoured Markdown."""

    markdown: str


class _ArtifactLocation(TypedDict):
    uri: str


class ArtifactLocation(_ArtifactLocation, total=False):
    """Where an artifact is (3.4): always a relative reference."""

    uriBaseId: str
    index: int
    description: Plain


class Region(TypedDict):
    """Where in an artifact (3.30). GitHub wants all four; a checkpoint has no lines."""

    startLine: int
    startColumn: int
    endLine: int
    endColumn: int


class PhysicalLocation(TypedDict):
    """A place in an artifact (3.29)."""

    artifactLocation: ArtifactLocation
    region: Region


class LogicalLocation(TypedDict):
    """A thing by its name (3.33)."""

    name: str
    fullyQualifiedName: str
    kind: str


class _Location(TypedDict):
    physicalLocation: PhysicalLocation


class Location(_Location, total=False):
    """Where something is (3.28)."""

    id: int
    logicalLocations: list[LogicalLocation]
    message: Plain


class Suppression(TypedDict):
    """Why a result is not to be counted (3.35)."""

    kind: Literal["external"]
    status: Literal["accepted"]
    justification: str


class _Result(TypedDict):
    ruleId: str
    level: Level
    message: Message
    locations: list[Location]
    partialFingerprints: dict[str, str]
    suppressions: list[Suppression]
    properties: Mapping[str, object]


class Result(_Result, total=False):
    """One finding (3.27)."""

    ruleIndex: int
    relatedLocations: list[Location]
    baselineState: BaselineState
    rank: float


class Configuration(TypedDict):
    """How bad a rule is by default (3.50)."""

    level: Level


class _Descriptor(TypedDict):
    id: str
    shortDescription: Message


class Descriptor(_Descriptor, total=False):
    """A rule, or a kind of notification (3.49)."""

    name: str
    fullDescription: Message
    help: Message
    helpUri: str
    defaultConfiguration: Configuration
    properties: Mapping[str, object]


class _Reference(TypedDict):
    id: str


class Reference(_Reference, total=False):
    """A rule, or a kind of notification, that is described elsewhere (3.52)."""

    index: int


class _Notification(TypedDict):
    descriptor: Reference
    level: Level
    message: Plain


class Notification(_Notification, total=False):
    """What happened to bnlint itself (3.58)."""

    associatedRule: Reference
    locations: list[Location]


class Artifact(TypedDict):
    """What was looked at (3.24)."""

    location: ArtifactLocation
    roles: list[Literal["analysisTarget"]]


class Driver(TypedDict):
    """Which bnlint it was (3.19)."""

    name: str
    version: str
    semanticVersion: str
    informationUri: str
    rules: list[Descriptor]
    notifications: list[Descriptor]


class Tool(TypedDict):
    """The tool (3.18)."""

    driver: Driver


class Base(TypedDict):
    """What relative references are relative to (3.14.14); where that is, the report keeps to itself."""

    description: Plain
