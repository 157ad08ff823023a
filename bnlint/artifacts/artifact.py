"""What a person saved, in one shape for every format.

An `Artifact` knows which variables were saved and can fetch their values on demand; where a graph
was saved beside them it knows the graph, its collections and its saver. It knows nothing of batch norm.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from bnlint.artifacts.keras_inbound import Fed
from bnlint.findings import Problem
from bnlint.graph.graph import Graph

Array = npt.NDArray[np.generic]


class Part(enum.Enum):
    """A part of an artifact that may be absent. Absence makes rules skip; damage is a `Problem`."""

    NAMES = "names"
    """The list of saved variables (the ``.index`` of a tensor bundle). Absent beside a list: the list is incomplete,
    since one of several files that hold it is not there."""
    VALUES = "values"
    """The bytes of the saved variables (the ``.data`` shards)."""
    GRAPH = "graph"
    """The graph (the ``.meta``)."""


class SavedVariable(NamedTuple):
    """A variable as the checkpoint lists it: key, TensorFlow's dtype name (``float32``), full shape."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    full_name: str | None = None
    """What the program called it (``bn_a/gamma``) where the key says something else; need not be unique."""


class LayerRecord(NamedTuple):
    """A layer as the framework itself recorded it: an object of TF2's object graph, a layer of a Keras file.

    Every object that owns variables has one, batch norm or not.
    """

    name: str
    """Its path in the model, such as ``encoder/bn_a``."""
    variables: Mapping[str, str]
    """Keys of its own variables by attribute (``gamma``, ``moving_mean``), or by position (``0``, ``1``) where a
    format has nothing else. A variable that the record knows and the file lacks is not listed."""
    class_name: str | None = None
    """Keras's class, such as ``BatchNormalization``; None where nobody says."""
    config: Mapping[str, object] = MappingProxyType({})
    """Keras's configuration of it, as JSON: ``momentum``, ``epsilon``, ``axis``, ``center``, ``scale``, …"""
    trainable: bool | None = None
    """Whether the layer may be trained, all layers around it included; None where nobody says."""
    fed_by: Fed | None = None
    """The only convolution or dense layer that feeds it, where Keras's configuration shows that."""
    training: bool | None = None
    """The mode that Keras 2's configuration says the model calls it in; None where ``fit`` and ``predict`` decide."""


class Values(NamedTuple):
    """The values that could be read, by key, and what stopped the others."""

    arrays: Mapping[str, Array]
    problems: tuple[Problem, ...] = ()
    absent: Mapping[str, str] = MappingProxyType({})
    """Saved names without a value, each with a reason: their shard is not there, or their dtype is not supported."""


class Reader(Protocol):
    """Fetches the values of saved variables, reading as little as it can."""

    def __call__(self, names: Collection[str], /) -> Values:
        """Return the values of those ``names`` that are saved and readable; never raises for bad data."""
        ...


class Search(Protocol):
    """Looks for variables that an artifact lacks in the artifacts beside it."""

    def __call__(self, names: Collection[str], /) -> Mapping[str, str]:
        """Return the name of the sibling that holds each of ``names``, by name; never raises for bad data."""
        ...


def nowhere(_names: Collection[str], /) -> Mapping[str, str]:
    """Be the search of an artifact that has no siblings."""
    return MappingProxyType({})


class GraphVariable(NamedTuple):
    """A variable of the graph as a VariableDef describes it. ``key`` is its name in a checkpoint."""

    name: str
    """The variable's op, without ``:0``."""
    initializer: str | None
    """The op that initialises it."""
    key: str
    """``full_name`` of the slice info for a partitioned variable, else ``name``."""
    trainable: bool | None = None
    """The VariableDef's flag; None where the writer was too old to know it (before TF 1.9)."""


class Saver(NamedTuple):
    """The saver that a MetaGraphDef's ``saver_def`` points at, by op names."""

    save: str
    """The op behind ``save_tensor_name`` (an Identity after SaveV2)."""
    restore: str
    filename: str


class Signature(NamedTuple):
    """One way to call a SavedModel (SignatureDef). Inputs and outputs are tensors such as ``probabilities:0``."""

    name: str
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    method: str | None = None
    """TensorFlow's ``method_name``, such as ``tensorflow/serving/predict``."""


class MetaGraph(NamedTuple):
    """A graph with what a MetaGraphDef keeps beside it."""

    graph: Graph
    variables: tuple[GraphVariable, ...] = ()
    """Every VariableDef of every collection, once."""
    collections: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    """Names of ops (node lists, without ``:0``) and of variables (VariableDefs), by collection."""
    saver: Saver | None = None
    tensorflow_version: str | None = None
    signatures: tuple[Signature, ...] = ()
    """How it is served; empty in a training checkpoint."""
    is_serving: bool = False
    """Whether it was saved to be served: a SavedModel's graph, or a frozen one. False for a ``.meta``."""
    outputs: tuple[str, ...] = ()
    """Ops whose results are served where no signature says so: those of a frozen graph that nothing consumes."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """One checkpoint. ``saved`` and ``meta_graph`` are None where that part is absent or damaged.

    A SavedModel of TensorFlow 2 that has lost its variables says itself what was ``saved``.
    """

    path: str
    """As the user wrote it."""
    format: str
    """``tensor-bundle``, ``v1-checkpoint``, ``saved-model``, ``frozen-graph``, ``keras-hdf5``, ``keras-archive``."""
    name: str
    """The artifact's own name, such as ``model.ckpt-18000``."""
    saved: Mapping[str, SavedVariable] | None
    read: Reader
    meta_graph: MetaGraph | None
    absent: Mapping[Part, str] = field(default_factory=lambda: MappingProxyType({}))
    """Parts that could not be had, each with a reason in words, for skipped rules."""
    problems: tuple[Problem, ...] = ()
    without: Mapping[Part, str] = field(default_factory=lambda: MappingProxyType({}))
    """Parts that the format never holds, each with a reason in words; ``--strict`` does not miss them."""
    elsewhere: Search = nowhere
    framework: str | None = None
    """``tf1``, ``tf2``, ``keras2``, ``keras3``; None where nothing says who wrote it."""
    records: tuple[LayerRecord, ...] = ()
    """What the framework recorded of the layers; empty where it records none (TensorFlow 1)."""
    slots: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Keys of optimizer slots by the key of the variable they belong to; under the empty key those of nobody known."""
    notes: tuple[str, ...] = ()
    """What a reader should know that is no problem, such as a state file that names another checkpoint."""
