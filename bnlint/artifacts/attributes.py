"""The attributes of a node, decoded one by one when they are asked for.

A graph has hundreds of thousands of attributes, and the layers look at a few of them. Knows AttrValue, no ops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from bnlint.formats import dtypes
from bnlint.formats.errors import FormatError
from bnlint.formats.messages import Message
from bnlint.formats.tensor_proto import to_array
from bnlint.graph.functions import FunctionName, Placeholder


class LazyAttributes(Mapping[str, object]):
    """A node's attributes: bool, int, float, str, tuple (shapes and lists) or ndarray (tensors).

    Dtypes are str, named as TensorFlow does (``float32``, ``float32_ref``); bytes become str, with what is not UTF-8
    escaped; functions become their `FunctionName`. None stands for what has no value: a shape of unknown rank, an
    attribute that was left unset, a tensor that contradicts itself or that bnlint cannot decode.
    """

    __slots__ = ("_node",)

    def __init__(self, node: Message) -> None:
        self._node = node

    def __getitem__(self, name: str) -> object:
        attributes = self._node.attr
        if name not in attributes:  # asking the map itself would insert an empty value
            raise KeyError(name)
        return decode(attributes[name])

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._node.attr))

    def __len__(self) -> int:
        return len(self._node.attr)

    def __contains__(self, name: object) -> bool:
        return name in self._node.attr

    def __repr__(self) -> str:
        return repr(dict(self))


def decode(value: Message) -> object:
    """Return the value of an AttrValue (see `LazyAttributes`)."""
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "list":
        return _list(value.list)
    return _DECODERS[kind](getattr(value, kind))


def _list(values: Message) -> tuple[object, ...]:
    """A list has one field per kind of element, and at most one of them is filled."""
    for field, elements in values.ListFields():
        decoder = _DECODERS[field.name]
        return tuple([decoder(element) for element in elements])
    return ()


def _text(value: bytes) -> str:
    return value.decode("utf-8", "backslashreplace")


def _shape(value: Message) -> tuple[int, ...] | None:
    return None if value.unknown_rank else tuple([dim.size for dim in value.dim])


def _tensor(value: Message) -> object:
    try:
        return to_array(value)
    except FormatError:
        return None


def _same(value: object) -> object:
    return value


_DECODERS: Mapping[str, Callable[..., object]] = {
    "s": _text,
    "i": _same,
    "f": _same,
    "b": _same,
    "type": dtypes.name_of,
    "shape": _shape,
    "tensor": _tensor,
    "placeholder": Placeholder,
    "func": lambda value: FunctionName(value.name, LazyAttributes(value)),
}
