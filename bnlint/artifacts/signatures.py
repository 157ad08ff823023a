"""The signatures of a meta-graph: which tensors go in and come out, and which nodes that needs.

Source: ``tensorflow/core/protobuf/meta_graph.proto`` (SignatureDef, TensorInfo).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import MappingProxyType

from bnlint.artifacts.artifact import Signature
from bnlint.formats.errors import FormatError
from bnlint.formats.messages import Message
from bnlint.graph.graph import Graph, op_of

_OWN = "__saved_model_"
"""How TensorFlow calls the signatures that initialise or train a SavedModel by themselves; nobody serves them."""
_NESTING = 8
"""Composite tensors within composite tensors; ragged tensors nest one."""


def signatures_of(message: Message) -> tuple[Signature, ...]:
    """Return the signatures of a MetaGraphDef by which it can be served, sorted by name."""
    return tuple(
        Signature(
            name=name,
            inputs=MappingProxyType(dict(_tensors(definition.inputs))),
            outputs=MappingProxyType(dict(_tensors(definition.outputs))),
            method=definition.method_name or None,
        )
        for name, definition in sorted(message.signature_def.items())
        if not name.startswith(_OWN)
    )


def _tensors(infos: Message) -> Iterator[tuple[str, str]]:
    for name in sorted(infos):
        found = list(_names(infos[name], _NESTING))
        yield from ((name if len(found) == 1 else f"{name}[{k}]", tensor) for k, tensor in enumerate(found))


def _names(info: Message, depth: int) -> Iterator[str]:
    """Yield the names of the plain tensors that a tensor is made of: a sparse or a ragged one has several."""
    kind = info.WhichOneof("encoding")
    if kind == "name":
        yield info.name
    elif kind == "coo_sparse":
        sparse = info.coo_sparse
        yield from (sparse.values_tensor_name, sparse.indices_tensor_name, sparse.dense_shape_tensor_name)
    elif kind == "composite_tensor" and depth:
        for component in info.composite_tensor.components:
            yield from _names(component, depth - 1)


def roots_of(signatures: Iterable[Signature]) -> tuple[str, ...]:
    """Return the ops whose results ``signatures`` put out, each once."""
    return tuple(dict.fromkeys(op_of(tensor) for s in signatures for tensor in s.outputs.values()))


def lost(graph: Graph, signatures: Iterable[Signature]) -> Iterator[FormatError]:
    """Yield what signatures name and ``graph`` does not have."""
    for signature in signatures:
        for tensor in (*signature.inputs.values(), *signature.outputs.values()):
            if graph.number(op_of(tensor)) is None:
                yield FormatError(f"signature {signature.name!r}", f"names {tensor!r}, which is no node of the graph")
