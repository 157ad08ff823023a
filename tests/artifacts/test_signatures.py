from __future__ import annotations

from bnlint.artifacts.artifact import Signature
from bnlint.artifacts.signatures import lost, roots_of, signatures_of
from bnlint.formats import messages
from tests.graph.build import graph


def meta(**signatures):
    message = messages.MetaGraphDef()
    for name, fill in signatures.items():
        fill(message.signature_def[name])
    return message


def plain(definition):
    definition.method_name = "tensorflow/serving/predict"
    definition.inputs["x"].name = "x:0"
    definition.outputs["y"].name = "call:1"
    definition.outputs["z"].name = "call"


def sparse(definition):
    encoding = definition.outputs["s"].coo_sparse
    encoding.values_tensor_name, encoding.indices_tensor_name, encoding.dense_shape_tensor_name = "a:0", "b:0", "c:0"


def ragged(definition):
    components = definition.outputs["r"].composite_tensor.components
    components.add(name="values:0")
    components.add(name="splits:0")


def endless(definition):
    info = definition.outputs["e"]
    for _ in range(40):
        info = info.composite_tensor.components.add()
    info.name = "deep:0"


def test_signatures_are_sorted_and_tensorflows_own_are_left_out():
    found = signatures_of(meta(serve=plain, __saved_model_init_op=plain, also=sparse))
    assert found == (
        Signature("also", {}, {"s[0]": "a:0", "s[1]": "b:0", "s[2]": "c:0"}),
        Signature("serve", {"x": "x:0"}, {"y": "call:1", "z": "call"}, "tensorflow/serving/predict"),
    )
    assert roots_of(found) == ("a", "b", "c", "call")


def test_composite_tensors_are_their_components():
    (found,) = signatures_of(meta(one=ragged))
    assert found.outputs == {"r[0]": "values:0", "r[1]": "splits:0"}


def test_nesting_is_bounded():
    (found,) = signatures_of(meta(one=endless))
    assert found.outputs == {}


def test_what_is_no_node_is_told():
    (found,) = signatures_of(meta(serve=plain))
    assert [str(error) for error in lost(graph("call NoOp"), [found])] == [
        "signature 'serve': names 'x:0', which is no node of the graph"
    ]
