"""TensorFlow 2's object graph: which object owns which saved variable, and what the program called each.

Every object-based checkpoint has one, as a string tensor under a key of its own
(``tensorflow/core/protobuf/trackable_object_graph.proto``). Keys are followed by the number of a node, never by the
beginning of a key: where a model and its optimizer are saved together, Keras 3 puts gamma below
``optimizer/_trainable_variables`` and the moving mean of the same layer below ``model/_operations``. Knows nothing of
batch norm.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

from bnlint.artifacts.artifact import LayerRecord, Reader, SavedVariable
from bnlint.artifacts.slots import slots_by_name
from bnlint.findings import Problem
from bnlint.formats import messages
from bnlint.formats.errors import FormatError
from bnlint.formats.messages import Message

KEY = "_CHECKPOINTABLE_OBJECT_GRAPH"
MAX_SIZE = 256 << 20
"""Bytes. A model of 100,000 variables has some 15 MB; a hostile message takes about 50 times its size in memory."""
_VALUE = "VARIABLE_VALUE"
_ITERATIONS = ("_iterations", "iter", "iterations")
"""By which an optimizer is known: Keras's since 2.11, TensorFlow 2's before that, and people's own."""
_AVERAGE = "average"
"""What Sonnet calls the variable of an ``ExponentialMovingAverage``, an object that stands where others have a variable
(``sonnet/src/moving_averages.py``)."""
_KERAS_3 = frozenset({"_functional", "_operations", "_losses_override", "call_signature_parameters", "_misc_assets"})
_KERAS_2 = re.compile(r"layer(?:_with_weights)?-\d+|keras_api|_index_dict|_endpoint_names")
"""Names that Keras 3 gives no child; the last is that of Keras 2's ExportArchive, which shares names with Keras 3's."""
_SEPARATOR = "/"
_DEPTH = 64
"""Names in the path of an object; models are nested a few deep, and a damaged graph endlessly."""


class Described(NamedTuple):
    """What another source says of an object: Keras's metadata in a SavedModel."""

    class_name: str | None = None
    config: Mapping[str, object] = MappingProxyType({})
    trainable: bool | None = None
    training: bool | None = None


class Recorded(NamedTuple):
    """What an object graph says of a checkpoint. Everything is empty where there is none, or none that can be read."""

    saved: Mapping[str, SavedVariable] | None
    """Every saved variable, with what the program called it."""
    records: tuple[LayerRecord, ...] = ()
    slots: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    framework: str | None = None
    problems: tuple[Problem, ...] = ()
    objects: Objects | None = None


def read_objects(saved: Mapping[str, SavedVariable] | None, read: Reader, path: str) -> Recorded:
    """Read the object graph of a checkpoint, if it has one.

    Args:
        saved: what the checkpoint lists. It is never lost, whatever is wrong with the object graph.
        read: its reader.
        path: what to name in a problem of the object graph.
    """
    if saved is None or KEY not in saved:
        return Recorded(saved)
    values = read([KEY])
    value = values.arrays.get(KEY)
    if value is None:
        return Recorded(saved, problems=values.problems)
    try:
        objects = Objects(_parsed(value.reshape(-1).tolist()))
    except FormatError as error:
        return Recorded(saved, problems=(*values.problems, Problem(path, str(error))))
    return record(objects, saved)._replace(problems=values.problems)


def record(
    objects: Objects, saved: Mapping[str, SavedVariable], described: Mapping[int, Described] | None = None
) -> Recorded:
    """Return what ``objects`` say of the variables that were ``saved``.

    Args:
        objects: the object graph.
        saved: what the checkpoint lists.
        described: what else is known of an object, by its number.
    """
    names = {key: name for key, name in objects.full_names.items() if key in saved}
    return Recorded(
        saved=MappingProxyType({k: v._replace(full_name=names[k]) if k in names else v for k, v in saved.items()}),
        records=tuple(objects.records(saved, described or {})),
        slots=MappingProxyType(objects.slots()),
        framework=objects.framework,
        objects=objects,
    )


def _parsed(values: Sequence[object]) -> Message:
    place = f"key {KEY!r}"
    if len(values) != 1 or not isinstance(values[0], bytes):
        raise FormatError(place, "expected one string, a TrackableObjectGraph message")
    if len(values[0]) > MAX_SIZE:
        raise FormatError(place, f"expected an object graph of at most {MAX_SIZE} bytes, found {len(values[0])}")
    return messages.parse(messages.TrackableObjectGraph, values[0], place)


class Objects:
    """The objects of one checkpoint, by number; 0 is what was saved, the root.

    Raises:
        FormatError: an object refers to one that is not there.
    """

    def __init__(self, graph: Message) -> None:
        self.children: Sequence[Sequence[tuple[str, int]]] = [
            [(child.local_name, child.node_id) for child in node.children] for node in graph.nodes
        ]
        """Name and number of what each object holds, in the order it was written."""
        self.keys: dict[int, str] = {}
        """The key of each variable."""
        self.full_names: dict[str, str] = {}
        """What the program called each variable, by key."""
        self._slot_references = [(s.original_variable_node_id, s.slot_variable_node_id) for s in _slots(graph)]
        for number, node in enumerate(graph.nodes):
            for attribute in node.attributes:
                if attribute.name == _VALUE and attribute.checkpoint_key:
                    self.keys[number] = attribute.checkpoint_key
                    if attribute.full_name:
                        self.full_names[attribute.checkpoint_key] = attribute.full_name
        self._check()

    def _check(self) -> None:
        count = len(self.children)
        references = (number for children in self.children for _, number in children)
        for number in (*references, *(number for pair in self._slot_references for number in pair)):
            if not 0 <= number < count:
                raise FormatError(f"key {KEY!r}", f"an object refers to object {number} of {count}")

    def path(self, number: int) -> str:
        """Return a shortest way from the root to an object; empty for the root and for one that it does not hold."""
        return _SEPARATOR.join(self.names(number))

    def names(self, number: int) -> tuple[str, ...]:
        """Return the names on that way, of a path that is too long the last ones."""
        names = [self._holders[one][1] for one in (number, *self.holders(number)) if one in self._holders]
        return tuple(reversed(names))

    def is_held(self, number: int) -> bool:
        """Whether the root holds an object, and not too far down."""
        return self.holders(number)[-1:] == (0,)

    def holders(self, number: int) -> tuple[int, ...]:
        """Return the objects on a shortest way from an object up to the root, without itself."""
        found: list[int] = []
        while number in self._holders and len(found) < _DEPTH:
            number = self._holders[number][0]
            found.append(number)
        return tuple(found)

    @cached_property
    def _holders(self) -> Mapping[int, tuple[int, str]]:
        """For each object but the root, the object by which the root holds it first, and its name there."""
        found: dict[int, tuple[int, str]] = {}
        pending = [0] if self.children else []
        for number in pending:  # grows while it is walked
            for name, child in self.children[number]:
                if child not in found and child != 0:
                    found[child] = number, name
                    pending.append(child)
        return found

    @cached_property
    def optimizers(self) -> frozenset[int]:
        """The objects that count iterations."""
        return frozenset(
            number
            for number, children in enumerate(self.children)
            if any(name in _ITERATIONS and child in self.keys for name, child in children)
        )

    @cached_property
    def framework(self) -> str:
        """Who saved the objects, as far as the names of their children tell."""
        names = {name for children in self.children for name, _ in children}
        if any(_KERAS_2.fullmatch(name) for name in names):
            return "keras2"
        return "keras3" if names & _KERAS_3 else "tf2"

    def records(self, saved: Mapping[str, SavedVariable], described: Mapping[int, Described]) -> Iterator[LayerRecord]:
        """Yield a record of every object that holds variables by name: lists of variables and optimizers hold none."""
        for number, children in enumerate(self.children):
            named = [(name, self.keys[child]) for name, child in children if child in self.keys]
            named += [
                (name, self.keys[average])
                for name, child in children
                for inner, average in self.children[child]
                if inner == _AVERAGE and average in self.keys
            ]
            if not named or number in self.optimizers or all(name.isdecimal() for name, _ in named):
                continue
            about = described.get(number, Described())
            own = {name: key for name, key in named if key in saved}
            yield LayerRecord(
                name=self._scope(own.values()) or self.path(number),
                variables=MappingProxyType(own),
                class_name=about.class_name,
                config=about.config,
                trainable=about.trainable,
                training=about.training,
            )

    def _scope(self, keys: Iterable[str]) -> str:
        """Return the one scope in which the program made all of these variables; empty where there are several."""
        scopes = {self.full_names.get(key, "").rpartition(_SEPARATOR)[0] for key in keys}
        return scopes.pop() if len(scopes) == 1 else ""

    def slots(self) -> dict[str, tuple[str, ...]]:
        """Return the keys of optimizer slots by the key of their variable, under the empty key those of nobody known.

        Keras's optimizers since 2.11 list their variables without saying whose they are; names tell where they can.
        """
        found: dict[str, list[str]] = {}
        for original, slot in self._slot_references:
            if slot in self.keys:
                found.setdefault(self.keys.get(original, ""), []).append(self.keys[slot])
        listed = {key for keys in found.values() for key in keys}
        others = {key: self.full_names.get(key, "") for key in self._optimizer_variables() if key not in listed}
        own = {key: name for key, name in self.full_names.items() if key not in listed and key not in others}
        for owner, key in slots_by_name(others, own):
            found.setdefault(owner, []).append(key)
        return {owner: tuple(keys) for owner, keys in found.items()}

    def _optimizer_variables(self) -> Iterator[str]:
        """Yield what the lists of an optimizer hold, but for what it trains and what any object holds by name.

        Most optimizers list all of their slots under one name; Keras's Adafactor has a list for each kind.
        """
        aside: set[int] = set()
        lists: set[int] = set()
        for number in self.optimizers:
            for name, one in self.children[number]:
                if "trainable" in name:
                    aside.update(child for _, child in self.children[one])
                else:
                    lists.add(one)
        lists = {one for one in lists if all(name.isdecimal() for name, _ in self.children[one])}
        for children in self.children:
            aside.update(child for name, child in children if not name.isdecimal())
        held = dict.fromkeys(child for one in sorted(lists) for _, child in self.children[one])
        yield from (self.keys[child] for child in held if child in self.keys and child not in aside)


def _slots(graph: Message) -> Iterator[Message]:
    return (slot for node in graph.nodes for slot in node.slot_variables)
