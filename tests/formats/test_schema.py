"""The committed descriptors are what schema.proto says, and schema.proto is what TensorFlow writes."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorSet

from bnlint.formats import messages
from bnlint.formats.errors import FormatError
from tests.formats.writing import varint

FORMATS = Path(messages.__file__).parent
RELABELLED = {("VariableDef", "trainable")}
"""Fields that are `optional` here and not in TensorFlow, which the wire does not show."""

TENSORFLOW_FILES = (
    "tensorflow.core.protobuf.tensor_bundle_pb2",
    "tensorflow.core.protobuf.meta_graph_pb2",
    "tensorflow.core.protobuf.saved_model_pb2",
    "tensorflow.core.protobuf.trackable_object_graph_pb2",
    "tensorflow.core.util.saved_tensor_slice_pb2",
    "tensorflow.core.framework.tensor_slice_pb2",
    "tensorflow.core.framework.variable_pb2",
    "tensorflow.python.training.checkpoint_state_pb2",
)
KERAS_FILES = ("tensorflow.python.keras.protobuf.saved_metadata_pb2", "tf_keras.protobuf.saved_metadata_pb2")
KERAS = re.compile(r"^\.?(?:third_party\.)?(?:py\.)?(?:tensorflow\.python\.)?(?:tf_)?keras\.protobuf\.")
"""The package of Keras's own messages, which TensorFlow, Keras 2 and tf_keras each have a copy of."""
RENAMED = {
    "tensorflow.ObjectReference": "tensorflow.TrackableObjectGraph.TrackableObject.ObjectReference",
    "tensorflow.SlotVariableReference": "tensorflow.TrackableObjectGraph.TrackableObject.SlotVariableReference",
    "tensorflow.TrackableObjectGraph.SerializedTensor": (
        "tensorflow.TrackableObjectGraph.TrackableObject.SerializedTensor"
    ),
    "tensorflow.SavedMetadata": "keras.SavedMetadata",
    "tensorflow.SavedMetadata.Node": "keras.SavedObject",
}
"""Messages that stand elsewhere in TensorFlow's files, or in Keras's."""


def _committed():
    return FileDescriptorSet.FromString((FORMATS / "schema.binpb").read_bytes())


def test_descriptors_are_compiled_from_the_schema(tmp_path):
    out = tmp_path / "schema.binpb"
    command = ["-m", "grpc_tools.protoc", f"-I{FORMATS}", f"--descriptor_set_out={out}", "schema.proto"]
    subprocess.run([sys.executable, *command], check=True)
    assert FileDescriptorSet.FromString(out.read_bytes()) == _committed()


def _messages(keras):
    """Every message of the schema beside TensorFlow's own of the same name, and Keras's out of the file ``keras``."""
    theirs = {}

    def collect(descriptor):
        if descriptor is not None and _named(descriptor.full_name) not in theirs:
            theirs[_named(descriptor.full_name)] = descriptor
            for field in descriptor.fields:
                collect(field.message_type)

    for name in (*TENSORFLOW_FILES, keras):
        for descriptor in importlib.import_module(name).DESCRIPTOR.message_types_by_name.values():
            collect(descriptor)

    def walk(descriptor):
        yield descriptor
        for nested in descriptor.nested_types:
            yield from walk(nested)

    pool_file = messages.MetaGraphDef.DESCRIPTOR.file
    for top in pool_file.message_types_by_name.values():
        for ours in walk(top):
            yield ours, theirs[_named(ours.full_name)]


def _named(name):
    """A type's name as TensorFlow has it, without the leading dot of descriptors."""
    full = KERAS.sub("keras.", name).removeprefix(".").replace("bnlint.", "tensorflow.")
    return RENAMED.get(full, full)


def _fields(descriptor):
    proto = DescriptorProto()
    descriptor.CopyToProto(proto)
    return {
        field.name: (field.number, field.label, field.type, _named(field.type_name), field.HasField("oneof_index"))
        for field in proto.field
    }


@pytest.mark.parametrize("keras", KERAS_FILES)
def test_every_field_is_that_of_tensorflow(tf, keras):
    pytest.importorskip(keras.partition(".")[0], exc_type=ImportError)
    compared = 0
    for ours, theirs in _messages(keras):
        expected = _fields(theirs)
        for name, facts in _fields(ours).items():
            if (ours.name, name) in RELABELLED:
                assert facts[:4] == expected[name][:4]
            else:
                assert facts == expected[name], f"{ours.name}.{name}"
            compared += 1
    assert compared > 140


def test_every_dtype_is_that_of_tensorflow(tf):
    from tensorflow.core.framework import types_pb2

    ours = messages.TensorProto.DESCRIPTOR.fields_by_name["dtype"].enum_type
    assert {value.name: value.number for value in ours.values} == dict(types_pb2.DataType.items())


def test_messages_and_tensorflow_live_in_one_process(tf):
    theirs = tf.compat.v1.MetaGraphDef()
    theirs.graph_def.node.add(name="a", op="NoOp")
    ours = messages.MetaGraphDef.FromString(theirs.SerializeToString())
    assert type(ours) is not type(theirs)
    assert [node.name for node in ours.graph_def.node] == ["a"]


def test_a_message_that_is_none_is_a_format_error():
    with pytest.raises(FormatError, match="key 'w': expected a BundleEntryProto message"):
        messages.parse(messages.BundleEntry, b"\xff\xff", "key 'w'")


def test_endless_nesting_is_a_format_error():
    data = b""
    for _ in range(200):  # AttrValue.list.func.attr[""] …
        for tag in (b"\x12", b"\x12", b"\x4a", b"\x0a"):
            data = tag + varint(len(data)) + data
    with pytest.raises(FormatError, match="expected a AttrValue"):
        messages.parse(messages.AttrValue, data, "attribute")


def test_the_fast_implementation_is_in_use():
    assert not messages.is_slow()
